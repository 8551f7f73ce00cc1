//! Does OpenClaw look for models at all, or does it take a list?

use crate::facts::{Config, Endpoint, Facts, KeyPlace, Provider, Sourced};
use crate::rules::openclaw::base_url::{DEFAULT_BASE_URL, api_base};
use crate::rules::openclaw::by_version::Rules;
use crate::rules::openclaw::primary::{self, ModelReference};
use crate::text::secret::SecretClass;
use crate::types::host_class::HostClass;

/// Where the models of a provider come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discovery {
    /// Ollama is asked.
    On,
    /// The list in the config, as it is.
    Listed,
    /// From nowhere; why.
    Off(String),
}

/// About how many named models OpenClaw asks (`OLLAMA_CONFIGURED_SHOW_MAX_MODELS`).
const MOST_NAMED: usize = 8;
const NO_KEY: &str = "OpenClaw sees no OLLAMA_API_KEY, so it asks no Ollama";

/// The entry of `models.providers` that leads to the endpoint.
pub(super) fn provider<'a>(facts: &'a Facts, endpoint: &Endpoint) -> Option<&'a Provider> {
    facts.usable_config().ok()?.providers.iter().find(|provider| provider.id == endpoint.provider)
}

/// Where the models of an endpoint come from (`resolveOllamaDiscoveryResult`).
pub(super) fn discovery(facts: &Facts, endpoint: &Endpoint, rules: Rules) -> Discovery {
    let off = |why: &str| Discovery::Off(why.to_string());
    let Ok(config) = facts.usable_config() else {
        return off("OpenClaw's config cannot be used");
    };
    let entry = provider(facts, endpoint);
    if entry.is_some_and(|entry| !entry.models.is_empty()) {
        return Discovery::Listed;
    }
    if endpoint.provider != "ollama" {
        return off("OpenClaw asks only the provider called ollama for models");
    }
    match rules {
        Rules::Documented if entry.is_some_and(is_explicit) => {
            off("models.providers.ollama is set and lists no models")
        }
        Rules::Documented if !sees_key(facts) => off(NO_KEY),
        Rules::Documented => Discovery::On,
        Rules::Installed => why_off(facts, config, endpoint).map_or(Discovery::On, off),
    }
}

/// Why 2026.9.6 does not ask the endpoint of the provider `ollama`; `None` where it does.
fn why_off(facts: &Facts, config: &Config, endpoint: &Endpoint) -> Option<&'static str> {
    let says_no = |value: &Option<Sourced<bool>>| value.as_ref().is_some_and(|enabled| !enabled.value);
    // The load-time default fills in the base URL, so nothing else of the entry counts
    // (`hasMeaningfulExplicitOllamaConfig`).
    let meaningful = api_base(&endpoint.base_url.value) != DEFAULT_BASE_URL;
    if says_no(&config.plugin_enabled) {
        Some("plugins.entries.ollama.enabled is false")
    } else if says_no(&config.discovery_enabled) {
        Some("the ollama plugin has discovery.enabled set to false")
    } else if !endpoint.is_by_flag() && !is_active(facts, config) {
        Some("no model of Ollama is named and OpenClaw sees no OLLAMA_API_KEY, so the plugin is off")
    } else if !meaningful && suppressing(config).is_some() {
        Some("another provider uses a remote Ollama, so no local one is asked")
    } else if !meaningful && !sees_key(facts) {
        Some(NO_KEY)
    } else {
        None
    }
}

/// "If you set `models.providers.ollama` explicitly, auto-discovery is skipped";
/// an `apiKey` alone is the page's other way to enable it.
fn is_explicit(entry: &Provider) -> bool {
    entry.base_url.is_some() || entry.api.is_some() || !entry.headers.is_empty()
}

/// The provider of another name that keeps OpenClaw from asking an Ollama of its own machine, by its place.
pub fn suppressing(config: &Config) -> Option<usize> {
    config.providers.iter().position(is_remote_ollama)
}

/// `hasExplicitRemoteOllamaApiProvider`.
fn is_remote_ollama(provider: &Provider) -> bool {
    let speaks_ollama = provider.api.as_ref().is_some_and(|api| api.value.eq_ignore_ascii_case("ollama"));
    let class = provider.base_url.as_ref().and_then(|url| HostClass::of_base_url(&url.value));
    provider.id != "ollama" && speaks_ollama && class.is_some_and(|class| class != HostClass::Loopback)
}

/// The models that the config names, about which OpenClaw asks one by one whether
/// it looks for others or not (`augmentConfiguredOllamaCatalogModels`).
pub(super) fn named(facts: &Facts, endpoint: &Endpoint) -> Vec<String> {
    let Ok(config) = facts.usable_config() else {
        return Vec::new();
    };
    let is_off = config.plugin_enabled.as_ref().is_some_and(|enabled| !enabled.value);
    let may_ask =
        HostClass::of_base_url(&endpoint.base_url.value).is_some_and(HostClass::is_local) || sees_key(facts);
    if endpoint.provider != "ollama" || is_off || !may_ask {
        return Vec::new();
    }
    let mut ids: Vec<String> = Vec::new();
    for named in references(config).filter(|named| named.provider == "ollama") {
        if !ids.contains(&named.model) {
            ids.push(named.model);
        }
    }
    ids.truncate(MOST_NAMED);
    ids
}

/// Every model that the config names, as agents' or among `agents.defaults.models`.
fn references(config: &Config) -> impl Iterator<Item = ModelReference> {
    let catalog = config.catalog.iter().filter_map(|key| primary::resolve(config, &key.value));
    primary::references(config).map(|(_, found)| found).chain(catalog)
}

/// Whether the ollama plugin is loaded: a key outside of its provider entry does
/// that, or a model that is named (measured; the entry alone does not).
fn is_active(facts: &Facts, config: &Config) -> bool {
    references(config).any(|named| named.provider == "ollama")
        || sees_key_in(facts, |place| place != KeyPlace::ProviderConfig)
}

/// Whether OpenClaw sees a key for Ollama anywhere.
fn sees_key(facts: &Facts) -> bool {
    sees_key_in(facts, |_| true)
}

/// The same in certain places: the running gateway's environment
/// where there is one, else the one of whoever asks.
fn sees_key_in(facts: &Facts, counts: fn(KeyPlace) -> bool) -> bool {
    let gateway_runs = facts.judged_install().is_some_and(|install| install.gateway_pid.is_some());
    let profile = facts
        .config
        .seen()
        .is_some_and(|config| config.auth_profiles.iter().any(|provider| provider.value == "ollama"));
    profile
        || facts.keys.iter().any(|sight| {
            sight.key.set
                && sight.key.class != SecretClass::UnresolvedReference
                && counts(sight.place)
                && !(gateway_runs && sight.place == KeyPlace::OwnEnvironment)
        })
}
