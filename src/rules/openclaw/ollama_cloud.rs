//! Ollama's cloud as OpenClaw asks it without an Ollama of one's own.

use crate::facts::{Config, Facts, KeyPlace, Sourced};
use crate::rules::openclaw::primary::{ModelReference, references};
use crate::text::secret::SecretClass;

/// OpenClaw's provider for Ollama's cloud without an Ollama of one's own (`ollama-cloud.md` of its docs).
pub const DIRECT: &str = "ollama-cloud";
/// The host of Ollama's cloud.
pub const HOST: &str = "ollama.com";
/// Its retired address (`doctor-contract-api` of the plugin).
pub const RETIRED: &str = "ai.ollama.com";

/// Whether a host, in lower case, is one of Ollama's cloud.
pub fn is_cloud_host(host: &str) -> bool {
    host.strip_suffix(HOST).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// Whether an agent names a model of Ollama's cloud.
pub fn is_used(config: &Config) -> bool {
    references(config).any(|(_, found)| is_in_cloud(&found))
}

/// Whether that is a model of Ollama's cloud, by its name alone.
pub fn is_in_cloud(found: &ModelReference) -> bool {
    found.provider == DIRECT || found.name().is_some_and(|name| name.is_cloud())
}

/// The first provider that still has the retired address: its place in the config, and its base URL.
pub fn retired(config: &Config) -> Option<(usize, &Sourced<String>)> {
    let is_it = |url: &str| {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        rest.split(['/', ':']).next().is_some_and(|host| host.eq_ignore_ascii_case(RETIRED))
    };
    config.providers.iter().enumerate().find_map(|(index, provider)| {
        Some((index, provider.base_url.as_ref().filter(|url| is_it(&url.value))?))
    })
}

/// Whether there is a key that is more than a marker, as far as can be seen.
pub fn has_key(facts: &Facts, config: &Config) -> bool {
    let is_key = |class: SecretClass| !matches!(class, SecretClass::None | SecretClass::Marker);
    let hidden = facts.judged_install().is_some_and(|install| install.gateway_pid.is_some())
        && !facts.keys.iter().any(|sight| sight.place == KeyPlace::GatewayEnvironment);
    hidden
        || facts.keys.iter().any(|sight| is_key(sight.key.class))
        || config.provider(DIRECT).is_some_and(|provider| is_key(provider.api_key.class))
        || config.auth_profiles.iter().any(|profile| profile.value == DIRECT)
        || config.shell_env.as_ref().is_some_and(|import| import.value)
}
