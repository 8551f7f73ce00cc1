//! What a model reference leads to: one judgement for the primary, the
//! fallbacks and the models of single agents.

use crate::checks::{Failure, Site};
use crate::facts::{Config, Facts, Need, Sourced, Tag, Unseen};
use crate::rules::openclaw::ollama_cloud::HOST;
use crate::rules::openclaw::primary::{DEFAULT_PROVIDER, FoundBy, resolve_or, written_provider};
use crate::rules::openclaw::providers::{is_installed, is_nowhere};
use crate::types::capability::Capability;
use crate::types::model_name::{ModelName, nearest};

/// A reference in the config, and what it is judged against.
pub struct Reference<'a> {
    /// Everything seen.
    pub facts: &'a Facts,
    /// The config that names it.
    pub config: &'a Config,
    /// What it is, for a sentence: `primary model`.
    pub what: String,
    /// What it is, for the evidence: `primary`.
    pub label: &'static str,
    /// JSON Pointer to its value.
    pub pointer: String,
    /// The reference.
    pub value: &'a Sourced<String>,
    /// The provider that one without a provider gets.
    pub default_provider: String,
}

/// What a reference leads to.
pub enum Lead {
    /// A model of an Ollama that we know, fit for OpenClaw; in words.
    Served(String),
    /// A model that somebody else serves, and who; in words.
    Elsewhere {
        /// The provider.
        provider: String,
        /// What was seen.
        seen: String,
    },
    /// Nothing that OpenClaw could use.
    Broken {
        /// Why.
        failure: Box<Failure>,
        /// The name that was meant, as far as it can be told.
        wanted: String,
    },
}

/// A lead, or why it cannot be told.
pub type Found = Result<Lead, Unseen>;

impl Reference<'_> {
    /// Follows the reference. It is broken when it has no provider and OpenClaw
    /// reads it as `openai/…`, misspells the provider, or names an Ollama model
    /// that is not installed or has no tools.
    pub fn follow(&self) -> Found {
        let text = &*self.value.value;
        let Some(found) = resolve_or(self.config, text, &self.default_provider) else {
            return self.broken("invalid-name", format!("{text} names no model"), text);
        };
        if found.found_by == FoundBy::Default && found.provider == DEFAULT_PROVIDER {
            let message =
                format!("the {} {text} has no provider; OpenClaw reads it as openai/{text}", self.what);
            return self.broken("no-provider", message, text);
        }
        let (provider, model) = (&*found.provider, &*found.model);
        let Some(site) = Site::all(self.facts).find(|site| site.endpoint.provider == provider) else {
            return self.of_other_provider(provider, model);
        };
        let Some(name) = found.name() else {
            let message = format!("{model} is not a valid Ollama model name");
            return self.broken("invalid-name", message, model);
        };
        self.on(&site, &name)
    }

    /// Nobody's provider: a mistake where it is spelled almost like one that exists.
    fn of_other_provider(&self, provider: &str, model: &str) -> Found {
        let configured = self.config.provider(provider).is_some();
        let known = self.facts.endpoints.iter().map(|endpoint| &*endpoint.provider).chain(["ollama"]);
        // Two letters of five make another word, so the length decides.
        let most = |known: &str| if known.len() > 5 { 2 } else { 1 };
        let is_near = |known: &&str| strsim::damerau_levenshtein(known, provider) <= most(known);
        match known.into_iter().find(is_near) {
            Some(meant) if !configured => {
                let written = written_provider(&self.value.value);
                let message = format!(
                    "the {} names the provider {written}, which does not exist; {meant} does",
                    self.what
                );
                self.broken("unknown-provider", message, model)
            }
            _ if is_nowhere(self.facts, self.config, provider, &self.value.value) => self.nowhere(model),
            _ => Ok(Lead::Elsewhere {
                provider: provider.to_string(),
                seen: format!("{provider}/{model} is served by {provider}, which is not Ollama"),
            }),
        }
    }

    /// OpenClaw says `Unknown model` and sends nothing.
    fn nowhere(&self, model: &str) -> Found {
        let text = &*self.value.value;
        let written = written_provider(text);
        let (what, wanted) = match is_installed(self.facts, text) {
            true => (format!("{text} lacks its provider: in OpenClaw it is ollama/{text}"), text),
            false => {
                (format!("names the provider {written}, which OpenClaw does not have: Unknown model"), model)
            }
        };
        self.broken("unknown-provider", format!("the {} {what}", self.what), wanted)
    }

    fn on(&self, site: &Site, name: &ModelName) -> Found {
        let text = &self.value.value;
        let elsewhere = |host: &str| Lead::Elsewhere {
            provider: host.to_string(),
            seen: format!("{text} runs on {host}, which is not asked"),
        };
        if name.is_cloud() {
            return Ok(elsewhere(HOST));
        }
        let tags = site.tags()?;
        let is_it = |tag: &&Tag| name.is_named(&tag.name);
        let Some(tag) = tags.iter().find(is_it) else {
            return Ok(self.not_installed(site, name, tags));
        };
        if let Some(host) = &tag.remote_host {
            return Ok(elsewhere(host));
        }
        self.by_capabilities(site, name, tag)
    }

    /// An installed model leads somewhere where it can call tools, or is to get none.
    fn by_capabilities(&self, site: &Site, name: &ModelName, tag: &Tag) -> Found {
        let text = &self.value.value;
        let shows = site.endpoint.shows.need(Need::Shows)?;
        let show = shows.iter().enumerate().find(|(_, show)| show.name == tag.name);
        if show.is_some_and(|(_, show)| show.answer.understood().is_none()) {
            return Err(Unseen::Blocked { by: Need::Readable });
        }
        let told = show.and_then(|(index, show)| Some((index, show.capabilities()?)));
        let Some((index, capabilities)) = told else {
            return Err(Unseen::Unknown {
                error: format!("Ollama did not tell whether {} can call tools", tag.name),
            });
        };
        if Capability::Tools.is_in(capabilities) {
            return Ok(Lead::Served(format!("{text} is installed and can call tools")));
        }
        let embeds = Capability::Embedding.is_in(capabilities) && !Capability::Completion.is_in(capabilities);
        if !embeds && self.wants_no_tools(site, name) {
            return Ok(Lead::Served(format!("{text} is installed, and is to chat without tools")));
        }
        let pointer = site.pointer(&format!("/shows/{index}/answer/outcome/understood/capabilities"));
        let cannot = if embeds { "only makes embeddings" } else { "cannot call tools" };
        let failure = self
            .failure("no-tools", format!("the {} {} {cannot}", self.what, tag.name))
            .seen("capabilities", pointer, capabilities.join(", "))
            .expected("tools")
            .on(site.other_host(self.facts));
        Ok(Lead::Broken { failure: Box::new(failure), wanted: name.short() })
    }

    /// Whether `compat.supportsTools: false` of the model's entry says that it is to get none.
    fn wants_no_tools(&self, site: &Site, name: &ModelName) -> bool {
        let is_it = |id: &str| name.is_named(id);
        self.config.provider(&site.endpoint.provider).is_some_and(|provider| {
            let entry = provider.models.iter().find(|entry| is_it(&entry.id.value));
            entry.and_then(|entry| entry.supports_tools.as_ref()).is_some_and(|tools| !tools.value)
        })
    }

    fn not_installed(&self, site: &Site, name: &ModelName, tags: &[Tag]) -> Lead {
        let near = nearest(&name.short(), tags.iter().map(|tag| &*tag.name));
        let message = format!("the {} {} is not installed in Ollama", self.what, name.short());
        let failure = self
            .failure("not-installed", message)
            .seen("installed", site.pointer("/tags/outcome/understood"), near[..near.len().min(3)].join(", "))
            .note(format!("nearest of {}", tags.len()))
            .value("model", name.short())
            .on(site.other_host(self.facts));
        Lead::Broken { failure: Box::new(failure), wanted: name.short() }
    }

    fn broken(&self, cause: &'static str, message: String, wanted: &str) -> Found {
        Ok(Lead::Broken { failure: Box::new(self.failure(cause, message)), wanted: wanted.to_string() })
    }

    /// A failure that shows the reference and its place.
    pub fn failure(&self, cause: &'static str, message: String) -> Failure {
        Failure::new(cause, message)
            .seen(self.label, self.pointer.clone(), self.value.value.clone())
            .note(self.value.from.clone())
            .at(self.value)
    }
}
