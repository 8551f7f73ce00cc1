//! Does the catalogue that an older OpenClaw left lead to another Ollama?

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Facts, ModelCache, Unseen};

/// Fails where `models.json` of an agent has another address for Ollama than
/// OpenClaw's own. It counts where no provider is written out in the config, and
/// is left aside where one is, or with `models.mode` "replace" (measured, 2026.9.6).
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let caches = &facts.state.get()?.model_caches;
    let Some(endpoint) = facts.endpoints.iter().find(|endpoint| endpoint.provider == "ollama") else {
        return Err(Unseen::NotApplicable { why: "no model of the provider ollama is used".into() });
    };
    let is_replaced = config.models_mode.as_ref().is_some_and(|mode| mode.value == "replace");
    let is_written = config.provider("ollama").is_some_and(|provider| provider.base_url.is_some());
    let is_stale = |cache: &ModelCache| {
        cache.provider == "ollama" && stem(&cache.base_url.value) != stem(&endpoint.base_url.value)
    };
    if is_replaced || is_written || !caches.iter().any(is_stale) {
        return Verdict::pass("no older catalogue leads to another Ollama");
    }
    let index = caches.iter().position(is_stale).unwrap_or_default();
    let cache = &caches[index];
    let message =
        format!("agent {} still asks {}: an older models.json says so", cache.agent, cache.base_url.value);
    let failure = Failure::new("other-address", message)
        .seen("base URL", format!("/state/modelCaches/{index}/baseUrl/value"), cache.base_url.value.clone())
        .note(cache.path.clone())
        .expected(endpoint.base_url.value.clone())
        .path(cache.path.clone());
    failure.verdict()
}

/// Without what OpenClaw takes off itself: slashes at the end, then one `/v1`.
fn stem(url: &str) -> String {
    let url = url.trim_end_matches('/').to_lowercase();
    url.strip_suffix("/v1").unwrap_or(&url).replace("//localhost:", "//127.0.0.1:")
}
