//! Containers and network namespaces between the doctor, the gateway and Ollama.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Fact;

/// What separates the doctor's view from the gateway's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Container {
    /// The sign that the doctor itself runs in a container.
    #[schemars(extend("x-holds" = "text"))]
    pub marker: Option<String>,
    /// The name by which `/etc/hosts` of a container leads to its host.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub host_alias: Option<String>,
    /// The judged gateway's process, where its network is another one than the doctor's.
    #[serde(default)]
    pub gateway_apart: Fact<Option<u32>>,
    /// Gateways in containers of this machine, by process id.
    #[serde(default)]
    pub gateways_inside: Vec<u32>,
    /// The container that the judged gateway runs in, where it is looked at from the machine around it. What is seen
    /// of OpenClaw and of its connections was seen from in there then.
    #[serde(default)]
    pub gateway: Option<GatewayContainer>,
    /// Containers of gateways that do not run, where root looked and no gateway runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stopped: Vec<StoppedContainer>,
}

/// A container that is meant to run a gateway, and does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoppedContainer {
    /// What runs the container.
    pub engine: Engine,
    /// The first twelve characters of its id.
    #[schemars(extend("x-holds" = "word"))]
    pub id: String,
    /// Its name.
    #[schemars(extend("x-holds" = "word"))]
    pub name: String,
    /// The engine starts it again after each end.
    pub restarting: bool,
    /// The exit status of its last run.
    pub exit_code: i32,
    /// The kernel ended it for want of memory.
    pub out_of_memory: bool,
    /// How many times the engine started it again.
    pub restarts: u32,
    /// The last line that it logged, cut where it is long.
    #[schemars(extend("x-holds" = "text"))]
    pub last_line: Option<String>,
    /// The folder of its Compose project.
    #[schemars(extend("x-holds" = "path"))]
    pub compose_folder: Option<String>,
    /// Its name within that project.
    #[schemars(extend("x-holds" = "word"))]
    pub compose_service: Option<String>,
}

/// The container of a gateway, seen from the machine around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayContainer {
    /// The gateway's process, by its number on the machine.
    pub pid: u32,
    /// What runs the container, by the kernel's control group.
    pub engine: Option<Engine>,
    /// The first twelve characters of its id.
    #[schemars(extend("x-holds" = "word"))]
    pub id: Option<String>,
    /// How OpenClaw is called in there, where that was seen.
    pub program: Option<ContainerProgram>,
}

/// How OpenClaw is called in a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ContainerProgram {
    /// By its name: the `PATH` of the container has it.
    OnPath,
    /// By the script of its own image, where the gateway runs.
    ImageScript,
}

/// A container engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Engine {
    /// Docker.
    Docker,
    /// Podman.
    Podman,
}

impl Engine {
    /// Its command.
    pub fn command(self) -> &'static str {
        match self {
            Engine::Docker => "docker",
            Engine::Podman => "podman",
        }
    }
}
