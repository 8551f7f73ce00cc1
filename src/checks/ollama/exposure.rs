//! Can anybody on the internet use this Ollama?

use crate::checks::ollama::shared::exposed::{fixes, has_private_ipv4, public_address, serves_ollama};
use crate::checks::ollama::shared::firewall::active_firewall;
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Facts, Host, Listener, Unseen};
use crate::types::address_class::{AddressClass, address_class};

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
    let address = host.addresses[at];
    let cause = match listener.address.ip() {
        _ if docker => "docker",
        _ if address.is_ipv6() && has_private_ipv4(host) => "ipv6",
        ip if ip.is_unspecified() => "all-interfaces",
        _ => "public-address",
    };
    let port = listener.address.port();
    let (seen, note) = if docker {
        ("passed by", "Docker forwards what it publishes before the rules of ufw are asked")
    } else {
        ("none seen", "a hosting provider's or a router's, and rules loaded by hand, cannot be seen")
    };
    // A router at home keeps such an address to itself as a rule, and nothing here shows it.
    let how = if address.is_ipv6() { "may be reachable from" } else { "is open to" };
    Failure::new(cause, format!("port {port} of Ollama {how} the internet at {address}"))
        .seen("listener", format!("/listeners/sockets/{index}/address"), listener.address.to_string())
        .note(listener.holder())
        .expected(format!("127.0.0.1:{port}"))
        .seen("public address", format!("/host/addresses/{at}"), address.to_string())
        .seen("firewall", "/firewall", seen)
        .note(note)
        .fixes(&fixes(facts, listener, cause))
        .verdict()
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
    let docker = listener.program.as_deref() == Some("docker-proxy");
    if !docker && let Some(service) = active_firewall(facts, facts.firewall.get()?)? {
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
