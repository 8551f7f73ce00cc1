//! Can the service's user get to the models directory, and write there?

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Confinement, DirStep, Facts, ModelsDir, StepFound, Unseen};
use crate::rules::ollama::environment::{Service, is_here};

/// Fails when a directory on the way is closed to the service's user, or the last
/// one is not his to write.
pub fn judge(facts: &Facts) -> Judgement {
    let setup = facts.ollama_setup.get()?;
    let not_applicable = |why: &str| Err(Unseen::NotApplicable { why: why.into() });
    if !is_here(facts) {
        return not_applicable("OpenClaw uses an Ollama of another machine, whose files cannot be seen");
    }
    let Some((service, dir)) = Service::in_use(facts).zip(setup.models_dir.as_ref()) else {
        return not_applicable("no ollama.service runs here");
    };
    if service.unit.confinement.root_directory.is_some() {
        return not_applicable("the service has a root directory of its own");
    }
    let Some(found) = obstacle(dir, &service.unit.confinement) else {
        return Verdict::pass(format!("user {} can read and write {}", dir.user, dir.path));
    };
    let serves = Site::all(facts).any(|site| {
        let own = site.server(facts).is_some_and(|server| Some(server.pid) == service.unit.main_pid);
        own && site.tags().is_ok()
    });
    match (serves, found.cause) {
        (false, cause) => failure(cause, dir, &found).verdict(),
        (true, "not-writable" | "confined") => failure("no-new-models", dir, &found).verdict(),
        // It gets there, so something counts that our look does not see.
        (true, _) => Verdict::pass(format!("Ollama lists models from {}", dir.path)),
    }
}

fn failure(cause: &'static str, dir: &ModelsDir, found: &Obstacle) -> Failure {
    let failure = Failure::new(cause, found.message.clone())
        .seen(&found.label, format!("/ollamaSetup/modelsDir/steps/{}", found.step), &*found.seen)
        .note(found.path.clone())
        .expected(found.expected.clone())
        .seen("models directory", "/ollamaSetup/modelsDir/path", &*dir.path)
        .note(if dir.from == "home" { format!("in the home of {}", dir.user) } else { dir.from.clone() });
    if matches!(found.cause, "not-writable") && may_be_given_away(dir, found) {
        return failure.value("models_dir", dir.path.clone()).fixes(&["chown", "elsewhere"]);
    }
    // In its home Ollama's user has its key too, and cannot start without it.
    if let Some(home) = own_directory(dir, found) {
        return failure.value("models_dir", home).fixes(&["chown"]);
    }
    failure.fixes(&["elsewhere"])
}

/// `~/.ollama`, where that is what is closed to its user.
fn own_directory(dir: &ModelsDir, found: &Obstacle) -> Option<String> {
    let may_help = matches!(found.cause, "not-writable" | "not-traversable") && dir.user == "ollama";
    (may_help && is_own(dir, &found.path)).then(|| found.path.clone())
}

/// Whether that is the directory in the home of Ollama's user, where its key is too.
fn is_own(dir: &ModelsDir, path: &str) -> bool {
    dir.from == "home" && path.ends_with("/.ollama")
}

/// Whether the documented `chown -R` does no harm: a directory that exists, below
/// the top of the tree, that is nobody's home and none of the system's.
fn may_be_given_away(dir: &ModelsDir, found: &Obstacle) -> bool {
    const SYSTEM: [&str; 11] =
        ["bin", "boot", "dev", "etc", "lib", "lib64", "proc", "run", "sbin", "sys", "usr"];
    let parts: Vec<&str> = dir.path.split('/').filter(|part| !part.is_empty()).collect();
    let is_system = parts.first().is_some_and(|first| SYSTEM.contains(first)) && !dir.path.contains("ollama");
    let is_for_models = parts.last().is_some_and(|last| last.contains("ollama") || last.contains("models"));
    let is_home = parts.first() == Some(&"home") && parts.len() < 3;
    let is_clean = !parts.contains(&"..") && dir.path.starts_with('/');
    let is_read_only = dir.steps[found.step].found.as_ref().is_some_and(|found| found.read_only);
    !is_read_only
        && dir.user == "ollama"
        && parts.len() > 1
        && is_for_models
        && !is_system
        && !is_home
        && is_clean
        && found.path == dir.path
}

const READ: u32 = 4;
const WRITE: u32 = 2;
const SEARCH: u32 = 1;

/// What stands in the way.
struct Obstacle {
    /// The cause.
    cause: &'static str,
    /// What is wrong, in a sentence.
    message: String,
    /// The step of the way.
    step: usize,
    /// Its path.
    path: String,
    /// What the evidence is called.
    label: String,
    /// What was seen there.
    seen: String,
    /// What should be there.
    expected: String,
}

/// The first thing that keeps the user from the directory, or from writing there.
fn obstacle(dir: &ModelsDir, confinement: &Confinement) -> Option<Obstacle> {
    if !dir.path.starts_with('/') {
        let message = format!("OLLAMA_MODELS={} is no absolute path, and Ollama expands nothing", dir.path);
        return Some(at(dir, 0, "relative", message, "a path that starts with /"));
    }
    let last = dir.steps.len().checked_sub(1)?;
    for (index, step) in dir.steps.iter().enumerate() {
        let Some(found) = &step.found else { continue };
        if !found.is_dir {
            let message = format!("{} is not a directory, and Ollama is to keep its models there", step.path);
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
        let path = &dir.steps[deepest].path;
        let what = if is_own(dir, path) { "its key and its models" } else { "its models" };
        let message = format!("user {} may not write {path}, where {what} belong", dir.user);
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
