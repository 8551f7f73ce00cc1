//! What OpenClaw's config says of the tools that agents get.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Sourced;

/// `tools` of the config, or of one agent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToolPolicy {
    /// The key that it stands at: `tools`, or `agents.entries.<id>.tools`.
    #[schemars(extend("x-holds" = "key"))]
    pub at: String,
    /// `profile`.
    #[serde(default)]
    #[schemars(extend("x-holds" = "setting"))]
    pub profile: Option<Sourced<String>>,
    /// `allow`.
    #[serde(default)]
    #[schemars(extend("x-holds" = "setting"))]
    pub allow: Vec<Sourced<String>>,
    /// `alsoAllow`.
    #[serde(default)]
    #[schemars(extend("x-holds" = "setting"))]
    pub also_allow: Vec<Sourced<String>>,
    /// `deny`.
    #[serde(default)]
    #[schemars(extend("x-holds" = "setting"))]
    pub deny: Vec<Sourced<String>>,
    /// `toolSearch`: `true`, `false`, or its `mode`.
    #[serde(default)]
    #[schemars(extend("x-holds" = "setting"))]
    pub search: Option<Sourced<String>>,
}
