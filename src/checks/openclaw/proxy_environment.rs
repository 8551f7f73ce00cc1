//! Do OpenClaw's requests to Ollama go through a proxy?

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Config, Facts, KeyPlace, Proxies, Sourced, Target, Unseen};
use crate::rules::openclaw::by_version::Rules;
use crate::rules::openclaw::primary::is_legacy;
use crate::rules::openclaw::proxies::variable_for;
use crate::types::host_class::HostClass;

/// Fails where a proxy stands between OpenClaw and an Ollama (all measured on
/// 2026.9.6): the managed proxy takes loopback where it is told to; variables
/// count for OpenAI's format only, `ALL_PROXY` for nothing.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    if facts.rules() == Rules::Documented {
        return Err(Unseen::NotApplicable {
            why: "which proxies OpenClaw used before 2026.3 was not measured".into(),
        });
    }
    let proxies = &config.proxies;
    let ollamas: Vec<(&str, &Target)> = ollamas(facts).collect();
    if is_managed(proxies) {
        let loopback = ollamas.iter().find(|(_, target)| HostClass::of(&target.host) == HostClass::Loopback);
        return match (loopback, proxies.loopback_mode.as_ref().map(|mode| &*mode.value)) {
            (Some((_, target)), Some(mode @ ("proxy" | "block"))) => managed(proxies, target, mode).verdict(),
            _ => Verdict::pass("the managed proxy leaves loopback alone"),
        };
    }
    let openai = |id: &str| config.provider(id).is_some_and(|provider| is_legacy(provider, None));
    let through = ollamas.iter().filter(|(id, _)| openai(id)).find_map(|(id, target)| {
        let used = variable_for(proxies, target)?;
        (!proxies.bypassed.iter().any(|one| one == id)).then_some((*id, *target, used))
    });
    match through {
        Some((id, target, used)) => environment(config, id, target, used).verdict(),
        None if proxies.variables.is_empty() => Verdict::pass("the gateway has no proxy in its environment"),
        None => Verdict::pass("OpenClaw asks Ollama without the proxy of the environment"),
    }
}

/// Every Ollama of the config and where it is.
fn ollamas(facts: &Facts) -> impl Iterator<Item = (&str, &Target)> {
    let own = facts.endpoints.iter().filter_map(|one| Some((&*one.provider, one.target.seen()?)));
    let compatible = facts.compatible.iter().filter(|one| one.is_ollama());
    own.chain(compatible.map(|one| (&*one.provider, &one.target)))
}

/// A URL switches it on, from the config or from the environment.
fn is_managed(proxies: &Proxies) -> bool {
    let by_variable = proxies.variables.iter().any(|one| one.name == "OPENCLAW_PROXY_URL");
    (proxies.managed.is_some() || by_variable) && proxies.enabled.as_ref().is_none_or(|enabled| enabled.value)
}

fn managed(proxies: &Proxies, target: &Target, mode: &str) -> Failure {
    let what = if mode == "block" { "refuses requests to" } else { "uses the proxy for requests to" };
    let message = format!("OpenClaw {what} {}: proxy.loopbackMode is {mode}", target.host);
    let mut failure = Failure::new("managed-loopback", message)
        .seen("loopback mode", "/config/proxies/loopbackMode/value", mode)
        .expected("gateway-only");
    failure.path = Some("proxy.loopbackMode".into());
    failure.place = proxies.loopback_mode.as_ref().and_then(Sourced::place);
    failure
}

fn environment(config: &Config, id: &str, target: &Target, used: usize) -> Failure {
    let variable = &config.proxies.variables[used];
    let message = format!("requests of {id} to {} go through the proxy of {}", target.host, variable.name);
    let in_unit = variable.place == KeyPlace::UnitEnvironment;
    let bypass = config.proxies.bypass.join(",");
    let bypass = if bypass.is_empty() { "nothing".to_string() } else { bypass };

    Failure::new("environment", message)
        .seen("proxy", format!("/config/proxies/variables/{used}/name"), variable.name.clone())
        .note(if in_unit { "the gateway's unit" } else { "the running gateway" })
        .seen("NO_PROXY", "/config/proxies/bypass", bypass)
        .expected(target.host.clone())
        .path(config.provider_key(id, "api"))
}
