//! What the context of a model takes, and how to make it take less.

use serde_json::json;

use crate::checks::ollama::shared::model_memory::Machine;
use crate::checks::shared::models_patch::merging;
use crate::checks::{Failure, Site};
use crate::facts::{Facts, is_typable_config_key};
use crate::rules::ollama::environment::setting;
use crate::rules::ollama::estimate::cache_factors;
use crate::rules::ollama::model_memory::{Workload, parallel, smaller_by};
use crate::rules::openclaw::context_window::{ENOUGH, MOST_DISCOVERED};

/// A suggested context is a multiple of this.
const STEP: u64 = 1_024;

/// Adds the arithmetic.
pub fn evidence(failure: Failure, facts: &Facts, site: &Site, work: &Workload, machine: &Machine) -> Failure {
    let at_once = parallel(facts);
    let tag = site.pointer(&format!("/tags/outcome/understood/{}", work.tag));
    let [layers, heads, widths] = work.shape.and_then(cache_factors).unwrap_or_default();
    let bytes = match smaller_by(facts) {
        1 => "2 bytes".to_string(),
        by => format!("2 bytes ÷ {by}"),
    };
    let reckoned = format!(
        "{layers} layers × {heads} KV heads × {widths} × {bytes} × {} tokens × {at_once} at once",
        work.context
    );
    let mut failure = failure
        .seen("weights", tag.clone(), gigabytes(work.weights))
        .note(&*work.name)
        .seen("context", tag, gigabytes(work.memory() - work.weights))
        .note(reckoned);
    if let Some(set) = &work.set {
        failure.path = Some(set.from.clone());
        failure.place = set.place;
        failure = failure.seen("asked for", &*set.fact, set.count.to_string()).note(&*set.from);
    }
    failure
        .seen("memory", machine.from.0.clone(), gigabytes(machine.memory))
        .note(machine.from.1)
        .expected(format!("about {}", gigabytes(work.memory())))
}

/// The largest context that there is memory for, up to what OpenClaw asks for by itself; 0 where
/// that is too little for an agent.
fn context_that_fits(facts: &Facts, work: &Workload, machine: &Machine) -> u64 {
    let fits = |tokens: &u64| {
        work.memory_with(facts, *tokens, parallel(facts)).is_some_and(|bytes| bytes <= machine.memory)
    };
    let steps = (ENOUGH / STEP..=MOST_DISCOVERED.min(work.context) / STEP).rev();
    steps.map(|steps| steps * STEP).find(fits).unwrap_or_default()
}

/// Hands over a smaller context, or the settings of the service that make its cache smaller.
pub fn fixes(failure: Failure, facts: &Facts, work: &Workload, machine: &Machine) -> Failure {
    let at_once = parallel(facts);
    let alone = work.memory_with(facts, work.context, 1);
    // Where one request at a time is enough, the context may stay.
    let enough = at_once > 1 && alone.is_some_and(|bytes| bytes <= machine.memory);
    let tokens = if enough { 0 } else { context_that_fits(facts, work, machine) };
    let has_unit = facts.ollama_service().is_some();
    let mut keys = Vec::new();
    let mut failure = failure;
    match (&work.set, work.listed) {
        (Some(set), _) if tokens > 0 && set.from.ends_with("num_ctx") && is_typable_config_key(&set.from) => {
            failure = failure.value("num_ctx_key", &*set.from).value("tokens", tokens.to_string());
            keys.push("num-ctx");
        }
        (_, Some((provider, entry))) if tokens > 0 => {
            let change = json!({ "contextTokens": tokens });
            failure = merging(failure, provider, vec![(&*entry.id.value, change)]);
            keys.push("tokens");
        }
        _ => {}
    }
    if at_once > 1 && has_unit {
        keys.push("one-at-once");
    }
    let halved = work.weights.saturating_add((work.memory() - work.weights) / 2);
    if has_unit && setting(facts, "OLLAMA_KV_CACHE_TYPE").is_none() && halved <= machine.memory {
        keys.push("cache-type");
    }
    keys.push("by-hand");
    failure.fixes(&keys)
}

/// Bytes for a person.
pub fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}
