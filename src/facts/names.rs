//! The names that Ollama needs, beside the hosts of base URLs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{NameServerAnswer, Resolution};

/// A name that Ollama or OpenClaw needs, looked up as their programs do it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NeededName {
    /// The name: one of Ollama's, the same everywhere.
    #[schemars(extend("x-holds" = "word"))]
    pub name: String,
    /// What needs it.
    pub needed_for: NameUse,
    /// What came of it.
    pub resolution: Resolution,
    /// What the servers say that systemd-resolved asks, asked directly; only where libc found nothing.
    #[serde(default)]
    pub upstream: Vec<NameServerAnswer>,
}

/// What a name is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NameUse {
    /// Pulling a model.
    Pull,
    /// Models that run in Ollama's cloud.
    Cloud,
}
