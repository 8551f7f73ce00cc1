//! May the gateway start at all?

use crate::checks::openclaw::shared::config_backups::with_backups;
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{ConfigState, Facts, Gateway, GatewayEventKind, Unseen};

/// Fails when `gateway.mode` is unset in a config that exists, or is a word that
/// OpenClaw's schema does not have. Where there is no config the gateway does not
/// start either; what sets a first primary sets the mode too.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let Some(mode) = &config.gateway_mode else {
        if config.state == ConfigState::Missing {
            return Err(Unseen::NotApplicable { why: format!("there is no config at {}", config.path) });
        }
        return unset(facts, &config.path);
    };
    match &*mode.value {
        "local" => Verdict::pass("gateway.mode is local"),
        "remote" => Verdict::pass("gateway.mode is remote: the gateway is on another machine"),
        other => {
            let message = format!("gateway.mode is {other}, which OpenClaw refuses");
            let failure = Failure::new("invalid", message)
                .seen("mode", "/config/gatewayMode/value", other)
                .note(mode.from.clone())
                .expected("local or remote")
                .at(mode);
            failure.verdict()
        }
    }
}

fn unset(facts: &Facts, path: &str) -> Judgement {
    let gateway = match facts.gateway.get() {
        Ok(gateway) => Some(gateway),
        Err(unknown @ Unseen::Unknown { .. }) => return Err(unknown),
        Err(_) => None,
    };
    let service = gateway.and_then(|gateway| gateway.service.as_ref());
    if service.is_some_and(|service| service.allow_unconfigured) {
        return Verdict::pass("gateway.mode is unset, and the gateway's unit allows that");
    }
    if gateway.is_some_and(was_let) {
        return Verdict::pass("gateway.mode is unset, and the gateway that runs was started without it");
    }
    let (cause, message) = match gateway {
        Some(gateway) if gateway.pid.is_some() => {
            ("unset-running", "gateway.mode is unset: the gateway runs, and will not start again")
        }
        Some(gateway) if service.is_some() || was_blocked(gateway) => {
            ("unset", "gateway.mode is unset, so the gateway does not start")
        }
        // Agents that are asked with `openclaw agent --local` need none.
        _ => ("unset-unused", "gateway.mode is unset, so no gateway would start here"),
    };
    let failure = Failure::new(cause, message)
        .seen("mode", "/config/gatewayMode", "unset")
        .expected("local")
        .seen("config", "/config/path", path.to_string())
        .path("gateway.mode");
    // A config that lost its mode may be the rest of a larger one.
    with_backups(facts, failure).verdict()
}

/// A gateway that was started with `--allow-unconfigured`: that is seen, or follows
/// from its having started with the config as it is.
fn was_let(gateway: &Gateway) -> bool {
    let since = gateway.started_at.zip(gateway.config_modified);
    gateway.pid.is_some()
        && (gateway.allow_unconfigured || since.is_some_and(|(started, edited)| started > edited))
}

/// The last thing that its log says is that it was not let, with the config as it is.
/// All OpenClaws of a user log into the same file.
fn was_blocked(gateway: &Gateway) -> bool {
    let last = gateway.log.seen().and_then(|events| events.last());
    let is_of_now = |at| gateway.config_modified.is_none_or(|edited| edited < at);
    last.is_some_and(|event| event.kind == GatewayEventKind::ModeBlocked && is_of_now(event.at))
}
