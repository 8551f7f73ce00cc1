//! Does what the config says of thinking suit the primary model?

use serde_json::json;

use crate::checks::shared::models_patch::merging;
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Facts, Sourced, Unseen};
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
    let marked = entry.reasoning.as_ref().is_some_and(|reasoning| reasoning.value);
    let config = facts.usable_config()?;
    let of_agents =
        model_params(config, &primary.provider, &primary.model).and_then(|params| params.think.as_ref());
    // Of a run: what the model's `params` say goes before the default of all agents.
    let of_run = of_agents.or(config.thinking_default.as_ref());
    let configured = primary.think(config);
    let asked = of_run.filter(|level| is_on(level)).or(configured.filter(|level| is_on(level)));
    let model = &primary.model;
    let (cause, message) = match (thinks, marked, asked) {
        (false, true, Some(_)) => {
            ("not-supported", format!("OpenClaw tells {model} to think, which it cannot: Ollama refuses"))
        }
        (false, true, None) => {
            ("marked", format!("the config says that {model} can think, and Ollama says that it cannot"))
        }
        (true, false, Some(_)) if configured.is_some_and(is_on) => {
            ("dropped", format!("{model} thinks, but what it thinks is dropped: the entry lacks reasoning"))
        }
        _ => {
            let does = if thinks { "can think" } else { "does not think" };
            return Verdict::pass(format!("{model} {does}, and the config agrees"));
        }
    };
    let fact = site.pointer(&format!("/shows/{index}/answer/outcome/understood/capabilities"));
    let provider = primary.config.map_or(0, |(index, _)| index);
    let place = primary.entry.map_or(0, |(index, _)| index);
    let said = if marked { "true" } else { "unset or false" };
    let mut failure = Failure::new(cause, message)
        .seen("capabilities", fact, capabilities.join(", "))
        .note(model)
        .seen("reasoning", format!("/config/providers/{provider}/models/{place}"), said)
        .note(entry.id.from.replace(".id", ".reasoning"))
        .expected(thinks.to_string());
    if let Some(asked) = asked {
        failure = failure.seen("thinking", config.pointer_to(&asked.from), &*asked.value).note(&*asked.from);
    }
    let named = entry.reasoning.as_ref().filter(|_| marked);
    failure.path = Some(named.map_or_else(|| entry.id.from.clone(), |reasoning| reasoning.from.clone()));
    failure.place = match named {
        Some(reasoning) => reasoning.place(),
        None => entry.id.place(),
    };
    let Some((_, provider)) = primary.config else { return failure.verdict() };
    merging(failure, provider, vec![(&*entry.id.value, json!({ "reasoning": thinks }))]).verdict()
}

/// Whether a value of `params.think` or of `thinkingDefault` turns thinking on (`normalizeOllamaThinkValue`).
fn is_on(level: &Sourced<String>) -> bool {
    ["true", "minimal", "low", "medium", "high", "xhigh", "adaptive", "max"].contains(&&*level.value)
}
