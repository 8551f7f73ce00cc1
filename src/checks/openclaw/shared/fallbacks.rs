//! The models that OpenClaw asks where the primary fails.

use crate::checks::shared::model_reference::{Lead, Reference};
use crate::facts::{Config, Facts, Sourced};
use crate::rules::openclaw::primary::provider_of_fallbacks;

/// The reference of one fallback.
pub fn reference<'a>(
    facts: &'a Facts,
    config: &'a Config,
    index: usize,
    value: &'a Sourced<String>,
) -> Reference<'a> {
    Reference {
        facts,
        config,
        what: "fallback model".into(),
        label: "fallback",
        pointer: format!("/config/fallbacks/{index}/value"),
        value,
        default_provider: provider_of_fallbacks(config),
    }
}

/// The first fallback that an Ollama can serve: OpenClaw answers with it where the primary gives no answer.
pub fn serving<'a>(facts: &'a Facts, config: &'a Config) -> Option<&'a str> {
    let is_served = |(index, value): &(usize, &'a Sourced<String>)| {
        matches!(reference(facts, config, *index, value).follow(), Ok(Lead::Served(_)))
    };
    config.fallbacks.iter().enumerate().find(is_served).map(|(_, value)| &*value.value)
}
