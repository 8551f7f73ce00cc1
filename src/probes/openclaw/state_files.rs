//! Files in the state directory of an OpenClaw: who owns them, who may use them,
//! and the catalogue that an older OpenClaw left. Nothing is followed out of it.

use std::ffi::CString;
use std::fs::{File, Metadata};
use std::io::{Error, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nix::fcntl::OFlag;
use nix::unistd::{User, getgrouplist};
use serde_json::Value;

use crate::facts::{
    Fact, FileSight, Install, ModelCache, Sibling, SiblingKind, Sourced, StateFiles, Unseen, provider_id,
};
use crate::probes::files::{Readers, path_of};
use crate::probes::machine::host::user_name;
use crate::probes::process::blocking;
use crate::rules::openclaw::base_url::shown_url;
use crate::text::bounded_json;

/// The most entries that are looked at, and the most that are named.
const MOST: usize = 2000;
const NAMED: usize = 10;
/// Directories below this depth are not looked into: `agents/ID/agent/FILE` is one of four.
const DEEPEST: usize = 3;
/// A catalogue is not larger than this (`secrets` of OpenClaw reads no more of it).
const LARGEST: u64 = 5 << 20;

/// Looks at the files of the judged install.
pub async fn look(install: Option<Install>) -> Fact<StateFiles> {
    let Some(install) = install else {
        return Fact::not_applicable("no OpenClaw was found");
    };
    match blocking(move || state_files(&install)).await {
        Ok(Ok(files)) => Fact::Seen(files),
        Ok(Err(unseen)) | Err(unseen) => Fact::Unseen(unseen),
    }
}

fn state_files(install: &Install) -> Result<StateFiles, Unseen> {
    let unknown = |error: String| Unseen::Unknown { error };
    let owner =
        Owner::of(install).ok_or_else(|| unknown(format!("{} is no user of this machine", install.user)))?;
    let dir = Path::new(&install.state_dir);
    let config = Path::new(&install.config_path);
    let failed = |error: Error| match error.kind() {
        ErrorKind::NotFound => Unseen::NotApplicable { why: format!("there is no {}", dir.display()) },
        ErrorKind::PermissionDenied => {
            unknown(format!("{} may not be read by this user; run as root", dir.display()))
        }
        _ => unknown(format!("{} cannot be read: {error}", dir.display())),
    };
    let (top, top_meta) = open_top(dir, &owner).map_err(failed)?;
    let mut walk = Walk { owner: &owner, left: MOST, truncated: false, foreign: Vec::new(), count: 0 };
    walk.directory(&top, dir, 0);
    let known = [config.to_path_buf(), dir.join(".env"), dir.join("gateway.systemd.env")];
    let sight = |path: &PathBuf| Some(owner.sight(path, &path.symlink_metadata().ok()?));
    let top = owner.sight(dir, &top_meta);
    Ok(StateFiles {
        files: std::iter::once(top).chain(known.iter().filter_map(sight)).collect(),
        foreign: walk.foreign,
        foreign_count: walk.count,
        truncated: walk.truncated,
        siblings: siblings(config),
        config_size: config.metadata().ok().filter(Metadata::is_file).map(|meta| meta.len()),
        model_caches: model_caches(dir, &Readers::of(install)),
    })
}

/// The user that the gateway runs as.
struct Owner {
    uid: u32,
    groups: Vec<u32>,
}

impl Owner {
    fn of(install: &Install) -> Option<Owner> {
        let Some(user) = User::from_name(&install.user).ok().flatten() else {
            // A process may have a number that no account has.
            return Some(Owner { uid: install.user.parse().ok()?, groups: Vec::new() });
        };
        let groups = getgrouplist(&CString::new(user.name).ok()?, user.gid).ok()?;
        Some(Owner {
            uid: user.uid.as_raw(),
            groups: groups.into_iter().map(|group| group.as_raw()).collect(),
        })
    }

    fn sight(&self, path: &Path, meta: &Metadata) -> FileSight {
        let mode = meta.mode();
        let needed = if meta.is_dir() { 7 } else { 4 };
        let shift = match (meta.uid() == self.uid, self.groups.contains(&meta.gid())) {
            (true, _) => 6,
            (false, true) => 3,
            (false, false) => 0,
        };
        FileSight {
            path: path.display().to_string(),
            owner: user_name(meta.uid()),
            mode: format!("{:o}", mode & 0o7777),
            directory: meta.is_dir(),
            usable: self.uid == 0 || mode >> shift & needed == needed,
            exposed: is_exposed(path),
            modified: meta.modified().ok().and_then(|time| Timestamp::try_from(time).ok()),
        }
    }
}

/// Whether everybody may search all directories above.
fn is_exposed(path: &Path) -> bool {
    let open = |dir: &Path| dir.metadata().is_ok_and(|meta| meta.mode() & 1 != 0);
    path.canonicalize().is_ok_and(|real| real.ancestors().skip(1).all(open))
}

/// The state directory, which may be a link that its user, to a directory of his, or root has made.
fn open_top(dir: &Path, owner: &Owner) -> Result<(File, Metadata), Error> {
    let link = dir.symlink_metadata()?;
    let real = if link.is_symlink() { dir.canonicalize()? } else { dir.to_path_buf() };
    let top = open_directory(&real)?;
    let meta = top.metadata()?;
    if link.is_symlink() && link.uid() != 0 && (link.uid() != owner.uid || meta.uid() != owner.uid) {
        return Err(Error::other("it is a link that leads to what is another user's"));
    }
    Ok((top, meta))
}

/// A directory that is opened, so that what lies in it stays what was looked at.
fn open_directory(path: &Path) -> Result<File, Error> {
    let flags = (OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
    File::options().read(true).custom_flags(flags).open(path)
}

struct Walk<'o> {
    owner: &'o Owner,
    left: usize,
    truncated: bool,
    foreign: Vec<FileSight>,
    count: usize,
}

impl Walk<'_> {
    fn directory(&mut self, dir: &File, shown: &Path, depth: usize) {
        let here = path_of(dir);
        for entry in std::fs::read_dir(&here).into_iter().flatten().flatten() {
            if self.left == 0 {
                self.truncated = true;
                return;
            }
            self.left -= 1;
            // That of a link itself, by the open directory.
            let Ok(meta) = entry.metadata() else { continue };
            let shown = shown.join(entry.file_name());
            if meta.uid() != self.owner.uid && !meta.is_symlink() {
                self.count += 1;
                if self.foreign.len() < NAMED {
                    self.foreign.push(self.owner.sight(&shown, &meta));
                }
            }
            // What an agent works on is not OpenClaw's.
            let is_work = depth == 0 && entry.file_name().to_string_lossy().starts_with("workspace");
            if meta.is_dir()
                && depth < DEEPEST
                && !is_work
                && let Ok(below) = open_directory(&here.join(entry.file_name()))
            {
                self.directory(&below, &shown, depth + 1);
            }
        }
    }
}

/// The newest of each kind beside the config.
fn siblings(config: &Path) -> Vec<Sibling> {
    const KINDS: [(&str, SiblingKind); 3] = [
        (".rejected.", SiblingKind::Rejected),
        (".clobbered.", SiblingKind::Clobbered),
        (".bak", SiblingKind::Backup),
    ];
    let Some((dir, name)) = config.parent().zip(config.file_name()) else {
        return Vec::new();
    };
    let entries: Vec<_> = std::fs::read_dir(dir).into_iter().flatten().flatten().take(MOST).collect();
    let of_kind = |(sign, kind): (&str, SiblingKind)| {
        let prefix = format!("{}{sign}", name.to_string_lossy());
        let is_it =
            |file: &str| if kind == SiblingKind::Backup { file == prefix } else { file.starts_with(&prefix) };
        let found = entries.iter().filter(|entry| is_it(&entry.file_name().to_string_lossy()));
        let newest = found
            .filter_map(|entry| Some((entry.path(), entry.metadata().ok().filter(Metadata::is_file)?)))
            .max_by_key(|(_, meta)| meta.modified().ok());
        newest.map(|(path, meta)| Sibling {
            kind,
            path: path.display().to_string(),
            modified: meta.modified().ok().and_then(|time| Timestamp::try_from(time).ok()),
            size: meta.len(),
        })
    };
    KINDS.into_iter().filter_map(of_kind).collect()
}

/// The addresses that `models.json` of each agent has for its providers.
fn model_caches(dir: &Path, readers: &Readers) -> Vec<ModelCache> {
    let agents = std::fs::read_dir(dir.join("agents")).into_iter().flatten().flatten().take(100);
    let mut all: Vec<ModelCache> = agents.flat_map(|agent| model_cache(&agent.path(), readers)).collect();
    all.sort_by(|a, b| (&a.agent, &a.provider).cmp(&(&b.agent, &b.provider)));
    all
}

fn model_cache(agent: &Path, readers: &Readers) -> Vec<ModelCache> {
    let path = agent.join("agent/models.json");
    let read = || {
        let (file, _) =
            readers.open(&path).ok().filter(|(_, meta)| meta.is_file() && meta.len() <= LARGEST)?;
        let mut text = String::new();
        file.take(LARGEST).read_to_string(&mut text).ok()?;
        let cache = bounded_json::read(text.as_bytes(), &[]).ok()?;
        Some(cache.get("providers")?.as_object()?.clone())
    };
    let name = agent.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let provider = |(id, entry): (String, Value)| {
        let url = entry.get("baseUrl")?.as_str().filter(|url| !url.is_empty())?;
        Some(ModelCache {
            agent: name.clone(),
            provider: provider_id(&id),
            base_url: Sourced {
                value: shown_url(url),
                from: path.display().to_string(),
                line: None,
                column: None,
            },
            path: path.display().to_string(),
        })
    };
    read().into_iter().flatten().take(50).filter_map(provider).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::{PermissionsExt, lchown, symlink};

    use nix::unistd::Uid;

    use super::*;

    fn owner(uid: u32) -> Owner {
        Owner { uid, groups: Vec::new() }
    }

    #[test]
    fn a_file_is_exposed_where_everybody_gets_to_it() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        let file = dir.path().join("openclaw.json");
        std::fs::write(&file, "{}")?;
        set_permissions(dir.path(), Permissions::from_mode(0o700))?;
        assert!(!is_exposed(&file));
        set_permissions(dir.path(), Permissions::from_mode(0o711))?;
        assert!(is_exposed(&file));
        Ok(())
    }

    #[test]
    fn a_state_directory_may_be_a_link_of_its_owner_only() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        std::fs::create_dir(&real)?;
        symlink(&real, &link)?;
        let own = Uid::effective().as_raw();
        assert!(open_top(&link, &owner(own)).is_ok());
        if own == 0 {
            lchown(&link, Some(65534), None)?;
            assert!(open_top(&link, &owner(65534)).is_err(), "nobody's link leads to what is root's");
            lchown(&real, Some(65534), None)?;
            assert!(open_top(&link, &owner(65534)).is_ok());
        }
        assert!(open_top(&dir.path().join("none"), &owner(own)).is_err());
        Ok(())
    }

    #[test]
    fn what_is_too_much_is_said_and_a_link_is_no_file_of_another_user() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        symlink("/etc", dir.path().join("agents"))?;
        let walk = |stranger: &Owner| -> std::io::Result<(bool, usize, usize)> {
            let mut walk =
                Walk { owner: stranger, left: MOST, truncated: false, foreign: Vec::new(), count: 0 };
            walk.directory(&open_directory(dir.path())?, dir.path(), 0);
            Ok((walk.truncated, walk.count, walk.foreign.len()))
        };
        let stranger = owner(Uid::effective().as_raw() + 1);
        assert_eq!(walk(&stranger)?, (false, 0, 0));
        for index in 0..MOST {
            std::fs::write(dir.path().join(format!("{index}.jsonl")), "")?;
        }
        let (truncated, count, named) = walk(&stranger)?;
        assert!(truncated && count >= MOST - 1 && named == NAMED, "{truncated} {count} {named}");
        Ok(())
    }
}
