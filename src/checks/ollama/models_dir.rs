//! Can the service's user get to the models directory, and write there?

use crate::checks::ollama::shared::models_walk::{Obstacle, obstacle};
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::serving::serving;
use crate::facts::{Facts, ModelsDir, Unseen};
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
        let own = serving(facts, &site).is_some_and(|server| Some(server.pid) == service.unit.main_pid);
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
    failure.fixes(&["elsewhere"])
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
