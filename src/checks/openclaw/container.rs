//! Is the network in which the gateway looks for Ollama the one that Ollama is in?

use std::net::SocketAddr;

use crate::checks::shared::name_servers::with_answers;
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Connect, ConnectOutcome, Container, Facts, FoundBy, Listener, Need, Target, Unseen};
use crate::rules::openclaw::base_url::base_url_here;
use crate::types::host_class::is_container_host;

/// Fails where the host of the base URL means something else to the gateway than to
/// Ollama: loopback of another network, or a name that only containers have.
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let container = facts.container.get()?;
    let target = site.endpoint.target.need(Need::Config)?;
    let configured = |failure: Failure| {
        failure
            .seen("openclaw uses", site.pointer("/baseUrl/value"), site.endpoint.base_url.value.clone())
            .note(site.endpoint.base_url.from.clone())
    };
    if container.gateway.is_some() {
        return from_container(facts, site, container, target);
    }
    if let Some(pid) = container.gateway_apart.get()? {
        return from_gateway(site, target, *pid, configured);
    }
    let has_address = site.endpoint.resolution.seen().is_none_or(|seen| !seen.addresses.is_empty());
    if is_container_host(&target.host) && !has_address {
        let name = &target.host;
        let inside = format!("this container has no {name}, the name of its host");
        let outside = format!("{name} is a name within containers, and this is none");
        let failure = match &container.marker {
            Some(marker) => Failure::new("no-alias", inside).seen("container", "/container/marker", marker),
            None => Failure::new("alias-outside", outside).value("base_url", base_url_here(facts)),
        };
        return configured(failure).value("base_url_key", site.setting_key(facts, "baseUrl")).verdict();
    }
    match &container.marker {
        Some(marker) if is_alone(facts, site) => {
            let message = format!("{target} is this container itself, and no Ollama runs in it");
            let failure = Failure::new("loopback", message).seen("container", "/container/marker", marker);
            with_alias(configured(failure), facts, site, container).verdict()
        }
        _ if facts.judged_install().is_some_and(|install| install.gateway_pid.is_some()) => {
            Verdict::pass("the gateway's network is the one that was looked at")
        }
        _ if facts.judged_install().is_some_and(|install| install.found_by <= FoundBy::Environment) => {
            Verdict::pass("the OpenClaw that was asked for has no gateway in a container")
        }
        _ => outside(container),
    }
}

/// The gateway's container was looked into: what its network reaches was tried from there.
fn from_container(facts: &Facts, site: &Site, container: &Container, target: &Target) -> Judgement {
    let addresses = &site.endpoint.resolution.need(Need::Resolution)?.addresses;
    if is_container_host(&target.host) && addresses.is_empty() {
        let failure = Failure::new("no-alias", format!("the gateway's container has no {}", target.host));
        return in_container(failure, site, container).verdict();
    }
    if addresses.is_empty() && is_name_of_container(&target.host) {
        let message = format!("the gateway's container knows no container by the name {}", target.host);
        let failure = in_container(Failure::new("no-service", message), site, container);
        return with_answers(failure, site).verdict();
    }
    let attempts = site.endpoint.connect.need(Need::Connect)?;
    if let Some(open) = attempts.iter().find(|attempt| is_open(attempt)) {
        return Verdict::pass(format!("the gateway reaches {} from its container", open.address));
    }
    if let Some(dropped) = dropped_here(facts, site, attempts) {
        let message = format!("this machine's firewall keeps the gateway's container from {dropped}");
        return in_container(Failure::new("firewalled", message), site, container).attempts(site).verdict();
    }
    let is_loopback = !addresses.is_empty() && addresses.iter().all(|address| address.is_loopback());
    if !is_loopback || !site.endpoint.from_other_network {
        return Err(Unseen::Blocked { by: Need::Connect });
    }
    let message = format!("{target} is the gateway's own container, and no Ollama answers in it");
    let failure = in_container(Failure::new("loopback", message), site, container).attempts(site);
    let failure = match facts.ollama_here() {
        Some((index, listener)) => failure.listener("Ollama here", index, listener),
        None => failure,
    };
    with_alias(failure, facts, site, container).verdict()
}

/// An address of this machine from which nothing came back to the container: no wire lies between the two, so that a rule
/// of this machine dropped or rejected it.
fn dropped_here(facts: &Facts, site: &Site, attempts: &[Connect]) -> Option<SocketAddr> {
    let is_dropped = |one: &&Connect| {
        matches!(one.outcome, ConnectOutcome::TimedOut | ConnectOutcome::HostUnreachable)
            && !one.address.ip().is_loopback()
            && site.is_own(facts, one.address.ip()) == Some(true)
    };
    Some(attempts.iter().find(is_dropped).filter(|_| site.endpoint.from_other_network)?.address)
}

/// A name of one word is that of a container or of a Compose service: the engine's own name server knows those of the
/// networks that a container is in.
fn is_name_of_container(host: &str) -> bool {
    !host.contains(['.', ':'])
}

fn in_container(failure: Failure, site: &Site, container: &Container) -> Failure {
    let failure = failure
        .seen("openclaw uses", site.pointer("/baseUrl/value"), site.endpoint.base_url.value.clone())
        .note(site.endpoint.base_url.from.clone());
    match container.gateway.as_ref().and_then(|gateway| gateway.id.as_ref()) {
        Some(id) => failure.seen("container", "/container/gateway/id", id.clone()),
        None => failure,
    }
}

/// Without a gateway of this machine, one in a container may be what people talk to.
fn outside(container: &Container) -> Judgement {
    let Some(pid) = container.gateways_inside.first() else {
        return Verdict::pass("no gateway runs in a container or in a network of its own");
    };
    Failure::new("not-looked-at", "the gateway runs in a container, whose config was not looked at")
        .seen("gateway", "/container/gatewaysInside/0", format!("process {pid}"))
        .verdict()
}

/// Whether nothing accepts on loopback, and no Ollama is installed or listens beside.
fn is_alone(facts: &Facts, site: &Site) -> bool {
    let addresses = site.endpoint.resolution.seen().map(|seen| seen.addresses.as_slice()).unwrap_or_default();
    let is_loopback = !addresses.is_empty() && addresses.iter().all(|address| address.is_loopback());
    let attempts = site.endpoint.connect.seen();
    let refused = attempts.is_some_and(|all| all.iter().all(|one| one.outcome == ConnectOutcome::Refused));
    // A container that systemd runs is a machine like any other.
    let is_machine = facts.host.seen().is_none_or(|host| host.systemd || host.ollama_program.is_some());
    let listens = facts.listeners.seen().is_none_or(|seen| seen.sockets.iter().any(Listener::is_ollama));
    is_loopback && refused && !is_machine && !listens
}

fn with_alias(failure: Failure, facts: &Facts, site: &Site, container: &Container) -> Failure {
    let failure = failure.value("base_url_key", site.setting_key(facts, "baseUrl"));
    match (&container.host_alias, site.endpoint.target.seen()) {
        (Some(alias), Some(target)) => {
            let there = Target { host: alias.clone(), ..target.clone() };
            failure.value("base_url", format!("{}://{there}", there.scheme))
        }
        _ => failure,
    }
}

fn is_open(attempt: &Connect) -> bool {
    attempt.outcome == ConnectOutcome::Accepted
}

fn from_gateway(
    site: &Site,
    target: &Target,
    pid: u32,
    configured: impl Fn(Failure) -> Failure,
) -> Judgement {
    let attempts = site.endpoint.from_gateway.get()?;
    if let Some(open) = attempts.iter().find(|attempt| is_open(attempt)) {
        return Verdict::pass(format!("the gateway reaches {} from a network of its own", open.address));
    }
    let is_loopback = attempts.iter().all(|attempt| attempt.address.ip().is_loopback());
    if !is_loopback && !site.endpoint.connect.seen().is_some_and(|all| all.iter().any(is_open)) {
        return Err(Unseen::Blocked { by: Need::Connect });
    }
    let failure = if is_loopback {
        Failure::new("apart", format!("the gateway has a network of its own, where nothing is at {target}"))
    } else {
        Failure::new(
            "cut-off",
            format!("the gateway has a network of its own, which does not reach {target}"),
        )
    };
    let failure = failure.seen("gateway", "/container/gatewayApart", format!("process {pid}"));
    let last = attempts.iter().enumerate().next_back();
    let failure = match last {
        Some((index, attempt)) => failure
            .seen(
                "connect from there",
                site.pointer(&format!("/fromGateway/{index}/outcome")),
                attempt.describe(),
            )
            .note(attempt.address.to_string())
            .expected("accepted"),
        None => failure,
    };
    configured(failure).verdict()
}
