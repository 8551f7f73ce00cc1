//! Ollama's cloud as OpenClaw asks it without an Ollama of one's own.

use crate::checks::Failure;
use crate::facts::{Config, Facts, KeyPlace, is_typable_config_key};
use crate::text::secret::SecretClass;

/// OpenClaw's provider for Ollama's cloud without an Ollama of one's own (`ollama-cloud.md` of its docs).
pub const DIRECT: &str = "ollama-cloud";
/// Its retired address (`doctor-contract-api` of the plugin).
const RETIRED: &str = "ai.ollama.com";

/// A provider that still has the retired address.
pub fn retired(config: &Config) -> Option<Failure> {
    let is_it = |url: &str| {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        rest.split(['/', ':']).next().is_some_and(|host| host.eq_ignore_ascii_case(RETIRED))
    };
    let (index, url) = config.providers.iter().enumerate().find_map(|(index, provider)| {
        Some((index, provider.base_url.as_ref().filter(|url| is_it(&url.value))?))
    })?;
    let fact = format!("/config/providers/{index}/baseUrl/value");
    let mut failure = Failure::new("retired", format!("{RETIRED} is retired"))
        .seen("base URL", fact, &*url.value)
        .expected("https://ollama.com")
        .value("base_url_key", &*url.from);
    failure.path = Some(url.from.clone());
    failure.place = url.line.zip(url.column);
    Some(if is_typable_config_key(&url.from) { failure } else { failure.fixes(&[]) })
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
