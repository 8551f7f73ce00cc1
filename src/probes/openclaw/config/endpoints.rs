//! Which Ollamas OpenClaw would talk to, and with what credentials.

use secrecy::SecretString;

use super::providers::ProviderSecrets;
use crate::facts::{BASE_URL_FLAG, BadBaseUrl, Config, ConfigState, Sourced, Target};
use crate::probes::network::http::Credentials;
use crate::rules::openclaw::base_url::{DEFAULT_BASE_URL, repaired, shown_url, target};
use crate::rules::openclaw::primary::{is_legacy, references, resolve};
use crate::text::secret::SecretClass;
use crate::types::host_class::HostClass;
use crate::types::ollama_env::DEFAULT_PORT;

/// Whom to ask.
#[derive(Default)]
pub struct Plans {
    /// The Ollamas of OpenClaw.
    pub endpoints: Vec<EndpointPlan>,
    /// Servers of OpenAI's format that may be Ollamas.
    pub compatible: Vec<EndpointPlan>,
}

/// An endpoint to ask.
#[derive(Clone)]
pub struct EndpointPlan {
    /// The provider id.
    pub provider: String,
    /// The base URL to show.
    pub base_url: Sourced<String>,
    /// Where it leads; `None` for a base URL that is none.
    pub target: Option<Target>,
    /// What requests to it carry.
    pub credentials: Credentials,
    /// The models that the config names and this endpoint serves, the primary first.
    pub wanted: Vec<String>,
}

/// Plans one endpoint for each provider that speaks Ollama's API; the one that
/// serves the primary model comes first. Base URLs that are none are noted in
/// the config.
/// `variable` is `OLLAMA_API_KEY` where that is a key and no marker.
pub fn plan(
    config: &mut Config,
    secrets: Vec<ProviderSecrets>,
    variable: Option<&SecretString>,
    flag: Option<&str>,
) -> Plans {
    if matches!(config.state, ConfigState::Broken(_)) {
        return Plans { endpoints: flag.map(from_flag).into_iter().collect(), compatible: Vec::new() };
    }
    let Plans { endpoints: mut plans, compatible } = of_providers(config, secrets, variable);
    let reference = config.primary.as_ref().and_then(|primary| resolve(config, &primary.value));
    let primary = reference.map(|found| found.provider);
    let serves = |plan: &EndpointPlan, provider: &str| plan.provider == provider;
    if !plans.iter().any(|plan| serves(plan, "ollama"))
        && (plans.is_empty() || primary.as_deref() == Some("ollama"))
    {
        plans.push(by_default());
    }
    plans.sort_by_key(|plan| !primary.as_deref().is_some_and(|primary| serves(plan, primary)));
    if let (Some(flag), Some(first)) = (flag, plans.first_mut()) {
        config.bad_base_urls.retain(|bad| bad.provider != first.provider);
        // Without credentials, which belong to the configured origin.
        *first = EndpointPlan { provider: first.provider.clone(), ..from_flag(flag) };
    }
    for plan in &mut plans {
        plan.wanted = wanted(config, &plan.provider);
    }
    Plans { endpoints: plans, compatible }
}

/// The models that the agents use of a provider, then those of other keys, then those that its entry lists.
fn wanted(config: &Config, provider: &str) -> Vec<String> {
    let others = config.other_models.iter().filter_map(|one| resolve(config, &one.value));
    let named = references(config).map(|(_, found)| found).chain(others);
    let named = named.filter(|found| found.provider == provider).map(|found| found.model);
    // The search of notes names its model alone.
    let searched = config.memory_search.model.iter().map(|model| model.value.clone());
    let searched = searched.filter(|_| provider == "ollama");
    let listed = config.provider(provider).into_iter().flat_map(|provider| &provider.models);
    named.chain(searched).chain(listed.map(|model| model.id.value.clone())).collect()
}

/// The providers that speak Ollama's API, and those of OpenAI's format that may be Ollamas.
fn of_providers(
    config: &mut Config,
    secrets: Vec<ProviderSecrets>,
    variable: Option<&SecretString>,
) -> Plans {
    let mut endpoints = Vec::new();
    let mut compatible = Vec::new();
    for (provider, secrets) in config.providers.iter().zip(secrets) {
        if provider.is_ollama() {
            endpoints.push(from_provider(
                &provider.id,
                provider.base_url.as_ref(),
                secrets,
                variable.cloned(),
                &mut config.bad_base_urls,
            ));
        } else if is_legacy(provider, None) && provider.base_url.is_some() {
            let plan =
                from_provider(&provider.id, provider.base_url.as_ref(), secrets, None, &mut Vec::new());
            compatible.extend(Some(plan).filter(may_be_ollama));
        }
    }
    Plans { endpoints, compatible }
}

/// Whether a server of OpenAI's format is worth asking whether it is an Ollama:
/// its port is Ollama's, or it is of this machine or its network. A service on
/// the internet is not asked.
fn may_be_ollama(plan: &EndpointPlan) -> bool {
    let Some(target) = &plan.target else { return false };
    let class = HostClass::of(&target.host);
    // A cloud answers about its machines at a link-local address.
    let is_near = class.is_own() && class != HostClass::LinkLocal;
    target.port == DEFAULT_PORT || is_near
}

fn by_default() -> EndpointPlan {
    EndpointPlan { base_url: sourced(DEFAULT_BASE_URL, "default"), ..from_flag(DEFAULT_BASE_URL) }
}

/// The endpoint that `--base-url` names.
pub fn from_flag(url: &str) -> EndpointPlan {
    EndpointPlan {
        provider: "ollama".into(),
        base_url: sourced(&shown_url(url), BASE_URL_FLAG),
        target: target(url).ok(),
        credentials: Credentials::default(),
        wanted: Vec::new(),
    }
}

fn sourced(value: &str, from: &str) -> Sourced<String> {
    Sourced { value: value.to_string(), from: from.to_string(), line: None, column: None }
}

fn from_provider(
    id: &str,
    shown: Option<&Sourced<String>>,
    secrets: ProviderSecrets,
    variable: Option<SecretString>,
    bad: &mut Vec<BadBaseUrl>,
) -> EndpointPlan {
    let url = secrets.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL);
    let base_url = shown.cloned().unwrap_or_else(|| sourced(DEFAULT_BASE_URL, "default"));
    let target = target(url);
    // For a local host OpenClaw leaves the variable out of discovery (`resolveOllamaDiscoveryAuth`).
    let takes_variable = id == "ollama"
        && matches!(secrets.api_key.sight.class, SecretClass::None | SecretClass::Marker)
        && target.as_ref().is_ok_and(|target| !HostClass::of(&target.host).is_local());
    let bearer = secrets.api_key.value.or_else(|| variable.filter(|_| takes_variable));
    if let Err(why) = &target {
        bad.push(BadBaseUrl {
            provider: id.to_string(),
            url: base_url.clone(),
            why: why.clone(),
            repaired: repaired(url),
        });
    }
    EndpointPlan {
        provider: id.to_string(),
        base_url,
        target: target.ok(),
        credentials: Credentials { bearer, headers: secrets.headers },
        wanted: Vec::new(),
    }
}
