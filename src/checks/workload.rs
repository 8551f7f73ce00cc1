//! The work that the primary model is for the machine it runs on.

use crate::checks::Site;
use crate::facts::{Config, Facts, ModelInfo, ModelShape, Running, Tag, Unseen};
use crate::inference_estimate::{FirstWord, active_parameters, cache_bytes, first_word};
use crate::model_name::ModelName;

/// What OpenClaw sends as `num_ctx` at most for a model that it discovered
/// (`contextTokens`, measured on 2026.9.6).
const MOST_CONTEXT: u64 = 32_768;

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
    /// Whether it can call tools, as far as the server told.
    pub has_tools: bool,
    /// It in `/api/ps`.
    pub running: Option<&'a Running>,
}

/// The primary, where it is a local model of this endpoint that is installed.
///
/// # Errors
/// Why there is none.
pub fn primary<'a>(facts: &Facts, site: &Site<'a>) -> Result<Workload<'a>, Unseen> {
    let not = |why: String| Unseen::NotApplicable { why };
    let config = facts.usable_config()?;
    let primary = config.primary.as_ref().ok_or_else(|| not("no primary model is set".into()))?;
    let prefix = format!("{}/", site.endpoint.provider);
    let Some(model) = primary.value.strip_prefix(&prefix) else {
        return Err(not(format!("the primary model {} is not one of this Ollama", primary.value)));
    };
    let wanted = ModelName::parse(model.strip_prefix(&prefix).unwrap_or(model));
    let all = installed(facts, site)?;
    let is_it = |work: &Workload| {
        wanted.as_ref().is_some_and(|wanted| {
            ModelName::parse(&work.name).is_some_and(|name| name.is_same(wanted) && !name.is_cloud())
        })
    };
    all.into_iter()
        .find(is_it)
        .ok_or_else(|| not(format!("the primary model {} is not installed here", primary.value)))
}

/// Every local model of the endpoint.
///
/// # Errors
/// Why the list is not there.
pub fn installed<'a>(facts: &Facts, site: &Site<'a>) -> Result<Vec<Workload<'a>>, Unseen> {
    let config = facts.usable_config()?;
    let blocked = Unseen::Blocked { by: crate::facts::Need::Tags };
    let tags = site.endpoint.tags.get()?.understood().ok_or(blocked)?;
    let local = tags.iter().enumerate().filter(|(_, tag)| tag.remote_host.is_none());
    Ok(local.map(|(index, tag)| workload(facts, config, site, index, tag)).collect())
}

fn workload<'a>(facts: &Facts, config: &Config, site: &Site<'a>, index: usize, tag: &Tag) -> Workload<'a> {
    let shows = site.endpoint.shows.seen().map(Vec::as_slice).unwrap_or_default();
    let info = shows.iter().find(|show| show.name == tag.name).and_then(|show| show.answer.understood());
    let unknown = ModelShape::default();
    let shape = info.map_or(&unknown, |info| &info.shape);
    let context = context(facts, config, site, &tag.name, info);
    let capabilities = info.and_then(|info| info.capabilities.as_deref()).unwrap_or_default();
    let running = site.endpoint.running.seen().and_then(|answer| answer.understood());
    Workload {
        name: tag.name.clone(),
        tag: index,
        weights: tag.size,
        parameters: active_parameters(tag, shape),
        cache: cache_bytes(shape, context).map(|bytes| scaled(facts, bytes)),
        context,
        has_tools: capabilities.iter().any(|one| one == "tools"),
        running: running.and_then(|all| all.iter().find(|one| one.name == tag.name)),
    }
}

/// The context in tokens that OpenClaw 2026.9.6 asks for (`advanced.md` of its docs):
/// `params.num_ctx`, else `contextTokens`. A listed model without both gets the server's own.
fn context(facts: &Facts, config: &Config, site: &Site, name: &str, info: Option<&ModelInfo>) -> u64 {
    let provider = config.providers.iter().find(|provider| provider.id == site.endpoint.provider);
    let parsed = ModelName::parse(name);
    let is_it = |id: &str| match (&parsed, ModelName::parse(id)) {
        (Some(name), Some(id)) => name.is_same(&id),
        _ => false,
    };
    let listed = provider.and_then(|provider| provider.models.iter().find(|one| is_it(&one.id.value)));
    let set = listed
        .and_then(|listed| listed.num_ctx.as_ref())
        .or_else(|| provider.and_then(|provider| provider.num_ctx.as_ref()))
        .or_else(|| listed.and_then(|listed| listed.context_tokens.as_ref()));
    let trained = info.and_then(|info| info.context_length).unwrap_or(MOST_CONTEXT);
    match (set, listed) {
        // A cast of a float keeps within the bounds of the integer.
        (Some(set), _) if set.value > 0.0 => (set.value as u64).min(trained),
        (_, Some(_)) => of_server(facts, "OLLAMA_CONTEXT_LENGTH").unwrap_or(DEFAULT_CONTEXT).min(trained),
        _ => trained.min(MOST_CONTEXT),
    }
}

/// What the service's settings make of a cache: for several requests at once, or in fewer bits.
fn scaled(facts: &Facts, bytes: u64) -> u64 {
    let at_once = of_server(facts, "OLLAMA_NUM_PARALLEL").unwrap_or(1).max(1);
    let share = match setting(facts, "OLLAMA_KV_CACHE_TYPE") {
        Some("q8_0") => 2,
        Some("q4_0") => 4,
        _ => 1,
    };
    bytes.saturating_mul(at_once) / share
}

fn of_server(facts: &Facts, name: &str) -> Option<u64> {
    setting(facts, name)?.parse().ok().filter(|number| *number > 0)
}

fn setting<'a>(facts: &'a Facts, name: &str) -> Option<&'a str> {
    let (_, unit) = facts.loaded_unit("ollama.service")?;
    // Of several assignments the last one counts.
    let mut all = unit.environment.iter().rev();
    all.find(|variable| variable.name == name)?.value.as_deref()
}

impl Workload<'_> {
    /// Bytes that it takes: weights, and the cache where that is known.
    pub fn memory(&self) -> u64 {
        self.weights.saturating_add(self.cache.unwrap_or_default())
    }

    /// Seconds until its first word on that many CPUs.
    pub fn first_word(&self, cpus: f64, extensions: Option<&[String]>) -> Option<FirstWord> {
        (cpus > 0.0).then(|| self.parameters.map(|count| first_word(count, cpus, extensions))).flatten()
    }
}
