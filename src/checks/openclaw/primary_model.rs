//! Does the primary model exist, with its provider, and can it call tools?

use crate::checks::openclaw::shared::fallbacks::serving;
use crate::checks::shared::model_reference::{Lead, Reference};
use crate::checks::shared::select_model::{instead, selecting};
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Config, ConfigState, Facts, Unseen};
use crate::rules::openclaw::ollama_cloud::DIRECT;
use crate::rules::openclaw::primary::{DEFAULT_PROVIDER, is_used};

/// Fails when the primary is unset, has no provider (OpenClaw then reads it as
/// `openai/…`), misspells the provider, or names an Ollama model that is not
/// installed or has no tools.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    if let Some(failure) = other_home(facts, config) {
        return failure.verdict();
    }
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
        Lead::Served(seen) => Verdict::pass(seen),
        Lead::Elsewhere { seen, provider } => {
            // Ollama's own cloud needs no Ollama here.
            let unused = unused(facts, config, &value.value).filter(|_| provider != DIRECT);
            // What nobody asked was not seen to be good.
            unused.map_or(Err(Unseen::NotApplicable { why: seen }), Failure::verdict)
        }
        Lead::Broken { failure, wanted } => {
            falls_back(selecting(*failure, facts, config, Some(&wanted)), facts, config).verdict()
        }
    }
}

/// A model that is missing keeps no answer away where a fallback is there; another model answers.
fn falls_back(failure: Failure, facts: &Facts, config: &Config) -> Failure {
    match serving(facts, config).filter(|_| failure.cause == "not-installed") {
        Some(fallback) => Failure {
            cause: "falls-back",
            message: format!("{}; OpenClaw asks {fallback} instead", failure.message),
            ..failure
        },
        None => failure,
    }
}

/// Another provider serves the primary, while an Ollama answers here that has a model for it and that no agent asks.
fn unused(facts: &Facts, config: &Config, primary: &str) -> Option<Failure> {
    let endpoint = facts.endpoints.first().filter(|endpoint| !is_used(config, &endpoint.provider))?;
    let model = instead(facts, None)?;
    let message = format!("the primary model is {primary}, so no agent asks Ollama, which has {model}");
    let failure = Failure::new("other-provider", message)
        .seen("primary", "/config/primary/value", primary)
        .seen("Ollama", "/endpoints/0/baseUrl/value", &*endpoint.base_url.value);
    Some(selecting(failure, facts, config, None))
}

/// There is no config where the doctor looked, and another user of this machine has one.
fn other_home(facts: &Facts, config: &Config) -> Option<Failure> {
    let is_missing = matches!(config.state, ConfigState::Missing);
    let other = facts.homes.seen()?.configs.first().filter(|_| is_missing)?;
    let message = format!("{} does not exist; the OpenClaw of {} has a config", config.path, other.user);
    let failure = Failure::new("other-home", message)
        .seen("config", "/config/path", &*config.path)
        .note("not there")
        .seen("other config", "/homes/configs/0/path", &*other.path)
        .value("user", &*other.user);
    Some(failure)
}
