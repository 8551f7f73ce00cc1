//! Is there the memory for the context that is asked of the primary model?

use crate::checks::ollama::shared::context_size::{evidence, fixes, gigabytes};
use crate::checks::ollama::shared::model_memory::Machine;
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Facts, Running, Unseen};
use crate::rules::ollama::gpus::usable;
use crate::rules::ollama::model_memory::{Workload, primary};
use crate::rules::openclaw::context_window::MOST_DISCOVERED;

/// Fails when the primary fits with the context that OpenClaw asks for by itself, but not with the
/// one that a setting asks for, or not with as many requests at once as the service allows.
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let work = primary(facts, site)?;
    let not = |why: String| Err(Unseen::NotApplicable { why });
    if site.is_here(facts) != Some(true) {
        return not(format!("{} is another machine: `ollama ps` there tells", site.endpoint.name()));
    }
    let compute = facts.compute.get()?;
    if usable(compute).next().is_some() {
        return not(format!(
            "how much memory the GPU has is not seen: `ollama ps` tells while {} is loaded",
            work.name
        ));
    }
    let machine = Machine::of(facts, site, compute)?;
    let Some(plain) = work.memory_with(facts, work.context.min(MOST_DISCOVERED), 1) else {
        return not(format!("the header of {} does not tell what a token of context takes", work.name));
    };
    if let Some(fits) = fits(&work, &machine) {
        return Verdict::pass(fits);
    }
    if plain > machine.memory {
        return not(format!("{} does not fit with OpenClaw's own context either", work.name));
    }
    let alone = work.memory_with(facts, work.context, 1).unwrap_or(plain);
    let message = format!(
        "the context of {} takes about {}, more memory than there is",
        work.name,
        gigabytes(work.memory() - work.weights)
    );
    let failure = Failure::new(cause(&work, &machine, alone), message);
    fixes(evidence(failure, facts, site, &work, &machine), facts, &work, &machine).verdict()
}

/// How it is seen that the context fits, where it does.
fn fits(work: &Workload, machine: &Machine) -> Option<String> {
    let is_whole = |one: &&Running| one.context_length.is_some_and(|has| has >= work.context);
    if let Some(running) = work.running.filter(is_whole) {
        let size = gigabytes(running.size);
        return Some(format!("{} is loaded with its {} tokens, and takes {size}", work.name, work.context));
    }
    (work.memory() <= machine.memory).then(|| {
        format!(
            "{} takes about {}, {} of them for {} tokens of context; {} can be had",
            work.name,
            gigabytes(work.memory()),
            gigabytes(work.memory() - work.weights),
            work.context,
            gigabytes(machine.memory)
        )
    })
}

/// Why it does not fit. `alone` is what it takes with one request at a time.
fn cause(work: &Workload, machine: &Machine, alone: u64) -> &'static str {
    match &work.set {
        _ if work.memory() <= machine.most() => "low-memory",
        _ if alone <= machine.memory => "parallel",
        Some(set) if set.from.ends_with("num_ctx") => "num-ctx",
        _ => "context-tokens",
    }
}
