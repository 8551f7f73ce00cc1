//! Does the gateway run, and with the config that stands in its file?

use crate::checks::openclaw::shared::gateway::{
    STARTING, container_down, ends, not_yet, older_config, on_service, restarted,
};
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Facts, Gateway, GatewayService, Install, Outcome, Unseen};

/// Fails when the gateway of the judged OpenClaw is stopped, ends as soon as it
/// starts, does not answer, or keeps an older config than its file holds.
pub fn judge(facts: &Facts) -> Judgement {
    let gateway = match facts.gateway.get() {
        Err(unseen @ Unseen::NotApplicable { .. }) => return absent(facts, unseen),
        gateway => gateway?,
    };
    let answers = gateway.health.seen().is_some_and(|answer| answer.understood().is_some());
    let is_of_other = gateway.is_port_of_other(user(facts, gateway));
    if answers && !is_of_other {
        let failure = older_config(facts, gateway).or_else(|| other_port(facts, gateway));
        return failure.map_or_else(|| pass(gateway), Failure::verdict);
    }
    let service = gateway.service.as_ref();
    let unit = service.and_then(|service| service.state.seen());
    if let Some((service, unit)) = service.zip(unit) {
        if let Some(unknown) = not_yet(facts, gateway, unit) {
            return Err(unknown);
        }
        if unit.active_state == "failed" || unit.sub_state == "auto-restart" {
            return ends(facts, gateway, service, unit).verdict();
        }
        if let Some(judgement) = restarted(facts, gateway, service, unit) {
            return judgement;
        }
    }
    match (gateway.pid, service) {
        (Some(_), _) if is_of_other => Err(Unseen::Unknown {
            error: format!(
                "the gateway runs, and port {} is held by a program of {}; it may listen on another one",
                gateway.port,
                gateway.port_user.as_deref().unwrap_or_default()
            ),
        }),
        (Some(_), _) => silent(facts, gateway),
        (None, Some(service)) => stopped(facts, gateway, service),
        (None, None) => none(facts),
    }
}

/// No gateway, or one in a container that does not run.
fn absent(facts: &Facts, unseen: Unseen) -> Judgement {
    match container_down(facts) {
        Some(failure) => failure.verdict(),
        None if facts.judged_install().is_some_and(is_set_up) => none(facts),
        None => Err(unseen),
    }
}

/// Without a program and a config there is nothing that a gateway could run.
fn is_set_up(install: &Install) -> bool {
    install.config_exists || install.version.is_some()
}

/// Neither a process nor a service. `openclaw agent --local` needs none.
fn none(facts: &Facts) -> Judgement {
    if let Some(pid) = facts.container.seen().and_then(|container| container.gateways_inside.first()) {
        return Err(Unseen::NotApplicable {
            why: format!("the gateway runs in a container (process {pid})"),
        });
    }
    let failure = Failure::new("none", "no gateway runs here, and none is set up");
    let failure = match facts.judged.as_ref() {
        Some(judged) => failure
            .seen("gateway", format!("/installs/{}/gatewayPid", judged.install), "none")
            .expected("a running process, or a service"),
        None => failure,
    };
    failure.verdict()
}

/// Who the gateway runs as.
fn user<'a>(facts: &'a Facts, gateway: &'a Gateway) -> &'a str {
    let of_service = gateway.service.as_ref().map(|service| &*service.user);
    of_service.or(facts.judged_install().map(|install| &*install.user)).unwrap_or_default()
}

fn pass(gateway: &Gateway) -> Judgement {
    Verdict::pass(format!("the gateway answers at 127.0.0.1:{}", gateway.port))
}

/// Its service was set up with another port than its config has since, and every command goes by the config.
fn other_port(facts: &Facts, gateway: &Gateway) -> Option<Failure> {
    let configured = facts.usable_config().ok()?.gateway_port.as_ref()?;
    if gateway.service.is_none() || configured.value == f64::from(gateway.port) {
        return None;
    }
    let (port, wanted) = (gateway.port, configured.value);
    let message = format!("the gateway listens on port {port}; commands of OpenClaw look for it on {wanted}");
    let failure = Failure::new("other-port", message)
        .seen("listens on", "/gateway/port", port.to_string())
        .note(gateway.port_from.clone())
        .seen("commands ask", "/config/gatewayPort/value", wanted.to_string())
        .note(configured.from.clone());
    Some(failure)
}

/// A process that does not answer: it starts, it hangs, or it listens elsewhere.
fn silent(facts: &Facts, gateway: &Gateway) -> Judgement {
    let age = gateway.started_at.map(|started| facts.at.duration_since(started));
    if age.is_some_and(|age| age < STARTING) {
        let error = "the gateway was just started and does not answer yet; look again in a minute";
        return Err(Unseen::Unknown { error: error.into() });
    }
    let hangs =
        gateway.health.seen().is_some_and(|answer| matches!(answer.outcome, Outcome::TimedOut { .. }));
    if !hangs {
        return Err(Unseen::Unknown {
            error: format!(
                "the gateway runs, and nothing answers at 127.0.0.1:{}; gateway.bind or gateway.tls may lead elsewhere",
                gateway.port
            ),
        });
    }
    let failure = Failure::new("hangs", "the gateway runs and did not answer in time")
        .seen("/health", "/gateway/health/outcome", "no answer")
        .note(format!("127.0.0.1:{}", gateway.port))
        .expected("{\"ok\":true}");
    match &gateway.service {
        Some(service) => on_service(failure, service).verdict(),
        None => failure.fixes(&["by-hand"]).verdict(),
    }
}

/// No process, and a unit that is there.
fn stopped(facts: &Facts, gateway: &Gateway, service: &GatewayService) -> Judgement {
    let unit = match service.state.get() {
        Ok(unit) => Some(unit),
        Err(unknown @ Unseen::Unknown { .. }) => return Err(unknown),
        Err(_) => None,
    };
    if let Some(unit) = unit.filter(|unit| matches!(&*unit.active_state, "activating" | "active")) {
        let error = format!("the gateway's service is {} and has no process that we see", unit.active_state);
        return Err(Unseen::Unknown { error });
    }
    let (cause, message) = why_stopped(facts, gateway, service);
    let path = service.path.clone().unwrap_or_else(|| service.name.clone());
    let failure = Failure::new(cause, message)
        .seen("service", "/gateway/service/path", path)
        .note(if service.enabled { "enabled" } else { "not enabled" });
    let failure = match unit {
        Some(unit) => failure
            .seen("state", "/gateway/service/state/activeState", unit.active_state.clone())
            .expected("active"),
        None => failure.seen(
            "lingering",
            "/gateway/service/linger",
            if service.linger == Some(true) { "on" } else { "off" },
        ),
    };
    let failure = failure.seen("port", "/gateway/port", gateway.port.to_string());
    on_service(failure, service).verdict()
}

/// The cause, and what is wrong in words.
fn why_stopped(facts: &Facts, gateway: &Gateway, service: &GatewayService) -> (&'static str, String) {
    let holder = gateway.port_user.as_ref().filter(|holder| **holder != user(facts, gateway));
    match holder {
        Some(holder) => {
            let message =
                format!("the gateway is down, and a program of {holder} has its port {}", gateway.port);
            ("port-taken", message)
        }
        None if service.manager == Some(false) => {
            ("logged-out", format!("the gateway is down: it runs only while {} is logged in", service.user))
        }
        None if starts_itself(facts) => (
            "wrong-command",
            format!("{} ends at once: it runs `openclaw gateway start`, not the gateway", service.name),
        ),
        None => ("stopped", "the gateway is not running, and its service is stopped".to_string()),
    }
}

/// The log of the unit has what only `openclaw gateway start` writes, which asks systemd to start a service.
fn starts_itself(facts: &Facts) -> bool {
    let log = facts.logs.gateway.seen();
    log.is_some_and(|log| log.lines.iter().any(|line| line.text.starts_with("Gateway service check failed")))
}
