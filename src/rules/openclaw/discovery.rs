//! OpenClaw's own rules for which models of an Ollama it offers, and with which
//! fields. Pure, over facts; the rules differ by version.
//!
//! [`Rules::Documented`] are those of the provider page, for 2026.1 and 2026.2.
//! [`Rules::Installed`] are those of 2026.9.6 (`provider-models` and
//! `provider-discovery` of the npm package); `tests/lab/models` compares them
//! with what that OpenClaw itself lists.

mod enabled;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde::{Serialize, Serializer};

use crate::facts::{Answer, Endpoint, Facts, ListedModel, ModelInfo, Provider, Show, Tag};
use crate::rules::openclaw::by_version::Rules;
use crate::rules::openclaw::context_window::{MOST_DISCOVERED, UNTOLD, UNTOLD_BY_PAGE, num_ctx_as_read};
use crate::types::capability::Capability;
use crate::types::model_name::ModelName;
pub use enabled::{Discovery, suppressing};

/// What OpenClaw offers from one Ollama.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// Where its models come from.
    pub discovery: Discovery,
    /// Every model that is installed or listed.
    pub models: Vec<Model>,
}

/// One model as OpenClaw has it, or would have it; what nobody said is `None`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// Its name behind `ollama/`.
    pub id: String,
    /// OpenClaw offers it.
    pub offered: bool,
    /// Why, or why not.
    pub why: String,
    /// OpenClaw gives it tools.
    pub tools: Option<bool>,
    /// OpenClaw gives it images.
    pub vision: Option<bool>,
    /// OpenClaw takes it for one that thinks.
    pub reasoning: Option<bool>,
    /// What the model is said to have, in tokens.
    pub context_window: Option<u64>,
    /// What OpenClaw uses of it and asks Ollama for, in tokens.
    pub context_tokens: Option<u64>,
    /// The longest answer, in tokens.
    pub max_tokens: Option<u64>,
    /// Dollars per million tokens.
    pub cost: Cost,
    /// Bytes on disk.
    pub size_bytes: Option<u64>,
    /// In memory now; `None` where `/api/ps` did not say.
    pub loaded: Option<bool>,
}

/// Dollars per million tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// Of what is read.
    #[serde(serialize_with = "plain")]
    pub input: f64,
    /// Of what is written.
    #[serde(serialize_with = "plain")]
    pub output: f64,
    /// Of what is read from a cache.
    #[serde(serialize_with = "plain")]
    pub cache_read: f64,
    /// Of what is written to a cache.
    #[serde(serialize_with = "plain")]
    pub cache_write: f64,
}

/// `0`, not `0.0`.
fn plain<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    #[allow(clippy::cast_possible_truncation)]
    match *value as i64 {
        whole if (whole as f64 - value).abs() < f64::EPSILON => serializer.serialize_i64(whole),
        _ => serializer.serialize_f64(*value),
    }
}

/// How many models OpenClaw takes at most, and how many it asks about
/// (`OLLAMA_CONTEXT_ENRICH_LIMIT`, `MAX_OLLAMA_DISCOVERY_PROBES`).
const MOST_MODELS: usize = 200;
const MOST_PROBES: usize = 800;
/// The longest answer (`OLLAMA_DEFAULT_MAX_TOKENS`).
const MAX_TOKENS: u64 = 8_192;
/// The page's longest answers, in windows.
const DOCUMENTED_ANSWERS: u64 = 10;
/// Cloud models whose window OpenClaw knows by heart (`OLLAMA_CLOUD_DEFAULT_MODELS`).
const CLOUD_WINDOWS: [(&str, u64); 5] = [
    ("minimax-m2.7", 196_608),
    ("minimax-m3", 524_288),
    ("kimi-k3", 1_048_576),
    ("glm-5.1", 202_752),
    ("glm-5.2", 1_000_000),
];

/// What OpenClaw offers from `endpoint`; `None` where its model list is not known.
pub fn offer(facts: &Facts, endpoint: &Endpoint, rules: Rules) -> Option<Offer> {
    let asked = found(endpoint, rules)?;
    let mut models = asked.clone();
    let discovery = enabled::discovery(facts, endpoint, rules);
    match &discovery {
        Discovery::On => {}
        Discovery::Off(why) => models.iter_mut().for_each(|model| reject(model, why)),
        Discovery::Listed => {
            let provider = enabled::provider(facts, endpoint);
            models = use_listed(provider.map_or(&[], |provider| &provider.models), models, rules, provider);
        }
    }
    // Where OpenClaw asks for all, a name that is spelled otherwise adds nothing (measured).
    if rules == Rules::Installed && discovery != Discovery::On {
        add_named(&mut models, &asked, &enabled::named(facts, endpoint));
    }
    Some(Offer { discovery, models })
}

/// A model that the config names is offered under the name that stands there,
/// where `/api/show` knows it.
fn add_named(models: &mut Vec<Model>, asked: &[Model], named: &[String]) {
    for id in named {
        let known = asked.iter().find(|model| model.offered && is_same(&model.id, id));
        let Some(known) = known.filter(|_| !models.iter().any(|model| model.offered && model.id == *id))
        else {
            continue;
        };
        models.retain(|model| model.offered || model.id != *id);
        let why = format!("the config names it; {}", known.why);
        models.push(Model { id: id.clone(), why, ..known.clone() });
    }
}

/// What OpenClaw would offer from `endpoint` if it asked.
pub fn found(endpoint: &Endpoint, rules: Rules) -> Option<Vec<Model>> {
    let tags = endpoint.tags.seen()?.understood()?;
    let shows = endpoint.shows.seen().into_iter().flatten();
    let shows: HashMap<&str, &Show> = shows.map(|show| (&*show.name, show)).collect();
    let mut models = tags.iter().map(|tag| discovered(tag, endpoint, &shows, rules)).collect::<Vec<_>>();
    limit(&mut models, rules);
    Some(models)
}

fn reject(model: &mut Model, why: &str) {
    model.offered = false;
    model.why = why.to_string();
}

/// Later models are not looked at, or not taken.
fn limit(models: &mut [Model], rules: Rules) {
    if rules == Rules::Documented {
        return;
    }
    let mut taken = 0;
    for (index, model) in models.iter_mut().enumerate() {
        if index >= MOST_PROBES {
            reject(model, &format!("OpenClaw asks about the first {MOST_PROBES} models only"));
        } else if model.offered && taken == MOST_MODELS {
            reject(model, &format!("OpenClaw takes the first {MOST_MODELS} models only"));
        } else if model.offered {
            taken += 1;
        }
    }
}

/// Why it is not known what a model can do.
const SKIPPED: &str = "there are many models, and the doctor did not ask what this one can do";

/// What Ollama said of one model.
struct Said<'a> {
    tag: &'a Tag,
    /// `/api/show`, where it answered.
    info: Option<&'a ModelInfo>,
    /// It runs elsewhere, so the doctor did not ask.
    remote: bool,
    /// There are so many models that the doctor did not ask for it either.
    skipped: bool,
}

fn discovered(tag: &Tag, endpoint: &Endpoint, shows: &HashMap<&str, &Show>, rules: Rules) -> Model {
    let show = shows.get(&*tag.name);
    let said = Said {
        tag,
        info: show.and_then(|show| show.answer.understood()),
        remote: !tag.is_local(),
        skipped: show.is_none() && endpoint.shows.seen().is_some() && tag.is_local(),
    };
    let model = match rules {
        Rules::Documented => said.documented(),
        Rules::Installed => said.installed(),
    };
    let running = endpoint.running.seen().and_then(Answer::understood);
    let is_it = |other: &str| is_same(other, &tag.name);
    Model {
        id: tag.name.clone(),
        size_bytes: Some(tag.size),
        loaded: running.map(|all| all.iter().any(|one| is_it(&one.name))),
        ..model
    }
}

impl Said<'_> {
    /// "Keeps only models that report `tools` capability" (the provider page).
    fn documented(&self) -> Model {
        let has = |what| self.info.and_then(|info| info.can(what));
        let window = self.info.and_then(|info| info.context_length).unwrap_or(UNTOLD_BY_PAGE);
        let why = match has(Capability::Tools) {
            Some(true) => "it reports tools",
            Some(false) => "it does not report tools",
            None if self.remote => "it runs on ollama.com, which the doctor does not ask",
            None if self.skipped => SKIPPED,
            None if self.info.is_none() => "/api/show did not answer for it",
            None => "this Ollama does not say which models can call tools",
        };
        Model {
            offered: has(Capability::Tools) == Some(true),
            why: why.to_string(),
            tools: has(Capability::Tools),
            vision: has(Capability::Vision),
            reasoning: has(Capability::Thinking),
            context_window: Some(window),
            max_tokens: Some(window.saturating_mul(DOCUMENTED_ANSWERS)),
            ..Model::default()
        }
    }

    /// `enrichOllamaCompletionModels`, `buildOllamaModelDefinition` and
    /// `capLocalOllamaModelContext`.
    fn installed(&self) -> Model {
        let name = &self.tag.name;
        let told = self.capabilities();
        let capabilities = told.as_deref();
        let has = |what: Capability| capabilities.map(|all| what.is_in(all));
        let unasked = (self.remote || self.skipped) && self.info.is_none();
        let tools = match has(Capability::Tools) {
            Some(tools) => Some(tools),
            None if unasked => None,
            None => Some(self.info.is_some()),
        };
        let window = self.window().or((!unasked).then_some(UNTOLD));
        let capped = !is_cloud(name);
        let (offered, why) = self.is_offered(capabilities, tools);
        Model {
            offered,
            why: why.to_string(),
            tools,
            vision: has(Capability::Vision).or((!unasked).then_some(false)),
            reasoning: match has(Capability::Thinking) {
                _ if always_thinks(name) => Some(true),
                None if unasked => None,
                told => Some(told.unwrap_or_else(|| sounds_like_thinking(name))),
            },
            context_window: window,
            context_tokens: window.filter(|_| capped).map(|window| window.min(MOST_DISCOVERED)),
            max_tokens: Some(MAX_TOKENS),
            ..Model::default()
        }
    }

    fn is_offered(&self, capabilities: Option<&[String]>, tools: Option<bool>) -> (bool, &'static str) {
        let has = |what: Capability| capabilities.is_some_and(|all| what.is_in(all));
        // A list from `/api/tags` alone need not name `completion` (`capabilitiesFromList`).
        let from_list = self.remote && self.info.and_then(|info| info.capabilities.as_ref()).is_none();
        if has(Capability::Embedding) && !has(Capability::Completion) {
            (false, "it can only make embeddings")
        } else if capabilities.is_some() && !has(Capability::Completion) && !from_list {
            (false, "it does not report completion, so it cannot chat")
        } else if self.remote && self.info.is_none() {
            (true, "it runs on ollama.com, which the doctor does not ask")
        } else if tools == Some(true) && capabilities.is_some() {
            (true, "it can chat and call tools")
        } else if tools == Some(true) {
            (true, "this Ollama tells no capabilities, so OpenClaw takes it for able")
        } else if self.skipped && capabilities.is_none() {
            (true, SKIPPED)
        } else if self.info.is_none() && capabilities.is_none() {
            (true, "OpenClaw gives it no tools, because /api/show did not answer for it")
        } else {
            (true, "it can chat; OpenClaw gives it no tools, because it does not report them")
        }
    }

    /// `mergeOllamaModelShowInfo`: `/api/show` counts more than `/api/tags`; for a
    /// remote model that only `/api/tags` tells of, more is assumed.
    fn capabilities(&self) -> Option<Vec<String>> {
        let shown = self.info.and_then(|info| info.capabilities.clone());
        let listed = self.tag.capabilities.clone();
        let (None, true, Some(mut listed)) = (&shown, self.remote, listed.clone()) else {
            return shown.or(listed);
        };
        if Capability::Embedding.is_in(&listed) && !Capability::Completion.is_in(&listed) {
            return Some(listed);
        }
        for (holds, what) in [
            (self.info.is_some(), Capability::Tools),
            (sounds_like_thinking(&self.tag.name), Capability::Thinking),
        ] {
            if holds && !what.is_in(&listed) {
                listed.push(what.word().to_string());
            }
        }
        Some(listed)
    }

    /// The trained window, or a larger `num_ctx` of the model, else what
    /// `/api/tags` says, else what OpenClaw knows by heart.
    fn window(&self) -> Option<u64> {
        let trained = self.info.and_then(|info| info.context_length);
        let set = self.info.and_then(|info| info.num_ctx).and_then(num_ctx_as_read);
        let shown = match (trained, set) {
            (Some(trained), Some(set)) => Some(trained.max(set)),
            (trained, set) => trained.or(set),
        };
        let by_heart = || {
            let name = self.tag.name.trim().to_ascii_lowercase();
            let bare = name.strip_suffix(":cloud").or(name.strip_suffix("-cloud")).unwrap_or(&name);
            CLOUD_WINDOWS.iter().find(|(known, _)| *known == bare).map(|(_, window)| *window)
        };
        shown.or(self.tag.context_length).or_else(by_heart)
    }
}

/// `isReasoningModelHeuristic`.
fn sounds_like_thinking(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["r1", "think", "reason"].iter().any(|word| name.contains(word))
}

/// `supportsOllamaCloudFullThinkingEffort`.
fn always_thinks(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    let bare = name.strip_suffix(":cloud").or(name.strip_suffix("-cloud")).unwrap_or(&name);
    ["glm-5.2", "deepseek-v4-flash", "deepseek-v4-pro"].contains(&bare)
}

fn is_cloud(name: &str) -> bool {
    ModelName::parse(name).is_some_and(|name| name.is_cloud())
}

fn is_same(one: &str, other: &str) -> bool {
    match (ModelName::parse(one), ModelName::parse(other)) {
        (Some(one), Some(other)) => one.is_same(&other),
        _ => one == other,
    }
}

/// A list that is written by hand is used as it is: what stands there, and
/// nothing else.
fn use_listed(
    entries: &[ListedModel],
    installed: Vec<Model>,
    rules: Rules,
    provider: Option<&Provider>,
) -> Vec<Model> {
    let key =
        provider.map_or("models.providers.ollama.models".to_string(), |provider| provider.key("models"));
    let wanted = |entry: &ListedModel| {
        let prefix = provider.map_or("ollama/".to_string(), |provider| format!("{}/", provider.id));
        let id = &entry.id.value;
        id.strip_prefix(&prefix).or(id.strip_prefix("ollama/")).unwrap_or(id).to_string()
    };
    let mut models: Vec<Model> = entries
        .iter()
        .map(|entry| {
            let found = installed.iter().find(|model| is_same(&model.id, &wanted(entry)));
            as_written(entry, found, rules, &key)
        })
        .collect();
    for mut model in installed {
        if !entries.iter().any(|entry| is_same(&model.id, &wanted(entry))) {
            reject(&mut model, &format!("{key} does not list it"));
            models.push(model);
        }
    }
    models
}

fn as_written(entry: &ListedModel, installed: Option<&Model>, rules: Rules, key: &str) -> Model {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let tokens = |value: &Option<crate::facts::Sourced<f64>>| value.as_ref().map(|value| value.value as u64);
    let why = match installed {
        Some(_) => format!("{key} lists it"),
        None => format!("{key} lists it, but it is not installed"),
    };
    let cost = |key: &str| {
        entry.costs.iter().find(|cost| cost.from.ends_with(&format!(".{key}"))).map_or(0.0, |cost| cost.value)
    };
    let (window, answers) = (tokens(&entry.context_window), tokens(&entry.max_tokens));
    // What the list leaves open, the page does not tell.
    let (window, answers) = match rules {
        Rules::Documented => (window, answers),
        Rules::Installed => {
            let window = window.unwrap_or(UNTOLD);
            (Some(window), answers.or(Some(window.min(MAX_TOKENS))))
        }
    };
    Model {
        id: entry.id.value.clone(),
        offered: true,
        why,
        tools: Some(entry.supports_tools.as_ref().is_none_or(|tools| tools.value)),
        vision: Some(entry.input.iter().any(|input| input == "image")),
        reasoning: Some(entry.reasoning.as_ref().is_some_and(|reasoning| reasoning.value)),
        context_window: window,
        context_tokens: tokens(&entry.context_tokens),
        max_tokens: answers,
        cost: Cost {
            input: cost("input"),
            output: cost("output"),
            cache_read: cost("cacheRead"),
            cache_write: cost("cacheWrite"),
        },
        size_bytes: installed.and_then(|model| model.size_bytes),
        loaded: installed.map_or(Some(false), |model| model.loaded),
    }
}
