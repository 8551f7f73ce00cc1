//! The gateways that run on this machine. One is known by its program and by what it was started with, or by the
//! unit that it runs in; a title alone, which anybody may take, makes none.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use procfs::process::{Process, Status};

use super::package;
use super::unit_environment::GatewayUnit;
use crate::probes::machine::{container, processes};
use crate::rules::openclaw::gateway::{IMAGE_SCRIPT, image_folder, is_runtime, is_title, runs_gateway};

/// A process that is a gateway.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GatewayProcess {
    /// By what it is known, the better first.
    pub sign: Sign,
    /// The number of its user.
    pub uid: u32,
    /// Its process id.
    pub pid: u32,
}

/// By what a gateway is known, the better first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// It runs in a unit of the machine that starts a gateway: root set it up.
    Unit,
    /// Its arguments.
    Arguments,
    /// The title that it took, and Node as its program.
    Title,
    /// The title; its program is for its user to see.
    TitleAlone,
}

/// The gateways that were found.
#[derive(Debug, Default)]
pub struct Found {
    /// Those of this machine, those first that are known best.
    pub here: Vec<GatewayProcess>,
    /// Those in containers, by process id; those of a known engine first.
    pub inside: Vec<u32>,
}

/// Looks at all processes. Of one that has nothing of OpenClaw's in its arguments no more is read than these.
/// `units` are those of the machine that start a gateway.
pub fn find(units: &[GatewayUnit]) -> Found {
    let mut found = Found::default();
    for pid in processes::all().filter_map(|pid| u32::try_from(pid).ok()) {
        let Some(words) = words_of_openclaw(pid) else { continue };
        let title = is_title(&words);
        if !title && !runs_gateway(&words) && !runs_image(pid, &words) {
            continue;
        }
        let Some((sign, uid)) = sign(pid, title, units).zip(uid(pid)) else { continue };
        match is_of_this_machine(pid) {
            true => found.here.push(GatewayProcess { sign, uid, pid }),
            false => found.inside.push(pid),
        }
    }
    found.here.sort_unstable();
    // A machine in a container of its own, as systemd-nspawn has them, is the least likely to be meant.
    found.inside.sort_by_key(|pid| (container::of_process(*pid).engine.is_none(), *pid));
    found
}

/// Whether a process runs a gateway as OpenClaw's image does, whose arguments do not name OpenClaw: the folder of the
/// package does. That of another user is not ours to see; a container is most likely what the arguments say.
fn runs_image(pid: u32, words: &[String]) -> bool {
    let Some(folder) = image_folder(words) else { return false };
    let place = if folder.starts_with('/') { "root" } else { "cwd" };
    let file = PathBuf::from(format!("/proc/{pid}/{place}/{folder}/package.json"));
    match file.symlink_metadata() {
        Ok(_) => package::version_of(&file).is_some(),
        Err(error) => error.kind() == ErrorKind::PermissionDenied && !is_of_this_machine(pid),
    }
}

/// The arguments of a process, where they may be OpenClaw's. Its title takes their place, once it has one.
fn words_of_openclaw(pid: u32) -> Option<Vec<String>> {
    let bytes = processes::arguments(i32::try_from(pid).ok()?);
    let text = String::from_utf8_lossy(&bytes);
    let is_openclaw = text.contains("openclaw") || text.contains(IMAGE_SCRIPT);
    is_openclaw.then(|| text.split_terminator('\0').map(str::to_string).collect())
}

fn uid(pid: u32) -> Option<u32> {
    Some(Path::new("/proc").join(pid.to_string()).metadata().ok()?.uid())
}

/// `None` where its program is seen to be none that OpenClaw runs on.
fn sign(pid: u32, title: bool, units: &[GatewayUnit]) -> Option<Sign> {
    let program: Option<PathBuf> = std::fs::read_link(format!("/proc/{pid}/exe")).ok();
    let is_known = program.as_ref().map(|program| is_runtime(&program.to_string_lossy()));
    let in_unit = || unit_of(pid).is_some_and(|name| units.iter().any(|unit| unit.name() == name));
    match is_known {
        Some(false) => None,
        _ if in_unit() => Some(Sign::Unit),
        _ if !title => Some(Sign::Arguments),
        Some(true) => Some(Sign::Title),
        None => Some(Sign::TitleAlone),
    }
}

/// The unit of the machine that a process runs in, by its control group.
fn unit_of(pid: u32) -> Option<String> {
    let groups = Process::new(i32::try_from(pid).ok()?).ok()?.cgroups().ok()?;
    let path = groups.into_iter().find(|group| group.controllers.iter().all(String::is_empty))?.pathname;
    let mut steps = path.split('/').skip_while(|step| *step != "system.slice");
    steps.find(|step| step.ends_with(".service")).map(str::to_string)
}

/// A process in a container has a process id of its own there; its paths and
/// users are those of the container, which a look at this machine cannot follow.
fn is_of_this_machine(pid: u32) -> bool {
    let process = i32::try_from(pid).ok().and_then(|pid| Process::new(pid).ok());
    let status = process.and_then(|process| process.status().ok());
    let levels = |status: &Status| status.nspid.as_ref().map(Vec::len);
    let own = Process::myself().ok().and_then(|own| own.status().ok());
    status.as_ref().and_then(levels) == own.as_ref().and_then(levels)
}
