//! Do Ollama's settings outlive the next run of its installer?

use crate::checks::settings::is_here;
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{EnvironmentSource, Facts, Unseen};

/// The unit that Ollama's installer writes anew each time it runs; drop-ins stay.
const INSTALLERS: &str = "/etc/systemd/system/ollama.service";

/// Fails when a setting stands in the installer's unit file and nowhere else.
pub fn judge(facts: &Facts) -> Judgement {
    facts.units.get()?;
    if !is_here(facts) {
        let why = "OpenClaw uses an Ollama of another machine, whose unit cannot be seen".into();
        return Err(Unseen::NotApplicable { why });
    }
    let Some((index, unit)) = facts.loaded_unit("ollama.service") else {
        return Err(Unseen::NotApplicable { why: "there is no ollama.service here".into() });
    };
    if unit.fragment_path.as_deref() != Some(INSTALLERS) {
        return Verdict::pass("ollama.service is none that Ollama's installer writes");
    }
    let is_units = |source: &&EnvironmentSource| source.path == INSTALLERS;
    let names = |source: &EnvironmentSource| source.names.clone().unwrap_or_default();
    let elsewhere: Vec<String> =
        unit.environment_sources.iter().filter(|source| !is_units(source)).flat_map(names).collect();
    let of_unit = unit.environment_sources.iter().filter(is_units).flat_map(names);
    let lost: Vec<String> =
        of_unit.filter(|name| name.starts_with("OLLAMA_") && !elsewhere.contains(name)).collect();
    let Some(first) = lost.first() else {
        return Verdict::pass("no setting of Ollama's depends on the installer's unit file");
    };
    let message = match lost.len() {
        1 => format!("the next run of Ollama's installer takes {first} away"),
        more => format!("the next run of Ollama's installer takes {first} and {} more away", more - 1),
    };
    let place = unit.environment_sources.iter().position(|source| source.path == INSTALLERS).unwrap_or(0);
    let pointer = format!("/units/{index}/environmentSources/{place}/names");
    let mut failure = Failure::new("lost-at-update", message)
        .seen("unit file", pointer, lost.join(", "))
        .note(INSTALLERS)
        .expected("in a drop-in, which the installer leaves alone");
    failure.path = Some(INSTALLERS.into());
    let host = unit.setting("OLLAMA_HOST").map(|(_, value)| value);
    let origins = unit.setting("OLLAMA_ORIGINS").map(|(_, value)| value);
    let names: Vec<&str> = lost.iter().map(String::as_str).collect();
    match &*names {
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
