//! Do the models that an explicit provider lists agree with what Ollama has?

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Config, Facts, ListedModel, Need, Provider, Sourced, Unseen};
use crate::fixes::has_page_rules;
use crate::model_name::ModelName;

/// An explicit provider and the Ollama that it leads to.
struct Explicit<'a> {
    facts: &'a Facts,
    config: &'a Config,
    site: Site<'a>,
    index: usize,
    provider: &'a Provider,
}

/// Fails where a written list of models, or its absence, hides what Ollama has.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let version = facts.judged_install().and_then(|install| install.version.as_deref());
    let page_rules = version.is_some_and(has_page_rules);
    let found = Site::all(facts).find_map(|site| {
        let index = config.providers.iter().position(|provider| provider.id == site.endpoint.provider)?;
        Some(Explicit { facts, config, site, index, provider: &config.providers[index] })
    });
    match (found, discovery_off(config)) {
        (Some(explicit), _) if !explicit.provider.models.is_empty() => explicit.listed(),
        (_, Some(failure)) => failure.verdict(),
        (Some(explicit), None) => explicit.unlisted(page_rules),
        (None, None) => Verdict::pass("no provider of Ollama is written out, so models are discovered"),
    }
}

/// Nothing is listed and nothing may be discovered.
fn discovery_off(config: &Config) -> Option<Failure> {
    let switch = config.discovery_enabled.as_ref().filter(|switch| !switch.value)?;
    let message = "discovery is turned off and no models are listed, so none are offered";
    let mut failure = Failure::new("discovery-off", message)
        .seen("discovery", "/config/discoveryEnabled/value", "off")
        .note(switch.from.clone())
        .expected("on");
    failure.path = Some(switch.from.clone());
    failure.place = switch.line.zip(switch.column);
    Some(failure)
}

impl Explicit<'_> {
    fn unlisted(&self, page_rules: bool) -> Judgement {
        let key = format!("models.providers.{}", self.provider.id);
        if page_rules {
            let message = format!("{key} lists no models, so none are offered");
            return self.failure("no-models", message, None).verdict();
        }
        Verdict::pass(format!("{key} lists no models, so they are discovered"))
    }

    fn listed(&self) -> Judgement {
        let id = &self.provider.id;
        let prefix = format!("{id}/");
        let listed = || self.provider.models.iter();
        if let Some(model) = listed().find(|model| model.id.value.starts_with(&prefix)) {
            let message = format!("the listed id {} carries the name of its provider", model.id.value);
            let failure = self.failure("prefixed", message, Some(&model.id));
            return failure.expected(model.id.value.replacen(&prefix, "", 1)).verdict();
        }
        let tags = self.site.endpoint.tags.get()?.understood().ok_or(Unseen::Blocked { by: Need::Tags })?;
        let has = |name: &ModelName| {
            tags.iter().filter_map(|tag| ModelName::parse(&tag.name)).any(|tag| tag.is_same(name))
        };
        let is_missing = |model: &&ListedModel| {
            let name = ModelName::parse(&model.id.value);
            !is_named(self.config, &model.id.value) && name.is_none_or(|name| !name.is_cloud() && !has(&name))
        };
        if let Some(first) = listed().find(is_missing) {
            let message = format!("the listed model {} is not installed in Ollama", first.id.value);
            let failure = self.failure("not-installed", message, Some(&first.id));
            // Without a name that Ollama could have there is nothing to pull.
            let name = ModelName::parse(&first.id.value).map(|name| name.short());
            return name.into_iter().fold(failure, |failure, name| failure.value("model", name)).verdict();
        }
        self.hidden().unwrap_or_else(|| {
            Verdict::pass(format!("the {} listed models of {id} are installed", self.provider.models.len()))
        })
    }

    /// Installed models with tools that the list leaves out.
    fn hidden(&self) -> Option<Judgement> {
        let listed: Vec<ModelName> =
            self.provider.models.iter().filter_map(|model| ModelName::parse(&model.id.value)).collect();
        let shows = self.site.endpoint.shows.seen()?;
        let hidden = shows.iter().enumerate().find(|(_, show)| {
            let capabilities = show.answer.understood().and_then(|info| info.capabilities.as_ref());
            let has_tools = capabilities.is_some_and(|all| all.iter().any(|one| one == "tools"));
            let name = ModelName::parse(&show.name);
            has_tools && name.is_some_and(|name| !listed.iter().any(|other| other.is_same(&name)))
        });
        let (index, show) = hidden?;
        let message = format!("{} is installed and can call tools, but is not listed", show.name);
        let failure = self.failure("unlisted", message, None);
        let pointer = self.site.pointer(&format!("/shows/{index}/name"));
        Some(failure.seen("installed", pointer, show.name.clone()).verdict())
    }

    fn failure(&self, cause: &'static str, message: String, at: Option<&Sourced<String>>) -> Failure {
        let key = format!("models.providers.{}.models", self.provider.id);
        let pointer = format!("/config/providers/{}/models", self.index);
        let ids: Vec<&str> = self.provider.models.iter().map(|model| &*model.id.value).take(5).collect();
        let seen = if ids.is_empty() { "none".to_string() } else { ids.join(", ") };
        let mut failure = Failure::new(cause, message).seen("listed", pointer, seen).note(key.clone());
        failure.path = Some(at.map_or(key, |at| at.from.clone()));
        failure.place = at.and_then(|at| at.line.zip(at.column));
        failure.on(self.site.other_host(self.facts))
    }
}

/// Whether a model that is listed is judged by the check of an agent's model.
fn is_named(config: &Config, id: &str) -> bool {
    config.references().any(|reference| reference.value.split_once('/').is_some_and(|(_, model)| model == id))
}
