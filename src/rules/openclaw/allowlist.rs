//! Which models may be chosen: `modelPolicy.allow`, and what was one before it.

use crate::facts::{Config, Facts, Sourced};
use crate::rules::openclaw::primary::{FoundBy, ModelReference, resolve};
use crate::types::versions::Version;

/// The first version with `modelPolicy.allow`; before it the keys of
/// `agents.defaults.models` are the allowlist (`concepts/models`).
const HAS_POLICY: &str = "2026.8.1";
/// The allowlist of the defaults.
const POLICY: &str = "agents.defaults.modelPolicy.allow";

/// An allowlist, and the model that has to be in it.
pub struct Allowlist<'a> {
    /// JSON Pointer to it in the facts.
    pub fact: String,
    /// The config key where it stands.
    pub key: String,
    /// The config key for a command.
    pub written: String,
    /// What it allows.
    pub entries: &'a [Sourced<String>],
    /// The model that is asked first.
    pub asked: &'a Sourced<String>,
}

/// The allowlists in effect. An empty one allows everything.
fn lists<'a>(facts: &Facts, config: &'a Config) -> Vec<Allowlist<'a>> {
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
        Some(Allowlist { fact, key, written, entries, asked })
    });
    let default = default.zip(config.primary.as_ref()).map(|((fact, key, entries), asked)| Allowlist {
        fact: fact.into(),
        key: key.into(),
        written: POLICY.into(),
        entries,
        asked,
    });
    default.into_iter().chain(agents).filter(|list| !list.entries.is_empty()).collect()
}

/// The allowlists that leave out the model that is asked first.
pub fn excluding<'a>(facts: &Facts, config: &'a Config) -> Vec<Allowlist<'a>> {
    let leaves_out = |list: &Allowlist| {
        // A name without a provider is another check's.
        let asked = resolve(config, &list.asked.value).filter(|asked| asked.found_by != FoundBy::Default);
        asked.is_some_and(|asked| !list.entries.iter().any(|entry| allows(&entry.value, &asked, config)))
    };
    lists(facts, config).into_iter().filter(leaves_out).collect()
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
