//! Can anybody on the internet use this Ollama?

use std::net::IpAddr;

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{ConnectOutcome, Facts, Firewall, Host, Listener, Unseen};
use crate::types::address_class::{AddressClass, address_class};
use crate::types::ollama_env::DEFAULT_PORT;

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
        return without_public(facts, host, &ollamas);
    };
    let firewall = facts.firewall.get()?;
    let (address, port) = (host.addresses[at], listener.address.port());
    let docker = listener.is_docker_proxy();
    if !docker && let Some(service) = active_firewall(facts, firewall)? {
        return behind_firewall(listener, address, service);
    }
    let (seen, note) = if docker {
        ("passed by", "Docker forwards what it publishes before the rules of ufw are asked")
    } else {
        ("none seen", "a hosting provider's or a router's, and rules loaded by hand, cannot be seen")
    };
    // A router at home mostly keeps such an address to itself, and nothing here shows it.
    let how = if address.is_ipv6() { "may be reachable from" } else { "is open to" };
    let cause = cause(host, listener, address);
    Failure::new(cause, format!("port {port} of Ollama {how} the internet at {address}"))
        .listener("listener", index, listener)
        .expected(format!("127.0.0.1:{port}"))
        .seen("public address", format!("/host/addresses/{at}"), address.to_string())
        .seen("firewall", "/firewall", seen)
        .note(note)
        .fixes(&fixes(facts, listener, cause))
        .verdict()
}

/// It passes, unless the port may be one of Docker's.
fn behind_firewall(listener: &Listener, address: IpAddr, service: &str) -> Judgement {
    if listener.program.is_none() && listener.user == "root" {
        let error = format!(
            "{service} is active, but ports of Docker pass by it; run as root to see who holds the port"
        );
        return Err(Unseen::Unknown { error });
    }
    let port = listener.address.port();
    Verdict::pass(format!(
        "port {port} is on the public address {address}; {service} is active, its rules were not read"
    ))
}

fn cause(host: &Host, listener: &Listener, address: IpAddr) -> &'static str {
    match listener.address.ip() {
        _ if listener.is_docker_proxy() => "docker",
        _ if address.is_ipv6() && has_private_ipv4(host) => "ipv6",
        ip if ip.is_unspecified() => "all-interfaces",
        _ => "public-address",
    }
}

/// No address of the machine is public. Some clouds translate one to a private one.
fn without_public(facts: &Facts, host: &Host, ollamas: &[(usize, &Listener)]) -> Judgement {
    let is_lent = |listener: &Listener| {
        let ip = listener.address.ip();
        ip.is_unspecified() || address_class(ip) == AddressClass::Private
    };
    let lent = ollamas.iter().find(|(_, listener)| is_lent(listener));
    let (Some(cloud), Some((_, listener))) = (&host.cloud, lent) else {
        return Verdict::pass(closed(ollamas));
    };
    let (at, port) = (listener.address, listener.address.port());
    // What Docker forwards passes by the rules of ufw.
    if !listener.is_docker_proxy()
        && let Some(service) = active_firewall(facts, facts.firewall.get()?)?
    {
        return Verdict::pass(format!(
            "Ollama listens on {at}; {service} is active, its rules were not read"
        ));
    }
    let error = format!(
        "Ollama listens on {at}, and {cloud} may forward a public address to it; asking http://PUBLIC-ADDRESS:{port} \
         from another network tells"
    );
    Err(Unseen::Unknown { error })
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

/// The first public address of the machine at which the listener is reached; one of
/// IPv4 goes first.
fn public_address(host: &Host, listener: &Listener) -> Option<usize> {
    let is_open = |address: &IpAddr| {
        address_class(*address) == AddressClass::Public && listener.covers(*address, listener.address.port())
    };
    let of_v4 = host.addresses.iter().position(|address| address.is_ipv4() && is_open(address));
    of_v4.or_else(|| host.addresses.iter().position(is_open))
}

/// As behind a router at home: then a public IPv6 address proves little.
fn has_private_ipv4(host: &Host) -> bool {
    host.addresses.iter().any(|address| address.is_ipv4() && address_class(*address) == AddressClass::Private)
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
    listener.is_ollama() || listener.user == "ollama" || Site::all(facts).any(|site| leads_there(&site))
}

/// Back to loopback where OpenClaw connects there and a service can be told so.
fn fixes(facts: &Facts, listener: &Listener, cause: &str) -> Vec<&'static str> {
    let connects = Site::all(facts).flat_map(|site| {
        let attempts = site.endpoint.connect.seen().cloned().unwrap_or_default();
        attempts.into_iter().filter(|at| listener.covers(at.address.ip(), at.address.port()))
    });
    let addresses: Vec<IpAddr> = connects.map(|attempt| attempt.address.ip()).collect();
    let by_loopback = !addresses.is_empty() && addresses.iter().all(IpAddr::is_loopback);
    let of_unit = facts.ollama_service().is_some_and(|(_, unit)| {
        unit.active_state == "active" && unit.user.as_ref().is_none_or(|user| *user == listener.user)
    });
    match (cause, by_loopback) {
        ("docker", _) => vec!["publish", "proxy", "firewall"],
        (_, true) if of_unit && listener.address.port() == DEFAULT_PORT => {
            vec!["loopback", "proxy", "firewall"]
        }
        (_, true) => vec!["by-hand", "proxy", "firewall"],
        (_, false) => vec!["firewall", "proxy", "private"],
    }
}

/// Services that set up a firewall, and the name a person knows each by.
const SERVICES: [(&str, &str); 4] = [
    ("ufw.service", "ufw"),
    ("firewalld.service", "firewalld"),
    ("nftables.service", "nftables"),
    ("netfilter-persistent.service", "netfilter-persistent"),
];

/// The firewall service that runs and has something to say. Those of ufw and of nftables
/// are active too where ufw is not enabled, or the file of nftables blocks nothing.
///
/// # Errors
/// Rules of the old iptables are there, and what they do was not read; or systemd
/// could not be asked.
fn active_firewall(facts: &Facts, firewall: &Firewall) -> Result<Option<&'static str>, Unseen> {
    match facts.units.get() {
        Ok(_) | Err(Unseen::NotApplicable { .. }) => {}
        Err(unseen) => return Err(unseen),
    }
    let ufw = firewall.ufw_enabled.seen().copied().flatten();
    let nftables = firewall.nftables_conf_blocks.seen().copied().flatten();
    let is_idle = |name: &str| match name {
        "ufw" => ufw == Some(false),
        "nftables" => nftables == Some(false),
        _ => false,
    };
    let is_active =
        |unit: &str| facts.loaded_unit(unit).is_some_and(|(_, unit)| unit.active_state == "active");
    let service = SERVICES.into_iter().find(|(unit, name)| is_active(unit) && !is_idle(name));
    let has_filter = |tables: &Vec<String>| tables.iter().any(|table| table == "filter");
    if service.is_none() && firewall.ip_tables.seen().is_some_and(has_filter) {
        let error = "iptables has a filter table; its rules are not read, so they may close the port or not";
        return Err(Unseen::Unknown { error: error.into() });
    }
    Ok(service.map(|(_, name)| name))
}
