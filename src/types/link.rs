//! The path of a request from OpenClaw's config to the answer of a model, link by link.

use schemars::JsonSchema;
use serde::Serialize;

/// A link of the path; an earlier one comes first for the request, and for whoever mends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Link {
    /// OpenClaw is installed and accepts its config.
    Config,
    /// The gateway runs and stays up.
    Gateway,
    /// Agents may use the provider.
    Key,
    /// The names resolve that are needed.
    Name,
    /// Ollama runs and answers at the address that the gateway uses.
    #[serde(rename = "Ollama")]
    Ollama,
    /// The primary is installed, can be read, and calls tools.
    Model,
    /// The prompt fits into the context.
    Context,
    /// The last real requests were answered.
    Answer,
}

impl Link {
    /// All of them, in order.
    pub const ALL: [Link; 8] = [
        Link::Config,
        Link::Gateway,
        Link::Key,
        Link::Name,
        Link::Ollama,
        Link::Model,
        Link::Context,
        Link::Answer,
    ];

    /// The word for it, on the screen and in the JSON.
    pub fn word(self) -> &'static str {
        match self {
            Link::Config => "config",
            Link::Gateway => "gateway",
            Link::Key => "key",
            Link::Name => "name",
            Link::Ollama => "Ollama",
            Link::Model => "model",
            Link::Context => "context",
            Link::Answer => "answer",
        }
    }

    /// What must hold before the links behind it can be looked at: "can be checked once …".
    pub fn once_it_holds(self) -> &'static str {
        match self {
            Link::Config => "OpenClaw accepts its config",
            Link::Gateway => "the gateway runs",
            Link::Key => "agents may use the provider",
            Link::Name => "the name resolves",
            Link::Ollama => "Ollama answers",
            Link::Model => "the model is there",
            Link::Context => "the context is known",
            Link::Answer => "a request was answered",
        }
    }
}
