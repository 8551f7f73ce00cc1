//! Where a key for Ollama is looked for, and what is there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::secret::SecretSight;

/// A variable that holds a key for Ollama, in each place that gives the gateway its variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyVariable {
    /// `OLLAMA_API_KEY`, or what a provider's `apiKey` names.
    #[schemars(extend("x-holds" = "word"))]
    pub name: String,
    /// In the environment that the running gateway was started with; `None` where none is seen.
    #[serde(default)]
    pub gateway: Option<ServiceValue>,
    /// In the environment that its unit gives it; `None` where there is no unit.
    #[serde(default)]
    pub unit: Option<ServiceValue>,
    /// In `$STATE_DIR/.env`.
    pub dot_env: SecretSight,
}

/// A variable in the environment of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceValue {
    /// What is there.
    pub value: SecretSight,
    /// OpenClaw has recorded it as its own, so that `.env` replaces it when the gateway starts.
    pub managed: bool,
}

/// A place where OpenClaw may find a key for Ollama.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeySight {
    /// The place.
    pub place: KeyPlace,
    /// What is there.
    pub key: SecretSight,
}

/// The places, in the order in which OpenClaw asks them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyPlace {
    /// `OLLAMA_API_KEY` in the environment of the running gateway.
    GatewayEnvironment,
    /// `OLLAMA_API_KEY` in the unit that starts the gateway: `Environment=`, `EnvironmentFile=`.
    UnitEnvironment,
    /// `OLLAMA_API_KEY` in the doctor's own environment.
    OwnEnvironment,
    /// `OLLAMA_API_KEY` in `$STATE_DIR/.env`.
    DotEnv,
    /// `env.vars.OLLAMA_API_KEY` in the config.
    ConfigEnv,
    /// `models.providers.ollama.apiKey`.
    ProviderConfig,
}

/// A `${VAR}` of a config that we do not fill: whoever writes the config could not read the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeptVariable {
    /// The variable.
    #[schemars(extend("x-holds" = "word"))]
    pub name: String,
    /// The config key that refers to it.
    #[schemars(extend("x-holds" = "key"))]
    pub at: String,
    /// Why it is not filled in, in words for a person.
    #[schemars(extend("x-holds" = "text"))]
    pub why: String,
}
