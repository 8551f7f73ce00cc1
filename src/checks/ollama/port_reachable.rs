//! Does the endpoint's host and port accept a TCP connection?

use jiff::SignedDuration;

use crate::checks::shared::name_servers::with_answers;
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Connect, ConnectOutcome, Facts, Listener, OllamaUserUnit, Resolution, Target, Unit};
use crate::rules::ollama::service::{SERVICE, SNAP};
use crate::types::address_class::{AddressClass, address_class};
use crate::types::host_class::HostClass;

/// An Ollama that was started so short ago may not have listened yet.
const STARTING: SignedDuration = SignedDuration::from_secs(3);

/// Fails when no address of the endpoint accepts a connection.
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let target = site.endpoint.target.get()?;
    let resolution = site.endpoint.resolution.get()?;
    if resolution.addresses.is_empty() {
        return unresolvable(site, target, resolution);
    }
    let attempts = site.endpoint.connect.get()?;
    if let Some(accepted) = attempts.iter().find(|attempt| attempt.outcome == ConnectOutcome::Accepted) {
        return Verdict::pass(format!("{} accepts connections ({:.1} ms)", accepted.address, accepted.ms));
    }
    let has = |outcome: &ConnectOutcome| attempts.iter().any(|attempt| attempt.outcome == *outcome);
    let failure = if let Some(failure) = filtered(facts, site, target) {
        failure
    } else if has(&ConnectOutcome::Refused) {
        refused(facts, site, target)
    } else if has(&ConnectOutcome::TimedOut) {
        let message = format!("{target} does not answer: packets to it are dropped on the way");
        or_point(Failure::new("timed-out", message), facts, site, "firewall")
    } else if let Some(why) = unreachable(has) {
        let message = format!("{target} is unreachable: {why}");
        or_point(Failure::new("unreachable", message), facts, site, "rejected")
    } else {
        Failure::new("failed", format!("a connection to {target} cannot be opened"))
    };
    let failure = failure
        .seen("openclaw uses", site.pointer("/baseUrl"), site.endpoint.base_url.value.clone())
        .note(site.endpoint.base_url.from.clone())
        .on(site.other_host(facts));
    failure.attempts(site).verdict()
}

fn unreachable(has: impl Fn(&ConnectOutcome) -> bool) -> Option<&'static str> {
    if has(&ConnectOutcome::HostUnreachable) {
        return Some("a firewall rejects it, or no such host is on that network");
    }
    has(&ConnectOutcome::Unreachable).then_some("there is no route to it, or a firewall rejects it")
}

/// Something between a user and an Ollama that is there: a firewall of this machine.
fn filtered(facts: &Facts, site: &Site, target: &Target) -> Option<Failure> {
    if let Some(user) = &site.endpoint.refused_user {
        let message = format!("{target} accepts connections of root, and none of {user}, OpenClaw's user");
        return Some(Failure::new("filtered-user", message).seen(
            "user",
            site.pointer("/refusedUser"),
            &**user,
        ));
    }
    // What is just starting listens a moment after it was asked.
    let started = facts.ollama_service().and_then(|(_, unit)| unit.started_at);
    if site.endpoint.from_other_network || started.is_some_and(|at| facts.at.duration_since(at) < STARTING) {
        return None;
    }
    let listeners = facts.listeners.seen()?.sockets.iter().enumerate();
    let attempts = site.endpoint.connect.seen()?;
    let tried = |one: &Connect| (one.address.ip(), one.address.port());
    let own = attempts.iter().map(tried).filter(|(ip, _)| site.is_own(facts, *ip) == Some(true));
    let is_there = |listener: &Listener| own.clone().any(|(ip, port)| listener.covers(ip, port));
    let (index, listener) = listeners.filter(|(_, one)| one.is_ollama()).find(|(_, one)| is_there(one))?;
    let message =
        format!("Ollama listens there, and a firewall of this machine keeps {target} from OpenClaw");
    Some(Failure::new("filtered", message).listener("Ollama here", index, listener))
}

/// Offers the Ollama of this machine too. Behind a provider's NAT a machine often cannot reach its own public
/// address.
fn or_point(failure: Failure, facts: &Facts, site: &Site, fix: &'static str) -> Failure {
    // What listens on loopback here is not on loopback there.
    let Some((index, listener)) = facts.ollama_here().filter(|_| !site.endpoint.from_other_network) else {
        return failure.fixes(&[fix, "route", "own-rule"]);
    };
    let [first, second] = if is_public(site) { ["point", fix] } else { [fix, "point"] };
    failure
        .listener("Ollama here", index, listener)
        .value("base_url", format!("http://{}", listener.reached_at()))
        .value("base_url_key", site.setting_key(facts, "baseUrl"))
        .fixes(&[first, second, "route"])
}

fn is_public(site: &Site) -> bool {
    let resolution = site.endpoint.resolution.seen();
    resolution.is_some_and(|all| all.addresses.iter().any(|one| address_class(*one) == AddressClass::Public))
}

fn unresolvable(site: &Site, target: &Target, resolution: &Resolution) -> Judgement {
    let error = resolution.error.clone().unwrap_or_else(|| "no addresses".into());
    let failure = Failure::new("unresolvable", format!("the name {} has no address", target.host))
        .seen("openclaw uses", site.pointer("/baseUrl"), site.endpoint.base_url.value.clone())
        .note(site.endpoint.base_url.from.clone())
        .seen("system resolver", site.pointer("/resolution/error"), error);
    with_answers(failure, site).verdict()
}

fn refused(facts: &Facts, site: &Site, target: &Target) -> Failure {
    if site.is_here(facts) == Some(false) {
        let is_public = HostClass::of_base_url(&site.endpoint.base_url.value) == Some(HostClass::Public);
        let failure =
            Failure::new("refused", format!("nothing answers on {target}, which is another machine"));
        // What may open a port to the internet is not the first thing to try.
        return match is_public {
            true => failure.fixes(&["start", "expose", "ollama/bind-address#drop-in"]),
            false => failure.fixes(&["expose", "ollama/bind-address#drop-in", "start"]),
        };
    }
    match facts.ollama_service() {
        Some((index, unit)) => refused_by_unit(target, index, unit),
        None if facts.unit(SERVICE, "masked").is_some() => {
            Failure::new("masked", format!("nothing answers on {target}: ollama.service is masked"))
        }
        None if facts.loaded_unit(SNAP).is_some() => {
            refused_with(target, "the snap of Ollama does not listen there", &["snap"])
        }
        None if user_unit(facts).is_some() => of_user_unit(facts, target),
        None if is_absent(facts) => Failure::new(
            "not-installed",
            format!("nothing answers on {target}: Ollama is not installed here"),
        ),
        None => refused_with(target, "no Ollama listens there", &["serve"]),
    }
}

fn refused_with(target: &Target, why: &str, fixes: &[&'static str]) -> Failure {
    Failure::new("refused", format!("nothing answers on {target}: {why}")).fixes(fixes)
}

/// A unit for Ollama in a user's home, and its place.
fn user_unit(facts: &Facts) -> Option<(usize, &OllamaUserUnit)> {
    let units = &facts.ollama_setup.seen()?.user_units;
    // Of several the one that starts by itself is the one in use.
    let enabled = units.iter().position(|unit| unit.enabled);
    let index = enabled.or((!units.is_empty()).then_some(0))?;
    Some((index, &units[index]))
}

/// It runs in that user's systemd, which ends with the last login unless lingering is on.
fn of_user_unit(facts: &Facts, target: &Target) -> Failure {
    let Some((index, unit)) = user_unit(facts) else { return Failure::default() };
    let user = &unit.user;
    let (cause, why) = match (unit.linger, unit.manager) {
        (false, false) => ("logged-out", format!("runs only while {user} is logged in")),
        _ => ("user-unit", "does not run".into()),
    };
    let message = format!("nothing answers on {target}: Ollama is a service of {user}, and {why}");
    Failure::new(cause, message)
        .seen("unit", format!("/ollamaSetup/userUnits/{index}/path"), &*unit.path)
        .note(if unit.enabled { "enabled" } else { "not enabled" })
        .seen(
            "lingering",
            format!("/ollamaSetup/userUnits/{index}/linger"),
            if unit.linger { "on" } else { "off" },
        )
        .value("user", &**user)
        .value("machine", format!("{user}@"))
}

/// Whether no Ollama was seen on this machine: no program, and none that listens.
fn is_absent(facts: &Facts) -> bool {
    facts.ollama_here().is_none() && facts.host.seen().is_some_and(|host| host.ollama_program.is_none())
}

fn refused_by_unit(target: &Target, index: usize, unit: &Unit) -> Failure {
    let failure = if unit.active_state != "active" && unit.exit_status == 203 {
        Failure::new("binary-missing", "ollama.service cannot start: the program that it runs is not there")
    } else if unit.sub_state == "auto-restart" || (unit.active_state != "inactive" && unit.restarts > 0) {
        Failure::new("crash-loop", "ollama.service ends as soon as it starts")
    } else if unit.active_state == "active" {
        Failure::new("deaf", format!("ollama.service runs, but nothing answers on {target}"))
    } else if unit.unit_file_state == "disabled" {
        refused_with(target, "ollama.service is stopped and disabled", &["enable-start", "start"])
    } else {
        refused_with(target, "ollama.service is not running", &["start"])
    };
    failure
        .seen(SERVICE, format!("/units/{index}/activeState"), unit.state())
        .note(history(unit))
        .expected("active (running)")
}

fn history(unit: &Unit) -> String {
    // systemd counts a restart only when it is over, so the first seconds of a loop have none.
    let restarts = Some(unit.restarts).filter(|count| *count > 0);
    let restarts = restarts.map_or(String::new(), |count| format!(", restarted {count} times"));
    format!("{}, {}, exit status {}{restarts}", unit.unit_file_state, unit.result, unit.exit_status)
}
