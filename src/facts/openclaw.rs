//! What is observed of OpenClaw: its config, and the keys it may find.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AgentModels, ListedModel, ModelParams, ToolPolicy};
use super::{ConfigShape, Sourced};
use super::{KeptVariable, KeyVariable, Proxies};
use crate::text::secret::{SecretClass, SecretSight};
use crate::types::config_key::{config_key, provider_id};

/// What we judge of OpenClaw's config.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// The file.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// Missing, read, or broken.
    pub state: ConfigState,
    /// Files that `$include` brought in.
    #[serde(default)]
    #[schemars(extend("x-holds" = "path"))]
    pub includes: Vec<String>,
    /// `agents.defaults.model`, or its `primary`.
    #[schemars(extend("x-holds" = "word"))]
    pub primary: Option<Sourced<String>>,
    /// `agents.defaults.model.fallbacks`.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub fallbacks: Vec<Sourced<String>>,
    /// `agents.entries.<id>`, or the older `agents.list[]`: the models of single agents.
    #[serde(default)]
    pub agents: Vec<AgentModels>,
    /// Keys of `agents.defaults.models`; before 2026.8.1 a non-empty map is an allowlist.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub catalog: Vec<Sourced<String>>,
    /// `agents.defaults.modelPolicy.allow`, the allowlist since 2026.8.1.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub allow: Option<Vec<Sourced<String>>>,
    /// `agents.defaults.modelPolicy` is there, or `meta.migrations` says that it took over from the map.
    #[serde(default)]
    pub policy_migrated: bool,
    /// `agents.defaults.models.<key>.alias`, by that key.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub aliases: Vec<Sourced<String>>,
    /// `agents.defaults.models.<key>.params`, by that key, where something is set that we judge.
    #[serde(default)]
    pub model_params: Vec<ModelParams>,
    /// `agents.defaults.thinkingDefault`.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub thinking_default: Option<Sourced<String>>,
    /// The models that other keys name: for images, heartbeats, subagents, compaction and more.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub other_models: Vec<Sourced<String>>,
    /// `agents.defaults.maxConcurrent`.
    #[serde(default)]
    pub max_concurrent: Option<Sourced<f64>>,
    /// `agents.defaults.subagents.maxConcurrent`.
    #[serde(default)]
    pub max_subagents: Option<Sourced<f64>>,
    /// `agents.defaults.timeoutSeconds`.
    #[serde(default)]
    pub agent_timeout: Option<Sourced<f64>>,
    /// `models.mode`.
    #[serde(default)]
    #[schemars(extend("x-holds" = "setting"))]
    pub models_mode: Option<Sourced<String>>,
    /// `tools` of all agents, and of those agents that have their own; older bundles have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<ToolPolicy>>,
    /// `memory.search`.
    #[serde(default)]
    pub memory_search: MemorySearch,
    /// Proxies of the gateway.
    #[serde(default)]
    pub proxies: Proxies,
    /// Its keys and kinds of values, by which the schema of OpenClaw judges it; older bundles have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<ConfigShape>,
    /// Keys whose value is what OpenClaw shows in the place of a secret, or holds that.
    #[serde(default)]
    pub redacted: Vec<Sourced<bool>>,
    /// The variables that hold a key for Ollama.
    #[serde(default)]
    pub key_variables: Vec<KeyVariable>,
    /// `gateway.mode`.
    #[schemars(extend("x-holds" = "word"))]
    pub gateway_mode: Option<Sourced<String>>,
    /// `gateway.port`.
    #[serde(default)]
    pub gateway_port: Option<Sourced<f64>>,
    /// `gateway.reload.mode`.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub reload_mode: Option<Sourced<String>>,
    /// Whether the plugin runs: `plugins.entries.ollama.enabled`, or the key of `plugins` that keeps it from running.
    #[serde(default)]
    pub plugin_enabled: Option<Sourced<bool>>,
    /// `env.shellEnv.enabled`: missing keys come from a login shell, which the doctor does not start.
    #[serde(default)]
    pub shell_env: Option<Sourced<bool>>,
    /// `plugins.entries.ollama.config.discovery.enabled`.
    #[serde(default)]
    pub discovery_enabled: Option<Sourced<bool>>,
    /// Providers that `auth.profiles` has a profile for.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub auth_profiles: Vec<Sourced<String>>,
    /// `models.providers`, in file order.
    #[serde(default)]
    pub providers: Vec<Provider>,
    /// `${VAR}` references without a value; they stay literal.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub unresolved: Vec<Sourced<String>>,
    /// `${VAR}` references whose value is kept from whoever writes this config.
    #[serde(default)]
    pub kept: Vec<KeptVariable>,
    /// Base URLs that are none, by the config key that holds them.
    #[serde(default)]
    pub bad_base_urls: Vec<BadBaseUrl>,
}

/// `memory.search`: how notes are searched by meaning.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemorySearch {
    /// `enabled`.
    pub enabled: Option<Sourced<bool>>,
    /// `provider`.
    #[schemars(extend("x-holds" = "word"))]
    pub provider: Option<Sourced<String>>,
    /// `model`.
    #[schemars(extend("x-holds" = "word"))]
    pub model: Option<Sourced<String>>,
    /// `remote.baseUrl`, user info and query removed.
    #[schemars(extend("x-holds" = "url"))]
    pub base_url: Option<Sourced<String>>,
}

/// What became of reading the config file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum ConfigState {
    /// There is no such file: OpenClaw runs on its defaults.
    #[default]
    Missing,
    /// Read and understood.
    Parsed,
    /// OpenClaw refuses it.
    Broken(ConfigProblem),
}

/// Why OpenClaw refuses a config.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigProblem {
    /// What kind of problem it is.
    pub kind: ConfigProblemKind,
    /// The problem in words.
    #[schemars(extend("x-holds" = "text"))]
    pub message: String,
    /// The file it is in; an included file may be the one.
    #[schemars(extend("x-holds" = "path"))]
    pub file: String,
    /// The config key, where one is concerned.
    #[schemars(extend("x-holds" = "key"))]
    pub key: Option<String>,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column, from 1, in characters.
    pub column: Option<usize>,
    /// That line, with everything but known words masked so that no secret shows.
    #[schemars(extend("x-holds" = "text"))]
    pub shown: Option<String>,
}

/// The kinds of problems that make OpenClaw refuse a config.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConfigProblemKind {
    /// Not JSON5.
    Syntax,
    /// A value of the wrong type at a path that we read.
    WrongType,
    /// A directory, a device, a FIFO, or a file larger than any config.
    NotAFile,
    /// `$include` that cannot be carried out.
    Include,
}

/// A base URL that no HTTP client can use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BadBaseUrl {
    /// The provider it belongs to.
    #[schemars(extend("x-holds" = "word"))]
    pub provider: String,
    /// The text as configured, user info and query removed.
    #[schemars(extend("x-holds" = "url"))]
    pub url: Sourced<String>,
    /// What is wrong with it.
    #[schemars(extend("x-holds" = "text"))]
    pub why: String,
    /// The same with the scheme that is missing, where nothing else is wrong.
    #[serde(default)]
    #[schemars(extend("x-holds" = "url"))]
    pub repaired: Option<String>,
}

/// One entry of `models.providers` that speaks to Ollama, or may.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    /// Its id, as OpenClaw compares it.
    #[schemars(extend("x-holds" = "word"))]
    pub id: String,
    /// The key in `models.providers`, where it is written otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-holds" = "word"))]
    pub written: Option<String>,
    /// `api`.
    #[schemars(extend("x-holds" = "word"))]
    pub api: Option<Sourced<String>>,
    /// `baseUrl`, user info and query removed.
    #[schemars(extend("x-holds" = "url"))]
    pub base_url: Option<Sourced<String>>,
    /// `apiKey`.
    pub api_key: SecretSight,
    /// Names of configured `headers`.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub headers: Vec<String>,
    /// Names of those whose value only OpenClaw can look up, so that our requests go without them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-holds" = "word"))]
    pub headers_elsewhere: Vec<String>,
    /// `models[]`.
    #[serde(default)]
    pub models: Vec<ListedModel>,
    /// `params.num_ctx` of the provider.
    #[serde(default)]
    pub num_ctx: Option<Sourced<f64>>,
    /// `timeoutSeconds`.
    #[serde(default)]
    pub timeout_seconds: Option<Sourced<f64>>,
    /// `request.allowPrivateNetwork`.
    #[serde(default)]
    pub allow_private_network: Option<Sourced<bool>>,
}

impl Provider {
    /// Whether its `api` says that it speaks Ollama's own format.
    pub fn says_ollama(&self) -> bool {
        self.api.as_ref().is_some_and(|api| api.value == "ollama")
    }

    /// Whether OpenClaw takes it for an Ollama: by its id, or by its `api`.
    pub fn is_ollama(&self) -> bool {
        self.id == "ollama" || self.says_ollama()
    }

    /// The config key of one of its settings, as the config writes it.
    pub fn key(&self, setting: &str) -> String {
        config_key(&["models", "providers", self.written.as_deref().unwrap_or(&self.id), setting])
    }
}

impl Config {
    /// The provider of that id.
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.id == id)
    }

    /// The config key of a setting of that provider.
    pub fn provider_key(&self, id: &str, setting: &str) -> String {
        match self.provider(id) {
            Some(provider) => provider.key(setting),
            None => config_key(&["models", "providers", id, setting]),
        }
    }

    /// Whether the key of that provider, or a header, is where only OpenClaw looks: in
    /// a file, a command or a store behind a SecretRef, or in an auth profile.
    pub fn keeps_key_elsewhere(&self, id: &str) -> bool {
        if self.provider(id).is_some_and(|provider| !provider.headers_elsewhere.is_empty()) {
            return true;
        }
        let key = self.provider(id).map(|provider| &provider.api_key);
        // A reference that we could follow has a tag.
        if let Some(key) = key.filter(|key| key.class == SecretClass::Reference) {
            return key.tag.is_none();
        }
        let is_literal =
            |key: &SecretSight| matches!(key.class, SecretClass::ShortLiteral | SecretClass::LongLiteral);
        !key.is_some_and(is_literal)
            && self.auth_profiles.iter().any(|profile| provider_id(&profile.value) == id)
    }
}

impl Config {
    /// Every model that agents name: defaults first, then single agents.
    pub fn references(&self) -> impl Iterator<Item = &Sourced<String>> {
        let agents = self.agents.iter().flat_map(|agent| agent.primary.iter().chain(&agent.fallbacks));
        self.primary.iter().chain(&self.fallbacks).chain(agents)
    }

    /// JSON Pointer to what was read from that key; to the whole config where nothing was.
    pub fn pointer_to(&self, key: &str) -> String {
        let tree = serde_json::to_value(self).unwrap_or_default();
        sourced_at(&tree, key, "/config").unwrap_or_else(|| "/config".into())
    }
}

/// The place of a [`Sourced`] by where it comes from; no name of a field needs an escape.
fn sourced_at(tree: &Value, key: &str, at: &str) -> Option<String> {
    match tree {
        Value::Object(object) if object.get("from").is_some_and(|from| from == key) => {
            Some(format!("{at}/value"))
        }
        Value::Object(object) => {
            object.iter().find_map(|(name, value)| sourced_at(value, key, &format!("{at}/{name}")))
        }
        Value::Array(list) => {
            let mut places = list.iter().enumerate();
            places.find_map(|(index, value)| sourced_at(value, key, &format!("{at}/{index}")))
        }
        _ => None,
    }
}
