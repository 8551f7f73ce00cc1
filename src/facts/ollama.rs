//! What is observed of one Ollama, layer by layer: name, port, HTTP, models.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Fact, ModelShape, NameServerAnswer, Sourced};
use crate::types::capability::Capability;
use crate::types::model_name::ModelName;

/// One Ollama that OpenClaw would talk to, and what it answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// The provider id that leads here.
    #[schemars(extend("x-holds" = "word"))]
    pub provider: String,
    /// Base URL as OpenClaw's native Ollama client uses it, user info and query removed.
    #[schemars(extend("x-holds" = "url"))]
    pub base_url: Sourced<String>,
    /// Scheme, host and port of the base URL.
    #[serde(default)]
    pub target: Fact<Target>,
    /// Addresses of the host.
    #[serde(default)]
    pub resolution: Fact<Resolution>,
    /// A TCP connection to each address.
    #[serde(default)]
    pub connect: Fact<Vec<Connect>>,
    /// Looked at from a network other than this machine's, so that loopback is not this machine's either.
    #[serde(default)]
    pub from_other_network: bool,
    /// OpenClaw's user, where no connection could be opened as him, and one could as root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-holds" = "user"))]
    pub refused_user: Option<String>,
    /// The same from the network of the gateway, where that is another one than ours.
    #[serde(default)]
    pub from_gateway: Fact<Vec<Connect>>,
    /// `GET /api/version`.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub version: Fact<Answer<String>>,
    /// `GET /api/tags`.
    #[serde(default)]
    pub tags: Fact<Answer<Vec<Tag>>>,
    /// `GET /api/ps`.
    #[serde(default)]
    pub running: Fact<Answer<Vec<Running>>>,
    /// `POST /api/show` for each local model, in the order of `tags`.
    #[serde(default)]
    pub shows: Fact<Vec<Show>>,
}

/// Where the base URL leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// `http` or `https`.
    #[schemars(extend("x-holds" = "word"))]
    pub scheme: String,
    /// Host name or address literal, without brackets.
    #[schemars(extend("x-holds" = "host"))]
    pub host: String,
    /// Port, the scheme's default where none is written.
    pub port: u16,
    /// Path before `/api/…`, empty as a rule.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub path: String,
}

/// What the host name of an endpoint resolves to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resolution {
    /// Addresses in the order in which libc gave them.
    pub addresses: Vec<IpAddr>,
    /// How long it took, in milliseconds; 0 for an address literal.
    pub ms: f64,
    /// Why there are no addresses, in libc's words.
    #[schemars(extend("x-holds" = "text"))]
    pub error: Option<String>,
    /// What each name server said, asked directly; only where libc found nothing.
    #[serde(default)]
    pub name_servers: Vec<NameServerAnswer>,
}

/// One attempt to open a TCP connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connect {
    /// Address and port.
    #[schemars(extend("x-holds" = "address"))]
    pub address: SocketAddr,
    /// How it went.
    pub outcome: ConnectOutcome,
    /// Milliseconds.
    pub ms: f64,
}

impl Connect {
    /// How it went, in words.
    pub fn describe(&self) -> String {
        match &self.outcome {
            ConnectOutcome::Accepted => "accepted".to_string(),
            ConnectOutcome::Refused => format!("refused in {:.1} ms", self.ms),
            ConnectOutcome::TimedOut => format!("no answer in {:.0} ms", self.ms),
            ConnectOutcome::Unreachable => "unreachable".to_string(),
            ConnectOutcome::HostUnreachable => "host unreachable".to_string(),
            ConnectOutcome::Failed(error) => error.clone(),
        }
    }
}

/// How a TCP connection attempt ended, by the kind of error that the kernel gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ConnectOutcome {
    /// Connected.
    Accepted,
    /// Nothing listens there, or a firewall rejects.
    Refused,
    /// Nothing came back.
    TimedOut,
    /// No route, or the network says so.
    Unreachable,
    /// No way to the host (`EHOSTUNREACH`): nobody there answers on its network, or a firewall rejects.
    HostUnreachable,
    /// Any other error, in the system's words.
    Failed(#[schemars(extend("x-holds" = "text"))] String),
}

/// How an HTTP request ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Answer<T> {
    /// Milliseconds until the end of the answer.
    pub ms: f64,
    /// HTTP status, where there was one.
    pub status: Option<u16>,
    /// `Server` header.
    #[schemars(extend("x-holds" = "text"))]
    pub server: Option<String>,
    /// What came.
    pub outcome: Outcome<T>,
}

/// What came in answer to an HTTP request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Outcome<T> {
    /// 200 and the expected JSON.
    Understood(T),
    /// Another status; the start of the body.
    Status(#[schemars(extend("x-holds" = "text"))] String),
    /// A redirect to here; it was not followed.
    Redirected(#[schemars(extend("x-holds" = "url"))] String),
    /// 200, but not JSON; the start of the body.
    NotJson(#[schemars(extend("x-holds" = "text"))] String),
    /// JSON that is cut short or malformed; where.
    BrokenJson(#[schemars(extend("x-holds" = "text"))] String),
    /// Well-formed JSON of another shape; what is missing.
    ForeignJson(#[schemars(extend("x-holds" = "text"))] String),
    /// A body of so many bytes or more, which is more than is read, or than is kept in memory.
    TooLarge(u64),
    /// No complete answer within this many milliseconds; whether headers had come.
    TimedOut {
        /// The deadline in milliseconds.
        after_ms: u64,
        /// Status line and headers had arrived.
        headers: bool,
    },
    /// The connection was closed or reset before the answer was complete.
    Cut,
    /// What came is not HTTP.
    NotHttp,
    /// The TLS handshake failed.
    TlsFailed(#[schemars(extend("x-holds" = "text"))] String),
    /// The server's certificate is not trusted, expired, or of another name.
    BadCertificate(#[schemars(extend("x-holds" = "text"))] String),
    /// Any other failure, in the client's words.
    Failed(#[schemars(extend("x-holds" = "text"))] String),
}

/// One entry of `/api/tags`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tag {
    /// Name with tag, as listed.
    #[schemars(extend("x-holds" = "word"))]
    pub name: String,
    /// Bytes on disk.
    pub size: u64,
    /// Set for a model that runs elsewhere.
    #[schemars(extend("x-holds" = "url"))]
    pub remote_host: Option<String>,
    /// The same: its name there.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub remote_model: Option<String>,
    /// `capabilities`, since Ollama 0.30.0; `/api/show` knows more.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub capabilities: Option<Vec<String>>,
    /// `details.context_length`, since Ollama 0.30.0: what the model was trained for, in tokens.
    #[serde(default)]
    pub context_length: Option<u64>,
    /// Such as `3.2B`.
    #[schemars(extend("x-holds" = "word"))]
    pub parameter_size: Option<String>,
}

/// What `/api/show` says of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Show {
    /// The name that was asked for.
    #[schemars(extend("x-holds" = "word"))]
    pub name: String,
    /// The answer.
    pub answer: Answer<ModelInfo>,
}

/// What we judge of a `/api/show` answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelInfo {
    /// `capabilities`; absent from servers older than 0.6.4, which is not the same as empty.
    #[schemars(extend("x-holds" = "word"))]
    pub capabilities: Option<Vec<String>>,
    /// `model_info["<arch>.context_length"]`: what the model was trained for, in tokens.
    pub context_length: Option<u64>,
    /// `PARAMETER num_ctx`, in tokens.
    pub num_ctx: Option<f64>,
    /// What it takes to run it.
    #[serde(default)]
    pub shape: ModelShape,
}

/// One entry of `/api/ps`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Running {
    /// Name with tag.
    #[schemars(extend("x-holds" = "word"))]
    pub name: String,
    /// Bytes in memory, GPU included.
    pub size: u64,
    /// Bytes of those on the GPU; 0 means that it runs on the CPU.
    pub size_vram: u64,
    /// Context in effect, in tokens; since Ollama 0.10.0.
    pub context_length: Option<u64>,
}

/// What stands for the place of a base URL that a flag named.
pub const BASE_URL_FLAG: &str = "--base-url";

impl Endpoint {
    /// Whether a flag named it, and not the config.
    pub fn is_by_flag(&self) -> bool {
        self.base_url.from == BASE_URL_FLAG
    }

    /// `host:port` for a person, or the base URL where that is not usable.
    pub fn name(&self) -> String {
        match self.target.seen() {
            Some(target) => target.to_string(),
            None => self.base_url.value.clone(),
        }
    }

    /// What `/api/show` says that a model can do, and the place of that answer.
    pub fn capabilities(&self, name: &ModelName) -> Option<(usize, &Vec<String>)> {
        let mut shows = self.shows.seen()?.iter().enumerate();
        let (index, show) = shows.find(|(_, show)| name.is_named(&show.name))?;
        Some((index, show.capabilities()?))
    }
}

impl Tag {
    /// It runs here: to ask of another one what it can do would make Ollama ask ollama.com.
    pub fn is_local(&self) -> bool {
        self.remote_host.is_none()
            && self.remote_model.is_none()
            && !ModelName::parse(&self.name).is_some_and(|name| name.is_cloud())
    }
}

impl ModelInfo {
    /// Whether the model can do that; `None` where Ollama does not say what it can do.
    pub fn can(&self, what: Capability) -> Option<bool> {
        self.capabilities.as_ref().map(|all| what.is_in(all))
    }
}

impl Show {
    /// Whether the model can do that; `None` where there is no answer that says so.
    pub fn can(&self, what: Capability) -> Option<bool> {
        self.answer.understood()?.can(what)
    }

    /// Whether the server answered with another status than 200: a clear no.
    pub fn is_refused(&self) -> bool {
        matches!(self.answer.outcome, Outcome::Status(_))
    }

    /// What the model can do, where Ollama says so.
    pub fn capabilities(&self) -> Option<&Vec<String>> {
        self.answer.understood()?.capabilities.as_ref()
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl<T> Answer<T> {
    /// The body, where it was what we asked for.
    pub fn understood(&self) -> Option<&T> {
        match &self.outcome {
            Outcome::Understood(value) => Some(value),
            _ => None,
        }
    }
}
