//! The list of everything observed. Facts are also the support bundle: what is
//! not in here cannot be judged, and what is in here may be shared.

mod compute;
mod config_shape;
mod container;
mod deep;
mod disk_space;
mod fact;
mod firewall;
mod gateway;
mod install;
mod key_variable;
mod logs;
mod machine;
mod model_settings;
mod names;
mod ollama;
mod ollama_setup;
mod openclaw;
pub mod other_homes;
mod proxy;
mod resolver;
mod reverse_proxy;
mod runtime;
pub mod site;
mod sourced;
mod state;
mod tool_policy;
mod unread_file;

use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::types::config_key::{config_key, is_typable_config_key, provider_id};
pub use compute::*;
pub use config_shape::*;
pub use container::*;
pub use deep::*;
pub use disk_space::*;
pub use fact::{Fact, Need, Unseen};
pub use firewall::*;
pub use gateway::*;
pub use install::*;
pub use key_variable::*;
pub use logs::*;
pub use machine::*;
pub use model_settings::*;
pub use names::*;
pub use ollama::*;
pub use ollama_setup::*;
pub use openclaw::*;
pub use other_homes::*;
pub use proxy::*;
pub use resolver::*;
pub use reverse_proxy::*;
pub use runtime::*;
pub use sourced::*;
pub use state::*;
pub use tool_policy::*;
pub use unread_file::*;

/// Everything one look at a machine brought.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// When the look began, by the machine's own clock.
    pub at: Timestamp,
    /// The machine and who looks at it.
    #[serde(default)]
    pub host: Fact<Host>,
    /// Every OpenClaw found on the machine.
    #[serde(default)]
    pub installs: Vec<Install>,
    /// Which of `installs` is judged.
    #[serde(default)]
    pub judged: Option<Judged>,
    /// The config of the judged install.
    #[serde(default)]
    pub config: Fact<Config>,
    /// The places where an Ollama key was looked for, for the judged install.
    #[serde(default)]
    pub keys: Vec<KeySight>,
    /// Every Ollama that OpenClaw would use; the first serves the primary model.
    #[serde(default)]
    pub endpoints: Vec<Endpoint>,
    /// TCP listeners of this machine that may concern Ollama.
    #[serde(default)]
    pub listeners: Fact<Listeners>,
    /// The systemd units that concern us, each loaded or `not-found`.
    #[serde(default)]
    pub units: Fact<Vec<Unit>>,
    /// The Ollamas of this machine: processes, environments, stores.
    #[serde(default)]
    pub ollama_setup: Fact<OllamaSetup>,
    /// The gateway of the judged install.
    #[serde(default)]
    pub gateway: Fact<Gateway>,
    /// What separates the doctor's view of the network from the gateway's.
    #[serde(default)]
    pub container: Fact<Container>,
    /// What nginx of this machine passes on.
    #[serde(default)]
    pub nginx: Fact<Vec<Forward>>,
    /// How names are resolved here.
    #[serde(default)]
    pub resolver: Fact<Resolver>,
    /// The names that Ollama needs, looked up on this machine.
    #[serde(default)]
    pub names: Fact<Vec<NeededName>>,
    /// The other OpenClaws of the machine.
    #[serde(default)]
    pub homes: Fact<Homes>,
    /// Files of the judged install beside its config.
    #[serde(default)]
    pub state: Fact<StateFiles>,
    /// Room where Ollama and OpenClaw write.
    #[serde(default)]
    pub disk_space: Fact<Vec<WrittenDirectory>>,
    /// The Node that runs the gateway.
    #[serde(default)]
    pub runtime: Fact<Runtime>,
    /// What the services say in their logs.
    #[serde(default)]
    pub logs: Logs,
    /// systemd-resolved: its settings and its crashes.
    #[serde(default)]
    pub resolved: Fact<Resolved>,
    /// GPUs, CPU, swap: what a model can run on here.
    #[serde(default)]
    pub compute: Fact<Compute>,
    /// The firewall's settings.
    #[serde(default)]
    pub firewall: Fact<Firewall>,
    /// Servers that OpenClaw speaks OpenAI's format to, and that may be Ollamas.
    #[serde(default)]
    pub compatible: Vec<Compatible>,
    /// One question to the primary model, with `--deep` only.
    #[serde(default)]
    pub deep: Fact<Deep>,
}

impl Facts {
    /// The config where OpenClaw would accept it; a broken one blocks what needs it.
    pub fn usable_config(&self) -> Result<&Config, Unseen> {
        let config = self.config.need(Need::Config)?;
        match config.state {
            ConfigState::Broken(_) => Err(Unseen::Blocked { by: Need::Config }),
            ConfigState::Missing | ConfigState::Parsed => Ok(config),
        }
    }

    /// The unit of that name, where systemd has loaded it.
    pub fn loaded_unit(&self, name: &str) -> Option<(usize, &Unit)> {
        self.unit(name, "loaded")
    }

    /// The unit of that name in that load state, and its place.
    pub fn unit(&self, name: &str, load_state: &str) -> Option<(usize, &Unit)> {
        let mut units = self.units.seen()?.iter().enumerate();
        units.find(|(_, unit)| unit.name == name && unit.load_state == load_state)
    }

    /// Whether the judged gateway runs in a container, from inside which OpenClaw and its connections were seen.
    pub fn is_seen_from_inside(&self) -> bool {
        self.container.seen().is_some_and(|container| container.gateway.is_some())
    }

    /// The first listener of this machine that is an Ollama, and its place.
    pub fn ollama_here(&self) -> Option<(usize, &Listener)> {
        self.listeners.seen()?.sockets.iter().enumerate().find(|(_, socket)| socket.is_ollama())
    }

    /// The install that is judged.
    pub fn judged_install(&self) -> Option<&Install> {
        self.installs.get(self.judged.as_ref()?.install)
    }

    /// Whether anything of OpenClaw is here: its program, a gateway of it, or its config.
    pub fn has_openclaw(&self) -> bool {
        let is_there = |install: &Install| {
            let has_gateway = install.gateway_pid.is_some() || install.found_by == FoundBy::GatewayUnit;
            install.version.is_some() || has_gateway || install.config_exists
        };
        self.judged_install().is_some_and(is_there)
    }

    /// Whether `address` belongs to this machine; `None` where its addresses are unknown.
    pub fn is_own_address(&self, address: IpAddr) -> Option<bool> {
        is_own_address(&self.host, address)
    }
}

/// Whether `address` belongs to the machine; `None` where its addresses are unknown.
pub fn is_own_address(host: &Fact<Host>, address: IpAddr) -> Option<bool> {
    let address = address.to_canonical();
    if address.is_loopback() || address.is_unspecified() {
        return Some(true);
    }
    Some(host.seen()?.addresses.contains(&address))
}
