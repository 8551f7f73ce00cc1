//! The variables that hold a key for Ollama, in each place that gives the gateway some.

use super::providers::ProviderSecrets;
use super::sources::{Sources, is_managed};
use crate::facts::{KeyVariable, Provider, ServiceValue};
use crate::probes::openclaw::environment::Variables;
use crate::rules::openclaw::credentials::KEY_VARIABLE;
use crate::text::secret::{SecretSight, Tagger};

/// `OLLAMA_API_KEY`, and what the keys of the providers that speak Ollama's API name.
pub fn read(
    sources: &Sources,
    providers: &[Provider],
    secrets: &[ProviderSecrets],
    tagger: &Tagger,
) -> Vec<KeyVariable> {
    let named = providers.iter().zip(secrets).filter(|(provider, _)| provider.is_ollama());
    let mut names = vec![KEY_VARIABLE.to_string()];
    for name in named.filter_map(|(_, secrets)| secrets.api_key.variable.clone()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let sight = |variables: &Variables, name: &str| {
        variables.get(name).map_or(SecretSight::none(), |value| tagger.literal(&value.secret))
    };
    let value = |variables: &Variables, name: &str| ServiceValue {
        value: sight(variables, name),
        managed: is_managed(variables, name),
    };
    let variable = |name: String| KeyVariable {
        gateway: sources.gateway.as_ref().map(|variables| value(variables, &name)),
        unit: sources.unit.as_ref().map(|variables| value(variables, &name)),
        dot_env: sight(&sources.dotenv, &name),
        name,
    };
    names.into_iter().map(variable).collect()
}
