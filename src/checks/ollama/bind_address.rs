//! Does Ollama listen where OpenClaw connects?

use std::net::IpAddr;

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{ConnectOutcome, Facts, Listener, Need, Target, Unit, Unseen};
use crate::types::ollama_env::DEFAULT_PORT;

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
        listeners.sockets.iter().enumerate().filter(|(_, listener)| listener.is_ollama()).collect();
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
        .listener("listener", index, listener)
        .expected(target.to_string())
        .seen("openclaw uses", site.pointer("/target"), target.to_string())
        .note(site.endpoint.base_url.from.clone())
        .attempts(site)
        .value("base_url", format!("http://{}", listener.reached_at()))
        .value("base_url_key", site.setting_key(facts, "baseUrl"));
    let mut fixes = fixes_for(target, facts.ollama_service().map(|(_, unit)| unit), listener);
    // What listens on loopback here is not on loopback there.
    fixes.retain(|fix| *fix != "point" || !site.endpoint.from_other_network);
    failure.fixes(&fixes).verdict()
}

fn own_addresses(facts: &Facts, site: &Site) -> Result<Vec<IpAddr>, Unseen> {
    let addresses = &site.endpoint.resolution.need(Need::Resolution)?.addresses;
    if addresses.is_empty() {
        return Err(Unseen::Blocked { by: Need::Resolution });
    }
    facts.host.get()?;
    let own: Vec<IpAddr> =
        addresses.iter().copied().filter(|address| site.is_own(facts, *address) == Some(true)).collect();
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

/// Which of the documented ways apply, the one that opens least first: all addresses that OpenClaw wants here
/// are this machine's own, so that it can ask where Ollama listens. The service's file is the right place only
/// where the service holds the port, and the documented lines set Ollama's default port.
fn fixes_for(target: &Target, unit: Option<&Unit>, listener: &Listener) -> Vec<&'static str> {
    let by_service = unit.is_some_and(|unit| {
        unit.main_pid.is_some() && (listener.pid.is_none() || listener.pid == unit.main_pid)
    });
    match unit.filter(|_| by_service) {
        None if listener.is_docker_proxy() => vec!["point", "container"],
        None => vec!["point", "by-hand"],
        Some(_) if target.port != DEFAULT_PORT => vec!["point", "set-host"],
        // Somebody has set an address already, and waits for it.
        Some(unit) if has_unread_host(unit) => vec!["reload", "point"],
        Some(unit) => [&["point"], fixes_of_service(unit)].concat(),
    }
}

/// A drop-in loses against what is read after it. The `sed` of OpenClaw's page is not offered where the unit can be
/// seen: Ollama's installer overwrites what it writes, which would be the next finding (measured in the lab).
fn fixes_of_service(unit: &Unit) -> &'static [&'static str] {
    match unit.after_drop_in(is_host) {
        Some(_) => &["by-file"],
        None => &["drop-in"],
    }
}

/// A file sets it, and systemd has not read that yet.
fn has_unread_host(unit: &Unit) -> bool {
    let is_set = unit.environment_sources.iter().any(|source| source.sets(is_host));
    unit.needs_reload && unit.setting("OLLAMA_HOST").is_none() && is_set
}

fn is_host(name: &str) -> bool {
    name == "OLLAMA_HOST"
}
