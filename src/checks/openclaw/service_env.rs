//! Does the gateway's service carry an older key than the `.env` file?

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Facts, KeyVariable, ServiceScope, ServiceValue, Unseen};
use crate::rules::openclaw::started::unread_dot_env;
use crate::text::secret::{SecretClass, SecretSight};
use crate::text::time::second;

/// Fails where a key in `.env` does not count, since the service has another value: what
/// the gateway's process has is never overridden, unless OpenClaw recorded it as its own
/// (`readManagedSystemdServiceEnvKeysFromEnvironment` of 2026.9.6).
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let all = config.key_variables.iter().enumerate();
    let in_service = |one: &KeyVariable| one.gateway.is_some() || one.unit.is_some();
    if !all.clone().any(|(_, one)| in_service(one)) {
        return Err(Unseen::NotApplicable {
            why: "neither a gateway that runs nor a unit that starts one was seen".into(),
        });
    }
    if let Some(failure) = not_read(facts) {
        return failure.verdict();
    }
    for (index, one) in all {
        let pointer = |place: &str| format!("/config/keyVariables/{index}/{place}/value/tag");
        let overrules = |service: &&ServiceValue| overrules(service, &one.dot_env);
        let told = |failure: Failure, place: &str, whose: &str| {
            failure
                .seen(&one.name, pointer(place), "another value, which counts")
                .note(whose)
                .seen(&one.name, format!("/config/keyVariables/{index}/dotEnv/tag"), "a key")
                .note("the .env file of OpenClaw")
        };
        // What the unit gives is given again at each start; what only the process has, a restart takes away.
        if one.unit.as_ref().filter(overrules).is_some() {
            let message = format!("the gateway's unit sets another {} than the .env file", one.name);
            return told(Failure::new("unit", message), "unit", "the gateway's unit").verdict();
        }
        if is_new(one) {
            return started_before(facts, index, one).verdict();
        }
        if one.gateway.as_ref().filter(overrules).is_some() {
            let message = format!("the gateway runs with another {} than the .env file", one.name);
            let failure = restarted(facts, Failure::new("process", message));
            return told(failure, "gateway", "the environment of the running gateway").verdict();
        }
    }
    Verdict::pass("the gateway's service has no other key for Ollama than the .env file")
}

/// The only key stands in a file that was written after the gateway was started.
fn not_read(facts: &Facts) -> Option<Failure> {
    let unread = unread_dot_env(facts)?;
    let message = "the .env file was written after the gateway started, which reads it only then";
    let failure = Failure::new("not-read", message)
        .seen("written", format!("/state/files/{}/modified", unread.index), second(unread.written))
        .note("the .env file of OpenClaw, the only place with a key")
        .seen("gateway started", "/gateway/startedAt", second(unread.started));
    Some(restarted(facts, failure))
}

fn started_before(facts: &Facts, index: usize, one: &KeyVariable) -> Failure {
    let pointer = |place: &str| format!("/config/keyVariables/{index}/{place}/value/set");
    let message =
        format!("the gateway's unit sets {}, and the gateway that runs was started without it", one.name);
    let failure = Failure::new("started-before", message)
        .seen(&one.name, pointer("unit"), "set")
        .note("the gateway's unit")
        .seen(&one.name, pointer("gateway"), "not set")
        .note("the environment of the running gateway");
    restarted(facts, failure)
}

/// The unit gives a key to what it starts next, and the process has none.
fn is_new(one: &KeyVariable) -> bool {
    let is_set = |service: &Option<ServiceValue>| service.as_ref().map(|service| service.value.set);
    is_set(&one.unit) == Some(true) && is_set(&one.gateway) == Some(false)
}

/// A marker in `.env` is no key that could be missed.
fn overrules(service: &ServiceValue, dot_env: &SecretSight) -> bool {
    let is_key = matches!(dot_env.class, SecretClass::ShortLiteral | SecretClass::LongLiteral);
    is_key && service.value.set && !service.managed && service.value.tag != dot_env.tag
}

/// With the fix by which the gateway is started again: that of who runs it.
fn restarted(facts: &Facts, failure: Failure) -> Failure {
    let Some(service) = facts.gateway.seen().and_then(|gateway| gateway.service.as_ref()) else {
        return failure.fixes(&["openclaw/gateway-running#by-hand"]);
    };
    let failure = failure.value("unit", &*service.name);
    match service.scope {
        ServiceScope::User => failure.fixes(&["openclaw/gateway-running#restart"]),
        ServiceScope::System => failure.fixes(&["openclaw/gateway-running#restart-unit"]),
    }
}
