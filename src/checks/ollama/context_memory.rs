//! Is there the memory for the context that is asked of the primary model?

use crate::checks::ollama::shared::context_size::{evidence, fixes, gigabytes};
use crate::checks::ollama::shared::model_memory::Machine;
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Facts, Unseen};
use crate::rules::ollama::gpus::usable;
use crate::rules::ollama::model_memory::primary;
use crate::rules::openclaw::context_window::MOST_DISCOVERED;

/// Fails when the primary would fit with the context that OpenClaw asks for by itself, but not
/// with the one that a setting asks for, or not with as many at once as the service allows.
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
    if let Some(running) =
        work.running.filter(|one| one.context_length.is_some_and(|has| has >= work.context))
    {
        return Verdict::pass(format!(
            "{} is loaded with its {} tokens, and takes {}",
            work.name,
            work.context,
            gigabytes(running.size)
        ));
    }
    if work.memory() <= machine.memory {
        return Verdict::pass(format!(
            "{} takes about {}, {} of them for {} tokens of context; {} can be had",
            work.name,
            gigabytes(work.memory()),
            gigabytes(work.memory() - work.weights),
            work.context,
            gigabytes(machine.memory)
        ));
    }
    if plain > machine.memory {
        return not(format!("{} does not fit with OpenClaw's own context either", work.name));
    }
    let alone = work.memory_with(facts, work.context, 1).unwrap_or(plain);
    let cause = match &work.set {
        _ if work.memory() <= machine.most() => "low-memory",
        _ if alone <= machine.memory => "parallel",
        Some(set) if set.from.ends_with("num_ctx") => "num-ctx",
        _ => "context-tokens",
    };
    let message = format!(
        "the context of {} takes about {}, more memory than there is",
        work.name,
        gigabytes(work.memory() - work.weights)
    );
    let failure = evidence(Failure::new(cause, message), facts, site, &work, &machine);
    fixes(failure, facts, &work, &machine).verdict()
}
