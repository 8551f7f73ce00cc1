//! Does the primary model exist, with its provider, and can it call tools?

use crate::checks::select::selecting;
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Config, Facts, Need, Sourced, Tag, Unseen, model_reference};
use crate::model_name::{ModelName, nearest};

/// The primary, and what it is judged against.
struct Primary<'a> {
    facts: &'a Facts,
    config: &'a Config,
    reference: &'a Sourced<String>,
}

/// Fails when the primary is unset, has no provider (OpenClaw then reads it as
/// `openai/…`), misspells the provider, or names an Ollama model that is not
/// installed or has no tools.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let Some(reference) = &config.primary else {
        let failure = Failure::new("unset", "no primary model is set, so OpenClaw asks OpenAI, not Ollama")
            .seen("primary", "/config/primary", "unset")
            .expected("ollama/MODEL");
        return selecting(failure, facts, config, None).verdict();
    };
    let primary = Primary { facts, config, reference };
    let text = &reference.value;
    let Some((provider, model)) = model_reference(text) else {
        let message = format!("the primary model {text} has no provider; OpenClaw reads it as openai/{text}");
        return primary.fails("no-provider", message, text);
    };
    let Some(site) = Site::all(facts).find(|site| site.endpoint.provider == provider) else {
        return primary.of_other_provider(&provider, model);
    };
    let model = model.strip_prefix(&format!("{provider}/")).unwrap_or(model);
    let Some(name) = ModelName::parse(model) else {
        let message = format!("{model} is no name that an Ollama model can have");
        return primary.fails("invalid-name", message, model);
    };
    primary.on(&site, &name)
}

impl Primary<'_> {
    /// Nobody's provider: a mistake where it is spelled almost like one that exists.
    fn of_other_provider(&self, provider: &str, model: &str) -> Judgement {
        let written = self.reference.value.split('/').next().unwrap_or(provider);
        let known = self.facts.endpoints.iter().map(|endpoint| &*endpoint.provider).chain(["ollama"]);
        let is_near = |known: &&str| strsim::damerau_levenshtein(known, provider) <= 2;
        match known.into_iter().find(is_near) {
            Some(meant) if self.config.provider(provider).is_none() => {
                let message = format!(
                    "the primary model names the provider {written}, which does not exist; {meant} does"
                );
                self.fails("unknown-provider", message, model)
            }
            _ => Verdict::pass(format!("{provider}/{model} is served by {provider}, which is not Ollama")),
        }
    }

    fn on(&self, site: &Site, name: &ModelName) -> Judgement {
        let text = &self.reference.value;
        if name.is_cloud() {
            return Verdict::pass(format!("{text} runs on ollama.com, which is not asked"));
        }
        let tags = site.tags()?;
        let is_it = |tag: &&Tag| ModelName::parse(&tag.name).is_some_and(|tag| tag.is_same(name));
        let Some(tag) = tags.iter().find(is_it) else {
            return self.not_installed(site, name, tags);
        };
        if let Some(host) = &tag.remote_host {
            return Verdict::pass(format!("{text} runs on {host}, which is not asked"));
        }
        let shows = site.endpoint.shows.need(Need::Shows)?;
        let show = shows.iter().enumerate().find(|(_, show)| show.name == tag.name);
        let told =
            show.and_then(|(index, show)| Some((index, show.answer.understood()?.capabilities.as_ref()?)));
        let Some((index, capabilities)) = told else {
            return Err(Unseen::Unknown {
                error: format!("Ollama did not tell whether {} can call tools", tag.name),
            });
        };
        if capabilities.iter().any(|capability| capability == "tools") {
            return Verdict::pass(format!("{text} is installed and can call tools"));
        }
        let pointer = site.pointer(&format!("/shows/{index}/answer/outcome/understood/capabilities"));
        let failure = self
            .failure("no-tools", format!("the primary model {} cannot call tools", tag.name))
            .seen("capabilities", pointer, capabilities.join(", "))
            .expected("tools")
            .on(site.other_host(self.facts));
        selecting(failure, self.facts, self.config, Some(&name.short())).verdict()
    }

    fn not_installed(&self, site: &Site, name: &ModelName, tags: &[Tag]) -> Judgement {
        let near = nearest(&name.short(), tags.iter().map(|tag| &*tag.name));
        let failure = self
            .failure(
                "not-installed",
                format!("the primary model {} is not installed in Ollama", name.short()),
            )
            .seen("installed", site.pointer("/tags/outcome/understood"), near[..near.len().min(3)].join(", "))
            .note(format!("nearest of {}", tags.len()))
            .value("model", name.short())
            .on(site.other_host(self.facts));
        selecting(failure, self.facts, self.config, Some(&name.short())).verdict()
    }

    fn fails(&self, cause: &'static str, message: String, wanted: &str) -> Judgement {
        selecting(self.failure(cause, message), self.facts, self.config, Some(wanted)).verdict()
    }

    fn failure(&self, cause: &'static str, message: String) -> Failure {
        let mut failure = Failure::new(cause, message)
            .seen("primary", "/config/primary/value", self.reference.value.clone())
            .note(self.reference.from.clone());
        failure.path = Some(self.reference.from.clone());
        failure.place = self.reference.line.zip(self.reference.column);
        failure
    }
}
