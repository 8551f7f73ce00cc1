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
    /// Gateways in containers of this machine, by process id; they are not judged.
    #[serde(default)]
    pub gateways_inside: Vec<u32>,
}
