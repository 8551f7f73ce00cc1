//! Can this machine resolve names at all?

use std::net::IpAddr;

use crate::checks::shared::name_servers::{answered, fault_of_servers};
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Facts, NameServerOutcome, Resolver, Unit, Unseen};

/// Whom it hits, in the words of a note.
const AFFECTED: &str = "pulls, cloud models and channels need names; an Ollama at an address does not";

/// Fails where the files lead to no name server that answers. Others than those on
/// loopback are asked only for a host of the config that has no address.
pub fn judge(facts: &Facts) -> Judgement {
    let resolver = facts.resolver.get()?;
    if facts.host.seen().is_some_and(|host| host.addresses.iter().all(IpAddr::is_loopback)) {
        let why = "this machine has no network but loopback, so there is nobody to ask for a name";
        return Err(Unseen::NotApplicable { why: why.into() });
    }
    let servers = resolver.servers.get()?.as_deref();
    let is_running = service(facts).is_some_and(|(_, unit)| unit.active_state == "active");
    let asked = resolver.asked();
    let resolved = resolved_all_the_same(facts);
    let none_left = asked.iter().all(|server| is_deaf(resolver, *server));
    let by_resolved = is_running && resolver.asks_resolved;
    if none_left && !by_resolved && resolved.is_none() {
        return without_server(facts, resolver, servers.is_none(), is_running).verdict();
    }
    if let Some(failure) = Site::all(facts).find_map(|site| fault_of_servers(&site)) {
        return failure.verdict();
    }
    let all: Vec<String> = asked.iter().map(ToString::to_string).collect();
    let answered = resolver.local.iter().any(|answer| answer.outcome.is_alive());
    Verdict::pass(match servers {
        _ if none_left && !by_resolved => {
            format!("{} resolves, by another way than a name server", resolved.unwrap_or_default())
        }
        None | Some([]) => "systemd-resolved runs, and libc asks it".to_string(),
        Some(_) if answered => format!("{} answers, asked for localhost only", all.join(", ")),
        Some(_) => format!("/etc/resolv.conf names {}", all.join(", ")),
    })
}

/// A name that was looked up and has an address: whatever the files say, names resolve.
fn resolved_all_the_same(facts: &Facts) -> Option<&str> {
    let mut names = facts.names.seen()?.iter();
    let is_far = |address: &IpAddr| !address.is_loopback() && !address.is_unspecified();
    names.find(|name| name.resolution.addresses.iter().any(is_far)).map(|name| &*name.name)
}

fn service(facts: &Facts) -> Option<(usize, &Unit)> {
    let name = "systemd-resolved.service";
    facts.loaded_unit(name).or_else(|| facts.unit(name, "masked"))
}

/// Whether it is on loopback and nothing came from it. A name server elsewhere was not asked.
fn is_deaf(resolver: &Resolver, server: IpAddr) -> bool {
    let answer = resolver.local.iter().find(|answer| answer.server == server);
    match answer {
        Some(answer) => matches!(answer.outcome, NameServerOutcome::Refused | NameServerOutcome::Silent),
        None => server.is_loopback() && resolver.local.is_empty() && resolver.servers.seen().is_some(),
    }
}

fn without_server(facts: &Facts, resolver: &Resolver, no_file: bool, is_running: bool) -> Failure {
    let link = resolver.link.as_deref();
    let stub = resolver.asked().iter().any(|server| is_stub(*server));
    let of_resolved = stub || link.is_some_and(|link| link.contains("/systemd/resolve/"));
    let unit = service(facts).filter(|_| of_resolved && !is_running);
    let failure = match unit {
        Some((_, unit)) => service_down(unit),
        None => nobody_answers(resolver, no_file),
    };
    let failure = match link {
        Some(link) => failure.seen("/etc/resolv.conf", "/resolver/link", format!("a link to {link}")),
        None if no_file => failure.seen("/etc/resolv.conf", "/resolver/servers", "not there"),
        None => failure.seen("/etc/resolv.conf", "/resolver/servers", list_servers(resolver)),
    };
    let failure = failure.note(AFFECTED).path("/etc/resolv.conf");
    let failure = match unit {
        Some((index, unit)) => failure
            .seen("systemd-resolved", format!("/units/{index}/activeState"), &*unit.active_state)
            .note(unit.unit_file_state.clone())
            .expected("active"),
        None => failure,
    };
    resolver.local.iter().enumerate().fold(failure, |failure, (index, answer)| {
        answered(failure, answer, format!("/resolver/local/{index}/outcome"))
    })
}

/// The file needs systemd-resolved, which does not run.
fn service_down(unit: &Unit) -> Failure {
    if unit.load_state == "masked" {
        let message = "no name resolves: /etc/resolv.conf needs systemd-resolved, which is masked";
        return Failure::new("masked", message);
    }
    let message = "no name resolves: /etc/resolv.conf needs systemd-resolved, which does not run";
    let enabled = unit.unit_file_state == "enabled";
    Failure::new("stopped", message).fixes(if enabled { &["restart"] } else { &["enable"] })
}

/// No service is at fault: the file is, or the name server in it.
fn nobody_answers(resolver: &Resolver, no_file: bool) -> Failure {
    let (cause, message) = match resolver.servers.seen() {
        _ if no_file && resolver.link.is_some() => ("dangling", "/etc/resolv.conf is a link to nothing"),
        _ if no_file => ("missing", "there is no /etc/resolv.conf"),
        Some(Some(servers)) if servers.is_empty() => ("no-server", "/etc/resolv.conf names no name server"),
        _ => ("deaf", "the name server on loopback does not answer"),
    };
    Failure::new(cause, format!("no name resolves: {message}"))
}

fn is_stub(server: IpAddr) -> bool {
    server == IpAddr::from([127, 0, 0, 53]) || server == IpAddr::from([127, 0, 0, 54])
}

fn list_servers(resolver: &Resolver) -> String {
    let servers = resolver.servers.seen().cloned().flatten().unwrap_or_default();
    let servers: Vec<String> = servers.iter().map(ToString::to_string).collect();
    if servers.is_empty() { "no name server".into() } else { servers.join(", ") }
}
