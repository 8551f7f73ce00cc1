//! Do Ollama's settings outlive the next run of its installer?

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{EnvironmentSource, Facts, Unseen};
use crate::rules::ollama::environment::{is_here, not_told};

/// The unit that Ollama's installer writes anew each time it runs; drop-ins stay.
const INSTALLERS: &str = "/etc/systemd/system/ollama.service";

/// Fails when a setting stands in the installer's unit file, or in a file that it names, and nowhere else.
pub fn judge(facts: &Facts) -> Judgement {
    facts.units.get()?;
    if !is_here(facts) {
        let why = "OpenClaw uses an Ollama of another machine, whose unit cannot be seen".into();
        return Err(Unseen::NotApplicable { why });
    }
    let Some((index, unit)) = facts.ollama_service() else {
        return Err(Unseen::NotApplicable { why: "there is no ollama.service here".into() });
    };
    if unit.fragment_path.as_deref() != Some(INSTALLERS) {
        return Verdict::pass("ollama.service is none that Ollama's installer writes");
    }
    let sources = &unit.environment_sources;
    let named_by = |source: &EnvironmentSource| source.named_by.clone().unwrap_or_default();
    let goes = |source: &EnvironmentSource| source.path == INSTALLERS || named_by(source) == INSTALLERS;
    let stays = |source: &EnvironmentSource| {
        unit.drop_ins.contains(&source.path) || unit.drop_ins.contains(&named_by(source))
    };
    let lost = lost(sources, goes, stays);
    let is_open = |source: &&EnvironmentSource| match lost.is_empty() {
        true if goes(source) => source.names.is_none(),
        true => !stays(source) && source.sets(|name| name.starts_with("OLLAMA_")),
        false => !goes(source) && source.sets(|name| lost.iter().any(|one| one == name)),
    };
    if let Some(source) = sources.iter().find(is_open) {
        return Err(not_told(facts, source, lost.first().map_or("Ollama's settings", String::as_str)));
    }
    let Some(first) = lost.first() else {
        return Verdict::pass("no setting of Ollama's depends on the installer's unit file");
    };
    let message = match lost.len() {
        1 => format!("the next run of Ollama's installer takes {first} away"),
        more => format!("the next run of Ollama's installer takes {first} and {} more away", more - 1),
    };
    let holds = |source: &EnvironmentSource| {
        source.names.as_ref().is_some_and(|names| names.iter().any(|name| lost.contains(name)))
    };
    let place = sources.iter().position(|source| goes(source) && holds(source)).unwrap_or(0);
    let pointer = format!("/units/{index}/environmentSources/{place}/names");
    let (label, note) = match &sources[place].path {
        path if path == INSTALLERS => ("unit file", INSTALLERS.to_string()),
        path => ("environment file", format!("{path}, named in {INSTALLERS} alone")),
    };
    let failure = Failure::new("lost-at-update", message)
        .seen(label, pointer, lost.join(", "))
        .note(note)
        .expected("in a drop-in, which the installer leaves alone")
        .path(INSTALLERS);
    let host = unit.setting("OLLAMA_HOST").map(|(_, value)| value);
    let origins = unit.setting("OLLAMA_ORIGINS").map(|(_, value)| value);
    let names: Vec<&str> = lost.iter().map(String::as_str).collect();
    let of_file = sources.iter().any(|source| source.path != INSTALLERS && goes(source) && holds(source));
    match &*names {
        // An environment file counts more than a drop-in.
        _ if of_file => failure.fixes(&["move"]),
        ["OLLAMA_HOST", "OLLAMA_ORIGINS"] if host == Some("0.0.0.0") && origins == Some("*") => {
            failure.fixes(&["drop-in", "move"])
        }
        ["OLLAMA_HOST"] if matches!(host, Some("0.0.0.0" | "0.0.0.0:11434")) => {
            failure.fixes(&["ollama/bind-address#drop-in", "move"])
        }
        _ => failure.fixes(&["move"]),
    }
    .verdict()
}

/// The settings of files that count no more after the next run, without those of files that still do.
fn lost(
    sources: &[EnvironmentSource],
    goes: impl Fn(&EnvironmentSource) -> bool,
    stays: impl Fn(&EnvironmentSource) -> bool,
) -> Vec<String> {
    let of = |source: &EnvironmentSource| source.names.clone().unwrap_or_default();
    let kept: Vec<String> =
        sources.iter().filter(|source| stays(source) && !goes(source)).flat_map(of).collect();
    let mut lost: Vec<String> = Vec::new();
    for name in sources.iter().filter(|source| goes(source)).flat_map(of) {
        if name.starts_with("OLLAMA_") && !kept.contains(&name) && !lost.contains(&name) {
            lost.push(name);
        }
    }
    lost
}
