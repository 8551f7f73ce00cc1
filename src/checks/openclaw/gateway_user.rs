//! Does one service start the gateway, and is its config the one that is edited?

use crate::checks::openclaw::shared::gateway::reason;
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Facts, Gateway, GatewayUnitFile, HomeConfig, ServiceScope, Unseen};

/// Fails when two services start a gateway on one port, or when the config of
/// the user who looks was edited after that of the gateway of somebody else.
pub fn judge(facts: &Facts) -> Judgement {
    let homes = facts.homes.get()?;
    let gateway = facts.gateway.get()?;
    if gateway.pid.is_none() && gateway.service.is_none() {
        return Err(Unseen::NotApplicable { why: "no gateway runs here, and it has no service".into() });
    }
    if let Some(failure) = two_services(gateway, &homes.services) {
        return failure.verdict();
    }
    let install = facts
        .judged_install()
        .ok_or_else(|| Unseen::NotApplicable { why: "no OpenClaw was found".into() })?;
    // Two OpenClaws may well live on one machine: only an edit that the running gateway cannot see counts.
    let edited = |config: &HomeConfig| {
        config.invoking
            && config.user != install.user
            && gateway.pid.is_some()
            && config
                .modified
                .is_some_and(|at| Some(at) > gateway.config_modified && Some(at) > gateway.started_at)
    };
    match homes.configs.iter().position(edited) {
        Some(index) => elsewhere(facts, gateway, index, &homes.configs[index], &install.user).verdict(),
        None => Verdict::pass(format!("the gateway of {} has one service and its own config", install.user)),
    }
}

fn two_services(gateway: &Gateway, services: &[GatewayUnitFile]) -> Option<Failure> {
    let judged = gateway.service.as_ref()?;
    let is_judged = |unit: &GatewayUnitFile| Some(&unit.path) == judged.path.as_ref();
    let own = services.iter().find(|unit| is_judged(unit))?;
    let port = gateway.port;
    let answers = gateway.health.seen().is_some_and(|answer| answer.understood().is_some());
    // What answers on the port may be the other one.
    let serves = answers && gateway.pid.is_some() && !gateway.is_port_of_other(&own.user);
    let taken = reason(gateway, None).filter(|(_, cause, _)| *cause == "port-taken" && !serves);
    // A unit that names no port may have another one from a config that we do not see.
    let is_on_port = |unit: &GatewayUnitFile| unit.port.map_or(taken.is_some(), |of_unit| of_unit == port);
    let rival = |unit: &&GatewayUnitFile| !is_judged(unit) && unit.enabled && is_on_port(unit);
    let rival = services.iter().find(rival).filter(|_| own.enabled)?;
    let index = services.iter().position(|unit| unit == rival)?;
    let (cause, message) = if taken.is_some() {
        ("fight", format!("two services start a gateway on port {port}, and one takes it from the other"))
    } else {
        ("two-services", format!("another service starts a gateway on port {port} too"))
    };
    let mut failure = Failure::new(cause, message)
        .seen("service", "/gateway/service/path", own.path.clone())
        .note(format!("runs as {}", own.user))
        .seen("service", format!("/homes/services/{index}/path"), rival.path.clone())
        .note(format!("runs as {}", rival.user))
        .expected("one service")
        .value("user", rival.user.clone())
        .fixes(match rival.scope {
            // The documented commands name no other service than that one.
            _ if !rival.path.ends_with("/openclaw-gateway.service") => &["by-name"],
            ServiceScope::System => &["disable"],
            ServiceScope::User => &["uninstall"],
        });
    if let Some((event, ..)) = taken {
        failure = failure.seen("gateway's log", format!("/gateway/log/{event}/kind"), "its port is taken");
    }
    failure.path = Some(rival.path.clone());
    Some(failure)
}

fn elsewhere(facts: &Facts, gateway: &Gateway, index: usize, config: &HomeConfig, user: &str) -> Failure {
    let at =
        |time: Option<jiff::Timestamp>| time.map_or_else(|| "unknown".to_string(), |time| time.to_string());
    let message = format!("the config of {} was edited, but the gateway runs as {user}", config.user);

    Failure::new("edited-elsewhere", message)
        .seen("edited", format!("/homes/configs/{index}/modified"), at(config.modified))
        .note(config.path.clone())
        .seen("in use", "/gateway/configModified", at(gateway.config_modified))
        .note(facts.config.seen().map(|config| config.path.clone()).unwrap_or_default())
        .path(config.path.clone())
}
