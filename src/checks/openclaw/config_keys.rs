//! Does the config hold only keys that OpenClaw knows?

use crate::checks::openclaw::shared::config_backups::with_backups;
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Config, Facts, Sourced, Unseen, config_key};
use crate::rules::openclaw::config_schema::{is_known, lacking};
use crate::types::versions::{Range, Version};

/// The version whose schema is known here, as it changes from release to release; also for an OpenClaw that is not found.
const KNOWN: &str = "=2026.9.6";

/// Fails on a key that this OpenClaw refuses, and with it the whole config: the
/// gateway does not start, or keeps an older config. Also on a model without a
/// name, and on a mark that OpenClaw shows in the place of a secret.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let installed = facts.openclaw_version().map(str::parse::<Version>);
    let range: Option<Range> = KNOWN.parse().ok();
    let is_known_version = installed.is_none_or(|version| {
        version.is_ok_and(|version| range.is_some_and(|range| range.contains(&version)))
    });
    if is_known_version && let Some(failure) = refused(config) {
        return with_backups(facts, failure).verdict();
    }
    if let Some(index) = (!config.redacted.is_empty()).then_some(0) {
        return redacted(config, index).verdict();
    }
    if !is_known_version {
        let why = "the keys that this version of OpenClaw knows are not known here";
        return Err(Unseen::NotApplicable { why: why.into() });
    }
    Verdict::pass(format!("{} keys around models and the gateway are known", config.written_keys.len()))
}

fn refused(config: &Config) -> Option<Failure> {
    let keys = &config.written_keys;
    if let Some(index) = keys.iter().position(|key| !is_known(&key.from, &key.value)) {
        let key = &keys[index];
        let full = full(key);
        let message = format!("OpenClaw refuses the config: it does not know the key {full}");
        let mut failure = Failure::new("unknown-key", message)
            .seen("key", format!("/config/writtenKeys/{index}/value"), key.value.clone())
            .note(if key.from.is_empty() { "at the top".to_string() } else { key.from.clone() })
            .expected("a key that OpenClaw knows");
        failure.path = Some(full);
        failure.place = key.place();
        return Some(failure);
    }
    let (entry, index, missing) = lacking(keys)?;
    let message = format!("OpenClaw refuses the config: {entry} has no {missing}");
    let mut failure = Failure::new("no-name", message)
        .seen("first key of it", format!("/config/writtenKeys/{index}/value"), keys[index].value.clone())
        .note(entry.clone())
        .expected("id and name");
    failure.path = Some(entry);
    failure.place = keys[index].place();
    Some(failure)
}

fn full(key: &Sourced<String>) -> String {
    if key.from.is_empty() { config_key(&[&key.value]) } else { format!("{}.{}", key.from, key.value) }
}

fn redacted(config: &Config, index: usize) -> Failure {
    let key = config.redacted[index].from.clone();
    let message = format!("{key} holds the mark that OpenClaw shows in the place of a secret");

    Failure::new("redacted", message)
        .seen("value", format!("/config/redacted/{index}/value"), "a mark, no secret")
        .note(key.clone())
        .expected("the secret itself, or a reference to it")
        .path(key)
}
