//! Do the models that an explicit provider lists agree with what Ollama has?

use crate::checks::explicit::{Explicit, is_used};
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Config, Facts};

/// Fails where a written list of models, or its absence, hides what Ollama has.
/// Each provider that leads to an Ollama is judged.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let (mut failures, mut seen) = (Vec::from_iter(discovery_off(config)), Vec::new());
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
