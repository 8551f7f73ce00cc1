//! Why a gateway does not start, and whether it keeps an older config.

use jiff::{SignedDuration, Timestamp};

use crate::checks::{Failure, Judgement};
use crate::facts::{
    Facts, Gateway, GatewayEvent, GatewayEventKind as Kind, GatewayService, ServiceScope, Unit, Unseen,
};

/// A gateway took up to 34 s until it was ready (measured, 2026.9.6, a busy machine of two cores).
pub const STARTING: SignedDuration = SignedDuration::from_secs(90);
/// Automatic restarts after which a gateway that does not answer may be in a loop.
const LOOP: u32 = 2;

/// What the log gives as the reason: its place there, a cause, and words for a sentence.
pub fn reason(gateway: &Gateway, started: Option<Timestamp>) -> Option<(usize, &'static str, &'static str)> {
    let events = gateway.log.seen()?;
    // Other commands of OpenClaw log into the same files, so what is older than the last start is not its reason.
    let is_of_it = |event: &GatewayEvent| started.is_none_or(|started| event.at >= started);
    let last =
        events.iter().enumerate().rev().filter(|(_, event)| is_of_it(event)).find_map(|(index, event)| {
            let (cause, words) = match event.kind {
                Kind::ModeBlocked => ("blocked", "gateway.mode is not local"),
                Kind::NoConfig => ("blocked", "there is no config"),
                Kind::AddressInUse => ("port-taken", "its port is taken, or another gateway runs"),
                Kind::InvalidConfig => ("refused-config", "it refuses its config"),
                Kind::NoAuth => ("no-auth", "it would listen beyond loopback without authentication"),
                Kind::NoSecrets => ("ends", "a secret that its config refers to is not there"),
                Kind::UnsupportedNode => ("ends", "its Node is not supported"),
                Kind::OutOfMemory => ("ends", "its memory ran out"),
                Kind::Ready => return Some(None),
                Kind::ReloadRefused | Kind::ReloadOff | Kind::Reloaded => return None,
            };
            Some(Some((index, cause, words)))
        });
    last.flatten()
}

/// From when on the log tells why: a process that was just started has said nothing yet, the one before it has.
fn since(facts: &Facts, unit: &Unit) -> Option<Timestamp> {
    let starting = facts.at.checked_sub(STARTING).unwrap_or(Timestamp::MIN);
    Some(unit.started_at?.min(starting))
}

/// A gateway restarts itself where an edit of its config asks for it (2026.9.6), and systemd waits a few seconds
/// before it starts it again. One that the log tells a reason of does not come back.
pub fn not_yet(facts: &Facts, gateway: &Gateway, unit: &Unit) -> Option<Unseen> {
    const RECENT: SignedDuration = SignedDuration::from_secs(60);
    let edited = gateway.config_modified.map(|edited| facts.at.duration_since(edited));
    let is_recent = edited.is_some_and(|age| age >= SignedDuration::ZERO && age < RECENT);
    let is_waiting = unit.sub_state == "auto-restart" && unit.result == "success";
    (is_recent && is_waiting && reason(gateway, since(facts, unit)).is_none()).then(|| Unseen::Unknown {
        error: "the gateway restarts itself after an edit of its config; look again in a minute".into(),
    })
}

/// A service that started again by itself a moment ago. It is in a loop where its
/// log tells why; else it may be one crash in weeks, and the gateway be starting.
pub fn restarted(
    facts: &Facts,
    gateway: &Gateway,
    service: &GatewayService,
    unit: &Unit,
) -> Option<Judgement> {
    let age = facts.at.duration_since(unit.started_at?);
    if unit.restarts < LOOP || unit.active_state == "inactive" || age >= STARTING {
        return None;
    }
    if reason(gateway, since(facts, unit)).is_some() {
        return Some(ends(facts, gateway, service, unit).verdict());
    }
    let error = format!(
        "the gateway's service started again by itself {} s ago ({} times by now); look again in a minute",
        // A clock that was set back makes it a moment to come.
        age.as_secs().max(0),
        unit.restarts
    );
    Some(Err(Unseen::Unknown { error }))
}

/// A service whose process ends by itself. Exit status 78 means a config error
/// or a gateway that runs already, and is not tried again.
pub fn ends(facts: &Facts, gateway: &Gateway, service: &GatewayService, unit: &Unit) -> Failure {
    let found = reason(gateway, since(facts, unit));
    let (cause, why) = match found {
        Some((index, ..)) if is_mended(facts, gateway, index) => {
            ("stopped", "the gateway is down: its config was mended, and nobody started it since".to_string())
        }
        Some((_, cause, words)) => (cause, format!("the gateway does not start: {words}")),
        None => ("ends", format!("the gateway ends as soon as it starts, {}", last_words(unit))),
    };
    let state = format!("{}, {} restarts", unit.state(), unit.restarts);
    let failure = Failure::new(cause, why)
        .seen("service", "/gateway/service/state/activeState", state)
        .note(service.name.clone())
        .expected("active (running)")
        .seen("ended with", "/gateway/service/state/exitStatus", last_words(unit));
    let failure = match found {
        Some((index, _, words)) => failure.seen("its log", format!("/gateway/log/{index}/kind"), words),
        None => failure,
    };
    on_service(failure, service)
}

/// Whether the config was written since it kept the gateway from starting, and has the mode that it needs.
fn is_mended(facts: &Facts, gateway: &Gateway, index: usize) -> bool {
    let event = gateway.log.seen().and_then(|events| events.get(index));
    let concerns = |kind: Kind| matches!(kind, Kind::ModeBlocked | Kind::NoConfig | Kind::InvalidConfig);
    let mode = facts.usable_config().ok().and_then(|config| config.gateway_mode.as_ref());
    event.is_some_and(|event| concerns(event.kind) && gateway.config_modified > Some(event.at))
        && mode.is_some_and(|mode| mode.value == "local")
}

/// The only gateway of the machine is in a container that does not run.
pub fn container_down(facts: &Facts) -> Option<Failure> {
    let container = facts.container.seen().filter(|_| facts.judged.is_none())?.stopped.first()?;
    let why = match container.exit_code {
        _ if container.out_of_memory => "for want of memory".to_string(),
        code => format!("with exit status {code}"),
    };
    let name = &container.name;
    let (cause, state, message) = match container.restarting {
        true => ("container-ends", "restarting", format!("ends {why}, and is started again and again")),
        false => ("container-down", "not running", format!("ended {why}")),
    };
    let failure = Failure::new(cause, format!("the gateway's container {name} {message}"))
        .seen("container", "/container/stopped/0/id", format!("{}, {state}", container.id))
        .note(format!("restarted {} times", container.restarts))
        .value("container", name.clone());
    let failure = match &container.last_line {
        Some(line) => failure.seen("its last line", "/container/stopped/0/lastLine", &**line),
        None => failure,
    };
    Some(match (&container.compose_folder, &container.compose_service) {
        (Some(folder), Some(service)) => failure.value("folder", &**folder).value("service", &**service),
        _ => failure,
    })
}

fn last_words(unit: &Unit) -> String {
    format!("{} {}", unit.result, unit.exit_status)
}

/// The fixes for the machine's unit, or for that of a user: `start` and `restart`
/// of OpenClaw reach the unit of the user who calls it.
pub fn on_service(failure: Failure, service: &GatewayService) -> Failure {
    let failure = failure.value("unit", &*service.name).value("user", &*service.user);
    match (failure.cause, service.scope) {
        ("stopped", ServiceScope::System) => failure.fixes(&["start-unit"]),
        ("stopped", ServiceScope::User) => failure.fixes(&["start"]),
        ("hangs" | "reload-off", ServiceScope::System) => failure.fixes(&["restart-unit"]),
        ("hangs" | "reload-off", ServiceScope::User) => failure.fixes(&["restart"]),
        _ => failure,
    }
}

/// The config is applied while the gateway runs, so that its file is newer
/// proves nothing. The log tells when an edit was refused or left for a restart.
pub fn older_config(facts: &Facts, gateway: &Gateway) -> Option<Failure> {
    let edited = gateway.config_modified?;
    let started = gateway.started_at.unwrap_or(Timestamp::UNIX_EPOCH);
    let events = gateway.log.seen()?;
    let is_reload = |kind: Kind| matches!(kind, Kind::ReloadRefused | Kind::ReloadOff | Kind::Reloaded);
    let (index, last) = events.iter().enumerate().rev().find(|(_, event)| is_reload(event.kind))?;
    if last.at < started || last.at < edited || last.kind == Kind::Reloaded {
        return None;
    }
    let (cause, words) = match last.kind {
        Kind::ReloadOff => ("reload-off", "gateway.reload.mode is off, so an edit waits for a restart"),
        _ => ("reload-refused", "the gateway refused the last edit and keeps its older config"),
    };
    let mut failure = Failure::new(cause, words)
        .seen("its log", format!("/gateway/log/{index}/kind"), words)
        .note(last.at.to_string())
        .seen("config edited", "/gateway/configModified", edited.to_string());
    failure.path = facts.config.seen().map(|config| config.path.clone());
    Some(match &gateway.service {
        Some(service) => on_service(failure, service),
        None if cause == "reload-off" => failure.fixes(&["by-hand"]),
        None => failure,
    })
}
