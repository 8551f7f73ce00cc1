//! The look from inside the container of a gateway, made from the machine around it.
//!
//! Root starts this very program again; that child enters the container (`machine/enter.rs`), looks at what the
//! gateway has before it, and prints the facts. The machine around adds what only it sees.

use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use jiff::Timestamp;
use nix::unistd::Uid;

use super::deadline::{Deadline, LOCAL};
use super::machine::enter::Place;
use super::machine::{container, host};
use super::network::resolver;
use super::ollama::{chat, compatible};
use super::openclaw::{config, installs, runtime, state_files};
use super::{endpoints, gateway_and_logs, known_secrets, process};
use crate::facts::{
    BASE_URL_FLAG, Container, Fact, Facts, FoundBy, GatewayContainer, Install, Judged, StoppedContainer,
    Unseen,
};
use crate::scope::Scope;

/// The name of the hidden command that the child is started with.
pub const COMMAND: &str = "inside";
/// What the child may take longer than its own look.
const START: Duration = Duration::from_millis(500);

/// The facts of an OpenClaw, as its gateway has them before it.
pub async fn collect_inside(scope: &Scope, deadline: &Deadline, place: Place) -> Facts {
    let Place { uid, pid } = place;
    let at = Timestamp::now();
    let install = installs::of_process(uid, pid);
    let view = container::look(Some(install.clone()), Vec::new(), Vec::new());
    let (host, container, resolver) = tokio::join!(
        deadline.look("host", LOCAL, host::look(scope)),
        deadline.look("container", LOCAL, view),
        deadline.look("resolver", LOCAL, resolver::look()),
    );
    let installs = vec![install.clone()];
    let judged = Some(Judged { install: 0, because: String::new() });
    let mut facts = Facts { at, host, container, resolver, installs, judged, ..Facts::default() };
    if let Fact::Seen(container) = &mut facts.container {
        let program = installs::program_of(pid);
        container.gateway = Some(GatewayContainer { pid, engine: None, id: None, program });
    }
    let reading = config::look(scope, deadline, install.clone(), facts.installs.clone()).await;
    let plans = chat::Plans::of(scope, &reading);
    (facts.config, facts.keys) = (reading.config, reading.keys);
    facts.state = deadline.look("state files", LOCAL, state_files::look(Some(install.clone()))).await;
    facts.runtime = deadline.look("Node", LOCAL, runtime::look(Some(install))).await;
    (facts.endpoints, facts.compatible) = tokio::join!(
        endpoints::look(scope, deadline, &facts, reading.endpoints),
        compatible::look(scope, deadline, &facts.host, reading.compatible),
    );
    // Its unit and its journal are those of the engine; its health and its own files are here.
    let no_units = Fact::not_applicable("systemd does not run in this container");
    (facts.gateway, facts.logs) = gateway_and_logs::look(deadline, &facts, &no_units).await;
    facts.deep = chat::look(scope, deadline, &facts, plans).await;
    known_secrets::take_out(facts, &reading.known)
}

/// Looks from inside the container of that process.
pub async fn look(scope: &Scope, pid: u32) -> Fact<Facts> {
    if !Uid::effective().is_root() {
        return Fact::unknown(format!(
            "OpenClaw's gateway runs in a container (process {pid}), which only root may look into; run the doctor as root"
        ));
    }
    let timeout = format!("{}ms", scope.timeout.as_millis());
    let mut arguments = vec![COMMAND.to_string(), pid.to_string(), "--timeout".into(), timeout];
    if scope.offline {
        arguments.push("--offline".into());
    }
    if let Some(limit) = scope.deep {
        arguments.extend(["--deep".into(), "--deep-timeout".into(), format!("{}ms", limit.as_millis())]);
    }
    if let Some(url) = &scope.base_url {
        arguments.extend([BASE_URL_FLAG.into(), url.clone()]);
    }
    let printed = match process::again(&arguments).await {
        Ok(printed) => printed,
        Err(unseen) => return Fact::Unseen(unseen),
    };
    match serde_json::from_str(&printed.stdout) {
        Ok(facts) if printed.success && !printed.truncated => Fact::Seen(facts),
        _ => Fact::unknown(format!(
            "the container of OpenClaw's gateway (process {pid}) could not be entered: {}",
            printed.stderr.lines().next().unwrap_or("no reason was given")
        )),
    }
}

/// How long the look from inside may take.
pub fn limit(scope: &Scope) -> Duration {
    scope.timeout + scope.deep.unwrap_or_default() + START
}

/// Whether the gateway in the container is the one that is judged: nothing else was asked for, and none runs here.
pub fn is_judged(judged: Option<&Install>, scope: &Scope) -> bool {
    scope.user.is_none() && judged.is_none_or(|install| install.found_by >= FoundBy::GatewayUnit)
}

/// Whether the config in a home is the very file that the container has mounted: the same OpenClaw, by another path.
fn is_mounted_as(at_home: &Install, inside: &Install, pid: u32) -> bool {
    let file = |path: &str| {
        let file = std::fs::symlink_metadata(path).ok()?;
        Some((file.dev(), file.ino()))
    };
    let there = file(&format!("/proc/{pid}/root{}", inside.config_path));
    at_home.found_by > FoundBy::GatewayUnit && there.is_some() && there == file(&at_home.config_path)
}

/// Why no config is judged where the only gateway of this machine belongs to a container that does not run: that config
/// is the container's. `None` where something else was asked for, a gateway runs here, or one is set up.
pub fn of_stopped_one(
    judged: Option<&Install>,
    scope: &Scope,
    stopped: &[StoppedContainer],
) -> Option<Unseen> {
    let name = &stopped.first()?.name;
    let has_gateway =
        judged.is_some_and(|one| one.found_by <= FoundBy::GatewayUnit || one.gateway_pid.is_some());
    let why = format!("the gateway's container {name} does not run");
    (scope.user.is_none() && !has_gateway).then_some(Unseen::NotApplicable { why })
}

/// Puts what was seen from inside into the facts of the machine.
/// `others` are the processes of further gateways in containers.
pub fn join(facts: &mut Facts, mut inside: Facts, pid: u32, others: &[u32]) {
    let apart = container::apart(pid);
    let from_other_network = !matches!(apart, Fact::Seen(None));
    let container = container::of_process(pid);
    let because = match (container.engine, &container.id) {
        (Some(engine), Some(id)) => format!("the gateway runs in the container {id} of {}", engine.command()),
        _ => format!("the gateway runs in a container (process {pid})"),
    };
    let install = inside.installs.pop();
    let program = inside.container.seen().and_then(|seen| seen.gateway.as_ref()?.program);
    if let Some(install) = install {
        facts.installs.retain(|other| !is_mounted_as(other, &install, pid));
        facts.installs.push(Install { gateway_pid: Some(pid), ..install });
        facts.judged = Some(Judged { install: facts.installs.len() - 1, because });
    }
    let seen = inside.container.seen();
    facts.container = Fact::Seen(Container {
        marker: seen.and_then(|seen| seen.marker.clone()),
        host_alias: seen.and_then(|seen| seen.host_alias.clone()),
        gateway_apart: apart,
        gateways_inside: others.to_vec(),
        gateway: Some(GatewayContainer { program, ..container }),
        stopped: Vec::new(),
    });
    for endpoint in &mut inside.endpoints {
        endpoint.from_other_network = from_other_network;
    }
    if let Fact::Seen(gateway) = &mut inside.gateway {
        gateway.pid = Some(pid);
    }
    let Facts { config, keys, endpoints, compatible, resolver, runtime, state, gateway, deep, logs, .. } =
        inside;
    (facts.config, facts.keys, facts.endpoints, facts.compatible) = (config, keys, endpoints, compatible);
    (facts.resolver, facts.runtime, facts.state) = (resolver, runtime, state);
    (facts.gateway, facts.deep, facts.logs.gateway) = (gateway, deep, logs.gateway);
}
