//! What is observed of the other OpenClaws of a machine: configs and services.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ServiceScope;

/// The configs in the homes of this machine's users, and the services that start a gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Homes {
    /// `.openclaw/openclaw.json` in the home of each user, as far as we may see.
    pub configs: Vec<HomeConfig>,
    /// The units of gateways, of the machine and of its users.
    pub services: Vec<GatewayUnitFile>,
}

/// A config in somebody's home.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HomeConfig {
    /// Whose home it is.
    #[schemars(extend("x-holds" = "user"))]
    pub user: String,
    /// The file.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// When it was last written.
    pub modified: Option<Timestamp>,
    /// The user runs the doctor, or called sudo for it.
    pub invoking: bool,
}

/// A unit that starts a gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayUnitFile {
    /// Whose systemd starts it.
    pub scope: ServiceScope,
    /// The user it runs as.
    #[schemars(extend("x-holds" = "user"))]
    pub user: String,
    /// The unit file.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// Whether it is started at boot, or with its user's systemd.
    pub enabled: bool,
    /// `--port` of its command; without one the config or the environment of its gateway decides.
    pub port: Option<u16>,
}
