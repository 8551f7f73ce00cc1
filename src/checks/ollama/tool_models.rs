//! Is there a model that can call tools?

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Facts, Need, Show, Tag, Unseen};
use crate::rules::openclaw::primary::resolve;
use crate::types::capability::Capability;
use crate::types::model_name::ModelName;
use crate::types::versions::Version;

/// The first Ollama whose `/api/show` reports capabilities (`CHANGELOG` of Ollama, 0.6.4).
const REPORTS_CAPABILITIES: &str = "0.6.4";

/// Fails when no installed model reports `tools` in `/api/show`.
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let tags = site.tags()?;
    if tags.is_empty() {
        let failure = Failure::new("no-models", format!("Ollama at {} has no models", site.endpoint.name()))
            .seen("/api/tags", site.pointer("/tags/outcome/understood"), "an empty list");
        return with_pull(failure, facts, site, tags).verdict();
    }
    let shows = site.endpoint.shows.get()?;
    let mut able = shows.iter().filter(|show| show.can(Capability::Tools) == Some(true));
    let skipped = tags.iter().filter(|tag| tag.is_local()).count().saturating_sub(shows.len());
    if let Some(first) = able.next() {
        let of = match skipped {
            0 => format!("{} models", tags.len()),
            _ => format!("{} asked, of {} models,", shows.len(), tags.len()),
        };
        return Verdict::pass(format!(
            "{} of {of} can call tools, {} among them",
            1 + able.count(),
            first.name
        ));
    }
    if let Some(version) = too_old(site) {
        return server_too_old(facts, site, version).verdict();
    }
    if skipped > 0 {
        return Err(Unseen::Unknown { error: not_asked(shows.len(), skipped, tags.len()) });
    }
    if shows.iter().any(Show::is_refused) {
        return Err(Unseen::Blocked { by: Need::Readable });
    }
    if let Some(names) = silent(shows) {
        return Err(Unseen::Unknown { error: format!("/api/show told no capabilities for {names}") });
    }
    if shows.is_empty() {
        let why =
            "only cloud models are listed; asking for their capabilities would leave this machine".into();
        return Err(Unseen::NotApplicable { why });
    }
    with_pull(none_with_tools(site, shows), facts, site, tags).verdict()
}

fn server_too_old(facts: &Facts, site: &Site, version: String) -> Failure {
    let message = format!("Ollama {version} does not say which models can call tools");
    Failure::new("server-too-old", message)
        .seen("/api/version", site.pointer("/version/outcome/understood"), version)
        .expected(format!("{REPORTS_CAPABILITIES} or newer"))
        .on(site.other_host(facts))
}

/// That of some models nothing is known, since there are so many.
fn not_asked(asked: usize, skipped: usize, all: usize) -> String {
    match asked {
        0 => format!("none of {all} models was asked in time what it can do"),
        _ => format!("none of {asked} models that were asked can call tools; {skipped} were not asked"),
    }
}

/// The names of the models whose capabilities were not told, some of them where they are many.
fn silent(shows: &[Show]) -> Option<String> {
    let silent: Vec<&str> =
        shows.iter().filter(|show| show.can(Capability::Tools).is_none()).map(|show| &*show.name).collect();
    let named = silent[..silent.len().min(5)].join(", ");
    match silent.len() {
        0 => None,
        1..=5 => Some(named),
        all => Some(format!("{named} and {} more", all - 5)),
    }
}

fn none_with_tools(site: &Site, shows: &[Show]) -> Failure {
    let failure = Failure::new("none-with-tools", "no installed model can call tools, so no agent can act");
    shows.iter().enumerate().take(5).fold(failure, |failure, (index, show)| {
        let capabilities =
            show.answer.understood().and_then(|info| info.capabilities.clone()).unwrap_or_default();
        let pointer = site.pointer(&format!("/shows/{index}/answer/outcome/understood/capabilities"));
        failure.seen("/api/show", pointer, capabilities.join(", ")).note(show.name.clone()).expected("tools")
    })
}

fn too_old(site: &Site) -> Option<String> {
    let version = site.endpoint.version.seen()?.understood()?;
    let parsed: Version = version.parse().ok()?;
    // A server built from source says 0.0.0 and may be of any age.
    let from_source: Version = "0.0.0".parse().ok()?;
    (parsed < REPORTS_CAPABILITIES.parse().ok()? && parsed != from_source).then(|| version.clone())
}

/// The primary is pulled where it is absent, else the model that the docs propose.
fn with_pull(failure: Failure, facts: &Facts, site: &Site, tags: &[Tag]) -> Failure {
    let failure = failure.on(site.other_host(facts));
    let wanted = facts.usable_config().ok().and_then(|config| {
        let primary = resolve(config, &config.primary.as_ref()?.value)?;
        primary.name().filter(|_| primary.provider == site.endpoint.provider)
    });
    let installed = |wanted: &ModelName| tags.iter().any(|tag| wanted.is_named(&tag.name));
    match wanted {
        Some(name) if !installed(&name) && !name.is_cloud() => {
            failure.value("model", name.short()).fixes(&["pull-primary", "pull"])
        }
        _ => failure.fixes(&["pull"]),
    }
}
