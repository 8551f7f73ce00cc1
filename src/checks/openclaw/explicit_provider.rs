//! Do the models that an explicit provider lists agree with what Ollama has?

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Config, Facts, ListedModel, Need, Provider, Sourced, Unseen};
use crate::rules::openclaw::base_url::{DEFAULT_BASE_URL, api_base};
use crate::rules::openclaw::by_version::Rules;
use crate::rules::openclaw::discovery::suppressing;
use crate::rules::openclaw::primary::{is_used, references};
use crate::types::capability::Capability;
use crate::types::model_name::ModelName;

/// Fails where a written list of models, or its absence, hides what Ollama has.
/// Each provider that leads to an Ollama is judged.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let off = discovery_off(config).or_else(|| suppressed(facts, config));
    let (mut failures, mut seen) = (Vec::from_iter(off), Vec::new());
    let mut blocked = None;
    for (index, provider) in config.providers.iter().enumerate() {
        let Some(site) = Site::all(facts).find(|site| site.endpoint.provider == provider.id) else {
            continue;
        };
        let explicit = Explicit { facts, config, site, index, provider };
        match explicit.failures() {
            Ok(found) if found.is_empty() => seen.push(explicit.describe()),
            Ok(mut found) => failures.append(&mut found),
            Err(unseen) => blocked = blocked.or(Some(unseen)),
        }
    }
    match (Verdict::fail(failures), blocked) {
        (Some(failed), _) => failed,
        (None, Some(unseen)) => Err(unseen),
        (None, None) if seen.is_empty() => Verdict::pass("no provider of Ollama is written out"),
        (None, None) => Verdict::pass(seen.join("; ")),
    }
}

/// OpenClaw asks no Ollama at its default address where another provider has a remote one
/// (`resolveOllamaDiscoveryResult` of 2026.9.6); agents still reach what they name.
fn suppressed(facts: &Facts, config: &Config) -> Option<Failure> {
    let ollama = config.provider("ollama");
    let address = ollama.and_then(|provider| provider.base_url.as_ref());
    let is_default = address.is_none_or(|url| api_base(&url.value) == DEFAULT_BASE_URL);
    let lists = ollama.is_some_and(|provider| !provider.models.is_empty());
    if facts.rules() == Rules::Documented || !is_default || lists || !is_used(config, "ollama") {
        return None;
    }
    let index = suppressing(config)?;
    let provider = &config.providers[index];
    let url = provider.base_url.as_ref()?;
    let message = format!("{} is remote, so that no models of the local Ollama are offered", provider.id);
    let failure = Failure::new("other-host", message)
        .seen("base URL", format!("/config/providers/{index}/baseUrl/value"), url.value.clone())
        .note(url.from.clone())
        .at(url);
    Some(failure)
}

/// Nothing is listed and nothing may be discovered, for agents that use Ollama.
fn discovery_off(config: &Config) -> Option<Failure> {
    let switch = config.discovery_enabled.as_ref().filter(|switch| !switch.value)?;
    let lists = config.provider("ollama").is_some_and(|provider| !provider.models.is_empty());
    if lists || !is_used(config, "ollama") {
        return None;
    }
    let message = "discovery is turned off and no models are listed, so none are offered";
    let failure = Failure::new("discovery-off", message)
        .seen("discovery", "/config/discoveryEnabled/value", "off")
        .note(switch.from.clone())
        .expected("on")
        .at(switch);
    Some(failure)
}

/// An explicit provider and the Ollama that it leads to.
struct Explicit<'a> {
    /// Everything seen.
    facts: &'a Facts,
    /// The config.
    config: &'a Config,
    /// The Ollama.
    site: Site<'a>,
    /// Its place in the config's providers.
    index: usize,
    /// The provider.
    provider: &'a Provider,
}

impl Explicit<'_> {
    /// What is wrong with its list, or with having none.
    fn failures(&self) -> Result<Vec<Failure>, Unseen> {
        if self.provider.models.is_empty() {
            return Ok(Vec::from_iter(self.unlisted()));
        }
        self.judge_listed()
    }

    /// What was seen of it, where nothing is wrong.
    fn describe(&self) -> String {
        let (id, models) = (&self.provider.id, self.provider.models.len());
        match models {
            0 if is_used(self.config, id) && id == "ollama" => {
                format!("{id} lists no models, so they are discovered")
            }
            // The catalog asks `models.providers.ollama` only (`resolveOllamaDiscoveryResult`); an agent's
            // turn asks any provider for the model that it names (measured on 2026.9.6).
            0 if is_used(self.config, id) => {
                format!("{id} lists no models: agents reach the ones that they name, and none is offered")
            }
            0 => format!("{id} lists no models, and no agent uses one of it"),
            1 => format!("the listed model of {id} is installed"),
            _ => format!("the {models} listed models of {id} are installed"),
        }
    }

    fn unlisted(&self) -> Option<Failure> {
        let id = &self.provider.id;
        if !is_used(self.config, id) {
            return None;
        }
        if self.facts.rules() == Rules::Documented {
            let message = format!("models.providers.{id} lists no models, so none are offered");
            return Some(self.failure("no-models", message, None));
        }
        None
    }

    fn judge_listed(&self) -> Result<Vec<Failure>, Unseen> {
        let prefix = format!("{}/", self.provider.id);
        let listed = || self.provider.models.iter();
        if let Some(model) = listed().find(|model| model.id.value.starts_with(&prefix)) {
            let message = format!("the listed id {} carries the name of its provider", model.id.value);
            let failure = self.failure("prefixed", message, Some(&model.id));
            return Ok(vec![failure.expected(model.id.value.replacen(&prefix, "", 1))]);
        }
        let tags = self.site.endpoint.tags.get()?.understood().ok_or(Unseen::Blocked { by: Need::Tags })?;
        let has = |name: &ModelName| tags.iter().any(|tag| name.is_named(&tag.name));
        let is_missing = |model: &&ListedModel| {
            let name = ModelName::parse(&model.id.value);
            !self.is_named(&model.id.value) && name.is_none_or(|name| !name.is_cloud() && !has(&name))
        };
        let missing: Vec<Failure> = listed().filter(is_missing).map(|model| self.missing(model)).collect();
        Ok(if missing.is_empty() { Vec::from_iter(self.hidden()) } else { missing })
    }

    fn missing(&self, model: &ListedModel) -> Failure {
        let message = format!("the listed model {} is not installed in Ollama", model.id.value);
        let failure = self.failure("not-installed", message, Some(&model.id));
        // Without a name that Ollama could have there is nothing to pull.
        match ModelName::parse(&model.id.value) {
            Some(name) => failure.value("model", name.short()),
            None => failure,
        }
    }

    /// Whether a model that is listed is judged by the check of an agent's model.
    fn is_named(&self, id: &str) -> bool {
        references(self.config).any(|(_, named)| named.provider == self.provider.id && named.model == id)
    }

    /// Installed models with tools that the list leaves out.
    fn hidden(&self) -> Option<Failure> {
        let listed: Vec<ModelName> =
            self.provider.models.iter().filter_map(|model| ModelName::parse(&model.id.value)).collect();
        let shows = self.site.endpoint.shows.seen()?;
        let hidden = shows.iter().enumerate().find(|(_, show)| {
            let has_tools = show.can(Capability::Tools) == Some(true);
            let name = ModelName::parse(&show.name);
            has_tools && name.is_some_and(|name| !listed.iter().any(|other| other.is_same(&name)))
        });
        let (index, show) = hidden?;
        let message = format!("{} is installed and can call tools, but is not listed", show.name);
        let failure = self.failure("unlisted", message, None);
        let pointer = self.site.pointer(&format!("/shows/{index}/name"));
        Some(failure.seen("installed", pointer, show.name.clone()))
    }

    fn failure(&self, cause: &'static str, message: String, at: Option<&Sourced<String>>) -> Failure {
        let key = self.provider.key("models");
        let pointer = format!("/config/providers/{}/models", self.index);
        let ids: Vec<&str> = self.provider.models.iter().map(|model| &*model.id.value).take(5).collect();
        let seen = if ids.is_empty() { "none".to_string() } else { ids.join(", ") };
        let mut failure = Failure::new(cause, message).seen("listed", pointer, seen).note(key.clone());
        failure.path = Some(at.map_or(key, |at| at.from.clone()));
        failure.place = at.and_then(Sourced::place);
        failure.on(self.site.other_host(self.facts))
    }
}
