//! What OpenClaw's config says of single models, and of the models of single agents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Sourced, config_key};

/// One entry of `models.providers.<id>.models`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedModel {
    /// `id`, as written.
    #[schemars(extend("x-holds" = "word"))]
    pub id: Sourced<String>,
    /// `api`: the format in which OpenClaw speaks to this model, where it is not the provider's.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub api: Option<Sourced<String>>,
    /// `contextWindow`: what the model is said to have, in tokens.
    #[serde(default)]
    pub context_window: Option<Sourced<f64>>,
    /// `contextTokens`: what OpenClaw may use of it, in tokens.
    #[serde(default)]
    pub context_tokens: Option<Sourced<f64>>,
    /// `params.num_ctx`: what is asked of Ollama, in tokens.
    #[serde(default)]
    pub num_ctx: Option<Sourced<f64>>,
    /// `params.think`, else `params.thinking`: `true`, `false` or a level.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub think: Option<Sourced<String>>,
    /// `params.streaming`.
    #[serde(default)]
    pub streaming: Option<Sourced<bool>>,
    /// `reasoning`.
    #[serde(default)]
    pub reasoning: Option<Sourced<bool>>,
    /// `input`: `text`, `image` and others.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub input: Vec<String>,
    /// `maxTokens`: the longest answer, in tokens.
    #[serde(default)]
    pub max_tokens: Option<Sourced<f64>>,
    /// `compat.supportsTools`.
    #[serde(default)]
    pub supports_tools: Option<Sourced<bool>>,
    /// `cost`: what is not zero, by its key.
    #[serde(default)]
    pub costs: Vec<Sourced<f64>>,
}

/// What `agents.defaults.models.<key>.params` sets for a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelParams {
    /// The reference: the key.
    #[schemars(extend("x-holds" = "word"))]
    pub reference: String,
    /// `num_ctx`, in tokens.
    #[serde(default)]
    pub num_ctx: Option<Sourced<f64>>,
    /// `think`, else `thinking`: `true`, `false` or a level.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub think: Option<Sourced<String>>,
}

/// The models of one agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentModels {
    /// Its id.
    #[schemars(extend("x-holds" = "agent"))]
    pub id: String,
    /// Its own primary, which shadows the default.
    #[schemars(extend("x-holds" = "word"))]
    pub primary: Option<Sourced<String>>,
    /// Its own fallbacks.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub fallbacks: Vec<Sourced<String>>,
    /// Its own `modelPolicy.allow`, which replaces the default one.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub allow: Option<Vec<Sourced<String>>>,
}

impl AgentModels {
    /// A key below this agent as `config set` takes it: one of the older `agents.list` is kept below
    /// `agents.entries` (`cli/config`, Paths; measured on 2026.9.6).
    pub fn entry_key(&self, key: &str) -> String {
        let in_list = key.strip_prefix("agents.list.").and_then(|rest| rest.split_once('.'));
        match in_list {
            Some((_, below)) => format!("{}.{below}", config_key(&["agents", "entries", &self.id])),
            None => key.to_string(),
        }
    }
}
