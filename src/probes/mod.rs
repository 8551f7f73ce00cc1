//! All input and output: one subject a file, each filling its own facts.
//!
//! Probes judge nothing. They run concurrently in waves: what needs nothing,
//! what needs the config, what needs the port, what needs the models.

mod bounds;
mod deadline;
mod endpoints;
mod files;
#[cfg(fuzzing)]
pub mod fuzzing;
mod gateway_and_logs;
mod inside;
mod known_secrets;
mod logs;
mod machine;
mod network;
mod ollama;
mod openclaw;
mod process;
mod systemd;

use futures_util::FutureExt;
use jiff::Timestamp;

use crate::facts::{
    Compute, Endpoint, Fact, Facts, Gateway, Install, Logs, NeededName, OllamaSetup, Unit, Unseen,
    WrittenDirectory,
};
use crate::rules::openclaw::base_url::target;
use crate::scope::{Scope, choose};
use crate::text::known::Known;
pub use deadline::Deadline;
use deadline::LOCAL;
pub use files::{text_for_us, text_of};
pub use inside::collect_inside;
pub use machine::enter::enter;
use machine::{compute, container, disk_space, firewall, host, nginx, stopped_containers};
use network::{names, resolver};
use ollama::{chat, compatible, listeners, setup};
use openclaw::config::{self, EndpointPlan, Reading};
use openclaw::installs::Installs;
use openclaw::{gateway, gateway_units, installs, other_homes, runtime, state_files};

/// Whether a text is a base URL that OpenClaw could use.
///
/// # Errors
/// What makes it none.
pub fn check_base_url(url: &str) -> Result<(), String> {
    target(url).map(|_| ())
}

/// Whether a user of this machine has that name.
pub fn is_account(name: &str) -> bool {
    nix::unistd::User::from_name(name).is_ok_and(|user| user.is_some())
}

/// Looks at the machine. Every look has a deadline, a panic in one becomes an
/// unknown, and nothing is changed by looking.
pub async fn collect(scope: &Scope, deadline: &Deadline) -> Facts {
    // What systemd says may take long, so that only what needs it waits for it.
    let units = deadline.look("systemd units", LOCAL, look_at_units()).shared();
    let (_, resolved, seen) = tokio::join!(
        units.clone(),
        deadline.look("systemd-resolved", LOCAL, systemd::look_at_resolved()),
        look_at_openclaw(scope, deadline, units.clone()),
    );
    let (mut facts, plans, known) = seen;
    facts.resolved = resolved;
    if let Fact::Seen(seen) = &mut facts.listeners {
        let ask = listeners::ask_versions(&mut seen.sockets, &facts.endpoints, &facts.host);
        deadline.step("listeners' versions", ask).await;
    }
    // Last of all: it loads a model, and what is seen before is seen as it was.
    if !facts.is_seen_from_inside() {
        facts.deep = chat::look(scope, deadline, &facts, plans).await;
    }
    known_secrets::take_out(facts, &known)
}

/// The units that concern us, those that start a gateway under any name among them.
async fn look_at_units() -> Fact<Vec<Unit>> {
    let names = || gateway_units::of_machine().iter().map(|unit| unit.name().to_string()).collect();
    let gateways: Vec<String> = process::blocking(names).await.unwrap_or_default();
    systemd::look_at_units(&gateways).await
}

/// First what needs nothing, then what needs the config. A gateway in a container has the look from in there.
async fn look_at_openclaw(
    scope: &Scope,
    deadline: &Deadline,
    units: impl Future<Output = Fact<Vec<Unit>>> + Clone,
) -> (Facts, chat::Plans, Known) {
    let (mut facts, inside, mut unknown) = look_at_machine(scope, deadline).await;
    facts.judged = choose(&facts.installs, scope.user.as_deref());
    if let Some(pid) = inside.first().copied().filter(|_| inside::is_judged(facts.judged_install(), scope)) {
        let look = inside::look(scope, pid);
        match deadline.look_beyond("the gateway's container", inside::limit(scope), look).await {
            Fact::Seen(seen) => {
                inside::join(&mut facts, seen, pid, &inside[1..]);
                return look_around(scope, deadline, facts, units).await;
            }
            // What lies here is not what that gateway reads.
            Fact::Unseen(unseen) => (facts.judged, unknown) = (None, Some(unseen)),
        }
    }
    let look =
        async { Fact::Seen(if inside.is_empty() { stopped_containers::look().await } else { Vec::new() }) };
    let stopped = deadline.look("containers that do not run", LOCAL, look).await;
    let stopped = stopped.seen().cloned().unwrap_or_default();
    if let Some(why) = inside::of_stopped_one(facts.judged_install(), scope, &stopped) {
        (facts.judged, unknown) = (None, Some(why));
    }
    let install = facts.judged_install().cloned();
    let look = container::look(install.clone(), inside, stopped);
    facts.container = deadline.look("container", LOCAL, look).await;
    let with_pid = install.clone().map(|install| gateway::with_pid(install, &facts.installs));
    let reading = match (install, unknown) {
        (Some(install), _) => config::look(scope, deadline, install, facts.installs.clone()).await,
        (None, unseen) => Reading::unseen(unseen, scope.base_url.as_deref()),
    };
    look_beside_config(scope, deadline, facts, reading, with_pid, units).await
}

/// What takes the config.
async fn look_beside_config(
    scope: &Scope,
    deadline: &Deadline,
    mut facts: Facts,
    reading: Reading,
    with_pid: Option<Install>,
    units: impl Future<Output = Fact<Vec<Unit>>> + Clone,
) -> (Facts, chat::Plans, Known) {
    let plans = chat::Plans::of(scope, &reading);
    (facts.config, facts.keys) = (reading.config, reading.keys);
    facts.state = deadline.look("state files", LOCAL, state_files::look(with_pid.clone())).await;
    let ports = reading.endpoints.iter().filter_map(|plan| Some(plan.target.as_ref()?.port)).collect();
    let (endpoints, names, services);
    (facts.listeners, (endpoints, names), facts.firewall, facts.runtime, facts.compatible, services) = tokio::join!(
        deadline.look("listeners", LOCAL, listeners::look(ports)),
        look_at_network(scope, deadline, &facts, reading.endpoints),
        deadline.look("firewall", LOCAL, firewall::look()),
        deadline.look("Node", LOCAL, runtime::look(with_pid.clone())),
        compatible::look(scope, deadline, &facts.host, reading.compatible),
        look_at_services(scope, deadline, &facts, with_pid.clone(), units),
    );
    (Facts { endpoints, names, ..services.write_into(facts) }, plans, reading.known)
}

/// The Ollamas that OpenClaw would use, and the names that Ollama needs.
async fn look_at_network(
    scope: &Scope,
    deadline: &Deadline,
    facts: &Facts,
    plans: Vec<EndpointPlan>,
) -> (Vec<Endpoint>, Fact<Vec<NeededName>>) {
    let endpoints = endpoints::look(scope, deadline, facts, plans);
    tokio::join!(endpoints, names::look(scope, deadline, &facts.config))
}

/// What only the machine around a container sees.
async fn look_around(
    scope: &Scope,
    deadline: &Deadline,
    mut facts: Facts,
    units: impl Future<Output = Fact<Vec<Unit>>>,
) -> (Facts, chat::Plans, Known) {
    let targets = facts.endpoints.iter().filter_map(|endpoint| endpoint.target.seen());
    let ports: Vec<u16> = targets.map(|target| target.port).collect();
    let services;
    // Its unit and its log are those of the container's engine.
    let around = Facts { host: facts.host.clone(), ..Facts::default() };
    // Ollama pulls by the names of this machine, whatever the container resolves.
    (facts.listeners, facts.firewall, facts.names, services) = tokio::join!(
        deadline.look("listeners", LOCAL, listeners::look(ports)),
        deadline.look("firewall", LOCAL, firewall::look()),
        names::look(scope, deadline, &facts.config),
        look_at_services(scope, deadline, &around, None, units),
    );
    let (gateway, log) = (facts.gateway.clone(), facts.logs.gateway.clone());
    let mut facts = Facts { gateway, ..services.write_into(facts) };
    facts.logs.gateway = log;
    (facts, chat::Plans::default(), Known::default())
}

/// The facts that need nothing, the processes of gateways in containers, and why the installs could not be seen.
async fn look_at_machine(scope: &Scope, deadline: &Deadline) -> (Facts, Vec<u32>, Option<Unseen>) {
    let at = Timestamp::now();
    let (host, installs, homes, resolver, nginx) = tokio::join!(
        deadline.look("host", LOCAL, host::look(scope)),
        deadline.look("OpenClaw installs", LOCAL, installs::look(scope)),
        deadline.look("homes", LOCAL, other_homes::look(scope)),
        deadline.look("resolver", LOCAL, resolver::look()),
        deadline.look("nginx", LOCAL, nginx::look()),
    );
    let (Installs { here: installs, inside }, unknown) = match installs {
        Fact::Seen(installs) => (installs, None),
        Fact::Unseen(unseen) => (Installs::default(), Some(unseen)),
    };
    (Facts { at, host, installs, homes, resolver, nginx, ..Facts::default() }, inside, unknown)
}

/// What needs the units.
struct Services {
    units: Fact<Vec<Unit>>,
    ollama_setup: Fact<OllamaSetup>,
    disk_space: Fact<Vec<WrittenDirectory>>,
    compute: Fact<Compute>,
    gateway: Fact<Gateway>,
    logs: Logs,
}

impl Services {
    fn write_into(self, facts: Facts) -> Facts {
        let Services { units, ollama_setup, disk_space, compute, gateway, logs } = self;
        Facts { units, ollama_setup, disk_space, compute, gateway, logs, ..facts }
    }
}

/// Waits for the units. `writer` is the OpenClaw that writes to its disk.
async fn look_at_services(
    scope: &Scope,
    deadline: &Deadline,
    facts: &Facts,
    writer: Option<Install>,
    units: impl Future<Output = Fact<Vec<Unit>>>,
) -> Services {
    let units = units.await;
    let (ollama_setup, compute, (gateway, logs)) = tokio::join!(
        deadline.look("Ollama's processes and models", LOCAL, setup::look(scope, &units)),
        deadline.look("compute", LOCAL, compute::look(&units)),
        gateway_and_logs::look(deadline, facts, &units),
    );
    let disk_space = deadline.look("disk space", LOCAL, disk_space::look(writer, &ollama_setup)).await;
    Services { units, ollama_setup, disk_space, compute, gateway, logs }
}
