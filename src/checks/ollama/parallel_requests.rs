//! Does Ollama take as many requests as OpenClaw may send at once?

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Facts, Sourced, Unseen};
use crate::rules::ollama::environment::setting;
use crate::rules::ollama::model_memory::{of_server, parallel};

/// What Ollama lets wait (`OLLAMA_MAX_QUEUE`; `faq.mdx` of its docs).
const QUEUE: u64 = 512;
/// Agents at once: eight, or four for each CPU (`resolveDefaultAgentMaxConcurrent` of 2026.9.6).
const AGENTS: u64 = 8;
const AGENTS_PER_CPU: u64 = 4;
/// Subagents at once (`resolveSubagentMaxConcurrent`).
const SUBAGENTS: u64 = 8;

/// Fails when fewer requests may run and wait than OpenClaw may have under way, because
/// the queue was set shorter than the default: Ollama answers the others with 503.
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let config = facts.usable_config()?;
    if site.is_here(facts) != Some(true) || facts.ollama_service().is_none() {
        let why = "the settings of Ollama are not seen: no service of it is on this machine".into();
        return Err(Unseen::NotApplicable { why });
    }
    let host = facts.host.get()?;
    let (at_once, queue) = (parallel(facts), of_server(facts, "OLLAMA_MAX_QUEUE").unwrap_or(QUEUE));
    let agents = number(config.max_concurrent.as_ref())
        .unwrap_or(AGENTS.max((host.cpus as u64).saturating_mul(AGENTS_PER_CPU)));
    let subagents = number(config.max_subagents.as_ref()).unwrap_or(SUBAGENTS);
    let most = agents.saturating_add(subagents);
    if queue >= QUEUE {
        return Verdict::pass(format!("{queue} requests may wait, no fewer than by default"));
    }
    if at_once.saturating_add(queue) >= most {
        return Verdict::pass(format!(
            "{at_once} at once, and {queue} may wait; OpenClaw has up to {most} under way"
        ));
    }
    let message = format!(
        "Ollama takes {} requests, and refuses what OpenClaw sends beyond",
        at_once.saturating_add(queue)
    );
    let mut failure = Failure::new("short-queue", message);
    if let Some(set) = setting(facts, "OLLAMA_MAX_QUEUE") {
        failure =
            failure.seen("OLLAMA_MAX_QUEUE", set.fact, set.value).note(format!("and {at_once} at once"));
    }
    let set_by = config.max_concurrent.as_ref().or(config.max_subagents.as_ref());
    failure
        .seen(
            "OpenClaw",
            set_by.map_or("/config".into(), |set| config.pointer_to(&set.from)),
            format!("up to {agents} agents and {subagents} subagents at once"),
        )
        .expected(format!("at most {}", at_once.saturating_add(queue)))
        .verdict()
}

fn number(set: Option<&Sourced<f64>>) -> Option<u64> {
    // A cast of a float keeps within the bounds of the integer.
    set.map(|set| (set.value as u64).max(1))
}
