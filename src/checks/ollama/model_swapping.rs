//! Do the models that are used together stay in memory together?

use crate::checks::ollama::shared::context_size::gigabytes;
use crate::checks::ollama::shared::model_memory::Machine;
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Config, Facts, Sourced, Unseen};
use crate::rules::ollama::environment::{Setting, setting};
use crate::rules::ollama::gpus::usable;
use crate::rules::ollama::model_memory::{Workload, installed, of_server};
use crate::rules::openclaw::primary::resolve;

/// Ollama keeps so many models on a machine without a GPU (`faq.mdx` of its docs).
const MOST_LOADED: u64 = 3;

/// Fails when the local models that agents, heartbeats and the like use do not fit into memory
/// together, or are more than Ollama keeps, or when it keeps none: each change then loads a model.
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let not = |why: String| Err(Unseen::NotApplicable { why });
    let config = facts.usable_config()?;
    let all = installed(facts, site)?;
    if site.is_here(facts) != Some(true) {
        return not(format!("{} is another machine: `ollama ps` there tells", site.endpoint.name()));
    }
    if let Some(failure) = unloads_at_once(facts) {
        return failure.verdict();
    }
    let used = used(config, site, &all);
    if used.len() < 2 {
        return Verdict::pass("no two local models are used by turns");
    }
    let compute = facts.compute.get()?;
    let most = of_server(facts, "OLLAMA_MAX_LOADED_MODELS");
    let has_gpu = usable(compute).next().is_some();
    let kept = most.unwrap_or(if has_gpu { u64::MAX } else { MOST_LOADED });
    if used.len() as u64 > kept {
        let message = format!("{} local models are used by turns, and Ollama keeps {kept}", used.len());
        return show_models(Failure::new("max-loaded", message), site, &used).verdict();
    }
    if has_gpu {
        return not("how much memory the GPU has is not seen: `ollama ps` tells what stays loaded".into());
    }
    in_memory_together(&Machine::of(facts, site, compute)?, site, &used)
}

fn in_memory_together(machine: &Machine, site: &Site, used: &[(&Sourced<String>, &Workload)]) -> Judgement {
    let names: Vec<&str> = used.iter().map(|(_, work)| &*work.name).collect();
    let together = used.iter().map(|(_, work)| work.memory()).fold(0, u64::saturating_add);
    // Where one alone is too large, that is another check's.
    if together <= machine.memory || used.iter().any(|(_, work)| work.memory() > machine.memory) {
        return Verdict::pass(format!(
            "{} are used by turns, about {} together; {} can be had",
            names.join(", "),
            gigabytes(together),
            gigabytes(machine.memory)
        ));
    }
    let message =
        format!("{} do not fit into memory together: each change loads a model", names.join(" and "));
    show_models(Failure::new("not-together", message), site, used)
        .seen("memory", machine.from.0.clone(), gigabytes(machine.memory))
        .note(machine.from.1)
        .expected(format!("about {}", gigabytes(together)))
        .verdict()
}

/// The installed models that are used by turns, each once, with the key that names it first.
/// Fallbacks are asked only when something fails.
fn used<'a, 'w>(
    config: &'a Config,
    site: &Site,
    all: &'w [Workload<'a>],
) -> Vec<(&'a Sourced<String>, &'w Workload<'a>)> {
    let agents = config.agents.iter().filter_map(|agent| agent.primary.as_ref());
    let references = config.primary.iter().chain(agents).chain(&config.other_models);
    let mut used: Vec<(&Sourced<String>, &Workload)> = Vec::new();
    for reference in references.filter(|reference| !reference.from.contains("fallbacks")) {
        let Some(wanted) = resolve(config, &reference.value) else { continue };
        let is_it = |work: &&Workload| wanted.is(&site.endpoint.provider, &work.name);
        let Some(work) = all.iter().find(is_it) else { continue };
        if !used.iter().any(|(_, known)| known.tag == work.tag) {
            used.push((reference, work));
        }
    }
    used
}

fn show_models(failure: Failure, site: &Site, used: &[(&Sourced<String>, &Workload)]) -> Failure {
    let mut failure = used.iter().take(5).fold(failure, |failure, (reference, work)| {
        let tag = site.pointer(&format!("/tags/outcome/understood/{}", work.tag));
        let takes = format!("about {} with its context", gigabytes(work.memory()));
        failure.seen(&work.name, tag, takes).note(&*reference.from)
    });
    failure.path = used.last().map(|(reference, _)| reference.from.clone());
    failure.place = used.last().and_then(|(reference, _)| reference.place());
    failure
}

/// `OLLAMA_KEEP_ALIVE=0`: a model leaves memory when it has answered.
fn unloads_at_once(facts: &Facts) -> Option<Failure> {
    let Setting { value, fact } = setting(facts, "OLLAMA_KEEP_ALIVE")?;
    let number = value.trim().trim_end_matches(['s', 'm', 'h']);
    if number.is_empty() || !number.chars().all(|c| c == '0') {
        return None;
    }
    let message = "Ollama unloads each model as soon as it has answered, so every turn loads it again";
    Some(Failure::new("unloads", message).seen("OLLAMA_KEEP_ALIVE", fact, value).expected("5m, the default"))
}
