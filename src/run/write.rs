//! Writes a file whole or not at all, and in nobody's place but a former one of ours.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{Error, ErrorKind, Read, Result as Done};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::sys::signal::{SigSet, SigmaskHow};
use nix::unistd::Uid;
use rustix::fs::{AtFlags, CWD, linkat};

use super::former::is_former;
use super::until::{between_names, within};
use crate::text::printable::printable;

/// What a file is written as.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// The mode of a new file, as far as the umask lets it. A replaced one keeps its own.
    pub mode: u32,
    /// `--force`: whatever file or link is there is replaced.
    pub force: bool,
}

/// More files of one second than anybody writes.
const MOST_NAMES: usize = 100;

/// Puts a file with this content in its place. Whoever reads it meanwhile sees the old one or the
/// new one, and no signal leaves half of it or another file. Looking is not writing: what is there is
/// left alone unless it is a former report or bundle, or `force` says so; a device or a folder
/// always is. Owner and mode of a replaced file stay.
///
/// # Errors
/// In words, with the name of the file.
pub fn write_whole(path: &Path, content: &str, how: How) -> Result<(), String> {
    write_from(path, &mut content.as_bytes(), how)
}

/// The same for what is read from elsewhere.
///
/// # Errors
/// As above.
pub fn write_from(path: &Path, content: &mut dyn Read, how: How) -> Result<(), String> {
    let failed = |why: String| format!("{} cannot be written: {why}", display(path));
    let replaced = replaced(path, how.force).map_err(failed)?;
    put(path, content, how.mode, &replaced).map_err(|error| failed(error.to_string()))
}

/// Puts a new file beside what is there already: where the name is taken a number follows it.
///
/// # Errors
/// In words, with the name of the file.
pub fn write_beside(path: &Path, content: &str, mode: u32) -> Result<PathBuf, String> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    for number in 1..=MOST_NAMES {
        let name = if number == 1 {
            path.to_path_buf()
        } else {
            path.with_file_name(format!("{stem}-{number}.{extension}"))
        };
        match put(&name, &mut content.as_bytes(), mode, &Replaced::Nothing) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            other => {
                return other
                    .map(|()| name)
                    .map_err(|error| format!("{} cannot be written: {error}", display(path)));
            }
        }
    }
    Err(format!("{} cannot be written: there are {MOST_NAMES} of that name", display(path)))
}

/// That no file is named twice: of two one would be lost.
///
/// # Errors
/// In words, with the name of the file.
pub fn are_different<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Result<(), String> {
    let mut seen = Vec::new();
    for path in paths {
        let folder = folder(path).to_path_buf();
        let named = folder.clone();
        // A hung mount is met again where its file is written, which has a limit too.
        let real = within(Duration::from_secs(1), move || named.canonicalize().ok()).flatten();
        let place = (real.unwrap_or(folder), path.file_name());
        if seen.contains(&place) {
            return Err(format!("{} is named twice, and one would replace the other", display(path)));
        }
        seen.push(place);
    }
    Ok(())
}

fn display(path: &Path) -> String {
    printable(&path.display().to_string())
}

/// What a new file takes the place of.
enum Replaced {
    Nothing,
    /// A link, and never what it leads to, for that may be another user's.
    Link,
    File(Metadata),
}

/// What is there, if it may be replaced.
fn replaced(path: &Path, force: bool) -> Result<Replaced, String> {
    const STICKY_AND_OPEN: u32 = 0o1002;
    let there = match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Replaced::Nothing),
        Err(error) => return Err(error.to_string()),
        Ok(there) => there,
    };
    if there.is_symlink() {
        let why = "it is a link; --force puts a file in its place";
        return if force { Ok(Replaced::Link) } else { Err(why.into()) };
    }
    if !there.is_file() {
        return Err("it is no file".into());
    }
    // Whoever put a file into /tmp under our name would own what root writes there.
    let folder = folder(path).metadata().map_err(|error| error.to_string())?;
    let is_planted =
        folder.mode() & STICKY_AND_OPEN == STICKY_AND_OPEN && there.uid() != Uid::effective().as_raw();
    if is_planted {
        return Err("it belongs to another user, in a folder that everybody writes to".into());
    }
    if !force && !is_former(&head(path).map_err(|error| error.to_string())?) {
        return Err("it is there already, and is no former report or bundle; --force replaces it".into());
    }
    Ok(Replaced::File(there))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

/// The start of what is there.
fn head(path: &Path) -> Done<String> {
    const LONGEST: u64 = 64 << 10;
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path)?;
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn put(path: &Path, content: &mut dyn Read, mode: u32, replaced: &Replaced) -> Done<()> {
    // A file without a name is gone when its process is, whatever ended it.
    let options = OpenOptions::new().write(true).mode(mode).custom_flags(OFlag::O_TMPFILE.bits()).clone();
    match options.open(folder(path)) {
        Ok(mut file) => {
            fill(&mut file, content, replaced)?;
            give_name(&file, path, replaced)
        }
        Err(error) if has_no_nameless_files(&error) => put_by_name(path, content, mode, replaced),
        Err(error) => Err(error),
    }
}

/// NFS and others; kernels and drivers say it in different words.
fn has_no_nameless_files(error: &Error) -> bool {
    const ISDIR: i32 = nix::errno::Errno::EISDIR as i32;
    const NOTSUP: i32 = nix::errno::Errno::EOPNOTSUPP as i32;
    const INVAL: i32 = nix::errno::Errno::EINVAL as i32;
    matches!(error.raw_os_error(), Some(ISDIR | NOTSUP | INVAL))
}

fn fill(file: &mut File, content: &mut dyn Read, replaced: &Replaced) -> Done<()> {
    std::io::copy(content, file)?;
    if let Replaced::File(there) = replaced {
        let is_anothers = there.uid() != Uid::effective().as_raw();
        // Of our own files the group may be one that we are not in.
        match fchown(&*file, Some(there.uid()), Some(there.gid())) {
            Err(error) if is_anothers => return Err(error),
            _ => {}
        }
        file.set_permissions(Permissions::from_mode(there.mode() & 0o7777))?;
    }
    // The new name must not be on the disk before the content is.
    file.sync_all()
}

fn give_name(file: &File, path: &Path, replaced: &Replaced) -> Done<()> {
    let nameless = format!("/proc/self/fd/{}", file.as_raw_fd());
    let link = |to: &Path| linkat(CWD, &*nameless, CWD, to, AtFlags::SYMLINK_FOLLOW).map_err(Error::from);
    if matches!(replaced, Replaced::Nothing) {
        return link(path);
    }
    // The kernel replaces by a name only. No signal comes between.
    let beside = folder(path).join(format!(".openclaw-doctor.{}", std::process::id()));
    let _named = between_names();
    let mask = SigSet::all().thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let done = link(&beside)
        .and_then(|()| std::fs::rename(&beside, path).inspect_err(|_| drop(std::fs::remove_file(&beside))));
    mask.thread_set_mask()?;
    done
}

fn put_by_name(path: &Path, content: &mut dyn Read, mode: u32, replaced: &Replaced) -> Done<()> {
    let _named = between_names();
    let mut file = tempfile::Builder::new()
        .prefix(".openclaw-doctor.")
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(folder(path))?;
    fill(file.as_file_mut(), content, replaced)?;
    let named = match replaced {
        Replaced::Nothing => file.persist_noclobber(path),
        _ => file.persist(path),
    };
    named.map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "openclaw-doctor 0.1.0 · a report\n";
    type Tested = Result<(), Box<dyn std::error::Error>>;

    fn how(force: bool) -> How {
        How { mode: 0o600, force }
    }

    fn refusal(path: &Path) -> String {
        write_whole(path, REPORT, how(false)).err().unwrap_or_default()
    }

    #[test]
    fn only_a_former_report_is_replaced_and_a_link_is_not_followed() -> Tested {
        let folder = tempfile::tempdir()?;
        let (file, link) = (folder.path().join("a.txt"), folder.path().join("b.txt"));
        write_whole(&file, REPORT, how(false))?;
        assert_eq!(std::fs::metadata(&file)?.permissions().mode() & 0o777, 0o600);
        write_whole(&file, &format!("{REPORT}two"), how(false))?;
        std::os::unix::fs::symlink(&file, &link)?;
        assert!(refusal(&link).contains("it is a link"));
        write_whole(&link, "three", how(true))?;
        assert_eq!(std::fs::read_to_string(&file)?, format!("{REPORT}two"));
        assert!(refusal(&link).contains("no former report"), "{}", refusal(&link));
        assert_eq!(std::fs::read_to_string(&link)?, "three");
        std::fs::write(&link, "")?;
        assert_eq!(refusal(&link), "", "in an empty file there is nothing to lose");
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 2);
        Ok(())
    }

    #[test]
    fn owner_and_mode_of_a_replaced_file_stay() -> Tested {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("a.txt");
        std::fs::write(&file, REPORT)?;
        std::fs::set_permissions(&file, Permissions::from_mode(0o646))?;
        let is_root = Uid::effective().is_root();
        if is_root {
            std::os::unix::fs::chown(&file, Some(65534), Some(65534))?;
        }
        let before = file.metadata()?;
        write_whole(&file, &format!("{REPORT}two"), how(false))?;
        let after = file.metadata()?;
        assert_eq!((after.uid(), after.gid(), after.mode()), (before.uid(), before.gid(), before.mode()));
        assert_ne!(after.ino(), before.ino());
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o1777))?;
        assert_eq!(refusal(&file).contains("belongs to another user"), is_root);
        Ok(())
    }

    #[test]
    fn what_is_no_file_is_left_alone_even_by_force() -> Tested {
        let folder = tempfile::tempdir()?;
        let inner = folder.path().join("x.json");
        std::fs::create_dir(&inner)?;
        for place in [&*inner, Path::new("/dev/null"), Path::new("/dev/full")] {
            let refused = write_whole(place, "one", how(true));
            assert!(refused.is_err_and(|error| error.contains("it is no file")), "{}", place.display());
        }
        assert!(write_whole(&folder.path().join("none/x.json"), "one", how(true)).is_err());
        assert!(inner.is_dir() && std::fs::read_dir(folder.path())?.count() == 1);
        Ok(())
    }

    #[test]
    fn a_taken_name_gets_a_number_and_no_file_is_named_twice() -> Tested {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("b.json");
        let names = [0, 1, 2].map(|_| write_beside(&file, REPORT, 0o600).unwrap_or_default());
        let expected = ["b.json", "b-2.json", "b-3.json"].map(|name| folder.path().join(name));
        assert_eq!(names, expected);
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 3);
        let other = folder.path().join("./b.json");
        assert!(are_different([&*file, &other]).is_err() && are_different([&*file, &expected[1]]).is_ok());
        Ok(())
    }
}
