//! What is observed of the file systems that Ollama and OpenClaw write to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Fact;

/// A directory that Ollama or OpenClaw writes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WrittenDirectory {
    /// What is written there.
    pub holds: Written,
    /// The directory.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// Who writes there, as far as is known.
    #[schemars(extend("x-holds" = "user"))]
    pub user: Option<String>,
    /// Its file system.
    pub file_system: Fact<FileSystem>,
    /// Models that were downloaded in part, in a directory of models.
    #[serde(default)]
    pub partial_downloads: Option<PartialDownloads>,
}

/// What is written to a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Written {
    /// Ollama's models.
    Models,
    /// OpenClaw's state: config, sessions, databases.
    State,
    /// Files for a while; what is looked at is what the gateway's user may write.
    Temporary,
}

/// A file system, as `statvfs(3)` tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileSystem {
    /// Directories with the same number lie on the same one.
    pub device: u64,
    /// Its bytes.
    pub total: u64,
    /// Bytes that are free to an ordinary user.
    pub free: u64,
    /// Bytes that are free to root, for whom some may be kept back.
    pub free_to_root: u64,
    /// How many files it can hold; 0 where it does not count them.
    pub inodes: u64,
    /// How many more files it can hold.
    pub inodes_free: u64,
    /// It is mounted read-only.
    pub read_only: bool,
}

/// Files of downloads that were not finished, or go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartialDownloads {
    /// How many, as far as was counted.
    pub files: usize,
    /// Bytes that they take on the disk.
    pub bytes: u64,
}
