//! Does OpenClaw's guard against requests to private networks let it ask Ollama?

use std::net::IpAddr;

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Config, Fact, Facts, Need, Provider, Resolution, Sourced, Target, Unseen};
use crate::rules::openclaw::base_url::native;
use crate::rules::openclaw::primary::{is_legacy, is_used};
use crate::rules::openclaw::private_network::{Permission, Refusal, refusal};
use crate::rules::openclaw::proxies::variable_for;
use crate::types::versions::Range;

/// With 2026.5.10 requests in OpenAI's format came under the guard; from 2026.5.14 on it trusts the configured
/// base URL (issues 80732, 82010, 82116; pull request 80751).
const GUARDED: &str = ">=2026.5.10";
const TRUSTS_NOTHING: &str = "<2026.5.14";

/// An Ollama that is asked in OpenAI's format, and where it stands in the facts.
struct Asked<'a> {
    index: usize,
    provider: &'a Provider,
    target: &'a Target,
    resolution: &'a Fact<Resolution>,
    pointer: String,
}

/// Fails where the guard refuses an Ollama that some model uses; Ollama's own format may go anywhere.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let installed = facts.comparable_openclaw_version();
    // Where no version is known the newest rules hold.
    let is_in = |range: &str, otherwise: bool| {
        let range = range.parse::<Range>().ok();
        installed.as_ref().zip(range).map_or(otherwise, |(version, range)| range.contains(version))
    };
    if !is_in(GUARDED, true) {
        let why = "model requests came under OpenClaw's guard with 2026.5.10".into();
        return Err(Unseen::NotApplicable { why });
    }
    let trusts_nothing = is_in(TRUSTS_NOTHING, false);
    let mut unresolved = None;
    for asked in all(facts, config) {
        let allowed = asked.provider.allow_private_network.as_ref().map(|allow| allow.value);
        let permission = match allowed {
            Some(true) => Permission::Granted,
            None if !trusts_nothing => Permission::Configured,
            _ => Permission::Public,
        };
        let addresses = addresses(config, &asked);
        if let Some(refusal) = refusal(&asked.target.host, addresses.unwrap_or_default(), permission) {
            return failure(&asked, allowed, trusts_nothing, refusal).verdict();
        }
        if addresses.is_none() && permission != Permission::Granted {
            unresolved = Some(asked.resolution);
        }
    }
    match unresolved.map(|resolution| resolution.need(Need::Resolution)) {
        Some(resolution) => Err(resolution.err().unwrap_or(Unseen::Blocked { by: Need::Resolution })),
        None => Verdict::pass("OpenClaw may ask every Ollama that it uses"),
    }
}

/// Every Ollama that a model is asked of in OpenAI's format.
fn all<'a>(facts: &'a Facts, config: &'a Config) -> impl Iterator<Item = Asked<'a>> {
    let own = facts.endpoints.iter().enumerate().filter_map(|(index, one)| {
        let target = one.target.seen().filter(|_| !one.is_by_flag())?;
        Some((&one.provider, target, &one.resolution, format!("/endpoints/{index}")))
    });
    let others = facts.compatible.iter().enumerate().filter(|(_, one)| one.is_ollama());
    let others = others
        .map(|(index, one)| (&one.provider, &one.target, &one.resolution, format!("/compatible/{index}")));
    own.chain(others).filter_map(|(id, target, resolution, pointer)| {
        let (index, provider) =
            config.providers.iter().enumerate().find(|(_, one)| one.id == *id && is_legacy(one, None))?;
        is_used(config, id).then_some(Asked { index, provider, target, resolution, pointer })
    })
}

/// The addresses behind the name, which the guard looks at unless a proxy is asked for the name.
fn addresses<'a>(config: &Config, asked: &Asked<'a>) -> Option<&'a [IpAddr]> {
    let is_bypassed = config.proxies.bypassed.contains(&asked.provider.id);
    let is_proxied = variable_for(&config.proxies, asked.target).is_some() && !is_bypassed;
    if is_proxied || asked.target.host.parse::<IpAddr>().is_ok() {
        return Some(&[]);
    }
    Some(&*asked.resolution.seen()?.addresses).filter(|addresses| !addresses.is_empty())
}

fn failure(asked: &Asked, allowed: Option<bool>, trusts_nothing: bool, refusal: Refusal) -> Failure {
    let (id, host) = (&asked.provider.id, &asked.target.host);
    let base_url = asked.provider.base_url.as_ref();
    let without_v1 = base_url.and_then(|url| native(&url.value));
    let own = if without_v1.is_some() { "openclaw/api-mode#native" } else { "openclaw/api-mode#native-api" };
    let (cause, fixes) = match allowed {
        Some(_) => ("denied", vec!["allow", own]),
        None if trusts_nothing => ("not-trusted", vec!["openclaw/version#update", own, "allow"]),
        None => ("never-trusted", vec![own, "allow"]),
    };
    let (leads, fact) = match refusal {
        Refusal::Address(address) if address.to_string() != *host => {
            (format!("{host}, which leads to {address}"), "resolution/addresses")
        }
        _ => (host.clone(), "target/host"),
    };
    let said = allowed.map_or_else(|| "unset".to_string(), |allowed| allowed.to_string());
    let mut failure = Failure::new(cause, format!("OpenClaw refuses to ask {id} at {leads}"))
        .seen("host", format!("{}/{fact}", asked.pointer), leads)
        .seen("allowPrivateNetwork", format!("/config/providers/{}/allowPrivateNetwork", asked.index), said)
        .expected("true, or Ollama's own format")
        .value("api_key", asked.provider.key("api"))
        .value("allow_key", format!("{}.allowPrivateNetwork", asked.provider.key("request")))
        .value("base_url_key", asked.provider.key("baseUrl"))
        .fixes(&fixes);
    failure.path = Some(base_url.map_or_else(|| asked.provider.key("baseUrl"), |url| url.from.clone()));
    failure.place = base_url.and_then(Sourced::place);
    without_v1.into_iter().fold(failure, |failure, url| failure.value("base_url", url))
}
