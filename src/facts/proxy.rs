//! What is observed of proxies that OpenClaw's own requests may go through.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{KeyPlace, Sourced};

/// Proxies of the gateway: variables that it has, and what its config says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Proxies {
    /// The variables that are set, each where OpenClaw finds it first.
    pub variables: Vec<ProxyVariable>,
    /// The entries of `no_proxy`, or of `NO_PROXY` where the other is not there.
    #[schemars(extend("x-holds" = "host"))]
    pub bypass: Vec<String>,
    /// The providers whose host one of them covers, as it is written.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub bypassed: Vec<String>,
    /// `proxy.proxyUrl` is set.
    #[serde(default)]
    pub managed: Option<Sourced<bool>>,
    /// `proxy.enabled`.
    #[serde(default)]
    pub enabled: Option<Sourced<bool>>,
    /// `proxy.loopbackMode`.
    #[serde(default)]
    #[schemars(extend("x-holds" = "setting"))]
    pub loopback_mode: Option<Sourced<String>>,
}

/// A variable that names a proxy. Its value may hold a password, and is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProxyVariable {
    /// The variable.
    #[schemars(extend("x-holds" = "word"))]
    pub name: String,
    /// Where it is set.
    pub place: KeyPlace,
}
