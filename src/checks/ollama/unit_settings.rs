//! Do Ollama's settings outlive the next run of its installer?

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{EnvironmentSource, Facts, Unit, Unseen};
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
    let files = Files { unit };
    let lost = files.lost();
    if let Some(source) = files.open_question(&lost) {
        return Err(not_told(facts, source, lost.first().map_or("Ollama's settings", String::as_str)));
    }
    let Some(first) = lost.first() else {
        return Verdict::pass("no setting of Ollama's depends on the installer's unit file");
    };
    let message = match lost.len() {
        1 => format!("the next run of Ollama's installer will overwrite {first}"),
        more => format!("the next run of Ollama's installer will overwrite {first} and {} more", more - 1),
    };
    let place = files.holders(&lost).next().map_or(0, |(place, _)| place);
    let pointer = format!("/units/{index}/environmentSources/{place}/names");
    let (label, note) = match &unit.environment_sources[place].path {
        path if path == INSTALLERS => ("unit file", INSTALLERS.to_string()),
        path => ("environment file", format!("{path}, named in {INSTALLERS} alone")),
    };
    Failure::new("lost-at-update", message)
        .seen(label, pointer, lost.join(", "))
        .note(note)
        .expected("in a drop-in, which the installer leaves alone")
        .path(INSTALLERS)
        .fixes(files.fixes(&lost))
        .verdict()
}

/// The files of the unit's environment, by what the installer's next run does to them.
struct Files<'a> {
    unit: &'a Unit,
}

impl<'a> Files<'a> {
    /// Whether it counts no more after the next run.
    fn goes(source: &EnvironmentSource) -> bool {
        source.path == INSTALLERS || source.named_by.as_deref() == Some(INSTALLERS)
    }

    /// Whether a drop-in makes it count, which the installer leaves alone.
    fn stays(&self, source: &EnvironmentSource) -> bool {
        let named_by = source.named_by.as_deref().unwrap_or_default();
        self.unit.drop_ins.iter().any(|drop_in| *drop_in == source.path || drop_in == named_by)
    }

    /// The settings of files that go, without those of files that stay.
    fn lost(&self) -> Vec<String> {
        let sources = &self.unit.environment_sources;
        let of = |source: &EnvironmentSource| source.names.clone().unwrap_or_default();
        let kept: Vec<String> =
            sources.iter().filter(|one| self.stays(one) && !Self::goes(one)).flat_map(of).collect();
        let mut lost: Vec<String> = Vec::new();
        for name in sources.iter().filter(|source| Self::goes(source)).flat_map(of) {
            if name.starts_with("OLLAMA_") && !kept.contains(&name) && !lost.contains(&name) {
                lost.push(name);
            }
        }
        lost
    }

    /// The file that may change the answer and was not read, or of which nobody knows whether it stays.
    fn open_question(&self, lost: &[String]) -> Option<&'a EnvironmentSource> {
        let is_open = |source: &&EnvironmentSource| match lost.is_empty() {
            true if Self::goes(source) => source.names.is_none(),
            true => !self.stays(source) && source.sets(|name| name.starts_with("OLLAMA_")),
            false => !Self::goes(source) && source.sets(|name| lost.iter().any(|one| one == name)),
        };
        self.unit.environment_sources.iter().find(is_open)
    }

    /// The files that go and set what is lost, with their places.
    fn holders(&self, lost: &[String]) -> impl Iterator<Item = (usize, &'a EnvironmentSource)> {
        let holds = |source: &EnvironmentSource| {
            source.names.as_ref().is_some_and(|names| names.iter().any(|name| lost.contains(name)))
        };
        let sources = self.unit.environment_sources.iter().enumerate();
        sources.filter(move |(_, source)| Self::goes(source) && holds(source))
    }

    fn fixes(&self, lost: &[String]) -> &'static [&'static str] {
        let set = |name: &str| self.unit.setting(name).map(|(_, value)| value);
        let (host, origins) = (set("OLLAMA_HOST"), set("OLLAMA_ORIGINS"));
        let names: Vec<&str> = lost.iter().map(String::as_str).collect();
        match &*names {
            // An environment file counts more than a drop-in.
            _ if self.holders(lost).any(|(_, source)| source.path != INSTALLERS) => &["move"],
            ["OLLAMA_HOST", "OLLAMA_ORIGINS"] if host == Some("0.0.0.0") && origins == Some("*") => {
                &["drop-in", "move"]
            }
            ["OLLAMA_HOST"] if matches!(host, Some("0.0.0.0" | "0.0.0.0:11434")) => &["host", "move"],
            _ => &["move"],
        }
    }
}
