//! Files of an OpenClaw, read no further than those who control it could read.
//!
//! Whoever writes a config chooses where its keys are sent. A doctor that runs
//! as root must not read for him what he could not read himself.

use std::ffi::CString;
use std::fs::{File, Metadata};
use std::io::{Error, ErrorKind, Read};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::unistd::{Uid, User, getgrouplist};

use crate::facts::{FoundBy, Install};

/// The bits of a mode, for owner, group and others alike.
const READ: u32 = 4;
const SEARCH: u32 = 1;

/// Those who must be able to read a file before it is read for them.
#[derive(Default)]
pub struct Readers(Vec<Reader>);

/// A user other than the one who runs the doctor, and other than root.
struct Reader {
    name: String,
    /// `None` for a name that no account has.
    uid: Option<u32>,
    groups: Vec<u32>,
}

/// Who could read a source of values, whoever we are. Each of `files` must be open to a reader,
/// unless he is one of `users`, who get the values in another way.
#[derive(Debug, Clone, Default)]
pub struct Rights {
    users: Vec<u32>,
    files: Vec<FileRights>,
    /// Nobody but root and `users`.
    closed: bool,
}

/// Owner, group and mode of a file, and of the directories above it.
#[derive(Debug, Clone)]
struct FileRights {
    file: Right,
    above: Vec<Right>,
}

#[derive(Debug, Clone, Copy)]
struct Right {
    uid: u32,
    gid: u32,
    mode: u32,
}

/// Why a file was not opened.
pub enum Refused {
    /// The kernel's reason.
    Error(Error),
    /// This user could not read it.
    NotFor(String),
}

impl Readers {
    /// The user of an install, where that is somebody else.
    pub fn of(install: &Install) -> Readers {
        Readers::of_user(&install.user)
    }

    /// That user, named or by number, where that is somebody else.
    pub fn of_user(name: &str) -> Readers {
        let account = User::from_name(name).ok().flatten();
        let uid = account.as_ref().map(|user| user.uid.as_raw()).or_else(|| name.parse().ok());
        let mut readers = Readers::default();
        readers.add(name.to_string(), uid, account);
        readers
    }

    /// Adds the owner of the config: one that was named by a flag, or that lies
    /// in a home which sudo kept, need not belong to the user who looks. What a
    /// running gateway puts together it has put together itself.
    pub fn and_owner(mut self, install: &Install, config: &Metadata) -> Readers {
        if install.found_by != FoundBy::RunningGateway {
            let account = User::from_uid(Uid::from_raw(config.uid())).ok().flatten();
            let name = account.as_ref().map_or_else(|| config.uid().to_string(), |user| user.name.clone());
            self.add(name, Some(config.uid()), account);
        }
        self
    }

    fn add(&mut self, name: String, uid: Option<u32>, account: Option<User>) {
        // Root may read everything, and what we may read ourselves is for us to read.
        if uid == Some(0) || uid == Some(Uid::effective().as_raw()) {
            return;
        }
        let groups = account.and_then(|user| {
            let name = CString::new(user.name).ok()?;
            getgrouplist(&name, user.gid).ok()
        });
        let groups = groups.unwrap_or_default().into_iter().map(|group| group.as_raw()).collect();
        self.0.push(Reader { name, uid, groups });
    }

    /// Adds whoever owns or may write a file of the config: he chooses where its values are sent.
    pub fn and_writer(&mut self, config: &Metadata) {
        const WRITE_BY_OTHERS: u32 = 2;
        let account = User::from_uid(Uid::from_raw(config.uid())).ok().flatten();
        let name = account.as_ref().map_or_else(|| config.uid().to_string(), |user| user.name.clone());
        self.add(name, Some(config.uid()), account);
        if config.mode() & WRITE_BY_OTHERS != 0 {
            self.0.push(Reader { name: "whoever writes to it".into(), uid: None, groups: Vec::new() });
        }
    }

    /// The first of them who could not read a source.
    pub fn kept_out(&self, rights: &Rights) -> Option<&str> {
        self.0.iter().find(|reader| !reader.could_read(rights)).map(|reader| &*reader.name)
    }

    /// Whether nobody but the doctor's own user, or root, has a say here.
    pub fn is_only_us(&self) -> bool {
        self.0.is_empty()
    }

    /// Opens a file, without waiting, so that a FIFO does not hang us. Rights are
    /// judged by what was opened, since a name may lead elsewhere a moment later.
    pub fn open(&self, path: &Path) -> Result<(File, Metadata), Refused> {
        let mut options = File::options();
        let opened = options.read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path);
        let (file, meta) =
            opened.and_then(|file| file.metadata().map(|meta| (file, meta))).map_err(Refused::Error)?;
        let rights = if self.0.is_empty() { Rights::default() } else { Rights::of_file(&file, &meta) };
        for reader in &self.0 {
            if !reader.could_read(&rights) {
                return Err(Refused::NotFor(reader.name.clone()));
            }
        }
        Ok((file, meta))
    }
}

impl Rights {
    /// What everybody knows who has the config.
    pub fn everybody() -> Rights {
        Rights::default()
    }

    /// What belongs to a user, as the environment of a process does.
    pub fn only(uid: u32) -> Rights {
        Rights { users: vec![uid], closed: true, ..Rights::default() }
    }

    /// What an opened file allows. A path that cannot be told counts as closed.
    pub fn of_file(file: &File, meta: &Metadata) -> Rights {
        let right = |meta: &Metadata| Right { uid: meta.uid(), gid: meta.gid(), mode: meta.mode() };
        let above = std::fs::read_link(path_of(file)).and_then(|real| {
            real.ancestors().skip(1).map(|dir| dir.metadata().map(|meta| right(&meta))).collect()
        });
        match above {
            Ok(above) => {
                let files = vec![FileRights { file: right(meta), above }];
                Rights { files, ..Rights::default() }
            }
            Err(_) => Rights { closed: true, ..Rights::default() },
        }
    }

    /// Both must be open.
    pub fn and(mut self, other: &Rights) -> Rights {
        self.files.extend(other.files.iter().cloned());
        self.closed |= other.closed;
        self
    }

    /// This user gets the values all the same, as a service does of what root wrote for it.
    pub fn or_user(mut self, uid: Option<u32>) -> Rights {
        self.users.extend(uid);
        self
    }
}

/// The text of a file that somebody else may have made, up to so many bytes and nothing of a larger one. It is opened
/// once, without waiting for a pipe, and judged by what was opened: whatever has the name by then is not asked.
pub fn text_of(path: &Path, most: u64) -> Option<String> {
    let flags = (OFlag::O_NONBLOCK | OFlag::O_NOCTTY).bits();
    let file = File::options().read(true).custom_flags(flags).open(path).ok()?;
    file.metadata().ok().filter(|meta| meta.is_file() && meta.len() <= most)?;
    let mut text = String::new();
    // A file may grow while it is read, and those of the kernel have no length.
    file.take(most + 1).read_to_string(&mut text).ok()?;
    (text.len() as u64 <= most).then_some(text)
}

/// The text of a file that tells the doctor itself what to do: only where nobody but root and whoever started it could
/// have written it. `follow` says whether the name may be a link.
///
/// # Errors
/// Why it is not read; that there is none is no error.
pub fn text_for_us(path: &Path, most: u64, follow: bool) -> Result<Option<String>, String> {
    const WRITE_BY_OTHERS: u32 = 0o022;
    let mut flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    flags.set(OFlag::O_NOFOLLOW, !follow);
    let file = match File::options().read(true).custom_flags(flags.bits()).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        // A working directory that is closed to us has none for us.
        Err(_) if path.symlink_metadata().is_err() => return Ok(None),
        Err(error) if error.raw_os_error() == Some(nix::libc::ELOOP) => return Err("it is a link".into()),
        Err(error) => return Err(error.to_string()),
        Ok(file) => file,
    };
    let meta = file.metadata().map_err(|error| error.to_string())?;
    if !meta.is_file() {
        return Err("it is no file".into());
    }
    if !is_ours(meta.uid()) {
        return Err("it belongs to another user".into());
    }
    if meta.mode() & WRITE_BY_OTHERS != 0 {
        return Err("others than its owner may write to it".into());
    }
    if meta.len() > most {
        return Err(format!("it is larger than {} kB", most >> 10));
    }
    let mut text = String::new();
    file.take(most).read_to_string(&mut text).map_err(|error| error.to_string())?;
    Ok(Some(text))
}

/// Root's, the user's who runs us, or the user's who called sudo to do so.
fn is_ours(uid: u32) -> bool {
    let us = Uid::effective();
    let caller = || std::env::var("SUDO_UID").ok().and_then(|uid| uid.parse().ok());
    uid == 0 || uid == us.as_raw() || (us.is_root() && caller() == Some(uid))
}

/// The path of what was opened, whatever has its name by now.
pub fn path_of(opened: &impl AsRawFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd()))
}

impl Reader {
    /// What is given to them, a file of theirs, or one that its mode and those of all directories above open to them.
    fn could_read(&self, rights: &Rights) -> bool {
        if self.uid.is_some_and(|uid| rights.users.contains(&uid)) {
            return true;
        }
        let is_open = |of: &FileRights| {
            let is_its_owner = self.uid == Some(of.file.uid);
            is_its_owner || self.has(READ, of.file) && of.above.iter().all(|dir| self.has(SEARCH, *dir))
        };
        !rights.closed && rights.files.iter().all(is_open)
    }

    fn has(&self, bit: u32, right: Right) -> bool {
        let shift = if self.uid == Some(right.uid) {
            6
        } else if self.groups.contains(&right.gid) {
            3
        } else {
            0
        };
        right.mode & (bit << shift) != 0
    }
}

#[cfg(test)]
mod tests {
    use std::io::Result;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn stranger(uid: u32, groups: &[u32]) -> Readers {
        Readers(vec![Reader { name: "mallory".into(), uid: Some(uid), groups: groups.to_vec() }])
    }

    #[test]
    fn only_what_a_user_could_read_is_read_for_him() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let file = dir.path().join("x");
        std::fs::write(&file, "secret")?;
        let owner = dir.path().metadata()?;
        for (of_dir, of_file, by_others, by_group, by_owner) in [
            (0o755, 0o600, false, false, true),
            (0o755, 0o640, false, true, true),
            (0o755, 0o644, true, true, true),
            (0o700, 0o644, false, false, true),
            (0o750, 0o644, false, true, true),
            (0o755, 0o404, true, false, true),
        ] {
            std::fs::set_permissions(dir.path(), PermissionsExt::from_mode(of_dir))?;
            std::fs::set_permissions(&file, PermissionsExt::from_mode(of_file))?;
            let opens = |readers: Readers| readers.open(&file).is_ok();
            let seen = (
                opens(stranger(owner.uid() + 1, &[])),
                opens(stranger(owner.uid() + 1, &[owner.gid()])),
                opens(stranger(owner.uid(), &[])),
            );
            assert_eq!(seen, (by_others, by_group, by_owner), "{of_dir:o} {of_file:o}");
        }
        Ok(())
    }

    #[test]
    fn what_has_no_end_or_is_no_file_is_not_read() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("file"), "text")?;
        assert_eq!((text_of(&at("file"), 4).as_deref(), text_of(&at("file"), 3)), (Some("text"), None));
        std::os::unix::fs::symlink("/dev/zero", at("zero"))?;
        nix::unistd::mkfifo(&at("pipe"), nix::sys::stat::Mode::S_IRWXU)?;
        File::create(at("sparse"))?.set_len(1 << 40)?;
        for name in ["zero", "pipe", "sparse", "none", "."] {
            assert_eq!(text_of(&at(name), 1 << 20), None, "{name}");
        }
        // The swap: a name that leads to a file and to what has no end by turns is a file or nothing.
        let (swapped, end) = (at("swapped"), std::sync::atomic::AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !end.load(std::sync::atomic::Ordering::Relaxed) {
                    for to in ["file", "zero"] {
                        let _ = std::os::unix::fs::symlink(at(to), at("new"));
                        let _ = std::fs::rename(at("new"), &swapped);
                    }
                }
            });
            for _ in 0..2000 {
                assert!(text_of(&swapped, 1 << 10).is_none_or(|text| text == "text"));
            }
            end.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        Ok(())
    }

    #[test]
    fn a_link_gives_no_rights() -> Result<()> {
        let (theirs, ours) = (tempfile::tempdir()?, tempfile::tempdir()?);
        std::fs::set_permissions(theirs.path(), PermissionsExt::from_mode(0o755))?;
        std::fs::write(ours.path().join(".env"), "KEY=canary")?;
        std::fs::set_permissions(ours.path(), PermissionsExt::from_mode(0o700))?;
        let link = theirs.path().join(".env");
        std::os::unix::fs::symlink(ours.path().join(".env"), &link)?;
        let uid = ours.path().metadata()?.uid();
        assert!(
            matches!(stranger(uid + 1, &[]).open(&link), Err(Refused::NotFor(name)) if name == "mallory")
        );
        assert!(Readers::default().open(&link).is_ok());
        Ok(())
    }
}
