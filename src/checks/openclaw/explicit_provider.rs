//! Do the models that an explicit provider lists agree with what Ollama has?

use crate::checks::openclaw::shared::explicit::Explicit;
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Config, Facts};
use crate::rules::openclaw::by_version::Rules;
use crate::rules::openclaw::discovery::{DEFAULT_BASE_URL, api_base, suppressing};
use crate::rules::openclaw::primary::is_used;

/// Fails where a written list of models, or its absence, hides what Ollama has.
/// Each provider that leads to an Ollama is judged.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let off = discovery_off(config).or_else(|| suppressed(facts, config));
    let (mut failures, mut seen) = (Vec::from_iter(off), Vec::new());
    let mut blocked = None;
    for (index, provider) in config.providers.iter().enumerate() {
        let Some(site) = Site::all(facts).find(|site| site.endpoint.provider == provider.id) else {
            continue;
        };
        let explicit = Explicit { facts, config, site, index, provider };
        match explicit.failures() {
            Ok(found) if found.is_empty() => seen.push(explicit.words()),
            Ok(mut found) => failures.append(&mut found),
            Err(unseen) => blocked = blocked.or(Some(unseen)),
        }
    }
    match (Verdict::fail(failures), blocked) {
        (Some(failed), _) => failed,
        (None, Some(unseen)) => Err(unseen),
        (None, None) if seen.is_empty() => Verdict::pass("no provider of Ollama is written out"),
        (None, None) => Verdict::pass(seen.join("; ")),
    }
}

/// OpenClaw asks no Ollama at its default address where another provider has a remote one
/// (`resolveOllamaDiscoveryResult` of 2026.9.6); agents still reach what they name.
fn suppressed(facts: &Facts, config: &Config) -> Option<Failure> {
    let ollama = config.provider("ollama");
    let address = ollama.and_then(|provider| provider.base_url.as_ref());
    let is_default = address.is_none_or(|url| api_base(&url.value) == DEFAULT_BASE_URL);
    let lists = ollama.is_some_and(|provider| !provider.models.is_empty());
    if facts.rules() == Rules::Documented || !is_default || lists || !is_used(config, "ollama") {
        return None;
    }
    let index = suppressing(config)?;
    let provider = &config.providers[index];
    let url = provider.base_url.as_ref()?;
    let message = format!("{} is remote, so that no models of the local Ollama are offered", provider.id);
    let mut failure = Failure::new("other-host", message)
        .seen("base URL", format!("/config/providers/{index}/baseUrl/value"), url.value.clone())
        .note(url.from.clone());
    failure.path = Some(url.from.clone());
    failure.place = url.line.zip(url.column);
    Some(failure)
}

/// Nothing is listed and nothing may be discovered, for agents that use Ollama.
fn discovery_off(config: &Config) -> Option<Failure> {
    let switch = config.discovery_enabled.as_ref().filter(|switch| !switch.value)?;
    let lists = config.provider("ollama").is_some_and(|provider| !provider.models.is_empty());
    if lists || !is_used(config, "ollama") {
        return None;
    }
    let message = "discovery is turned off and no models are listed, so none are offered";
    let mut failure = Failure::new("discovery-off", message)
        .seen("discovery", "/config/discoveryEnabled/value", "off")
        .note(switch.from.clone())
        .expected("on");
    failure.path = Some(switch.from.clone());
    failure.place = switch.line.zip(switch.column);
    Some(failure)
}
