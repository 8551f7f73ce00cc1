//! Do the names resolve that Ollama and OpenClaw need?

use std::net::IpAddr;

use crate::checks::shared::name_servers::{answered, layer_at_fault};
use crate::checks::shared::select_model::instead;
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Facts, NameUse, Need, NeededName, Resolution, Unseen};
use crate::rules::ollama::names::pulls_through_proxy;
use crate::rules::openclaw::missing_model::missing;
use crate::rules::openclaw::ollama_cloud::is_in_cloud;
use crate::rules::openclaw::primary::resolve;

/// Passes only where each of them was looked up and has an address beyond this machine, and names them.
pub fn judge(facts: &Facts) -> Judgement {
    let names = facts.names.get()?;
    if facts.host.seen().is_some_and(|host| host.addresses.iter().all(IpAddr::is_loopback)) {
        let why = "this machine has no network but loopback, so there is nobody to ask for a name";
        return Err(Unseen::NotApplicable { why: why.into() });
    }
    if pulls_through_proxy(facts) {
        let why = "Ollama goes out through a proxy, which looks names up itself";
        return Err(Unseen::NotApplicable { why: why.into() });
    }
    let unresolved = names.iter().enumerate().filter(|(_, name)| !is_resolved(&name.resolution));
    let failures: Vec<Failure> = unresolved.map(|(index, name)| failure(facts, index, name)).collect();
    if let Some(failed) = Verdict::fail(failures) {
        return failed;
    }
    let hosts: Vec<&str> = Site::all(facts).filter_map(|site| named_host(&site)).collect();
    let unknown = Site::all(facts).any(|site| {
        named_host(&site).is_some()
            && site.endpoint.resolution.seen().is_none_or(|one| one.addresses.is_empty())
    });
    if unknown {
        return Err(Unseen::Blocked { by: Need::Resolution });
    }
    let mut all: Vec<&str> = hosts.into_iter().chain(names.iter().map(|name| &*name.name)).collect();
    all.dedup();
    let verb = if all.len() == 1 { "resolves" } else { "resolve" };
    Verdict::pass(format!("{} {verb}", all.join(" and ")))
}

/// The host of a base URL, where it is a name.
fn named_host<'a>(site: &Site<'a>) -> Option<&'a str> {
    let host = &*site.endpoint.target.seen()?.host;
    host.parse::<IpAddr>().is_err().then_some(host)
}

/// An address of this machine is that of a filter: none of these names is served here.
fn is_resolved(resolution: &Resolution) -> bool {
    resolution.addresses.iter().any(|address| !address.is_loopback() && !address.is_unspecified())
}

fn failure(facts: &Facts, index: usize, name: &NeededName) -> Failure {
    let host = &*name.name;
    let pointer = format!("/names/{index}/resolution");
    let (layer, fixes) = layer(facts, name);
    let (cause, what) = match name.needed_for {
        NameUse::Cloud if is_primary_in_cloud(facts) => {
            ("cloud", "the primary model, which runs there, cannot answer")
        }
        NameUse::Cloud => ("general", "the models that run there cannot answer"),
        NameUse::Pull if is_pull_needed(facts) => ("pull", "the model that agents need cannot be pulled"),
        NameUse::Pull => ("general", "no model can be pulled"),
    };
    let seen = match (&name.resolution.error, name.resolution.addresses.first()) {
        (_, Some(address)) => address.to_string(),
        (Some(error), None) => error.clone(),
        (None, None) => "no addresses".into(),
    };
    let failure = Failure::new(cause, format!("{host} does not resolve here: {layer}; {what}"))
        .seen("system resolver", format!("{pointer}/addresses"), seen)
        .note(host)
        .expected("an address")
        .value("name", host)
        .fixes(fixes);
    let servers = name.resolution.name_servers.iter().enumerate();
    let failure = servers.fold(failure, |failure, (place, answer)| {
        answered(failure, answer, format!("{pointer}/nameServers/{place}/outcome"))
    });
    let upstream = name.upstream.iter().enumerate();
    let failure = upstream.fold(failure, |failure, (place, answer)| {
        answered(failure, answer, format!("/names/{index}/upstream/{place}/outcome"))
    });
    match refused_by_dnssec(facts, host) {
        Some((line, text)) => {
            failure.seen("systemd-resolved", format!("/logs/resolved/lines/{line}/text"), text)
        }
        None => failure,
    }
}

/// Which layer is at fault, in words, and the fixes for it.
fn layer(facts: &Facts, name: &NeededName) -> (String, &'static [&'static str]) {
    if let Some(address) = name.resolution.addresses.first() {
        return (format!("a hosts file or a filter points it at {address}"), &["hosts"]);
    }
    let services = facts.resolver.seen().and_then(|resolver| resolver.services.as_ref());
    if services.is_some_and(|all| !all.iter().any(|one| one == "dns" || one == "resolve")) {
        return ("the line hosts of /etc/nsswitch.conf does not name dns".into(), &["nsswitch"]);
    }
    if refused_by_dnssec(facts, &name.name).is_some() {
        return (
            "systemd-resolved refuses the answers, since DNSSEC does not validate them".into(),
            &["dnssec"],
        );
    }
    let fault = layer_at_fault(&name.resolution.name_servers);
    let works =
        |answers: &[crate::facts::NameServerAnswer]| answers.iter().any(|one| one.outcome.is_answer());
    match fault {
        Some("udp-blocked") => ("name servers answer over TCP only".into(), &["dns/resolver#udp"]),
        Some("slow") => ("a name server that is asked first is silent".into(), &["servers"]),
        Some("failing") if works(&name.upstream) => (
            "the name servers know it, and systemd-resolved before them fails".into(),
            &["restart", "servers"],
        ),
        Some("failing") => ("the name servers cannot find out about it".into(), &["servers"]),
        Some("unanswered") => ("none of the name servers answers".into(), &["servers"]),
        _ if name.resolution.name_servers.is_empty() => ("no name server is known".into(), &["see"]),
        _ if name.resolution.name_servers.iter().any(|one| one.outcome.is_known()) => {
            ("name servers know it, and the system's resolver does not".into(), &["see"])
        }
        _ => ("the name servers say that there is no such name".into(), &["servers"]),
    }
}

/// The last line of systemd-resolved about that name and DNSSEC.
fn refused_by_dnssec<'a>(facts: &'a Facts, host: &str) -> Option<(usize, &'a str)> {
    let lines = facts.logs.resolved.seen()?.lines.iter().enumerate().rev();
    let of_it = format!("DNSSEC validation failed for question {host} ");
    let mut of_now = lines.filter(|(_, line)| line.run == 0);
    of_now.find(|(_, line)| line.text.starts_with(&of_it)).map(|(index, line)| (index, &*line.text))
}

/// Whether a model must be pulled here before an agent gets an answer: none that is here can take its place.
fn is_pull_needed(facts: &Facts) -> bool {
    let Some(site) = Site::all(facts).next().filter(|site| site.is_here(facts) == Some(true)) else {
        return false;
    };
    let (Ok(tags), Ok(config)) = (site.tags(), facts.usable_config()) else { return false };
    let lacks =
        tags.is_empty() || missing(config, &site, tags).is_some() || site.endpoint.shows.seen().is_some();
    lacks && instead(facts, None).is_none()
}

fn is_primary_in_cloud(facts: &Facts) -> bool {
    let config = facts.usable_config().ok();
    let found = config.and_then(|config| resolve(config, &config.primary.as_ref()?.value));
    found.is_some_and(|found| is_in_cloud(&found))
}
