//! What is observed of the Node that runs the gateway.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The Node that the gateway's service starts, or that runs it where there is no service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Runtime {
    /// The program.
    pub node: NodeProgram,
    /// The unit file that names it; `None` where it is that of the running process.
    #[schemars(extend("x-holds" = "path"))]
    pub unit: Option<String>,
    /// `engines.node` in the `package.json` of the OpenClaw that it is started with.
    #[schemars(extend("x-holds" = "word"))]
    pub engines: Option<String>,
    /// That `package.json`.
    #[schemars(extend("x-holds" = "path"))]
    pub package: Option<String>,
    /// The other ones of the machine, where programs for everybody are.
    #[serde(default)]
    pub others: Vec<NodeProgram>,
}

/// A Node, which was not started to learn its version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeProgram {
    /// The program.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// Whether it is there.
    pub exists: bool,
    /// Its version, without the `v`.
    #[schemars(extend("x-holds" = "word"))]
    pub version: Option<String>,
    /// What told the version.
    pub version_from: Option<VersionSign>,
}

/// What tells the version of a Node that is not started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VersionSign {
    /// A text in the program itself.
    Program,
    /// A directory of its path, as version managers name it.
    Path,
    /// The package manager's own list.
    Package,
}
