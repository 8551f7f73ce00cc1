//! What is observed of the files in the state directory of an OpenClaw.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Sourced;

/// Files of the judged install, beside what its config says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateFiles {
    /// The files that hold secrets or that the gateway must write, as far as they are there.
    pub files: Vec<FileSight>,
    /// Files and directories in there of another user than the gateway's, the first ones.
    pub foreign: Vec<FileSight>,
    /// How many there are, as far as was counted.
    pub foreign_count: usize,
    /// There were more entries than are looked at.
    #[serde(default)]
    pub truncated: bool,
    /// What OpenClaw keeps beside the config, the newest of each kind.
    pub siblings: Vec<Sibling>,
    /// The size of the config.
    pub config_size: Option<u64>,
    /// What `agents/ID/agent/models.json` says of providers.
    pub model_caches: Vec<ModelCache>,
}

/// A file or directory, and who may do what with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileSight {
    /// Its path.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// The user it belongs to.
    #[schemars(extend("x-holds" = "user"))]
    pub owner: String,
    /// The bits of its mode, as `chmod` takes them.
    #[schemars(extend("x-holds" = "word"))]
    pub mode: String,
    /// Whether it is a directory.
    pub directory: bool,
    /// Whether its mode lets the gateway's user read it, or read, write and search a directory.
    pub usable: bool,
    /// Whether the directories above let everybody through.
    #[serde(default)]
    pub exposed: bool,
    /// When it was last written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
}

/// A file that OpenClaw keeps beside its config.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sibling {
    /// What it is for.
    pub kind: SiblingKind,
    /// The file.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// When it was written.
    pub modified: Option<Timestamp>,
    /// Its size.
    pub size: u64,
}

/// The files that OpenClaw keeps beside its config.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SiblingKind {
    /// `.rejected.TIME`: a config that it refused to write.
    Rejected,
    /// `.clobbered.TIME`: a config that another program had overwritten.
    Clobbered,
    /// `.bak`: the config before its last change.
    Backup,
}

/// A provider in the catalogue that an older OpenClaw wrote for an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelCache {
    /// The agent.
    #[schemars(extend("x-holds" = "word"))]
    pub agent: String,
    /// The file.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// The provider id.
    #[schemars(extend("x-holds" = "word"))]
    pub provider: String,
    /// Its `baseUrl`, user info and query removed; `from` is the file.
    #[schemars(extend("x-holds" = "url"))]
    pub base_url: Sourced<String>,
}
