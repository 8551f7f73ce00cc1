//! Does the primary model exist, with its provider, and can it call tools?

use crate::checks::shared::model_reference::{Lead, Reference};
use crate::checks::shared::select_model::selecting;
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::Facts;
use crate::rules::openclaw::primary::DEFAULT_PROVIDER;

/// Fails when the primary is unset, has no provider (OpenClaw then reads it as
/// `openai/…`), misspells the provider, or names an Ollama model that is not
/// installed or has no tools.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let Some(value) = &config.primary else {
        let failure = Failure::new("unset", "no primary model is set, so OpenClaw asks OpenAI, not Ollama")
            .seen("primary", "/config/primary", "unset")
            .expected("ollama/MODEL");
        return selecting(failure, facts, config, None).verdict();
    };
    let primary = Reference {
        facts,
        config,
        what: "primary model".into(),
        label: "primary",
        pointer: "/config/primary/value".into(),
        value,
        default_provider: DEFAULT_PROVIDER.into(),
    };
    match primary.follow()? {
        Lead::Served(seen) | Lead::Elsewhere { seen, .. } => Verdict::pass(seen),
        Lead::Broken { failure, wanted } => selecting(*failure, facts, config, Some(&wanted)).verdict(),
    }
}
