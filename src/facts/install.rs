//! What is observed of the OpenClaws on the machine, and which one is judged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One OpenClaw on the machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Install {
    /// Who it runs as, or would run as.
    #[schemars(extend("x-holds" = "user"))]
    pub user: String,
    /// The home that its paths start from.
    #[schemars(extend("x-holds" = "home"))]
    pub home: String,
    /// Its config file, which need not exist.
    #[schemars(extend("x-holds" = "path"))]
    pub config_path: String,
    /// Whether that file exists, as far as we may see.
    #[serde(default)]
    pub config_exists: bool,
    /// The rule that led to `config_path`.
    #[schemars(extend("x-holds" = "key"))]
    pub config_path_from: String,
    /// Its state directory.
    #[schemars(extend("x-holds" = "path"))]
    pub state_dir: String,
    /// How we came to look at it.
    pub found_by: FoundBy,
    /// The running gateway, where there is one.
    pub gateway_pid: Option<u32>,
    /// The version in the `package.json` of the package.
    #[schemars(extend("x-holds" = "word"))]
    pub version: Option<String>,
    /// The `package.json` that `version` was read from.
    #[schemars(extend("x-holds" = "path"))]
    pub version_from: Option<String>,
}

impl Install {
    /// Whether it is the same OpenClaw, found in whatever way: that of the same user, with the same config.
    pub fn is_same(&self, other: &Install) -> bool {
        self.user == other.user && self.config_path == other.config_path
    }
}

/// How an install was found, best first: the order in which one is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FoundBy {
    /// `--config` or `--profile`.
    Flag,
    /// `OPENCLAW_CONFIG_PATH`, `OPENCLAW_STATE_DIR` or `OPENCLAW_HOME` of the doctor itself.
    Environment,
    /// A running gateway process.
    RunningGateway,
    /// A unit that runs a gateway, which need not run now.
    GatewayUnit,
    /// The user who called sudo.
    SudoUser,
    /// The home of the user who runs the doctor.
    Home,
    /// A config in the home of another user.
    OtherHome,
}

/// The install that is judged, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Judged {
    /// Index into `installs`.
    pub install: usize,
    /// The reason, in words for a person.
    #[schemars(extend("x-holds" = "text"))]
    pub because: String,
}
