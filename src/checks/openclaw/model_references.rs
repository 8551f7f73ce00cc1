//! Do the models exist that the config names beside those of agents and fallbacks?

use crate::checks::shared::model_reference::{Lead, Reference};
use crate::checks::shared::select_model::instead;
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Config, Facts, Sourced, Unseen};
use crate::rules::openclaw::primary::{DEFAULT_PROVIDER, FoundBy, resolve};
use crate::types::capability::Capability;

/// Fails for each of them that Ollama does not have, and for a model for images that
/// takes none. Tools matter only to those that run an agent's turn.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    if config.other_models.is_empty() {
        return Verdict::pass("only agents and fallbacks name models");
    }
    let (mut broken, mut seen, mut blocked) = (Vec::new(), Vec::new(), None);
    for (index, value) in config.other_models.iter().enumerate() {
        match follow(facts, config, index, value) {
            Ok(Some(failure)) => broken.push(failure),
            Ok(None) => seen.push(&*value.value),
            Err(unseen) => blocked = blocked.or(Some(unseen)),
        }
    }
    match (Verdict::fail(broken), blocked) {
        (Some(failed), _) => failed,
        (None, Some(unseen)) => Err(unseen),
        (None, None) => Verdict::pass(format!("nothing is wrong with {}", seen.join(", "))),
    }
}

fn follow(
    facts: &Facts,
    config: &Config,
    index: usize,
    value: &Sourced<String>,
) -> Result<Option<Failure>, Unseen> {
    // How OpenClaw reads a name without a provider depends on the key.
    if resolve(config, &value.value).is_some_and(|found| found.found_by == FoundBy::Default) {
        return Ok(None);
    }
    let reference = Reference {
        facts,
        config,
        what: task(&value.from),
        label: "model",
        pointer: format!("/config/otherModels/{index}/value"),
        value,
        default_provider: DEFAULT_PROVIDER.into(),
    };
    let runs_turns = value.from.contains("heartbeat") || value.from.contains("subagents");
    let (failure, wanted) = match reference.follow() {
        Ok(Lead::Broken { failure, wanted }) if failure.cause != "no-tools" || runs_turns => {
            (*failure, wanted)
        }
        Ok(Lead::Broken { .. } | Lead::Served(_)) => return Ok(blind(&reference)),
        Ok(Lead::Elsewhere { .. }) => return Ok(None),
        // Whether it has tools does not matter where it only sees or sums up.
        Err(Unseen::Unknown { .. }) if !runs_turns => return Ok(None),
        Err(unseen) => return Err(unseen),
    };
    Ok(Some(match instead(facts, Some(&wanted)).filter(|_| !value.from.contains("imageModel")) {
        Some(model) => failure.value("model_key", &*value.from).value("instead", model),
        None => failure,
    }))
}

/// A model for images, of which Ollama says that it takes none.
fn blind(reference: &Reference) -> Option<Failure> {
    let is_for_images = reference.value.from.contains("imageModel");
    let found = resolve(reference.config, &reference.value.value).filter(|_| is_for_images)?;
    let name = found.name()?;
    let site = Site::all(reference.facts).find(|site| site.endpoint.provider == found.provider)?;
    let (index, capabilities) = site.endpoint.capabilities(&name)?;
    if Capability::Vision.is_in(capabilities) {
        return None;
    }
    let fact = site.pointer(&format!("/shows/{index}/answer/outcome/understood/capabilities"));
    let message = format!("the {} {} takes no images", reference.what, name.short());
    let failure = reference.failure("no-vision", message);
    Some(failure.seen("capabilities", fact, capabilities.join(", ")).expected("vision"))
}

/// What the key is for: `heartbeat model`, `imageModel`.
fn task(key: &str) -> String {
    let key = key.strip_prefix("agents.").unwrap_or(key);
    let key = key.strip_prefix("defaults.").unwrap_or(key);
    let key = key.split(".fallbacks").next().unwrap_or(key).trim_end_matches(".primary");
    match key.strip_suffix(".model") {
        Some(task) => format!("{task} model"),
        None => key.to_string(),
    }
}
