//! The work that the primary model is for the machine it runs on.

use crate::facts::site::Site;
use crate::facts::{Config, Facts, ListedModel, ModelInfo, ModelShape, Provider, Running, Tag, Unseen};
use crate::rules::ollama::context::effective;
use crate::rules::ollama::environment::setting;
use crate::rules::ollama::estimate::{FirstWord, active_parameters, cache_bytes, first_word};
use crate::rules::openclaw::context_window::{Tokens, context_window};
use crate::rules::openclaw::primary::{ConfiguredModel, resolve};
use crate::types::capability::Capability;

/// Ollama's own context on a machine without a large GPU (`envconfig`, `server/sched.go`).
const DEFAULT_CONTEXT: u64 = 4096;

/// An installed model and what running it takes.
pub struct Workload<'a> {
    /// Its name, with the tag.
    pub name: String,
    /// Its place in the model list.
    pub tag: usize,
    /// Bytes of its weights.
    pub weights: u64,
    /// Parameters that each token passes through.
    pub parameters: Option<f64>,
    /// Bytes of its cache, where the header tells.
    pub cache: Option<u64>,
    /// The context that the cache is for.
    pub context: u64,
    /// The setting of OpenClaw's that asks for it, where there is one.
    pub set: Option<Tokens>,
    /// Its provider and its entry in that provider's list, where it is listed.
    pub listed: Option<(&'a Provider, &'a ListedModel)>,
    /// What its header says of its size.
    pub shape: Option<&'a ModelShape>,
    /// Whether it can call tools, as far as the server told.
    pub has_tools: bool,
    /// It in `/api/ps`.
    pub running: Option<&'a Running>,
}

/// The primary, where it is a local model of this endpoint that is installed.
///
/// # Errors
/// Why there is none.
pub fn primary<'a>(facts: &'a Facts, site: &Site<'a>) -> Result<Workload<'a>, Unseen> {
    let not = |why: String| Unseen::NotApplicable { why };
    let config = facts.usable_config()?;
    let primary = config.primary.as_ref().ok_or_else(|| not("no primary model is set".into()))?;
    let reference = resolve(config, &primary.value);
    let Some(wanted) = reference.filter(|found| found.provider == site.endpoint.provider) else {
        return Err(not(format!("the primary model {} is not one of this Ollama", primary.value)));
    };
    let is_cloud = wanted.name().is_some_and(|name| name.is_cloud());
    let is_it = |work: &Workload| !is_cloud && wanted.is(&site.endpoint.provider, &work.name);
    installed(facts, site)?
        .into_iter()
        .find(is_it)
        .ok_or_else(|| not(format!("the primary model {} is not installed here", primary.value)))
}

/// Every local model of the endpoint.
///
/// # Errors
/// Why the list is not there.
pub fn installed<'a>(facts: &'a Facts, site: &Site<'a>) -> Result<Vec<Workload<'a>>, Unseen> {
    let config = facts.usable_config()?;
    let blocked = Unseen::Blocked { by: crate::facts::Need::Tags };
    let tags = site.endpoint.tags.get()?.understood().ok_or(blocked)?;
    let local = tags.iter().enumerate().filter(|(_, tag)| tag.remote_host.is_none());
    Ok(local.map(|(index, tag)| measure(facts, config, site, index, tag)).collect())
}

fn measure<'a>(
    facts: &Facts,
    config: &'a Config,
    site: &Site<'a>,
    index: usize,
    tag: &'a Tag,
) -> Workload<'a> {
    let shows = site.endpoint.shows.seen().map(Vec::as_slice).unwrap_or_default();
    let info = shows.iter().find(|show| show.name == tag.name).and_then(|show| show.answer.understood());
    let shape = info.map(|info| &info.shape);
    let model = ConfiguredModel::installed(config, &site.endpoint.provider, &tag.name);
    let listed = model.as_ref().and_then(|model| Some((model.config?.1, model.entry?.1)));
    let (context, set) = context(facts, site, model.as_ref(), info);
    let running = site.endpoint.running.seen().and_then(|answer| answer.understood());
    let cache = shape.and_then(|shape| cache_bytes(shape, context));
    Workload {
        name: tag.name.clone(),
        tag: index,
        weights: tag.size,
        parameters: active_parameters(tag, shape.unwrap_or(&ModelShape::default())),
        cache: cache.map(|bytes| scaled(facts, bytes, parallel(facts))),
        context,
        set,
        listed,
        shape,
        has_tools: info.and_then(|info| info.can(Capability::Tools)) == Some(true),
        running: running.and_then(|all| all.iter().find(|one| one.name == tag.name)),
    }
}

/// The context in tokens that the model gets, by the one rule for it, and the setting that asks for it.
/// Where what the server decides cannot be seen, Ollama's own default counts; none gets more than it
/// was trained for.
fn context(
    facts: &Facts,
    site: &Site,
    model: Option<&ConfiguredModel>,
    info: Option<&ModelInfo>,
) -> (u64, Option<Tokens>) {
    let untold = ModelInfo::default();
    let info = info.unwrap_or(&untold);
    let Some(model) = model else { return (DEFAULT_CONTEXT, None) };
    let window = context_window(facts, model, info, "");
    let effective = effective(facts, site, model, &window, info, "").map(|effective| effective.count);
    let is_setting = |asked: &Tokens| asked.from.starts_with("models.") || asked.from.starts_with("agents.");
    (
        effective.unwrap_or(DEFAULT_CONTEXT.min(info.context_length.unwrap_or(u64::MAX))),
        window.asked.filter(is_setting),
    )
}

/// How many requests the service gives a context at once.
pub fn parallel(facts: &Facts) -> u64 {
    of_server(facts, "OLLAMA_NUM_PARALLEL").unwrap_or(1).max(1)
}

/// What the service's settings make of a cache: for several requests at once, or in fewer bits.
fn scaled(facts: &Facts, bytes: u64, at_once: u64) -> u64 {
    bytes.saturating_mul(at_once) / smaller_by(facts)
}

/// By how much `OLLAMA_KV_CACHE_TYPE` makes a cache smaller (`faq.mdx` of Ollama's docs).
pub fn smaller_by(facts: &Facts) -> u64 {
    match setting(facts, "OLLAMA_KV_CACHE_TYPE").map(|set| set.value.to_ascii_lowercase()).as_deref() {
        Some("q8_0") => 2,
        Some("q4_0") => 4,
        _ => 1,
    }
}

/// A number in the environment of the service that is more than 0.
pub fn of_server(facts: &Facts, name: &str) -> Option<u64> {
    setting(facts, name)?.value.parse().ok().filter(|number| *number > 0)
}

impl Workload<'_> {
    /// Bytes that it takes: weights, and the cache where that is known.
    pub fn memory(&self) -> u64 {
        self.weights.saturating_add(self.cache.unwrap_or_default())
    }

    /// Bytes that it takes with another context, for so many requests at once.
    pub fn memory_with(&self, facts: &Facts, context: u64, at_once: u64) -> Option<u64> {
        let cache = cache_bytes(self.shape?, context)?;
        Some(self.weights.saturating_add(scaled(facts, cache, at_once)))
    }

    /// Seconds until its first word on that many CPUs.
    pub fn first_word(&self, cpus: f64, extensions: Option<&[String]>) -> Option<FirstWord> {
        (cpus > 0.0).then(|| self.parameters.map(|count| first_word(count, cpus, extensions))).flatten()
    }
}
