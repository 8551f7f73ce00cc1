//! What was seen of a window that does not fit, and how to mend it.

use serde_json::{Value, json};

use crate::checks::Failure;
use crate::checks::shared::models_patch::merging;
use crate::checks::shared::select_model::SELECT;
use crate::facts::site::Site;
use crate::facts::{Facts, ModelInfo, Show};
use crate::rules::ollama::context::Effective;
use crate::rules::openclaw::context_window::{ContextWindow, MOST_DISCOVERED};
use crate::rules::openclaw::primary::ConfiguredModel;
use crate::types::capability::Capability;
use crate::types::model_name::{ModelName, nearest};

/// Everything that the verdict depends on.
pub struct Look<'a> {
    pub facts: &'a Facts,
    pub site: &'a Site<'a>,
    pub primary: &'a ConfiguredModel<'a>,
    pub info: &'a ModelInfo,
    pub window: ContextWindow,
    /// `None` where that cannot be told from here.
    pub effective: Option<Effective>,
}

/// Adds evidence and fixes; `least` tokens are needed.
pub fn with_fixes(failure: Failure, look: &Look, least: u64) -> Failure {
    let failure = evidence(failure, look, least);
    let legacy = look.primary.is_legacy();
    match failure.cause {
        "guard-model" | "small-model" => another_model(failure, look, least),
        "server-default" if legacy => failure.fixes(&["drop-in", "variable"]),
        "num-ctx" => num_ctx(failure, look),
        "larger-than-server" if legacy => failure.fixes(&["drop-in", "variable"]),
        _ => tokens(failure, look),
    }
}

fn evidence(failure: Failure, look: &Look, least: u64) -> Failure {
    let budget = &look.window.budget;
    let mut failure = failure
        .seen("OpenClaw counts on", budget.fact.clone(), budget.count.to_string())
        .note(budget.from.clone())
        .on(look.site.other_host(look.facts));
    if let Some(effective) = &look.effective {
        failure = failure
            .seen("Ollama runs it with", effective.fact.clone(), effective.count.to_string())
            .note(effective.from.clone())
            .expected(format!("{least} or more"));
    }
    if let Some(trained) = look.info.context_length {
        failure = failure.seen("the model has", look.site.pointer("/shows"), trained.to_string());
    }
    let asked = look.window.asked.as_ref().filter(|_| failure.cause == "num-ctx");
    let set = asked.unwrap_or(budget);
    if set.from.starts_with("models.") || set.from.starts_with("agents.") {
        failure.path = Some(set.from.clone());
        failure.place = set.place;
    } else {
        failure.path = Some("agents.defaults.model.primary".into());
    }
    failure
}

/// A window that fits, in the entry of the model; the server's setting serves all its clients.
fn tokens(failure: Failure, look: &Look) -> Failure {
    let (Some((_, provider)), Some((_, entry))) = (look.primary.config, look.primary.entry) else {
        return failure.fixes(&["drop-in", "variable"]);
    };
    let trained = look.info.context_length.unwrap_or(MOST_DISCOVERED);
    let tokens = match failure.cause {
        "larger-than-server" => look.effective.as_ref().map_or(MOST_DISCOVERED, |effective| effective.count),
        _ => trained.min(MOST_DISCOVERED),
    };
    let mut change = json!({ "contextTokens": tokens });
    // A smaller window would win, and one that the model does not have misleads.
    let window = entry.context_window.as_ref().map(|window| window.value);
    let fits = |window: f64| window >= as_number(tokens) && window <= as_number(trained);
    if window.is_some_and(|window| !fits(window)) {
        change["contextWindow"] = trained.into();
    }
    let asks_too_much = entry.num_ctx.as_ref().is_some_and(|num_ctx| num_ctx.value > as_number(trained));
    let failure = match &entry.num_ctx {
        Some(num_ctx) if asks_too_much => {
            return failure
                .value("num_ctx_key", num_ctx.from.clone())
                .value("tokens", tokens.to_string())
                .fixes(&["num-ctx", "by-hand"]);
        }
        _ => merging(failure, provider, vec![(&*entry.id.value, change)]),
    };
    match failure.cause {
        // The setting of the server gives as much as `MOST_DISCOVERED`; OpenClaw may not count on more.
        "server-default" if look.window.budget.count <= MOST_DISCOVERED => {
            failure.fixes(&["tokens", "drop-in", "variable", "by-hand"])
        }
        _ => failure.fixes(&["tokens", "by-hand"]),
    }
}

fn num_ctx(failure: Failure, look: &Look) -> Failure {
    let trained = look.info.context_length.unwrap_or(MOST_DISCOVERED);
    let key = look.window.asked.as_ref().map(|asked| asked.from.clone()).unwrap_or_default();
    failure
        .value("num_ctx_key", key)
        .value("tokens", trained.min(MOST_DISCOVERED).to_string())
        .fixes(&["num-ctx", "by-hand"])
}

/// An installed model with tools and a window that is large enough, or one to pull.
fn another_model(failure: Failure, look: &Look, least: u64) -> Failure {
    let fits = |show: &&Show| {
        let info = show.answer.understood();
        let large = info.and_then(|info| info.context_length).is_some_and(|length| length >= least);
        large && show.can(Capability::Tools) == Some(true)
    };
    let shows = look.site.endpoint.shows.seen().map(Vec::as_slice).unwrap_or_default();
    let names = shows.iter().filter(fits).map(|show| &*show.name);
    let best = nearest(&look.primary.model, names).first().and_then(|name| ModelName::parse(name));
    match best {
        Some(name) => failure
            .value("primary", format!("{}/{}", look.primary.provider, name.short()))
            .fixes(&[SELECT, "ollama/tool-models#pull"]),
        None => failure.fixes(&["ollama/tool-models#pull"]),
    }
}

/// A number of tokens as the facts hold one.
pub fn as_number(tokens: u64) -> f64 {
    Value::from(tokens).as_f64().unwrap_or_default()
}
