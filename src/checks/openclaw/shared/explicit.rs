//! A provider that the config writes out, against the Ollama that it leads to.

use crate::checks::{Failure, Site};
use crate::facts::{Config, Facts, ListedModel, Need, Provider, Sourced, Unseen};
use crate::rules::openclaw::by_version::Rules;
use crate::rules::openclaw::primary::{is_used, references};
use crate::types::model_name::ModelName;

/// An explicit provider and the Ollama that it leads to.
pub struct Explicit<'a> {
    /// Everything seen.
    pub facts: &'a Facts,
    /// The config.
    pub config: &'a Config,
    /// The Ollama.
    pub site: Site<'a>,
    /// Its place in the config's providers.
    pub index: usize,
    /// The provider.
    pub provider: &'a Provider,
}

impl Explicit<'_> {
    /// What is wrong with its list, or with having none.
    pub fn failures(&self) -> Result<Vec<Failure>, Unseen> {
        if self.provider.models.is_empty() {
            return Ok(Vec::from_iter(self.unlisted()));
        }
        self.listed()
    }

    /// What was seen of it, where nothing is wrong.
    pub fn words(&self) -> String {
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

    fn listed(&self) -> Result<Vec<Failure>, Unseen> {
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
            let has_tools = show.capabilities().is_some_and(|all| all.iter().any(|one| one == "tools"));
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
        failure.place = at.and_then(|at| at.line.zip(at.column));
        failure.on(self.site.other_host(self.facts))
    }
}
