//! Do the agents with a model of their own get one, and may the primary be chosen?

use crate::checks::reference::{Lead, Reference};
use crate::checks::select::instead;
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{AgentModels, Config, Facts, Sourced};
use crate::versions::Version;

/// The first version with `modelPolicy.allow`; before it the keys of
/// `agents.defaults.models` are the allowlist (`concepts/models`).
const HAS_POLICY: &str = "2026.8.1";

/// Fails when an agent's own model, which shadows the default, is one that could
/// not answer, or when an allowlist leaves out the model that is asked first.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let mut own = Vec::new();
    let mut blocked = None;
    for (index, agent) in config.agents.iter().enumerate() {
        for (pointer, value) in models(agent) {
            let reference = Reference {
                facts,
                config,
                what: format!("model of agent {}", agent.id),
                label: "agent's model",
                pointer: format!("/config/agents/{index}/{pointer}/value"),
                value,
                default_provider: "openai",
            };
            match reference.follow() {
                Ok(Lead::Broken { failure, wanted }) => return broken(failure, facts, value, &wanted),
                Ok(_) => own.push(format!("{} has {}", agent.id, value.value)),
                Err(unseen) => blocked = blocked.or(Some(unseen)),
            }
        }
    }
    if let Some(failure) = excluded(facts, config) {
        return failure.verdict();
    }
    match blocked {
        Some(unseen) => Err(unseen),
        None if !own.is_empty() => Verdict::pass(own.join(", ")),
        None => Verdict::pass("no agent has a model of its own, and no allowlist leaves out the primary"),
    }
}

/// An agent's own primary and fallbacks, each with its place in the agent.
fn models(agent: &AgentModels) -> impl Iterator<Item = (String, &Sourced<String>)> {
    let primary = agent.primary.iter().map(|value| ("primary".to_string(), value));
    let fallbacks = agent.fallbacks.iter().enumerate();
    primary.chain(fallbacks.map(|(index, value)| (format!("fallbacks/{index}"), value)))
}

/// A command writes `agents.entries` only: the older list has no stable keys.
fn broken(failure: Failure, facts: &Facts, value: &Sourced<String>, wanted: &str) -> Judgement {
    let key = Some(&value.from).filter(|key| key.starts_with("agents.entries."));
    let failure = match (key, instead(facts, Some(wanted))) {
        (Some(key), Some(model)) => failure.value("model_key", key.clone()).value("instead", model),
        _ => failure,
    };
    failure.verdict()
}

/// An allowlist: its place in the facts, its key in the config, its entries, and
/// the model that has to be in it.
type List<'a> = (String, String, &'a [Sourced<String>], &'a Sourced<String>);

/// The allowlists in effect. An empty one allows everything.
fn lists<'a>(facts: &Facts, config: &'a Config) -> Vec<List<'a>> {
    let version = facts.judged_install().and_then(|install| install.version.as_deref());
    let version: Option<Version> = version.and_then(|version| version.parse().ok());
    let has_policy = version.zip(HAS_POLICY.parse().ok()).is_none_or(|(version, first)| version >= first);
    let default = match &config.allow {
        Some(allow) if has_policy => Some(("/config/allow", "agents.defaults.modelPolicy.allow", &**allow)),
        _ if has_policy && config.policy_migrated => None,
        _ => Some(("/config/catalog", "agents.defaults.models", &*config.catalog)),
    };
    let agents = config.agents.iter().enumerate().filter(|_| has_policy).filter_map(|(index, agent)| {
        let asked = agent.primary.as_ref().or(config.primary.as_ref())?;
        let key = format!("agents.entries.{}.modelPolicy.allow", agent.id);
        Some((format!("/config/agents/{index}/allow"), key, agent.allow.as_deref()?, asked))
    });
    let default = default.zip(config.primary.as_ref());
    let default =
        default.map(|((place, key, list), asked)| (place.to_string(), key.to_string(), list, asked));
    default.into_iter().chain(agents).filter(|(_, _, list, _)| !list.is_empty()).collect()
}

fn excluded(facts: &Facts, config: &Config) -> Option<Failure> {
    let lists = lists(facts, config);
    let (place, key, list, asked) = lists.into_iter().find(|(_, _, list, asked)| {
        let is_plain = asked.value.contains('/');
        is_plain && !list.iter().any(|entry| allows(&entry.value, &asked.value, config))
    })?;
    let message = format!("the allowlist {key} leaves out {}", asked.value);
    let names: Vec<&str> = list.iter().map(|entry| &*entry.value).collect();
    let mut failure = Failure::new("excluded", message)
        .seen("allowlist", place, names.join(", "))
        .note(key.clone())
        .expected(asked.value.clone());
    failure.path = Some(key.clone());
    let all: Vec<&str> = names.into_iter().chain([&*asked.value]).collect();
    let key = if key == "agents.defaults.models" { "agents.defaults.modelPolicy.allow".into() } else { key };
    Some(failure.value("allow_key", key).value("allow", serde_json::to_string(&all).ok()?))
}

/// Exact references, aliases, and `provider/*` or `provider/namespace/*`.
fn allows(entry: &str, asked: &str, config: &Config) -> bool {
    let same = |one: &str| one.trim().eq_ignore_ascii_case(asked);
    let is_wild =
        entry.strip_suffix('*').is_some_and(|start| start.ends_with('/') && asked.starts_with(start));
    let is_alias = |alias: &Sourced<String>| alias.value.eq_ignore_ascii_case(entry) && same(&alias.from);
    same(entry) || is_wild || config.aliases.iter().any(is_alias)
}
