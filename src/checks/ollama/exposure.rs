//! Can anybody on the internet use this Ollama?

use std::net::IpAddr;

use crate::address_class::{AddressClass, address_class};
use crate::checks::firewall::active_firewall;
use crate::checks::{Failure, Judgement, Site, Verdict, is_ollama};
use crate::facts::{ConnectOutcome, Facts, Host, Listener, Unseen};

/// Fails when an Ollama of this machine listens on a public address of it, and no
/// firewall can be seen. A program other than Ollama counts where it hands out
/// `/api/version` to whoever asks. Ports that Docker publishes pass by a firewall of
/// the host's, which has no say in what is forwarded.
pub fn judge(facts: &Facts) -> Judgement {
    let host = facts.host.get()?;
    let sockets = &facts.listeners.get()?.sockets;
    let ollamas: Vec<(usize, &Listener)> =
        sockets.iter().enumerate().filter(|(_, listener)| serves_ollama(facts, listener)).collect();
    if ollamas.is_empty() {
        return Err(Unseen::NotApplicable { why: "no Ollama listens on this machine".into() });
    }
    let open = |listener: &Listener| public_address(host, listener);
    let Some((index, listener, at)) =
        ollamas.iter().find_map(|(index, listener)| Some((*index, *listener, open(listener)?)))
    else {
        return Verdict::pass(closed(&ollamas));
    };
    let firewall = facts.firewall.get()?;
    let docker = listener.program.as_deref() == Some("docker-proxy");
    if !docker && let Some(service) = active_firewall(facts, firewall)? {
        if listener.program.is_none() && listener.user == "root" {
            let error = format!(
                "{service} is active, but ports of Docker pass by it; run as root to see who holds the port"
            );
            return Err(Unseen::Unknown { error });
        }
        return Verdict::pass(format!(
            "port {} is on the public address {}; {service} is active, its rules were not read",
            listener.address.port(),
            host.addresses[at]
        ));
    }
    let cause = match listener.address.ip() {
        _ if docker => "docker",
        ip if ip.is_unspecified() => "all-interfaces",
        _ => "public-address",
    };
    let port = listener.address.port();
    let owner = match (&listener.program, listener.pid) {
        (Some(program), Some(pid)) => format!("{program} (pid {pid}, user {})", listener.user),
        _ => format!("user {}; run as root to see the program", listener.user),
    };
    let address = host.addresses[at];
    let (seen, note) = if docker {
        ("passed by", "Docker forwards what it publishes before the rules of ufw are asked")
    } else {
        ("none seen", "a hosting provider's or a router's, and rules loaded by hand, cannot be seen")
    };
    Failure::new(cause, format!("port {port} of Ollama is open to the internet at {address}"))
        .seen("listener", format!("/listeners/sockets/{index}/address"), listener.address.to_string())
        .note(owner)
        .expected(format!("127.0.0.1:{port}"))
        .seen("public address", format!("/host/addresses/{at}"), address.to_string())
        .seen("firewall", "/firewall", seen)
        .note(note)
        .fixes(&fixes(facts, listener, cause))
        .verdict()
}

/// The first public address of the machine at which the listener is reached.
fn public_address(host: &Host, listener: &Listener) -> Option<usize> {
    let is_open = |address: &IpAddr| {
        address_class(*address) == AddressClass::Public && listener.covers(*address, listener.address.port())
    };
    host.addresses.iter().position(is_open)
}

fn closed(ollamas: &[(usize, &Listener)]) -> String {
    match ollamas.iter().find(|(_, listener)| !listener.address.ip().is_loopback()) {
        None => "Ollama listens on loopback only, where no other machine gets".into(),
        Some((_, listener)) => format!(
            "Ollama listens on {}; no address there is public, though a router may forward one",
            listener.address
        ),
    }
}

/// Whether Ollama answers there to anybody: by its program or user, or because it
/// answered, without a key of ours, to us.
fn serves_ollama(facts: &Facts, listener: &Listener) -> bool {
    let leads_there = |site: &Site| {
        let attempts = site.endpoint.connect.seen().map(Vec::as_slice).unwrap_or_default();
        let accepted = attempts.iter().find(|attempt| attempt.outcome == ConnectOutcome::Accepted);
        accepted.is_some_and(|at| listener.covers(at.address.ip(), at.address.port()))
            && site.endpoint.version.seen().is_some_and(|answer| answer.understood().is_some())
            && !site.sends_credentials(facts)
    };
    is_ollama(listener) || listener.user == "ollama" || Site::all(facts).any(|site| leads_there(&site))
}

/// Back to loopback where OpenClaw connects there and a service can be told so.
fn fixes(facts: &Facts, listener: &Listener, cause: &str) -> Vec<&'static str> {
    let connects = Site::all(facts).flat_map(|site| {
        let attempts = site.endpoint.connect.seen().cloned().unwrap_or_default();
        attempts.into_iter().filter(|at| listener.covers(at.address.ip(), at.address.port()))
    });
    let addresses: Vec<IpAddr> = connects.map(|attempt| attempt.address.ip()).collect();
    let by_loopback = !addresses.is_empty() && addresses.iter().all(IpAddr::is_loopback);
    let of_unit = facts.loaded_unit("ollama.service").is_some_and(|(_, unit)| {
        unit.active_state == "active" && unit.user.as_ref().is_none_or(|user| *user == listener.user)
    });
    match (cause, by_loopback) {
        ("docker", _) => vec!["publish", "proxy", "firewall"],
        (_, true) if of_unit && listener.address.port() == 11434 => vec!["loopback", "proxy", "firewall"],
        (_, true) => vec!["by-hand", "proxy", "firewall"],
        (_, false) => vec!["firewall", "proxy", "private"],
    }
}
