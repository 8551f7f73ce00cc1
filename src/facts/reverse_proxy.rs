//! What the settings of a reverse proxy on this machine forward.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A location of nginx that passes requests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Forward {
    /// The file that says so.
    #[schemars(extend("x-holds" = "path"))]
    pub file: String,
    /// The line of `proxy_pass`, from 1.
    pub line: usize,
    /// Ports that its server listens on.
    pub ports: Vec<u16>,
    /// Where requests go, with a name of an upstream resolved to its first server.
    #[schemars(extend("x-holds" = "url"))]
    pub target: String,
    /// `proxy_read_timeout` in seconds, 60 where not set.
    pub read_timeout: f64,
    /// `proxy_buffering`, on where not set.
    pub buffering: bool,
    /// What is sent as `Host`, where that is set; the host of `target` otherwise.
    #[schemars(extend("x-holds" = "setting"))]
    pub host: Option<String>,
}
