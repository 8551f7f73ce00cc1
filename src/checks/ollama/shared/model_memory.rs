//! Whether a model fits into this machine, and which installed one would.

use crate::checks::shared::select_model::{SELECT, with_select_steps};
use crate::checks::{Failure, Site};
use crate::facts::{Compute, Facts, Unseen};
use crate::rules::ollama::estimate::{FirstWord, first_word};
use crate::rules::ollama::model_memory::{Workload, installed};
use crate::rules::openclaw::response_timeout::response_timeout;
use crate::types::model_name::ModelName;

/// What the page proposes to pull, and what it takes: parameters, and bytes with its cache.
const SMALL: (&str, f64, u64) = ("llama3.2:3b", 3.2e9, 5_800_000_000);

/// The longest wait that is worth setting, in seconds, and what it must be enough for twice.
const LONGEST_WAIT: f64 = 3600.0;

/// What Ollama may use of this machine.
pub struct Machine<'a> {
    /// CPUs, or fewer where the unit has a quota.
    pub cpus: f64,
    /// Vector extensions, where they are known.
    pub extensions: Option<&'a [String]>,
    /// Bytes that it can have now.
    pub memory: u64,
    /// Where that number comes from: a pointer into the facts, and words.
    pub from: (String, &'static str),
    /// All memory and swap in bytes.
    total: u64,
    /// What the unit may have at most.
    limit: Option<u64>,
}

impl<'a> Machine<'a> {
    /// The machine of an endpoint that is here. What other models hold is let go by
    /// Ollama when it loads another one.
    pub fn of(facts: &'a Facts, site: &Site, compute: &'a Compute) -> Result<Machine<'a>, Unseen> {
        let host = facts.host.get()?;
        let loaded = site.endpoint.running.seen().and_then(|answer| answer.understood());
        let held = |size: u64, vram: u64| size.saturating_sub(vram);
        let held: u64 =
            loaded.iter().flat_map(|all| all.iter()).map(|one| held(one.size, one.size_vram)).sum();
        let total = *host.memory_total.get()?;
        let free = host.memory_available.get()?.saturating_add(held).min(total);
        let unit = facts.ollama_service().filter(|(_, unit)| unit.main_pid.is_some());
        let limit = unit.and_then(|(index, unit)| Some((index, unit.memory_max?)));
        let quota = unit.and_then(|(_, unit)| unit.cpu_quota).filter(|quota| *quota > 0.0);
        let (memory, from) = match limit {
            Some((index, limit)) if limit < free => {
                (limit, (format!("/units/{index}/memoryMax"), "MemoryMax of ollama.service"))
            }
            _ => (free, ("/host/memoryAvailable".into(), "available")),
        };
        let cpus = host.cpus.max(1) as f64;
        Ok(Machine {
            cpus: quota.map_or(cpus, |quota| quota.min(cpus)),
            extensions: compute.vector_extensions.as_deref(),
            memory,
            from,
            total: total.saturating_add(*compute.swap_total.get()?),
            limit: limit.map(|(_, limit)| limit),
        })
    }

    /// Bytes that it could have if nothing else ran.
    pub fn most(&self) -> u64 {
        self.limit.map_or(self.total, |limit| limit.min(self.total))
    }

    /// Why the model cannot be loaded, or not without swapping; nothing where it already is.
    pub fn too_small_for(&self, site: &Site, work: &Workload) -> Option<Failure> {
        if work.running.is_some() || self.fits(work) {
            return None;
        }
        let gigabytes = |bytes: u64| format!("{:.1} GB", bytes as f64 / 1e9);
        let never = work.weights > self.total;
        let (cause, message) = if never {
            ("too-big", format!("{} is larger than all the memory of this machine", work.name))
        } else {
            ("low-memory", format!("{} needs more memory than Ollama can have now", work.name))
        };
        let pointer = site.pointer(&format!("/tags/outcome/understood/{}", work.tag));
        let failure = Failure::new(cause, message)
            .seen("weights", pointer.clone(), gigabytes(work.weights))
            .note(work.name.clone());
        let failure = match work.cache {
            Some(cache) => failure
                .seen("context", pointer, gigabytes(cache))
                .note(format!("an estimate, for {} tokens", work.context)),
            None => failure,
        };
        let failure = match never {
            true => failure.seen("memory", "/host/memoryTotal", gigabytes(self.total)).note("with swap"),
            false => failure.seen("memory", self.from.0.clone(), gigabytes(self.memory)).note(self.from.1),
        };
        let needed = if never { work.weights } else { work.memory() };
        Some(failure.expected(format!("at least {}", gigabytes(needed))))
    }

    fn fits(&self, work: &Workload) -> bool {
        work.weights <= self.total && work.memory() <= self.memory
    }

    /// Adds the longer wait, where it is one that somebody may wait. The versions in
    /// which it moves the limit stand with the fix.
    pub fn patient(&self, failure: Failure, facts: &Facts, site: &Site, time: &FirstWord) -> Failure {
        // A limit of the whole run is not moved by one of the provider.
        let of_run = facts.usable_config().ok().and_then(|config| config.agent_timeout.as_ref());
        let is_of_run =
            of_run.is_some_and(|run| run.from == response_timeout(facts, &site.endpoint.provider).from);
        if time.fast * 2.0 > LONGEST_WAIT || is_of_run {
            return failure;
        }
        let seconds = (time.slow / 300.0).ceil() * 300.0;
        let mut failure = failure
            .value("timeout_key", site.setting_key(facts, "timeoutSeconds"))
            .value("seconds", format!("{:.0}", seconds.min(LONGEST_WAIT)));
        if let Some(fixes) = &mut failure.fixes {
            // A model that is fast enough comes first.
            fixes.insert(usize::from(fixes.first().is_some_and(|fix| *fix != "elsewhere")), "timeout");
        }
        failure
    }
}

/// Hands over the largest installed model with tools that fits and is in time, else
/// one to pull, else words.
pub fn offer_smaller(
    failure: Failure,
    facts: &Facts,
    site: &Site,
    machine: &Machine,
    work: &Workload,
) -> Failure {
    let limit = response_timeout(facts, &site.endpoint.provider).seconds as f64;
    let in_time = |parameters: f64| first_word(parameters, machine.cpus, machine.extensions).fast <= limit;
    let all = installed(facts, site).unwrap_or_default();
    let is_fit = |one: &&Workload| {
        one.has_tools
            && one.weights < work.weights
            && machine.fits(one)
            && one.parameters.is_some_and(in_time)
            && ModelName::parse(&one.name).is_some_and(|name| !name.is_cloud())
    };
    let best = all.iter().filter(is_fit).max_by_key(|one| one.weights);
    let name = best.and_then(|one| ModelName::parse(&one.name));
    let rest: &[&str] =
        if failure.cause == "low-memory" { &["context", "elsewhere"] } else { &["elsewhere"] };
    if let (Some(name), Ok(config)) = (name, facts.usable_config()) {
        let failure = failure.value("primary", format!("{}/{}", site.endpoint.provider, name.short()));
        return with_select_steps(failure, facts, config).fixes(&[&[SELECT], rest].concat());
    }
    let has_small = all.iter().any(|one| one.name == SMALL.0);
    if !has_small && work.weights > SMALL.2 / 2 && in_time(SMALL.1) && SMALL.2 <= machine.memory {
        return failure.fixes(&[&["pull-small"], rest].concat());
    }
    failure.fixes(rest)
}
