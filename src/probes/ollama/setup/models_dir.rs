//! The models directory of the service, and whether its user gets there.

use std::ffi::CString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::sys::statvfs::{FsFlags, statvfs};
use nix::unistd::{User, getgrouplist};

use super::servers::default_dir;
use crate::facts::{DirStep, ModelsDir, StepFound, Unit};
use crate::types::ollama_env::trimmed;

/// Steps of a path that are looked at, at most.
const MOST: usize = 40;

/// The directory that the unit's environment names, or the default one in the home of its user.
pub fn of_service(unit: &Unit) -> Option<ModelsDir> {
    let named = unit.setting("OLLAMA_MODELS").map(|(_, path)| trimmed(path));
    let named = named.filter(|path| !path.is_empty());
    let user = User::from_name(unit.user.as_deref().unwrap_or("root")).ok().flatten()?;
    // systemd gives HOME to a unit with `User=` only (`systemd.exec(5)`).
    let path = match (named, &unit.user) {
        (Some(path), _) => path.to_string(),
        (None, Some(_)) => default_dir(&user.dir),
        (None, None) => return None,
    };
    let name = CString::new(user.name.clone()).ok()?;
    let groups = getgrouplist(&name, user.gid).unwrap_or_default();
    Some(ModelsDir {
        from: if named.is_some() { "OLLAMA_MODELS" } else { "home" }.to_string(),
        steps: steps(Path::new(&path)),
        path,
        user: user.name,
        uid: user.uid.as_raw(),
        gids: groups.into_iter().map(|group| group.as_raw()).collect(),
    })
}

/// Every directory from the root to the path, and to where it really is.
fn steps(path: &Path) -> Vec<DirStep> {
    let mut all: Vec<PathBuf> = path.ancestors().map(Path::to_path_buf).collect();
    all.reverse();
    if let Some(real) = all.iter().rev().find_map(|part| fs::canonicalize(part).ok()) {
        let mut parts: Vec<PathBuf> = real.ancestors().map(Path::to_path_buf).collect();
        parts.reverse();
        // Before the last one, which is what is judged.
        let last = all.pop();
        all.extend(parts);
        all.extend(last);
    }
    let mut steps: Vec<DirStep> = Vec::new();
    for part in all.into_iter().take(MOST) {
        let text = part.display().to_string();
        steps.retain(|step| step.path != text);
        steps.push(DirStep { path: text, found: found(&part) });
    }
    steps
}

fn found(path: &Path) -> Option<StepFound> {
    let meta = fs::metadata(path).ok()?;
    Some(StepFound {
        is_dir: meta.is_dir(),
        mode: meta.mode() & 0o7777,
        uid: meta.uid(),
        gid: meta.gid(),
        acl: has_acl(path),
        read_only: is_read_only(path),
    })
}

/// As the machine has it mounted. This process may stand in a sandbox of its own,
/// as in our own service, where everything is read-only (`systemd.exec(5)`,
/// `ProtectSystem=`); where init's view is closed to it, its own must do.
fn is_read_only(path: &Path) -> bool {
    let of_init = Path::new("/proc/1/root").join(path.strip_prefix("/").unwrap_or(path));
    let about = statvfs(&of_init).or_else(|_| statvfs(path));
    about.is_ok_and(|about| about.flags().contains(FsFlags::ST_RDONLY))
}

/// Whether an access control list counts here (`acl(5)`).
fn has_acl(path: &Path) -> bool {
    let mut none: [u8; 0] = [];
    rustix::fs::getxattr(path, "system.posix_acl_access", &mut none).is_ok_and(|length| length > 0)
}
