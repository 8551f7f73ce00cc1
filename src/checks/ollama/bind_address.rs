//! Does Ollama listen where OpenClaw connects?

use std::net::IpAddr;

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::serving::is_ollama;
use crate::facts::{ConnectOutcome, Facts, Listener, Need, Target, Unseen};
use crate::rules::ollama::service::fixes_for;

/// Fails when Ollama listens on this machine, but not on the address and port
/// that OpenClaw connects to. A listener is Ollama by its program's name, or
/// because `/api/version` answers there.
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let target = site.endpoint.target.need(Need::Config)?;
    let wanted = own_addresses(facts, site)?;
    let connects = site.endpoint.connect.need(Need::Connect)?;
    if let Some(open) = connects.iter().find(|connect| connect.outcome == ConnectOutcome::Accepted) {
        return Verdict::pass(format!("something listens on {}, where OpenClaw connects", open.address));
    }
    let listeners = facts.listeners.get()?;
    let ollamas: Vec<(usize, &Listener)> =
        listeners.sockets.iter().enumerate().filter(|(_, listener)| is_ollama(listener)).collect();
    let Some(&(index, listener)) =
        ollamas.iter().min_by_key(|(_, listener)| listener.address.port() != target.port)
    else {
        return Err(Unseen::Blocked { by: Need::Connect });
    };
    if ollamas.iter().any(|(_, listener)| wanted.iter().any(|address| listener.covers(*address, target.port)))
    {
        return Verdict::pass(format!("Ollama listens on {}", listener.address));
    }
    let (cause, message) = mismatch(listener, &wanted, target);
    let failure = Failure::new(cause, message)
        .seen("listener", format!("/listeners/sockets/{index}/address"), listener.address.to_string())
        .note(listener.holder())
        .expected(target.to_string())
        .seen("openclaw uses", site.pointer("/target"), target.to_string())
        .note(site.endpoint.base_url.from.clone())
        .attempts(site)
        .value("base_url", format!("http://{}", listener.reached_at()))
        .value("base_url_key", site.setting_key(facts, "baseUrl"));
    let fixes = fixes_for(cause, facts.loaded_unit("ollama.service").map(|(_, unit)| unit), listener);
    failure.fixes(&fixes).verdict()
}

fn own_addresses(facts: &Facts, site: &Site) -> Result<Vec<IpAddr>, Unseen> {
    let addresses = &site.endpoint.resolution.need(Need::Resolution)?.addresses;
    if addresses.is_empty() {
        return Err(Unseen::Blocked { by: Need::Resolution });
    }
    facts.host.get()?;
    let own: Vec<IpAddr> =
        addresses.iter().copied().filter(|address| facts.is_own_address(*address) == Some(true)).collect();
    if own.is_empty() {
        let why =
            format!("{} is another machine, whose listeners cannot be seen from here", site.endpoint.name());
        return Err(Unseen::NotApplicable { why });
    }
    Ok(own)
}

fn mismatch(listener: &Listener, wanted: &[IpAddr], target: &Target) -> (&'static str, String) {
    let bound = listener.address;
    if bound.port() != target.port {
        return (
            "other-port",
            format!("Ollama listens on port {}; OpenClaw connects to port {}", bound.port(), target.port),
        );
    }
    let same_family = wanted.iter().any(|address| address.is_ipv4() == bound.is_ipv4());
    let only_loopback_wanted = wanted.iter().all(IpAddr::is_loopback);
    if bound.ip().is_loopback() && !only_loopback_wanted {
        (
            "loopback-only",
            format!("Ollama listens on {} only; OpenClaw connects to {}", bound.ip(), target.host),
        )
    } else if !same_family {
        (
            "other-family",
            format!("Ollama listens on {} only; {} is of the other address family", bound.ip(), target.host),
        )
    } else {
        ("other-address", format!("Ollama listens on {}; OpenClaw connects to {}", bound.ip(), target.host))
    }
}
