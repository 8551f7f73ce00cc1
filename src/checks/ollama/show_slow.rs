//! Does Ollama describe each model before OpenClaw stops waiting?

use serde_json::{Value, json};

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Facts, Outcome, Show, Tag, Unseen};
use crate::rules::openclaw::by_version::Rules;
use crate::rules::openclaw::context_window::MOST_DISCOVERED;
use crate::rules::openclaw::discovery::{Discovery, offer};
use crate::types::capability::Capability;

/// What OpenClaw grants each `/api/show`, in milliseconds (`OLLAMA_SHOW_TIMEOUT_MS` of 2026.9.6).
const LIMIT: u64 = 3_000;

/// Fails when `/api/show` took longer than OpenClaw waits, for a model whose capabilities
/// the model list does not tell either (it does since Ollama 0.30.0): OpenClaw then takes it for
/// one without tools (`buildOllamaModelDefinition`).
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let not = |why: &str| Err(Unseen::NotApplicable { why: why.into() });
    if facts.rules() == Rules::Documented {
        return not("measured on OpenClaw 2026.9.6");
    }
    let tags = site.tags()?;
    let shows = site.endpoint.shows.get()?;
    if shows.is_empty() {
        return not("no local model is installed");
    }
    match offer(facts, site.endpoint, Rules::Installed).map(|offer| offer.discovery) {
        Some(Discovery::On) => {}
        Some(Discovery::Listed) => return Verdict::pass("the models are listed, so OpenClaw does not ask"),
        _ => return not("OpenClaw does not ask Ollama for its models"),
    }
    let slowest = shows.iter().map(|show| show.answer.ms).fold(0.0, f64::max);
    let late: Vec<(usize, &Show)> =
        shows.iter().enumerate().filter(|(_, show)| is_late(show) && !is_told(tags, &show.name)).collect();
    let Some((_, first)) = late.first() else {
        return Verdict::pass(format!("the slowest of {} answers took {slowest:.0} ms", shows.len()));
    };
    let others = match late.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message =
        format!("/api/show is too slow for {}{others}, so OpenClaw sends the model no tools", first.name);
    let listed: Vec<Value> = shows.iter().filter_map(|show| entry(show, &late)).collect();
    with_times(Failure::new("timed-out", message), site, &late)
        .value("models_key", site.setting_key(facts, "models"))
        .value("models_patch", Value::from(listed).to_string())
        .on(site.other_host(facts))
        .verdict()
}

fn with_times(failure: Failure, site: &Site, late: &[(usize, &Show)]) -> Failure {
    late.iter().take(5).fold(failure, |failure, (index, show)| {
        let pointer = site.pointer(&format!("/shows/{index}/answer/ms"));
        failure
            .seen("/api/show", pointer, format!("{:.0} ms", show.answer.ms))
            .note(show.name.clone())
            .expected(format!("less than {LIMIT} ms"))
    })
}

/// Whether no answer came in the time that OpenClaw grants.
fn is_late(show: &Show) -> bool {
    matches!(show.answer.outcome, Outcome::TimedOut { after_ms, .. } if after_ms >= LIMIT)
}

fn is_told(tags: &[Tag], name: &str) -> bool {
    tags.iter().any(|tag| tag.name == name && tag.capabilities.is_some())
}

/// An entry for a list of models: of those that are late, and of those that can call tools.
fn entry(show: &Show, late: &[(usize, &Show)]) -> Option<Value> {
    let mut entry = json!({ "id": show.name, "name": show.name });
    if late.iter().any(|(_, late)| late.name == show.name && !show.name.contains("embed")) {
        entry["contextTokens"] = MOST_DISCOVERED.into();
        return Some(entry);
    }
    let info = show.answer.understood()?;
    let window = info.context_length.filter(|_| info.can(Capability::Tools) == Some(true))?;
    entry["contextWindow"] = window.into();
    entry["contextTokens"] = window.min(MOST_DISCOVERED).into();
    entry["reasoning"] = (info.can(Capability::Thinking) == Some(true)).into();
    Some(entry)
}
