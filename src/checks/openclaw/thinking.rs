//! Does what the config says of thinking suit the primary model?

use serde_json::json;

use crate::checks::shared::models_patch::merging;
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Config, Facts, ListedModel, Sourced, Unseen};
use crate::rules::openclaw::by_version::Rules;
use crate::rules::openclaw::primary::{ConfiguredModel, model_params};
use crate::types::capability::Capability;

/// Fails when OpenClaw is told that a model thinks and it does not, or the other way round.
/// 2026.9.6 sends `think` to whatever is not marked `reasoning: false`, and drops what a model so
/// marked has thought (`shouldForwardNativeOllamaThink`, `buildAssistantMessage`; measured).
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let not = |why: String| Err(Unseen::NotApplicable { why });
    let primary = ConfiguredModel::primary(facts)?;
    if site.endpoint.provider != primary.provider || primary.is_legacy() {
        return not("thinking is sent to Ollama's own API only".into());
    }
    if facts.rules() == Rules::Documented {
        return not("measured on OpenClaw 2026.9.6; versions up to 2026.2 send nothing about it".into());
    }
    site.endpoint.shows.get()?;
    let Some((index, capabilities)) = site.endpoint.capabilities(&primary.name) else {
        return not(format!("Ollama did not tell whether {} can think", primary.model));
    };
    let thinks = Capability::Thinking.is_in(capabilities);
    let Some((_, entry)) = primary.entry else {
        return Verdict::pass(format!("OpenClaw asks Ollama whether {} can think", primary.model));
    };
    let config = facts.usable_config()?;
    let Some((cause, message)) = contradiction(config, &primary, entry, thinks) else {
        let does = if thinks { "can think" } else { "does not think" };
        return Verdict::pass(format!("{} {does}, and the config agrees", primary.model));
    };
    let fact = site.pointer(&format!("/shows/{index}/answer/outcome/understood/capabilities"));
    let failure =
        Failure::new(cause, message).seen("capabilities", fact, capabilities.join(", ")).note(&primary.model);
    let failure = with_settings(failure, config, &primary, entry, thinks);
    let Some((_, provider)) = primary.config else { return failure.verdict() };
    merging(failure, provider, vec![(&*entry.id.value, json!({ "reasoning": thinks }))]).verdict()
}

/// Whether the model's entry says that it thinks.
fn is_marked(entry: &ListedModel) -> bool {
    entry.reasoning.as_ref().is_some_and(|reasoning| reasoning.value)
}

/// The setting that tells OpenClaw to let the model think.
fn asked<'a>(config: &'a Config, primary: &ConfiguredModel<'a>) -> Option<&'a Sourced<String>> {
    let of_agents =
        model_params(config, &primary.provider, &primary.model).and_then(|params| params.think.as_ref());
    // Of a run: what the model's `params` say goes before the default of all agents.
    let of_run = of_agents.or(config.thinking_default.as_ref());
    of_run.filter(|level| is_on(level)).or_else(|| primary.think(config).filter(|level| is_on(level)))
}

/// The cause and the message, where the config and Ollama contradict each other.
fn contradiction(
    config: &Config,
    primary: &ConfiguredModel,
    entry: &ListedModel,
    thinks: bool,
) -> Option<(&'static str, String)> {
    let model = &primary.model;
    match (thinks, is_marked(entry)) {
        (false, true) if asked(config, primary).is_some() => Some((
            "not-supported",
            format!("OpenClaw tells {model} to think, which it cannot: Ollama refuses"),
        )),
        (false, true) => Some((
            "marked",
            format!("the config says that {model} can think, and Ollama says that it cannot"),
        )),
        (true, false) if primary.think(config).is_some_and(is_on) => Some((
            "dropped",
            format!("{model} thinks, but what it thinks is dropped: the entry lacks reasoning"),
        )),
        _ => None,
    }
}

/// Adds what the config says of thinking, and points at the line to change.
fn with_settings(
    failure: Failure,
    config: &Config,
    primary: &ConfiguredModel,
    entry: &ListedModel,
    thinks: bool,
) -> Failure {
    let is_marked = is_marked(entry);
    let said = if is_marked { "true" } else { "unset or false" };
    let mut failure = failure
        .seen("reasoning", primary.entry_fact(""), said)
        .note(entry.id.from.replace(".id", ".reasoning"))
        .expected(thinks.to_string());
    if let Some(asked) = asked(config, primary) {
        failure = failure.seen("thinking", config.pointer_to(&asked.from), &*asked.value).note(&*asked.from);
    }
    match entry.reasoning.as_ref().filter(|_| is_marked) {
        Some(reasoning) => failure.at(reasoning),
        None => failure.at(&entry.id),
    }
}

/// Whether a value of `params.think` or of `thinkingDefault` turns thinking on (`normalizeOllamaThinkValue`).
fn is_on(level: &Sourced<String>) -> bool {
    ["true", "minimal", "low", "medium", "high", "xhigh", "adaptive", "max"].contains(&&*level.value)
}
