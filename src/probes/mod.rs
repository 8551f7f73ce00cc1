//! All input and output: one subject a file, each filling its own facts.
//!
//! Probes judge nothing. They run concurrently in waves: what needs nothing,
//! what needs the config, what needs the port, what needs the models.

mod bounds;
mod deadline;
mod files;
#[cfg(fuzzing)]
pub mod fuzzing;
mod known_secrets;
mod logs;
mod machine;
mod network;
mod ollama;
mod openclaw;
mod process;
mod systemd;

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::Timestamp;

use crate::facts::{
    Compute, Connect, Endpoint, Fact, Facts, Gateway, Install, Logs, Need, OllamaSetup, Unit, Unseen,
    WrittenDirectory,
};
use crate::rules::openclaw::base_url::target;
use crate::scope::{Scope, choose};
use crate::text::known::Known;
use bounds::out_of_bounds;
pub use deadline::Deadline;
use deadline::MARGIN;
use machine::{compute, container, disk_space, firewall, host, nginx};
use network::{connect, resolve, resolver};
use ollama::{api, chat, compatible, listeners, setup};
use openclaw::config::{self, EndpointPlan, Reading};
use openclaw::{gateway, installs, other_homes, runtime, state_files};

/// Whether a text is a base URL that OpenClaw could use.
///
/// # Errors
/// What makes it none.
pub fn check_base_url(url: &str) -> Result<(), String> {
    target(url).map(|_| ())
}

/// How long a look at this machine may take.
const LOCAL: Duration = Duration::from_secs(5);

/// Looks at the machine. Every look has a deadline, a panic in one becomes an
/// unknown, and nothing is changed by looking.
pub async fn collect(scope: &Scope, deadline: &Deadline) -> Facts {
    // What systemd says may take long, so that only what needs it waits for it.
    let units = deadline.look("systemd units", LOCAL, systemd::look_at_units()).shared();
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
    facts.deep = chat::look(scope, deadline, &facts, plans).await;
    known_secrets::take_out(facts, &known)
}

/// First what needs nothing, then what needs the config.
async fn look_at_openclaw(
    scope: &Scope,
    deadline: &Deadline,
    units: impl Future<Output = Fact<Vec<Unit>>> + Clone,
) -> (Facts, chat::Plans, Known) {
    let (mut facts, unknown_installs) = look_at_machine(scope, deadline).await;
    facts.judged = choose(&facts.installs);
    let install = facts.judged_install().cloned();
    facts.container = deadline.look("container", LOCAL, container::look(install.clone())).await;
    let with_pid = install.clone().map(|install| gateway::with_pid(install, &facts.installs));
    let reading = match (install, unknown_installs) {
        (Some(install), _) => read_config(scope, deadline, install, facts.installs.clone()).await,
        (None, unseen) => Reading::unseen(unseen, scope.base_url.as_deref()),
    };
    let plans = chat::Plans::of(scope, &reading);
    (facts.config, facts.keys) = (reading.config, reading.keys);
    facts.state = deadline.look("state files", LOCAL, state_files::look(with_pid.clone())).await;
    let targets = reading.endpoints.iter().filter_map(|plan| plan.target.as_ref());
    let ports: Vec<u16> = targets.map(|target| target.port).collect();
    let services;
    (facts.listeners, facts.endpoints, facts.firewall, facts.runtime, facts.compatible, services) = tokio::join!(
        deadline.look("listeners", LOCAL, listeners::look(ports)),
        look_at_endpoints(scope, deadline, &facts, reading.endpoints),
        deadline.look("firewall", LOCAL, firewall::look()),
        deadline.look("Node", LOCAL, runtime::look(with_pid.clone())),
        compatible::look(scope, deadline, &facts.host, reading.compatible),
        look_at_services(scope, deadline, &facts, with_pid.clone(), units),
    );
    (services.write_into(facts), plans, reading.known)
}

/// The facts that need nothing, and why the installs could not be seen.
async fn look_at_machine(scope: &Scope, deadline: &Deadline) -> (Facts, Option<Unseen>) {
    let at = Timestamp::now();
    let (host, installs, homes, resolver, nginx) = tokio::join!(
        deadline.look("host", LOCAL, host::look(scope)),
        deadline.look("OpenClaw installs", LOCAL, installs::look(scope)),
        deadline.look("homes", LOCAL, other_homes::look(scope)),
        deadline.look("resolver", LOCAL, resolver::look()),
        deadline.look("nginx", LOCAL, nginx::look()),
    );
    let (installs, unknown) = match installs {
        Fact::Seen(installs) => (installs, None),
        Fact::Unseen(unseen) => (Vec::new(), Some(unseen)),
    };
    (Facts { at, host, installs, homes, resolver, nginx, ..Facts::default() }, unknown)
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
        look_at_gateway_and_logs(deadline, facts, &units),
    );
    let disk_space = deadline.look("disk space", LOCAL, disk_space::look(writer, &ollama_setup)).await;
    Services { units, ollama_setup, disk_space, compute, gateway, logs }
}

/// The gateway's log is read together with those of the other services.
async fn look_at_gateway_and_logs(
    deadline: &Deadline,
    facts: &Facts,
    units: &Fact<Vec<Unit>>,
) -> (Fact<Gateway>, Logs) {
    let find = gateway::find(&facts.installs, facts.judged.as_ref(), units, &facts.config);
    let found = deadline.look("gateway's service", LOCAL, find).await;
    let (sight, mut gateway) = match found {
        Fact::Seen(sight) if !sight.is_here() => {
            let gateway = deadline.look("gateway's own log", LOCAL, gateway::from_log(&sight)).await;
            // Nothing is lost where there was no time for it: a log alone is no gateway.
            let gateway =
                if gateway.seen().is_some() { gateway } else { Fact::not_applicable(gateway::NONE) };
            (Fact::not_applicable(gateway::NONE), gateway)
        }
        sight => {
            let gateway = deadline.look("gateway", LOCAL, gateway::look(&sight)).await;
            (sight, gateway)
        }
    };
    // After what systemd says: the last start that it tells of has its lines then.
    let logs = async { Fact::Seen(logs::look(units, &sight).await) };
    let look = deadline.look("logs of the services", LOCAL, logs).await;
    let (logs, events) = match look {
        Fact::Seen(look) => (look.logs, look.events),
        Fact::Unseen(unseen) => (Logs::unseen(&unseen), Fact::Unseen(unseen)),
    };
    if let (Fact::Seen(gateway), Fact::Seen(_)) = (&mut gateway, &sight) {
        gateway.log = events;
    }
    (gateway, logs)
}

async fn read_config(
    scope: &Scope,
    deadline: &Deadline,
    install: Install,
    installs: Vec<Install>,
) -> Reading {
    let base_url = scope.base_url.clone();
    let reading = deadline.look("config", Duration::from_secs(3), async move {
        process::blocking(move || config::read(&install, &installs, base_url.as_deref()))
            .await
            .map_or_else(Fact::Unseen, Fact::Seen)
    });
    match reading.await {
        Fact::Seen(reading) => reading,
        Fact::Unseen(unseen) => Reading::unseen(Some(unseen), scope.base_url.as_deref()),
    }
}

async fn look_at_endpoints(
    scope: &Scope,
    deadline: &Deadline,
    facts: &Facts,
    plans: Vec<EndpointPlan>,
) -> Vec<Endpoint> {
    let looks = plans.into_iter().map(|plan| look_at_endpoint(scope, deadline, facts, plan));
    futures_util::future::join_all(looks).await
}

/// The host and the container tell from where it is looked at.
async fn look_at_endpoint(scope: &Scope, deadline: &Deadline, facts: &Facts, plan: EndpointPlan) -> Endpoint {
    let mut endpoint = Endpoint::unasked(&plan);
    let Some(target) = plan.target.clone() else {
        return endpoint;
    };
    if let Some(unseen) = out_of_bounds(scope, &facts.host, &target) {
        endpoint.withhold(&unseen);
        return endpoint;
    }
    let name = target.to_string();
    let granted = deadline.grant(resolve::LIMIT);
    endpoint.resolution =
        deadline.look(&format!("name of {name}"), MARGIN + granted, resolve::look(&target, granted)).await;
    let Some(resolution) = endpoint.resolution.seen().filter(|resolution| !resolution.addresses.is_empty())
    else {
        return endpoint.blocked_from_connect(Need::Resolution);
    };
    let addresses = resolution.addresses.clone();
    let granted = deadline.grant(connect::LIMIT);
    endpoint.connect = deadline
        .look(&format!("port of {name}"), MARGIN + granted, connect::look(&addresses, target.port, granted))
        .await;
    if let Some(pid) = facts.container.seen().and_then(|container| container.gateway_apart.seen().copied()?) {
        let from_there = container::connect_from(pid, &addresses, target.port, granted);
        endpoint.from_gateway =
            deadline.look(&format!("port of {name} from the gateway"), MARGIN + granted, from_there).await;
        if accepted(&endpoint.connect).is_none() && accepted(&endpoint.from_gateway).is_some() {
            endpoint.connect = Fact::unknown(format!(
                "the gateway (process {pid}) reaches {name} from a network of its own; run the doctor in there"
            ));
        }
    }
    let Some(address) = accepted(&endpoint.connect) else {
        return endpoint.blocked_from_http(Need::Connect);
    };
    api::look(&mut endpoint, deadline, &plan, &target, address).await;
    endpoint
}

/// The first address that accepted a connection.
fn accepted(attempts: &Fact<Vec<Connect>>) -> Option<SocketAddr> {
    attempts.seen().and_then(|attempts| connect::first_accepted(attempts))
}

impl Endpoint {
    /// An endpoint of which only the config is known.
    fn unasked(plan: &EndpointPlan) -> Endpoint {
        let target = match &plan.target {
            Some(target) => Fact::Seen(target.clone()),
            None => Fact::blocked(Need::Config),
        };
        Endpoint {
            provider: plan.provider.clone(),
            base_url: plan.base_url.clone(),
            target,
            resolution: Fact::blocked(Need::Config),
            ..Endpoint::default()
        }
        .blocked_from_connect(Need::Config)
    }

    fn blocked_from_connect(mut self, by: Need) -> Endpoint {
        self.connect = Fact::blocked(by);
        self.blocked_from_http(by)
    }

    fn blocked_from_http(mut self, by: Need) -> Endpoint {
        self.version = Fact::blocked(by);
        self.tags = Fact::blocked(by);
        self.running = Fact::blocked(by);
        self.shows = Fact::blocked(by);
        self
    }

    fn withhold(&mut self, unseen: &Unseen) {
        self.resolution = Fact::Unseen(unseen.clone());
        self.connect = Fact::Unseen(unseen.clone());
        self.withhold_http(unseen);
    }

    fn withhold_http(&mut self, unseen: &Unseen) {
        self.version = Fact::Unseen(unseen.clone());
        self.tags = Fact::Unseen(unseen.clone());
        self.running = Fact::Unseen(unseen.clone());
        self.shows = Fact::Unseen(unseen.clone());
    }
}
