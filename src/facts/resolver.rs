//! How names are resolved here: `/etc/resolv.conf` and the name servers that it names.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Fact;

/// What `resolv.conf(5)` and `nsswitch.conf(5)` of this machine say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resolver {
    /// Where `/etc/resolv.conf` leads, where it is a link.
    #[schemars(extend("x-holds" = "path"))]
    pub link: Option<String>,
    /// The name servers in it, in its order; `None` where there is no such file.
    pub servers: Fact<Option<Vec<IpAddr>>>,
    /// libc asks systemd-resolved itself: `resolve` stands in the line `hosts` of `/etc/nsswitch.conf`.
    #[serde(default)]
    pub asks_resolved: bool,
    /// Whom libc asks, in its order: the words of the line `hosts` of `/etc/nsswitch.conf`; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-holds" = "word"))]
    pub services: Option<Vec<String>>,
    /// What those of the servers that libc asks answer which are on loopback, asked for `localhost`.
    #[serde(default)]
    pub local: Vec<NameServerAnswer>,
}

/// glibc asks no more name servers than these first ones (`MAXNS`, `resolv.conf(5)`).
pub const ASKED_SERVERS: usize = 3;

impl Resolver {
    /// The servers that libc asks; where none is named, the one on loopback.
    pub fn asked(&self) -> Vec<IpAddr> {
        let named = self.servers.seen().cloned().flatten().unwrap_or_default();
        if named.is_empty() {
            return vec![IpAddr::from([127, 0, 0, 1])];
        }
        named.into_iter().take(ASKED_SERVERS).collect()
    }
}

/// What one name server answered over one transport.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NameServerAnswer {
    /// The server.
    pub server: IpAddr,
    /// How it was asked.
    pub transport: Transport,
    /// What came back.
    pub outcome: NameServerOutcome,
    /// Milliseconds.
    pub ms: f64,
}

/// How a name server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Transport {
    /// As names are asked for first.
    Udp,
    /// As they are asked for again where an answer is too long for UDP.
    Tcp,
}

/// What came back of a question to a name server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NameServerOutcome {
    /// Addresses.
    Addresses,
    /// The name exists, and has none.
    NoAddresses,
    /// The name does not exist.
    NoSuchDomain,
    /// Another response code, in words: the server could not or would not find out.
    Code(#[schemars(extend("x-holds" = "text"))] String),
    /// Nothing listens there.
    Refused,
    /// Nothing came back.
    Silent,
    /// Anything else, in the system's words.
    Failed(#[schemars(extend("x-holds" = "text"))] String),
}

impl NameServerOutcome {
    /// Whether the server found out about the name.
    pub fn is_answer(&self) -> bool {
        matches!(self, Self::Addresses | Self::NoAddresses | Self::NoSuchDomain)
    }

    /// Whether the server has addresses for the name.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Addresses)
    }

    /// Whether anything came from the server.
    pub fn is_alive(&self) -> bool {
        self.is_answer() || matches!(self, Self::Code(_))
    }

    /// In words.
    pub fn describe(&self) -> &str {
        match self {
            Self::Addresses => "addresses",
            Self::NoAddresses => "no addresses",
            Self::NoSuchDomain => "no such domain",
            Self::Code(words) | Self::Failed(words) => words,
            Self::Refused => "refused",
            Self::Silent => "no answer",
        }
    }
}

impl Transport {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        }
    }
}
