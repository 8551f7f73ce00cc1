//! Does the primary model run where it is fast enough for OpenClaw?

use crate::checks::ollama::shared::model_memory::{Machine, offer_smaller};
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Compute, Facts, Unseen};
use crate::rules::ollama::estimate::FirstWord;
use crate::rules::ollama::gpus::{closed_device, fixes_for, usable};
use crate::rules::ollama::model_memory::{Workload, primary};
use crate::rules::openclaw::context_window::AGENT_PROMPT;
use crate::rules::openclaw::response_timeout::response_timeout;

/// As many as a rented server has at most, as a rule: for a machine that cannot be seen.
const MANY_CPUS: f64 = 16.0;

/// Fails when the primary runs on the CPU although there is a GPU, needs more memory
/// than there is, or takes longer to its first word, even on fast CPUs, than OpenClaw
/// waits. Where a GPU is there and nothing is loaded, nothing can be said.
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let work = primary(facts, site)?;
    facts.host.get()?;
    if let Some(running) = work.running.filter(|running| running.size_vram > 0) {
        let share = running.size_vram as f64 / running.size.max(1) as f64 * 100.0;
        return Verdict::pass(format!("{} is loaded, {:.0} % of it on a GPU", work.name, share.min(100.0)));
    }
    match site.is_here(facts) {
        Some(true) => {}
        Some(false) if work.running.is_some() => return on_time(facts, site, &work, None),
        _ => {
            let why = format!("{} is another machine, whose hardware cannot be seen", site.endpoint.name());
            return Err(Unseen::NotApplicable { why });
        }
    }
    let compute = facts.compute.get()?;
    if usable(compute).next().is_some() {
        return on_cpu_beside_gpu(facts, site, &work, compute);
    }
    let machine = Machine::of(facts, site, compute)?;
    if let Some(failure) = machine.too_small_for(site, &work) {
        return offer_smaller(failure, facts, site, &machine, &work).verdict();
    }
    on_time(facts, site, &work, Some(&machine))
}

fn on_cpu_beside_gpu(facts: &Facts, site: &Site, work: &Workload, compute: &Compute) -> Judgement {
    let closed = closed_device(compute);
    if work.running.is_none() && closed.is_none() {
        let why = format!("a GPU is here, and {} is not loaded, so where it runs cannot be seen", work.name);
        return Err(Unseen::NotApplicable { why });
    }
    let message = match closed {
        Some(_) => "there is a GPU, but Ollama's user may not open it".to_string(),
        None => format!("{} runs on the CPU although there is a GPU", work.name),
    };
    let mut failure = Failure::new("on-cpu-with-gpu", message);
    if let Some(running) = work.running {
        let size = format!("{:.1} GB, none of it on the GPU", running.size as f64 / 1e9);
        failure = failure.seen("loaded", site.pointer("/running/outcome/understood"), size).note(&*work.name);
    }
    let shown = usable(compute).take(2).chain(closed.filter(|(index, _)| *index > 1));
    let failure = shown.fold(failure, |failure, (index, gpu)| {
        let rights = format!("mode {:04o}, group {}", gpu.mode, gpu.group);
        failure.seen("GPU", format!("/compute/gpus/{index}"), &*gpu.path).note(rights)
    });
    failure.fixes(&fixes_for(facts, compute, closed.is_some())).verdict()
}

/// Whether the first word comes before OpenClaw gives up. Without a machine, its hardware is not seen.
fn on_time(facts: &Facts, site: &Site, work: &Workload, machine: Option<&Machine>) -> Judgement {
    let cpus = machine.map_or(MANY_CPUS, |machine| machine.cpus);
    let extensions = machine.and_then(|machine| machine.extensions);
    let limit = response_timeout(facts, &site.endpoint.provider).seconds as f64;
    let Some((parameters, estimate)) = work.parameters.zip(work.first_word(cpus, extensions)) else {
        let why =
            format!("Ollama does not tell how many parameters {} has, so nothing can be reckoned", work.name);
        return Err(Unseen::NotApplicable { why });
    };
    if estimate.fast <= limit {
        let Some(machine) = machine else {
            let why = "it runs on CPUs of another machine, and how many that are cannot be seen".into();
            return Err(Unseen::NotApplicable { why });
        };
        return Verdict::pass(format!(
            "no GPU: by a rule of thumb {} needs {} before its first token on {} CPUs",
            work.name,
            range(&estimate),
            machine.cpus
        ));
    }
    let message =
        format!("{} on the CPU needs at least {} before its first token", work.name, span(estimate.fast));
    let told = extensions.map_or("not seen".into(), |all| all.join(" "));
    let weights = format!("{:.1} GB", work.weights as f64 / 1e9);
    let failure = Failure::new("slow-cpu", message)
        .seen("model", site.pointer(&format!("/tags/outcome/understood/{}", work.tag)), weights)
        .note(&*work.name)
        .seen("CPUs", "/host/cpus", if machine.is_some() { cpus.to_string() } else { "not seen".into() })
        .note(format!("vector extensions: {}", if told.is_empty() { "none" } else { &told }))
        .seen("estimate", "/host/cpus", arithmetic(parameters, cpus, &estimate))
        .note("a rule of thumb, not measured")
        .expected(format!("OpenClaw waits {}", span(limit)))
        .on(site.other_host(facts));
    let Some(machine) = machine else {
        return failure.fixes(&["pull-small"]).verdict();
    };
    machine.patient(offer_smaller(failure, facts, site, machine, work), facts, site, &estimate).verdict()
}

/// How the estimate comes about.
fn arithmetic(parameters: f64, cpus: f64, estimate: &FirstWord) -> String {
    let (slow, fast) = estimate.speeds;
    format!(
        "{AGENT_PROMPT} tokens × 2 × {:.1}e9 parameters ÷ ({cpus} CPUs × {slow} to {fast} GFLOPS) = {}",
        parameters / 1e9,
        range(estimate)
    )
}

fn range(estimate: &FirstWord) -> String {
    format!("{} to {}", span(estimate.fast), span(estimate.slow))
}

/// Seconds for a person.
fn span(seconds: f64) -> String {
    match seconds {
        s if s < 100.0 => format!("{s:.0} s"),
        s if s < 6000.0 => format!("{:.0} minutes", s / 60.0),
        s => format!("{:.0} hours", s / 3600.0),
    }
}
