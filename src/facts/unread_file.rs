//! Files that somebody wrote for a service, and that systemd does not read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Such a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnreadFile {
    /// The file.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// Why it is not read.
    pub why: UnreadWhy,
    /// The variables that its `Environment=` lines name.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub names: Vec<String>,
}

/// Why systemd does not read a file (`systemd.unit(5)`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnreadWhy {
    /// It stands where the directory of the drop-ins belongs.
    IsTheDirectory,
    /// Its name does not end in `.conf`.
    OtherSuffix,
    /// It lies in a directory, or has a name, that belongs to no unit.
    OtherPlace,
}

/// A unit for Ollama in the home of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OllamaUserUnit {
    /// The user.
    #[schemars(extend("x-holds" = "user"))]
    pub user: String,
    /// The file.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// It starts with that user's systemd.
    pub enabled: bool,
    /// That user's systemd runs now.
    pub manager: bool,
    /// That user's systemd runs without a login.
    pub linger: bool,
}
