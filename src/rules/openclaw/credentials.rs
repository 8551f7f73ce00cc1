//! Whether OpenClaw sees a credential for Ollama: the rules of
//! `tests/cases/credentials.json`, each measured with a real agent turn.

use crate::facts::{Config, Facts, KeyPlace, KeySight, Provider};
use crate::rules::openclaw::base_url::DEFAULT_BASE_URL;
use crate::rules::openclaw::by_version::Rules;
use crate::rules::openclaw::primary::resolve;
use crate::text::secret::SecretClass;
use crate::types::host_class::HostClass;

/// The variable that enables Ollama for OpenClaw (`ollama` plugin of the npm package).
pub const KEY_VARIABLE: &str = "OLLAMA_API_KEY";

/// What an agent's turn would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// It has what it needs; where that is.
    Usable(String),
    /// It ends before anything is asked of Ollama.
    Refused(Refusal),
    /// That cannot be told, and why.
    Unclear(String),
}

/// Why a turn ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No key and no marker anywhere.
    NoKey,
    /// A key in the doctor's shell, which the gateway does not have.
    ShellOnly,
    /// An auth profile, which is no signal for a turn to discover models.
    ProfileOnly,
    /// A reference that leads nowhere.
    Unresolved,
    /// A marker without an address, an api and models beside it.
    MarkerOnly,
    /// A marker, or nothing, for a host that OpenClaw does not take for local.
    RealKeyNeeded,
}

/// Whose eyes count: those of the gateway, or of a command that its user runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eyes {
    /// The running gateway, its unit, or this shell where neither is known.
    Gateway,
    /// A command in a fresh shell: only what files hold.
    Command,
}

/// Whether a turn with a model of the provider `id` gets past OpenClaw's own gate.
pub fn access(facts: &Facts, config: &Config, id: &str, eyes: Eyes) -> Access {
    let provider = config.providers.iter().find(|provider| provider.id == id);
    // A profile goes before the provider's own key, and the entry lets a turn find the model.
    let profile = config.auth_profiles.iter().any(|profile| profile.value == id);
    if profile && (provider.is_some() || facts.rules() == Rules::Documented) {
        return Access::Usable(format!("an auth profile of {id}"));
    }
    let refusal = match provider.map_or(SecretClass::None, |provider| provider.api_key.class) {
        SecretClass::Reference | SecretClass::ShortLiteral | SecretClass::LongLiteral => {
            return Access::Usable(config.provider_key(id, "apiKey"));
        }
        SecretClass::UnresolvedReference => Refusal::Unresolved,
        SecretClass::Marker | SecretClass::None => {
            if let Some(sight) = variable(facts, eyes).filter(|_| id == "ollama") {
                return Access::Usable(describe_place(sight.place).to_string());
            }
            match without_key(facts, config, id, provider) {
                Ok(usable) => return Access::Usable(usable),
                Err(_) if profile => Refusal::ProfileOnly,
                Err(refusal) => refusal,
            }
        }
    };
    let reads_variable = id == "ollama" || refusal == Refusal::Unresolved;
    if eyes == Eyes::Gateway && reads_variable && is_hidden(facts) {
        return Access::Unclear(
            "the environment of the running gateway may not be read; run as root or as its user".into(),
        );
    }
    if config.shell_env.as_ref().is_some_and(|import| import.value) && refusal != Refusal::RealKeyNeeded {
        return Access::Unclear("OpenClaw imports keys from a login shell, which is not started".into());
    }
    Access::Refused(refusal)
}

/// The first place with the variable that these eyes see.
fn variable(facts: &Facts, eyes: Eyes) -> Option<&KeySight> {
    let set = |place: KeyPlace| facts.keys.iter().find(|sight| sight.place == place && sight.key.set);
    let files = || set(KeyPlace::DotEnv).or_else(|| set(KeyPlace::ConfigEnv));
    if eyes == Eyes::Command {
        return files();
    }
    let process = set(KeyPlace::GatewayEnvironment).or_else(|| {
        let unit = set(KeyPlace::UnitEnvironment);
        // What runs counts more than what its unit would give it.
        unit.filter(|_| !is_seen(facts, KeyPlace::GatewayEnvironment))
    });
    process.or_else(files).or_else(|| set(KeyPlace::OwnEnvironment).filter(|_| !has_gateway(facts)))
}

fn is_seen(facts: &Facts, place: KeyPlace) -> bool {
    facts.keys.iter().any(|sight| sight.place == place)
}

/// Whether a gateway runs, or a unit starts one: then this shell does not count.
fn has_gateway(facts: &Facts) -> bool {
    facts.judged_install().is_some_and(|install| install.gateway_pid.is_some())
        || is_seen(facts, KeyPlace::UnitEnvironment)
}

/// Whether a gateway runs whose environment could hold what was not found elsewhere.
fn is_hidden(facts: &Facts) -> bool {
    let runs = facts.judged_install().is_some_and(|install| install.gateway_pid.is_some());
    runs && !is_seen(facts, KeyPlace::GatewayEnvironment)
}

/// A marker, or nothing: what the rest of the provider makes of it.
fn without_key(
    facts: &Facts,
    config: &Config,
    id: &str,
    provider: Option<&Provider>,
) -> Result<String, Refusal> {
    let marker = provider.is_some_and(|provider| provider.api_key.class == SecretClass::Marker);
    if facts.rules() == Rules::Documented {
        return if marker { Ok(config.provider_key(id, "apiKey")) } else { Err(none(facts)) };
    }
    let has_models = provider.is_some_and(|provider| !provider.models.is_empty());
    let api = provider.and_then(|provider| provider.api.as_ref()).map(|api| &*api.value);
    let url = provider.and_then(|provider| provider.base_url.as_ref()).map(|url| &*url.value);
    let host = HostClass::of_base_url(url.unwrap_or(DEFAULT_BASE_URL));
    let is_whole = has_models && matches!(api, Some("ollama" | "openai-completions"));
    // Providers of other names are asked by the plugin's rule.
    let rule = if id == "ollama" { HostClass::takes_marker } else { HostClass::is_local };
    match (is_whole, host.is_some_and(rule)) {
        (true, true) => Ok(format!("models.providers.{id}, which is local and lists its models")),
        (true, false) => Err(Refusal::RealKeyNeeded),
        _ if marker => Err(Refusal::MarkerOnly),
        _ => Err(none(facts)),
    }
}

fn none(facts: &Facts) -> Refusal {
    let in_shell = facts.keys.iter().any(|sight| sight.place == KeyPlace::OwnEnvironment && sight.key.set);
    if in_shell { Refusal::ShellOnly } else { Refusal::NoKey }
}

/// A place in words.
pub fn describe_place(place: KeyPlace) -> &'static str {
    match place {
        KeyPlace::GatewayEnvironment => "the environment of the running gateway",
        KeyPlace::UnitEnvironment => "the gateway's unit",
        KeyPlace::OwnEnvironment => "this shell",
        KeyPlace::DotEnv => "the .env file of OpenClaw",
        KeyPlace::ConfigEnv => "env.vars of the config",
        KeyPlace::ProviderConfig => "models.providers.ollama.apiKey",
    }
}

/// The Ollama providers of the primary and of the agents' own models.
pub fn used_providers(config: &Config) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let primaries = config.agents.iter().filter_map(|agent| agent.primary.as_ref());
    for reference in config.primary.iter().chain(primaries) {
        let Some(id) = resolve(config, &reference.value).map(|found| found.provider) else { continue };
        let speaks_ollama = |provider: &Provider| provider.id == id && provider.says_ollama();
        let is_ollama = id == "ollama" || config.providers.iter().any(speaks_ollama);
        if is_ollama && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}
