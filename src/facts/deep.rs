//! What one question to the primary model brought (`--deep`), and the servers
//! that OpenClaw speaks OpenAI's format to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, Fact, Resolution, Running, Sourced, Target};
use crate::types::ollama_env::DEFAULT_PORT;

/// One question to the primary model, asked as OpenClaw asks it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deep {
    /// The provider id.
    #[schemars(extend("x-holds" = "word"))]
    pub provider: String,
    /// The model, as the request names it.
    #[schemars(extend("x-holds" = "word"))]
    pub model: String,
    /// Where the question went, without user info and query.
    #[schemars(extend("x-holds" = "url"))]
    pub url: String,
    /// The API that it was asked in.
    pub api: ChatApi,
    /// Whether the answer was asked for piece by piece.
    pub streamed: bool,
    /// Whether a tool went along.
    pub with_tool: bool,
    /// `options.num_ctx` of the request.
    pub num_ctx: Option<u64>,
    /// How the exchange ended.
    pub answer: Answer<()>,
    /// What was heard until then.
    pub heard: Heard,
    /// The model in `/api/ps` afterwards.
    #[serde(default)]
    pub running: Option<Running>,
}

/// The two ways in which OpenClaw talks to an Ollama.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChatApi {
    /// `/api/chat`.
    Ollama,
    /// `/chat/completions` below the base URL as written.
    OpenaiCompletions,
}

/// What came of an answer, line by line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Heard {
    /// Lines that were JSON.
    pub lines: u64,
    /// The first line that was not.
    #[schemars(extend("x-holds" = "text"))]
    pub broken_line: Option<String>,
    /// Milliseconds until the first word, thought or tool call.
    pub first_token_ms: Option<f64>,
    /// The longest time in which nothing came, in milliseconds, from the request to the end.
    pub longest_silence_ms: f64,
    /// The start of the text.
    #[schemars(extend("x-holds" = "text"))]
    pub text: String,
    /// Thoughts came.
    pub thought: bool,
    /// The first tool call.
    pub call: Option<HeardCall>,
    /// What the server says that failed, in a line of its own.
    #[schemars(extend("x-holds" = "text"))]
    pub error: Option<String>,
    /// The last line, which says that the answer is complete, has come.
    pub done: bool,
    /// Why the answer ended: `stop`, `length`, `tool_calls`.
    #[schemars(extend("x-holds" = "word"))]
    pub done_reason: Option<String>,
    /// Waiting in the queue and loading, in milliseconds.
    pub load_ms: Option<f64>,
    /// Tokens of the prompt that were evaluated.
    pub prompt_tokens: Option<u64>,
    /// Milliseconds for them.
    pub prompt_ms: Option<f64>,
    /// Tokens of the answer.
    pub answer_tokens: Option<u64>,
    /// Milliseconds for them.
    pub answer_ms: Option<f64>,
}

/// A tool call and where it stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeardCall {
    /// The tool.
    #[schemars(extend("x-holds" = "word"))]
    pub name: String,
    /// The line it came in, from 1.
    pub line: u64,
    /// That line was the last one, the one that says that the answer is complete.
    pub in_last_line: bool,
}

/// A server that OpenClaw speaks OpenAI's format to, and that may be an Ollama.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Compatible {
    /// The provider id.
    #[schemars(extend("x-holds" = "word"))]
    pub provider: String,
    /// Its base URL, user info and query removed.
    #[schemars(extend("x-holds" = "url"))]
    pub base_url: Sourced<String>,
    /// Where that leads.
    pub target: Target,
    /// Addresses of its host.
    #[serde(default)]
    pub resolution: Fact<Resolution>,
    /// `GET /api/version` at that origin, asked without a key.
    #[schemars(extend("x-holds" = "word"))]
    pub version: Fact<Answer<String>>,
}

impl Compatible {
    /// Whether it is an Ollama: it says so, or nothing answers and the port is Ollama's.
    pub fn is_ollama(&self) -> bool {
        match self.version.seen() {
            Some(answer) => answer.understood().is_some(),
            None => self.target.port == DEFAULT_PORT,
        }
    }
}
