//! Which models may be chosen: `modelPolicy.allow`, and what was one before it.

use crate::checks::Failure;
use crate::facts::{Config, Facts, Sourced};
use crate::rules::openclaw::primary::{FoundBy, ModelReference, resolve};
use crate::types::versions::Version;

/// The first version with `modelPolicy.allow`; before it the keys of
/// `agents.defaults.models` are the allowlist (`concepts/models`).
const HAS_POLICY: &str = "2026.8.1";
/// The allowlist of the defaults.
const POLICY: &str = "agents.defaults.modelPolicy.allow";

/// An allowlist, and the model that has to be in it.
struct List<'a> {
    fact: String,
    /// Where it stands.
    key: String,
    /// The key for a command.
    written: String,
    entries: &'a [Sourced<String>],
    asked: &'a Sourced<String>,
}

/// The allowlists in effect. An empty one allows everything.
fn lists<'a>(facts: &Facts, config: &'a Config) -> Vec<List<'a>> {
    let version: Option<Version> = facts.openclaw_version().and_then(|version| version.parse().ok());
    let has_policy = version.zip(HAS_POLICY.parse().ok()).is_none_or(|(version, first)| version >= first);
    let default = match &config.allow {
        Some(allow) if has_policy => Some(("/config/allow", POLICY, &**allow)),
        _ if has_policy && config.policy_migrated => None,
        _ => Some(("/config/catalog", "agents.defaults.models", &*config.catalog)),
    };
    let agents = config.agents.iter().enumerate().filter(|_| has_policy).filter_map(|(index, agent)| {
        let entries = agent.allow.as_deref()?;
        let key = entries.first()?.from.rsplit_once('.')?.0.to_string();
        let (fact, written) = (format!("/config/agents/{index}/allow"), agent.entry_key(&key));
        let asked = agent.primary.as_ref().or(config.primary.as_ref())?;
        Some(List { fact, key, written, entries, asked })
    });
    let default = default.zip(config.primary.as_ref()).map(|((fact, key, entries), asked)| List {
        fact: fact.into(),
        key: key.into(),
        written: POLICY.into(),
        entries,
        asked,
    });
    default.into_iter().chain(agents).filter(|list| !list.entries.is_empty()).collect()
}

/// A failure for each allowlist that leaves out the model that is asked first.
pub fn excluded(facts: &Facts, config: &Config) -> Vec<Failure> {
    let leaves_out = |list: &List| {
        // A name without a provider is another check's.
        let asked = resolve(config, &list.asked.value).filter(|asked| asked.found_by != FoundBy::Default);
        asked.is_some_and(|asked| !list.entries.iter().any(|entry| allows(&entry.value, &asked, config)))
    };
    lists(facts, config).into_iter().filter(leaves_out).map(left_out).collect()
}

fn left_out(list: List) -> Failure {
    let asked = &*list.asked.value;
    let names: Vec<&str> = list.entries.iter().map(|entry| &*entry.value).collect();
    let mut failure = Failure::new("excluded", format!("the allowlist {} leaves out {asked}", list.key))
        .seen("allowlist", list.fact, names.join(", "))
        .note(list.key.clone())
        .expected(asked);
    failure.path = Some(list.key);
    let all: Vec<&str> = names.into_iter().chain([asked]).collect();
    failure.value("allow_key", list.written).value("allow", serde_json::json!(all).to_string())
}

/// Exact references, aliases, and `provider/*` or `provider/namespace/*`. Case does not matter
/// (`buildAllowedModelSet` of the npm package).
fn allows(entry: &str, asked: &ModelReference, config: &Config) -> bool {
    let whole = format!("{}/{}", asked.provider, asked.model);
    match entry.strip_suffix('*') {
        Some(start) => start.ends_with('/') && whole.starts_with(start),
        None => resolve(config, entry).is_some_and(|entry| {
            entry.provider == asked.provider && entry.model.eq_ignore_ascii_case(&asked.model)
        }),
    }
}
