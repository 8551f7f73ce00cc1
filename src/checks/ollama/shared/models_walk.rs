//! The way to a models directory, as the kernel and systemd let a user go it.

use crate::facts::{Confinement, DirStep, ModelsDir, StepFound};

const READ: u32 = 4;
const WRITE: u32 = 2;
const SEARCH: u32 = 1;

/// What stands in the way.
pub struct Obstacle {
    /// The cause.
    pub cause: &'static str,
    /// What is wrong, in a sentence.
    pub message: String,
    /// The step of the way.
    pub step: usize,
    /// Its path.
    pub path: String,
    /// What the evidence is called.
    pub label: String,
    /// What was seen there.
    pub seen: String,
    /// What should be there.
    pub expected: String,
}

/// The first thing that keeps the user from the directory, or from writing there.
pub fn obstacle(dir: &ModelsDir, confinement: &Confinement) -> Option<Obstacle> {
    if !dir.path.starts_with('/') {
        let message = format!("OLLAMA_MODELS={} is no absolute path, and Ollama expands nothing", dir.path);
        return Some(at(dir, 0, "relative", message, "a path that starts with /"));
    }
    let last = dir.steps.len().checked_sub(1)?;
    for (index, step) in dir.steps.iter().enumerate() {
        let Some(found) = &step.found else { continue };
        if !found.is_dir {
            let message = format!("{} is no directory, and Ollama's models are to lie there", step.path);
            return Some(at(dir, index, "not-a-directory", message, "a directory"));
        }
        if index < last && !may(dir, found, SEARCH) {
            let message = format!("user {} may not pass through {} to its models", dir.user, step.path);
            return Some(at(dir, index, "not-traversable", message, "x for that user"));
        }
    }
    if let Some(limit) = confined(&dir.path, confinement) {
        let message = format!("{limit} of ollama.service keeps it from its models in {}", dir.path);
        return Some(at(dir, last, "confined", message, "a directory that the unit may write"));
    }
    // What is missing is made by Ollama, where it may.
    let deepest = dir.steps.iter().rposition(|step| step.found.is_some())?;
    let found = dir.steps[deepest].found.as_ref()?;
    if found.read_only || !may(dir, found, READ | WRITE | SEARCH) {
        let message =
            format!("user {} may not write {}, where its models belong", dir.user, dir.steps[deepest].path);
        return Some(at(dir, deepest, "not-writable", message, "r, w and x for that user"));
    }
    None
}

fn may(dir: &ModelsDir, found: &StepFound, bits: u32) -> bool {
    let shift = if dir.uid == found.uid {
        6
    } else if dir.gids.contains(&found.gid) {
        3
    } else {
        0
    };
    // An access control list may give more than the bits tell.
    dir.uid == 0 || found.acl || (found.mode >> shift) & bits == bits
}

/// The setting of the unit that closes the path (`systemd.exec(5)`).
fn confined(path: &str, confinement: &Confinement) -> Option<String> {
    let below = |top: &str| path == top || path.strip_prefix(top).is_some_and(|rest| rest.starts_with('/'));
    let in_home = ["/home", "/root", "/run/user"].iter().any(|top| below(top));
    let opened = confinement.read_write_paths.iter().any(|open| below(open.trim_end_matches('/')));
    let home = &*confinement.protect_home;
    let system = &*confinement.protect_system;
    match (home, system) {
        ("yes" | "tmpfs", _) if in_home => Some(format!("ProtectHome={home}")),
        ("read-only", _) if in_home && !opened => Some(format!("ProtectHome={home}")),
        (_, "strict") if !(opened || in_home && home == "no") => Some("ProtectSystem=strict".into()),
        (_, "yes" | "full") if !opened && (below("/usr") || below("/boot")) => {
            Some(format!("ProtectSystem={system}"))
        }
        (_, "full") if !opened && below("/etc") => Some("ProtectSystem=full".into()),
        _ => None,
    }
}

fn at(dir: &ModelsDir, step: usize, cause: &'static str, message: String, expected: &str) -> Obstacle {
    let DirStep { path, found } = &dir.steps[step];
    let seen = match found {
        Some(found) => format!("mode {:04o}, uid {}, gid {}", found.mode, found.uid, found.gid),
        None => "nothing".into(),
    };
    Obstacle {
        cause,
        message,
        step,
        path: path.clone(),
        label: "on the way".into(),
        seen,
        expected: expected.into(),
    }
}
