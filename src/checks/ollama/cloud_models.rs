//! Can the models that run on ollama.com be reached?

use crate::checks::shared::select_model::{SELECT, instead, with_select_steps};
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Config, Facts, Sourced, Unseen, is_typable_config_key};
use crate::rules::ollama::environment::setting;
use crate::rules::ollama::service::SERVICE;
use crate::rules::openclaw::ollama_cloud::{DIRECT, RETIRED, has_key, retired};
use crate::rules::openclaw::primary::{ModelReference, references};

/// Fails when a base URL is the retired one, when the cloud is switched off at the server that
/// serves a cloud model, or when the cloud is asked without a real key. Whether Ollama is signed in
/// is known to ollama.com only, which is not asked.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    if let Some((index, url)) = retired(config) {
        return at_retired_address(index, url);
    }
    let mut through = None;
    for (reference, found) in references(config) {
        if found.provider == DIRECT && !has_key(facts, config) {
            return without_key(config, reference);
        }
        let site = Site::all(facts).find(|site| site.endpoint.provider == found.provider);
        if let Some(site) = site.filter(|site| is_cloud(site, &found)) {
            if let Some(failure) = switched_off(facts, config, &site, reference) {
                return failure.verdict();
            }
            through = through.or(Some((reference, site.endpoint.name())));
        }
    }
    let Some((reference, name)) = through else {
        return Verdict::pass("no agent uses a cloud model without what it takes");
    };
    Err(Unseen::NotApplicable {
        why: format!(
            "whether {name} is signed in for {} is known to ollama.com only: `ollama signin` there tells",
            reference.value
        ),
    })
}

fn at_retired_address(provider: usize, url: &Sourced<String>) -> Judgement {
    let failure = Failure::new("retired", format!("{RETIRED} is retired"))
        .seen("base URL", format!("/config/providers/{provider}/baseUrl/value"), &*url.value)
        .expected("https://ollama.com")
        .value("base_url_key", &*url.from)
        .at(url);
    let failure = if is_typable_config_key(&url.from) { failure } else { failure.fixes(&[]) };
    failure.verdict()
}

fn is_cloud(site: &Site, found: &ModelReference) -> bool {
    let Some(name) = found.name() else { return false };
    let tags = site.endpoint.tags.seen().and_then(|answer| answer.understood());
    let is_it = |tag: &str| name.is_named(tag);
    let is_remote =
        tags.is_some_and(|tags| tags.iter().any(|tag| is_it(&tag.name) && tag.remote_host.is_some()));
    name.is_cloud() || is_remote
}

fn without_key(config: &Config, reference: &Sourced<String>) -> Judgement {
    let message = format!("{} needs a key of ollama.com, and none is set", reference.value);
    let failure = Failure::new("no-key", message)
        .seen("model", config.pointer_to(&reference.from), &*reference.value)
        .note(&*reference.from)
        .seen("OLLAMA_API_KEY", "/keys", "not set, or the marker of a local Ollama")
        .at(reference);
    failure.verdict()
}

/// `OLLAMA_NO_CLOUD` of the service, where it is the one that is asked (`envconfig.Bool`: what is
/// no word for false is true).
fn switched_off(facts: &Facts, config: &Config, site: &Site, reference: &Sourced<String>) -> Option<Failure> {
    let set = setting(facts, "OLLAMA_NO_CLOUD").filter(|_| site.is_here(facts) == Some(true))?;
    if ["", "0", "f", "F", "false", "False", "FALSE"].contains(&set.value.trim()) {
        return None;
    }
    let is_primary = config.primary.as_ref().is_some_and(|primary| primary.value == reference.value);
    let cause = if is_primary { "switched-off" } else { "switched-off-beside" };
    let message = format!("{} runs in Ollama's cloud, which is switched off here", reference.value);
    let failure = Failure::new(cause, message)
        .seen("OLLAMA_NO_CLOUD", set.fact, set.value)
        .note(SERVICE)
        .seen("model", config.pointer_to(&reference.from), &*reference.value)
        .note(&*reference.from)
        .at(reference);
    Some(match instead(facts, None).filter(|_| is_primary) {
        Some(model) => {
            with_select_steps(failure, facts, config).value("primary", model).fixes(&[SELECT, "allow"])
        }
        None => failure.fixes(&["allow"]),
    })
}
