//! Could each fallback take over where the primary fails?

use crate::checks::openclaw::shared::fallbacks::reference;
use crate::checks::shared::model_reference::{Lead, Reference};
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Config, Facts};
use crate::rules::openclaw::primary::resolve;
use crate::types::host_class::HostClass;

/// Servers of models that run on one's own machines, beside Ollama.
const OWN_SERVERS: [&str; 6] = ["lmstudio", "vllm", "sglang", "llamacpp", "llama-cpp", "localai"];

/// Fails for each fallback that the primary could not be either, and tells of each
/// that leaves the machine of a local primary and may cost money.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    if config.fallbacks.is_empty() {
        return Verdict::pass("no fallback models are configured");
    }
    let mut blocked = None;
    let (mut broken, mut paid, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for (index, value) in config.fallbacks.iter().enumerate() {
        let fallback = reference(facts, config, index, value);
        match fallback.follow() {
            Ok(Lead::Broken { failure, .. }) => {
                broken.push((*failure).value("fallback", value.value.clone()))
            }
            Ok(Lead::Elsewhere { provider, seen: words }) => {
                if costs(facts, config, &provider) {
                    paid.push(tell(&fallback, &provider));
                }
                seen.push(words);
            }
            Ok(Lead::Served(words)) => seen.push(words),
            Err(unseen) => blocked = blocked.or(Some(unseen)),
        }
    }
    // What would only cost does not hide that another fallback could not be looked at.
    if let Some(unseen) = blocked.filter(|_| broken.is_empty()) {
        return Err(unseen);
    }
    broken.append(&mut paid);
    Verdict::fail(broken).unwrap_or_else(|| Verdict::pass(seen.join("; ")))
}

fn tell(fallback: &Reference, provider: &str) -> Failure {
    let text = &fallback.value.value;
    let message = format!("when the local primary fails, {provider} is asked, which may cost money");
    fallback.failure("paid", message).value("fallback", text.clone())
}

/// Whether answers of that provider may be billed, while those of the primary are not.
fn costs(facts: &Facts, config: &Config, provider: &str) -> bool {
    let primary = config.primary.as_ref().and_then(|primary| resolve(config, &primary.value));
    let primary_is_local = primary.is_some_and(|primary| {
        let is_ollama = Site::all(facts).any(|site| site.endpoint.provider == primary.provider);
        is_ollama && primary.name().is_some_and(|name| !name.is_cloud())
    });
    let url = config.provider(provider).and_then(|known| known.base_url.as_ref());
    let is_own = url.and_then(|url| HostClass::of_base_url(&url.value)).is_some_and(HostClass::is_own);
    primary_is_local && !is_own && !OWN_SERVERS.contains(&provider)
}
