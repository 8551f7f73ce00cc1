//! Does OpenClaw speak OpenAI's format to an Ollama?

use crate::checks::shared::models_patch::entry_key;
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Answer, Config, Endpoint, Facts, ListedModel, Provider};
use crate::rules::openclaw::primary::is_legacy;

/// Fails when a provider that some model uses speaks OpenAI's format to an
/// Ollama and streams. Without streaming it passes: a proxy may need that.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let legacy = config.providers.iter().enumerate().filter(|(_, provider)| is_legacy(provider));
    let used: Vec<(usize, &Provider)> = legacy
        .filter(|(_, provider)| is_ollama(facts, provider) && used(config, provider).next().is_some())
        .collect();
    let streams = |provider: &Provider| used_entries(config, provider).any(streams);
    if let Some((index, provider)) = used.iter().find(|(_, provider)| streams(provider)) {
        return fails(facts, config, *index, provider);
    }
    match used.first() {
        Some((_, provider)) => Verdict::pass(format!(
            "{} speaks OpenAI's format without streaming, as a proxy may need",
            provider.id
        )),
        None => Verdict::pass("no model is asked in OpenAI's format at an Ollama that was seen"),
    }
}

fn fails(facts: &Facts, config: &Config, index: usize, provider: &Provider) -> Judgement {
    let behind_proxy = endpoint(facts, provider).is_some_and(answers_otherwise);
    let (cause, message) = if behind_proxy {
        ("behind-proxy", format!("{} streams in OpenAI's format, which can lose tool calls", provider.id))
    } else {
        (
            "openai-format",
            format!("{} speaks OpenAI's format to Ollama, which can lose tool calls", provider.id),
        )
    };
    let api = provider.api.as_ref();
    let mut failure = Failure::new(cause, message)
        .seen(
            "api",
            format!("/config/providers/{index}/api"),
            api.map_or("unset, which means openai-completions".into(), |api| api.value.clone()),
        )
        .expected("ollama");
    if let Some(base_url) = &provider.base_url {
        failure = failure
            .seen("baseUrl", format!("/config/providers/{index}/baseUrl/value"), base_url.value.clone())
            .note(base_url.from.clone());
    }
    failure.path = Some(provider.key("api"));
    failure.place = api.and_then(|api| api.line.zip(api.column));
    let mut streaming = used_entries(config, provider).flatten().filter(|entry| streams(Some(entry)));
    if let Some(key) = streaming.next().and_then(|entry| entry_key(entry, "params.streaming")) {
        failure = failure.value("streaming_key", key);
    }
    failure = failure.value("api_key", provider.key("api"));
    let has_url = provider.base_url.as_ref().and_then(|url| native(&url.value));
    match (behind_proxy, has_url) {
        (true, _) => failure.fixes(&["no-streaming", "by-hand"]).verdict(),
        (false, Some(url)) => failure
            .value("base_url_key", provider.key("baseUrl"))
            .value("base_url", url)
            .fixes(&["native", "by-hand"])
            .verdict(),
        _ => failure.fixes(&["native-api", "by-hand"]).verdict(),
    }
}

/// The base URL without `/v1`, where it has that.
pub fn native(url: &str) -> Option<String> {
    let url = url.trim_end_matches('/');
    let stem = url.get(..url.len().checked_sub("/v1".len())?)?;
    (url[stem.len()..].eq_ignore_ascii_case("/v1") && !url.contains("${")).then(|| stem.to_string())
}

fn is_ollama(facts: &Facts, provider: &Provider) -> bool {
    provider.id == "ollama"
        || facts.compatible.iter().any(|seen| seen.provider == provider.id && seen.is_ollama())
}

fn endpoint<'a>(facts: &'a Facts, provider: &Provider) -> Option<&'a Endpoint> {
    facts.endpoints.iter().find(|endpoint| endpoint.provider == provider.id)
}

/// Something answers there, and it is no Ollama.
fn answers_otherwise(endpoint: &Endpoint) -> bool {
    let is_other = |answer: &Answer<String>| answer.status.is_some() && answer.understood().is_none();
    endpoint.version.seen().is_some_and(is_other)
}

/// The models of a provider that the config uses anywhere.
fn used<'a>(config: &'a Config, provider: &'a Provider) -> impl Iterator<Item = &'a str> {
    let agents = config.agents.iter().flat_map(|agent| agent.primary.iter().chain(&agent.fallbacks));
    let all = config.primary.iter().chain(&config.fallbacks).chain(agents);
    all.filter_map(|reference| reference.value.strip_prefix(&*provider.id)?.strip_prefix('/'))
}

fn used_entries<'a>(
    config: &'a Config,
    provider: &'a Provider,
) -> impl Iterator<Item = Option<&'a ListedModel>> {
    used(config, provider).map(|model| provider.models.iter().find(|entry| entry.id.value == model))
}

fn streams(entry: Option<&ListedModel>) -> bool {
    entry.and_then(|entry| entry.streaming.as_ref()).is_none_or(|set| set.value)
}
