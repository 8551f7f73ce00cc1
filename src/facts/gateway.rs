//! What is observed of OpenClaw's gateway: its service, its process, its port, its log.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, Fact, Unit};

/// The gateway of the judged install, where it has a service or a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gateway {
    /// The port it is expected on.
    pub port: u16,
    /// Where that port was read: its lock file, its unit, a config key, or `default`.
    #[schemars(extend("x-holds" = "key"))]
    pub port_from: String,
    /// Its process, where one runs.
    pub pid: Option<u32>,
    /// When that process was started.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// Its service, where there is a unit for it.
    #[serde(default)]
    pub service: Option<GatewayService>,
    /// Who listens on that port of loopback, where somebody does.
    #[serde(default)]
    #[schemars(extend("x-holds" = "user"))]
    pub port_user: Option<String>,
    /// `--allow-unconfigured` in its command line, as long as that can be seen: its title takes its place.
    #[serde(default)]
    pub allow_unconfigured: bool,
    /// `GET /health` on loopback; understood where it is a gateway's answer.
    #[serde(default)]
    pub health: Fact<Answer<bool>>,
    /// When its config file was last written.
    #[serde(default)]
    pub config_modified: Option<Timestamp>,
    /// What its log says of starts and of reloads, oldest first.
    #[serde(default)]
    pub log: Fact<Vec<GatewayEvent>>,
}

/// The unit that runs the gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayService {
    /// Which systemd it belongs to.
    pub scope: ServiceScope,
    /// The unit's name.
    #[schemars(extend("x-holds" = "word"))]
    pub name: String,
    /// The user it runs as.
    #[schemars(extend("x-holds" = "user"))]
    pub user: String,
    /// The unit file.
    #[schemars(extend("x-holds" = "path"))]
    pub path: Option<String>,
    /// Whether it is started at boot, or with its user's systemd.
    pub enabled: bool,
    /// Its command has `--allow-unconfigured`.
    #[serde(default)]
    pub allow_unconfigured: bool,
    /// For a unit of a user: whether that user's systemd runs.
    #[serde(default)]
    pub manager: Option<bool>,
    /// For a unit of a user: whether its systemd runs while the user is not logged in.
    #[serde(default)]
    pub linger: Option<bool>,
    /// What systemd says of it.
    #[serde(default)]
    pub state: Fact<Unit>,
}

/// Whose systemd a service belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ServiceScope {
    /// The machine's.
    System,
    /// That of one user.
    User,
}

/// A line of the gateway's log that we know. Its text is not kept, it may hold anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayEvent {
    /// When it was logged.
    pub at: Timestamp,
    /// What it says.
    pub kind: GatewayEventKind,
}

/// What a line of the gateway's log says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GatewayEventKind {
    /// `Gateway start blocked`: `gateway.mode` is unset or not `local`.
    ModeBlocked,
    /// `Missing config`: there is no config file.
    NoConfig,
    /// `EADDRINUSE`, or another gateway listens already.
    AddressInUse,
    /// The config is refused at start.
    InvalidConfig,
    /// A bind address beyond loopback without authentication.
    NoAuth,
    /// A secret that the config refers to is not there.
    NoSecrets,
    /// This Node is not supported.
    UnsupportedNode,
    /// The heap of Node is exhausted.
    OutOfMemory,
    /// An edit of the config was refused, and the earlier config stays in effect.
    ReloadRefused,
    /// An edit of the config was seen and not applied, as `gateway.reload.mode` is `off`.
    ReloadOff,
    /// An edit of the config was applied.
    Reloaded,
    /// The gateway listens.
    Ready,
}

impl Gateway {
    /// Whether another user's program holds the port, so that what answers there is not this gateway.
    pub fn is_port_of_other(&self, user: &str) -> bool {
        self.port_user.as_deref().is_some_and(|holder| holder != user)
    }
}
