//! Takes this process into the container of another one, for good: a child of the doctor that does nothing else.
//!
//! Nothing of the container is executed. Helper programs are not started in there, and what libc loads to look
//! users and names up is loaded before: it does not load anything again after the root directory has changed
//! (glibc since 2.33, `nss_database.c`).

use std::fs::File;
use std::net::ToSocketAddrs;

use caps::{CapSet, Capability, CapsHashSet};
use nix::sched::{CloneFlags, setns};
use nix::sys::prctl;
use nix::unistd::{Gid, Uid, User, chdir, setgid, setgroups, setuid};
use procfs::process::{Process, Status};

/// The process in whose place we are.
pub struct Place {
    /// The number that it has in the container.
    pub pid: u32,
    /// Its user, by the number that it has on this machine.
    pub uid: u32,
}

/// Enters the network, the names and the files of a process, as its user and with no more rights than it has. Must be
/// called before any thread is started: the kernel lets only a process of one thread change its root.
///
/// # Errors
/// What could not be entered, for a person.
pub fn enter(pid: u32) -> Result<Place, String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("{what} of process {pid}: {error}");
    let process = Process::new(i32::try_from(pid).map_err(|error| failed("the number", &error))?)
        .map_err(|error| failed("the state", &error))?;
    let status = process.status().map_err(|error| failed("the state", &error))?;
    load_before();
    let open = |name: &str| File::open(format!("/proc/{pid}/ns/{name}"));
    let spaces = [
        ("net", CloneFlags::CLONE_NEWNET),
        ("uts", CloneFlags::CLONE_NEWUTS),
        ("mnt", CloneFlags::CLONE_NEWNS),
    ];
    let mut opened = Vec::new();
    for (name, kind) in spaces {
        opened.push((open(name).map_err(|error| failed(name, &error))?, name, kind));
    }
    for (file, name, kind) in opened {
        setns(file, kind).map_err(|error| failed(name, &error))?;
    }
    chdir("/").map_err(|error| failed("the root directory", &error))?;
    become_user(&status).map_err(|error| failed("the user", &error))?;
    let inner = status.nspid.as_ref().and_then(|pids| pids.last()).copied();
    let inner = inner.and_then(|pid| u32::try_from(pid).ok()).unwrap_or(pid);
    Ok(Place { pid: inner, uid: status.euid })
}

/// Has libc load what it needs for users and names from this machine.
fn load_before() {
    let _ = User::from_uid(Uid::from_raw(0));
    let _ = ("localhost", 0).to_socket_addrs();
}

/// A root in a container keeps the rights that its engine left it; everybody else has none.
fn become_user(status: &Status) -> Result<(), String> {
    let text = |error: nix::Error| error.to_string();
    let groups: Vec<Gid> = status.groups.iter().map(|group| Gid::from_raw(*group)).collect();
    setgroups(&groups).map_err(text)?;
    setgid(Gid::from_raw(status.egid)).map_err(text)?;
    setuid(Uid::from_raw(status.euid)).map_err(text)?;
    if status.euid == 0 {
        let kept: CapsHashSet =
            caps::all().into_iter().filter(|one: &Capability| status.capeff & one.bitmask() != 0).collect();
        for set in [CapSet::Effective, CapSet::Permitted] {
            caps::set(None, set, &kept).map_err(|error| error.to_string())?;
        }
        caps::clear(None, CapSet::Inheritable).map_err(|error| error.to_string())?;
    }
    prctl::set_no_new_privs().map_err(text)?;
    prctl::set_dumpable(false).map_err(text)
}
