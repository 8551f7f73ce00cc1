//! Does the gateway run, and with the config that stands in its file?

use jiff::SignedDuration;

use crate::checks::gateway::{ends, older_config, on_service};
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Facts, Gateway, GatewayService, Outcome, Unseen};

/// A gateway took up to 34 s until it was ready (measured, 2026.9.6, a busy machine of two cores).
const STARTING: SignedDuration = SignedDuration::from_secs(90);
/// Automatic restarts after which a gateway that does not answer is in a loop.
const LOOP: u32 = 2;

/// Fails when the gateway of the judged OpenClaw is stopped, ends as soon as it
/// starts, does not answer, or keeps an older config than its file holds.
pub fn judge(facts: &Facts) -> Judgement {
    let gateway = facts.gateway.get()?;
    let answers = gateway.health.seen().is_some_and(|answer| answer.understood().is_some());
    if answers {
        return older_config(facts, gateway).map_or_else(|| pass(gateway), Failure::verdict);
    }
    let service = gateway.service.as_ref();
    let unit = service.and_then(|service| service.state.seen());
    if let Some((service, unit)) = service.zip(unit) {
        let loops = unit.active_state != "inactive" && unit.restarts >= LOOP;
        if loops || unit.active_state == "failed" || unit.sub_state == "auto-restart" {
            return ends(facts, gateway, service, unit).verdict();
        }
    }
    match (gateway.pid, service) {
        (Some(_), _) => silent(facts, gateway),
        (None, Some(service)) => stopped(gateway, service),
        (None, None) => {
            Err(Unseen::NotApplicable { why: "no gateway runs here, and it has no service".into() })
        }
    }
}

fn pass(gateway: &Gateway) -> Judgement {
    Verdict::pass(format!("the gateway answers at 127.0.0.1:{}", gateway.port))
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
fn stopped(gateway: &Gateway, service: &GatewayService) -> Judgement {
    let unit = match service.state.get() {
        Ok(unit) => Some(unit),
        Err(unknown @ Unseen::Unknown { .. }) => return Err(unknown),
        Err(_) => None,
    };
    if let Some(unit) = unit.filter(|unit| matches!(&*unit.active_state, "activating" | "active")) {
        let error = format!("the gateway's service is {} and has no process that we see", unit.active_state);
        return Err(Unseen::Unknown { error });
    }
    let nobody = service.manager == Some(false);
    let (cause, message) = match nobody {
        true => {
            ("logged-out", format!("the gateway is down: it runs only while {} is logged in", service.user))
        }
        false => ("stopped", "the gateway is not running, and its service is stopped".to_string()),
    };
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
