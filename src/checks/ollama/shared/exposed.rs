//! Which Ollama of this machine is reached at which of its addresses.

use std::net::IpAddr;

use crate::checks::Site;
use crate::facts::serving::is_ollama;
use crate::facts::{ConnectOutcome, Facts, Host, Listener};
use crate::types::address_class::{AddressClass, address_class};

/// The first public address of the machine at which the listener is reached; one of
/// IPv4 goes first.
pub fn public_address(host: &Host, listener: &Listener) -> Option<usize> {
    let is_open = |address: &IpAddr| {
        address_class(*address) == AddressClass::Public && listener.covers(*address, listener.address.port())
    };
    let of_v4 = host.addresses.iter().position(|address| address.is_ipv4() && is_open(address));
    of_v4.or_else(|| host.addresses.iter().position(is_open))
}

/// As behind a router at home: then a public IPv6 address proves little.
pub fn has_private_ipv4(host: &Host) -> bool {
    host.addresses.iter().any(|address| address.is_ipv4() && address_class(*address) == AddressClass::Private)
}

/// Whether Ollama answers there to anybody: by its program or user, or because it
/// answered, without a key of ours, to us.
pub fn serves_ollama(facts: &Facts, listener: &Listener) -> bool {
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
pub fn fixes(facts: &Facts, listener: &Listener, cause: &str) -> Vec<&'static str> {
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
