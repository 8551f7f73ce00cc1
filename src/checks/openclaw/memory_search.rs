//! Is the model there with which notes are searched?

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Config, Facts, Need, Sourced, Unseen};
use crate::types::capability::Capability;
use crate::types::model_name::ModelName;

/// What OpenClaw takes where no model is named, and pulls where it is missing
/// (`providers/ollama/advanced`, memory embeddings).
const DEFAULT: &str = "nomic-embed-text";

/// Fails where `memory.search` uses Ollama with a base URL of OpenAI's format, or
/// with a model that cannot embed. A missing model is pulled by OpenClaw itself,
/// from the Ollama of the provider; another machine is not asked.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let search = &config.memory_search;
    let is_on = search.enabled.as_ref().is_none_or(|enabled| enabled.value);
    if !is_on || search.provider.as_ref().is_none_or(|provider| provider.value != "ollama") {
        return Verdict::pass("notes are not searched with a model of Ollama");
    }
    if search.base_url.is_some() {
        return Err(Unseen::NotApplicable {
            why: "memory.search has an Ollama of its own, which is not asked".into(),
        });
    }
    let site = Site::all(facts)
        .find(|site| site.endpoint.provider == "ollama")
        .ok_or(Unseen::Blocked { by: Need::Config })?;
    let named = search.model.as_ref().map_or(DEFAULT, |model| &*model.value);
    let name = ModelName::parse(named).ok_or_else(|| Unseen::NotApplicable {
        why: "memory.search.model is no name that Ollama could have".into(),
    })?;
    let is_it = |other: &str| name.is_named(other);
    if !site.tags()?.iter().any(|tag| is_it(&tag.name)) {
        return not_installed(config, search.model.as_ref(), named).verdict();
    }
    let shows = site.endpoint.shows.need(Need::Shows)?;
    // Not every installed model is asked for.
    let Some(index) = shows.iter().position(|show| is_it(&show.name)) else {
        let error = format!("{named} is installed; Ollama was not asked what it can do");
        return Err(Unseen::Unknown { error });
    };
    match shows[index].capabilities() {
        Some(all) if !Capability::Embedding.is_in(all) => {
            let message = format!("memory.search uses {named}, which makes no embeddings");
            let pointer = site.pointer(&format!("/shows/{index}/answer/outcome/understood/capabilities"));
            let failure = Failure::new("no-embedding", message).seen("capabilities", pointer, all.join(", "));
            placed(failure.expected("embedding"), search.model.as_ref()).verdict()
        }
        _ => Verdict::pass(format!("{named} is installed for the search of notes")),
    }
}

fn not_installed(config: &Config, model: Option<&Sourced<String>>, named: &str) -> Failure {
    let message = format!("memory.search uses {named}, which is not installed in Ollama");
    let pointer = "/config/memorySearch/provider/value";
    let provider = config.memory_search.provider.as_ref().map(|provider| provider.value.clone());
    let failure = Failure::new("not-installed", message)
        .seen("memory search", pointer, provider.unwrap_or_default())
        .note(named)
        .expected("an installed model")
        .value("model", named);
    placed(failure, model)
}

fn placed(mut failure: Failure, model: Option<&Sourced<String>>) -> Failure {
    failure.path = Some("memory.search.model".into());
    failure.place = model.and_then(Sourced::place);
    failure
}
