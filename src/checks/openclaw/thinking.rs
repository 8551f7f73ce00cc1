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
    let thinker = Thinker { config: facts.usable_config()?, primary: &primary, entry, thinks };
    let Some((cause, message)) = thinker.contradiction() else {
        let does = if thinks { "can think" } else { "does not think" };
        return Verdict::pass(format!("{} {does}, and the config agrees", primary.model));
    };
    let fact = site.pointer(&format!("/shows/{index}/answer/outcome/understood/capabilities"));
    let failure =
        Failure::new(cause, message).seen("capabilities", fact, capabilities.join(", ")).note(&primary.model);
    let failure = thinker.with_settings(failure);
    let Some((_, provider)) = primary.config else { return failure.verdict() };
    merging(failure, provider, vec![(&*entry.id.value, json!({ "reasoning": thinks }))]).verdict()
}

/// The primary in the config, beside what Ollama says of it.
struct Thinker<'a> {
    config: &'a Config,
    primary: &'a ConfiguredModel<'a>,
    entry: &'a ListedModel,
    /// By its capabilities.
    thinks: bool,
}

impl<'a> Thinker<'a> {
    /// The `reasoning` of its entry, where that says that it thinks.
    fn mark(&self) -> Option<&'a Sourced<bool>> {
        self.entry.reasoning.as_ref().filter(|reasoning| reasoning.value)
    }

    /// The setting that tells OpenClaw to let it think.
    fn asked(&self) -> Option<&'a Sourced<String>> {
        let params = model_params(self.config, &self.primary.provider, &self.primary.model);
        // Of a run: what the model's `params` say goes before the default of all agents.
        let of_run =
            params.and_then(|params| params.think.as_ref()).or(self.config.thinking_default.as_ref());
        let of_model = || self.primary.think(self.config).filter(|level| is_on(level));
        of_run.filter(|level| is_on(level)).or_else(of_model)
    }

    /// The cause and the message, where the config and Ollama contradict each other.
    fn contradiction(&self) -> Option<(&'static str, String)> {
        let model = &self.primary.model;
        match (self.thinks, self.mark().is_some()) {
            (false, true) if self.asked().is_some() => Some((
                "not-supported",
                format!("OpenClaw asks {model} to think, which it cannot: Ollama refuses"),
            )),
            (false, true) => Some((
                "marked",
                format!("the config says that {model} can think, and Ollama says that it cannot"),
            )),
            (true, false) if self.primary.think(self.config).is_some_and(is_on) => Some((
                "dropped",
                format!("{model} thinks, but what it thinks is dropped: the entry lacks reasoning"),
            )),
            _ => None,
        }
    }

    /// Adds what the config says of thinking, and points at the line to change.
    fn with_settings(&self, failure: Failure) -> Failure {
        let id = &self.entry.id;
        let said = if self.mark().is_some() { "true" } else { "unset or false" };
        let mut failure = failure
            .seen("reasoning", self.primary.entry_fact(""), said)
            .note(id.from.replace(".id", ".reasoning"))
            .expected(self.thinks.to_string());
        if let Some(asked) = self.asked() {
            let fact = self.config.pointer_to(&asked.from);
            failure = failure.seen("thinking", fact, &*asked.value).note(&*asked.from);
        }
        match self.mark() {
            Some(reasoning) => failure.at(reasoning),
            None => failure.at(id),
        }
    }
}

/// Whether a value of `params.think` or of `thinkingDefault` turns thinking on (`normalizeOllamaThinkValue`).
fn is_on(level: &Sourced<String>) -> bool {
    ["true", "minimal", "low", "medium", "high", "xhigh", "adaptive", "max"].contains(&&*level.value)
}
