//! Could each fallback take over where the primary fails?

use std::net::IpAddr;

use crate::checks::shared::model_reference::{Lead, Reference};
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Config, Facts, Sourced, model_reference};

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
            Ok(Lead::Broken { failure, .. }) => broken.push(failure.value("fallback", value.value.clone())),
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

fn reference<'a>(
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
        // A fallback without a provider gets the primary's (`model-fallback-candidates` of the npm package).
        default_provider: provider_of_primary(config).unwrap_or("openai"),
    }
}

fn provider_of_primary(config: &Config) -> Option<&str> {
    config.primary.as_ref()?.value.split_once('/').map(|(provider, _)| provider)
}

fn tell(fallback: &Reference, provider: &str) -> Failure {
    let text = &fallback.value.value;
    let message = format!("when the local primary fails, {provider} is asked, which may cost money");
    fallback.failure("paid", message).value("fallback", text.clone())
}

/// Whether answers of that provider may be billed, while those of the primary are not.
fn costs(facts: &Facts, config: &Config, provider: &str) -> bool {
    let is_ollama = |id: &str| Site::all(facts).any(|site| site.endpoint.provider == id);
    let primary_is_local = config.primary.as_ref().is_some_and(|primary| {
        let reference = model_reference(&primary.value);
        reference.is_some_and(|(provider, model)| is_ollama(&provider) && !model.ends_with("cloud"))
    });
    let own = config.providers.iter().find(|known| known.id == provider);
    let is_own = own.and_then(|own| own.base_url.as_ref()).is_some_and(|url| is_own_host(&url.value));
    primary_is_local && !is_own && !OWN_SERVERS.contains(&provider)
}

/// Whether a base URL leads to this machine or to one of a private network.
fn is_own_host(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _)) => host,
        None => authority.split(':').next().unwrap_or_default(),
    };
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        Err(_) => !host.contains('.') || host.ends_with(".local"),
    }
}
