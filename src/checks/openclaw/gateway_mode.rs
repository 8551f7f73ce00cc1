//! May the gateway start at all?

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{ConfigState, Facts, Unseen};

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
            let mut failure = Failure::new("invalid", message)
                .seen("mode", "/config/gatewayMode/value", other)
                .note(mode.from.clone())
                .expected("local or remote");
            failure.path = Some(mode.from.clone());
            failure.place = mode.line.zip(mode.column);
            failure.verdict()
        }
    }
}

fn unset(facts: &Facts, path: &str) -> Judgement {
    let gateway = facts.gateway.seen();
    let service = gateway.and_then(|gateway| gateway.service.as_ref());
    if service.is_some_and(|service| service.allow_unconfigured) {
        return Verdict::pass("gateway.mode is unset, and the gateway's unit allows that");
    }
    let answers = gateway.and_then(|gateway| gateway.health.seen()?.understood());
    let (cause, message) = match answers {
        Some(_) => ("unset-running", "gateway.mode is unset: the gateway runs, and will not start again"),
        None => ("unset", "gateway.mode is unset, so the gateway does not start"),
    };
    let mut failure = Failure::new(cause, message)
        .seen("mode", "/config/gatewayMode", "unset")
        .expected("local")
        .seen("config", "/config/path", path.to_string());
    failure.path = Some("gateway.mode".into());
    failure.verdict()
}
