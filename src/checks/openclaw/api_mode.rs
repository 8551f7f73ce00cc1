//! Does OpenClaw speak OpenAI's format to an Ollama?

use crate::checks::shared::models_patch::entry_key;
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Answer, Config, Endpoint, Facts, ListedModel, Provider, Sourced};
use crate::rules::openclaw::base_url::native;
use crate::rules::openclaw::primary::{is_legacy, references};

/// Fails when a provider that some model uses speaks OpenAI's format to an
/// Ollama and streams. Without streaming it passes: a proxy may need that.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let legacy: Vec<Use> = uses(facts, config).filter(|used| is_legacy(used.provider, used.entry)).collect();
    if let Some(used) = legacy.iter().find(|used| used.streams()) {
        return fails(facts, used);
    }
    match legacy.first() {
        Some(used) => Verdict::pass(format!(
            "{} speaks OpenAI's format without streaming, as a proxy may need",
            used.provider.id
        )),
        None => Verdict::pass("no model is asked in OpenAI's format at an Ollama that was seen"),
    }
}

/// A model of an Ollama that an agent uses.
struct Use<'a> {
    /// Its provider's place in the config.
    index: usize,
    provider: &'a Provider,
    /// Its entry in the provider's list.
    entry: Option<&'a ListedModel>,
}

impl Use<'_> {
    fn streams(&self) -> bool {
        self.entry.and_then(|entry| entry.streaming.as_ref()).is_none_or(|set| set.value)
    }

    /// The `api` of the model's own entry, which counts more than its provider's.
    fn own_api(&self) -> Option<&Sourced<String>> {
        self.entry.and_then(|entry| entry.api.as_ref())
    }
}

fn uses<'a>(facts: &'a Facts, config: &'a Config) -> impl Iterator<Item = Use<'a>> {
    references(config).filter_map(move |(_, found)| {
        let is_it = |provider: &Provider| provider.id == found.provider && is_ollama(facts, provider);
        let index = config.providers.iter().position(is_it)?;
        let provider = &config.providers[index];
        let entry = provider.models.iter().find(|entry| entry.id.value == found.model);
        Some(Use { index, provider, entry })
    })
}

fn fails(facts: &Facts, used: &Use) -> Judgement {
    let Use { index, provider, entry } = *used;
    let behind_proxy = endpoint(facts, provider).is_some_and(answers_otherwise);
    let (cause, message) = if behind_proxy {
        ("behind-proxy", format!("{} streams in OpenAI's format, which can lose tool calls", provider.id))
    } else {
        (
            "openai-format",
            format!("{} uses OpenAI's API format with Ollama, which can lose tool calls", provider.id),
        )
    };
    let own = used.own_api();
    let api = own.or(provider.api.as_ref());
    let fact = own.map_or(format!("/config/providers/{index}/api"), |own| {
        facts.config.seen().map_or("/config".into(), |config| config.pointer_to(&own.from))
    });
    let key = own.map_or(provider.key("api"), |own| own.from.clone());
    let words = api.map_or("unset, which means openai-completions".into(), |api| api.value.clone());
    let mut failure = Failure::new(cause, message).seen("api", fact, words).expected("ollama");
    if let Some(base_url) = &provider.base_url {
        failure = failure
            .seen("baseUrl", format!("/config/providers/{index}/baseUrl/value"), base_url.value.clone())
            .note(base_url.from.clone());
    }
    failure.path = Some(key.clone());
    failure.place = api.and_then(Sourced::place);
    if let Some(key) = entry.and_then(|entry| entry_key(entry, "params.streaming")) {
        failure = failure.value("streaming_key", key);
    }
    with_fixes(failure.value("api_key", key), provider, behind_proxy).verdict()
}

fn with_fixes(failure: Failure, provider: &Provider, behind_proxy: bool) -> Failure {
    let url = provider.base_url.as_ref().and_then(|url| native(&url.value));
    match url {
        _ if behind_proxy => failure.fixes(&["no-streaming", "by-hand"]),
        Some(url) => failure
            .value("base_url_key", provider.key("baseUrl"))
            .value("base_url", url)
            .fixes(&["native", "by-hand"]),
        None => failure.fixes(&["native-api", "by-hand"]),
    }
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
