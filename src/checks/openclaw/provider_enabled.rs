//! Does OpenClaw see what lets its agents use Ollama?

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Config, Facts, KeyPlace, Need, Unseen};
use crate::rules::openclaw::credentials::{Access, Eyes, Refusal, access, describe_place, used_providers};
use crate::rules::openclaw::started::unread_dot_env;
use crate::types::host_class::HostClass;

/// Fails where a turn of an agent ends before anything is asked of Ollama. Only
/// the providers that agents use are judged.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let ids = used_providers(config);
    if ids.is_empty() {
        let why = "no agent uses a model of Ollama".to_string();
        return Err(Unseen::NotApplicable { why });
    }
    let mut seen = Vec::new();
    for id in ids {
        if let Some(failure) = turned_off(config, &id) {
            return failure.verdict();
        }
        match access(facts, config, &id, Eyes::Gateway) {
            Access::Usable(place)
                if place == describe_place(KeyPlace::DotEnv) && unread_dot_env(facts).is_some() =>
            {
                return Err(Unseen::Blocked { by: Need::Started });
            }
            Access::Usable(place) => seen.push(place),
            Access::Unclear(error) => return Err(Unseen::Unknown { error }),
            Access::Refused(refusal) => return refused(facts, config, &id, refusal).verdict(),
        }
    }
    Verdict::pass(format!("enabled by {}", seen.join(" and ")))
}

/// The plugin speaks Ollama's API; in OpenAI mode it is not needed.
fn turned_off(config: &Config, id: &str) -> Option<Failure> {
    let switch = config.plugin_enabled.as_ref().filter(|switch| !switch.value)?;
    let provider = config.providers.iter().find(|provider| provider.id == id);
    let api = provider.and_then(|provider| provider.api.as_ref());
    if api.is_some_and(|api| api.value.starts_with("openai-")) {
        return None;
    }
    let key = switch.from.as_str();
    let fix = match key {
        "plugins.enabled" => "enable-plugins",
        "plugins.entries.ollama.enabled" => "enable-plugin",
        _ => "undeny-plugin",
    };
    let mut failure = Failure::new("plugin-disabled", format!("{key} turns Ollama's plugin off"))
        .seen("plugin", "/config/pluginEnabled/value", "off")
        .note(key)
        .expected("on")
        .fixes(&[fix]);
    failure.path = Some(key.to_string());
    failure.place = switch.place();
    Some(failure)
}

fn refused(facts: &Facts, config: &Config, id: &str, refusal: Refusal) -> Failure {
    let provider = config.providers.iter().position(|provider| provider.id == id);
    let url = provider.and_then(|index| config.providers[index].base_url.as_ref());
    let host = url.and_then(|url| HostClass::of_base_url(&url.value)).unwrap_or(HostClass::Loopback);
    let (cause, message) = explained(refusal, id, host);
    let key = config.provider_key(id, "apiKey");
    let path = match id {
        "ollama" if refusal != Refusal::Unresolved => "env.vars.OLLAMA_API_KEY".into(),
        _ => key.clone(),
    };
    let mut failure = Failure::new(cause, message)
        .value("api_key_key", key)
        .fixes(fixes(id, refusal, holds_key(facts)))
        .path(path);
    if let (Refusal::RealKeyNeeded, Some(index), Some(url)) = (refusal, provider, url) {
        failure = failure
            .seen("base URL", format!("/config/providers/{index}/baseUrl/value"), url.value.clone())
            .note(host.describe());
    }
    for (index, sight) in facts.keys.iter().enumerate() {
        let is_marker = sight.place == KeyPlace::ProviderConfig && sight.key.set;
        let seen = match sight.key.set {
            true if is_marker && refusal == Refusal::Unresolved => "no value behind it",
            true if is_marker => "a placeholder, no key",
            true => "present",
            false => "missing",
        };
        failure = failure
            .seen("OLLAMA_API_KEY", format!("/keys/{index}/key/set"), seen)
            .note(describe_place(sight.place));
    }
    failure
}

/// The cause and the message.
fn explained(refusal: Refusal, id: &str, host: HostClass) -> (&'static str, String) {
    match refusal {
        Refusal::NoKey => {
            ("no-key", "OpenClaw has no API key for Ollama, so every turn of an agent fails".to_string())
        }
        Refusal::ShellOnly => {
            ("shell-only", "OLLAMA_API_KEY is set in this shell, but not for the gateway".into())
        }
        Refusal::ProfileOnly => {
            ("profile-only", "an auth profile alone does not let agents use Ollama".into())
        }
        Refusal::Unresolved => ("unresolved", format!("the key of {id} is a variable without a value")),
        Refusal::MarkerOnly => {
            ("marker-only", "a placeholder in apiKey alone does not let agents use Ollama".into())
        }
        Refusal::RealKeyNeeded => (
            "real-key-needed",
            format!("the host is {}: OpenClaw requires a real API key for it", host.describe()),
        ),
    }
}

fn fixes(id: &str, refusal: Refusal, holds_key: bool) -> &'static [&'static str] {
    match (id, refusal) {
        (_, Refusal::Unresolved) if holds_key => &["read-variable", "give-value"],
        (_, Refusal::Unresolved) => &["enable-by-name", "give-value"],
        ("ollama", _) => &["enable"],
        // A key that is there must not be overwritten by the marker.
        _ if holds_key => &["read-variable"],
        _ => &["enable-by-name"],
    }
}

/// Whether the config or the .env file holds an OLLAMA_API_KEY already.
fn holds_key(facts: &Facts) -> bool {
    let mut sights = facts.keys.iter().filter(|sight| sight.key.set);
    sights.any(|sight| matches!(sight.place, KeyPlace::ConfigEnv | KeyPlace::DotEnv))
}
