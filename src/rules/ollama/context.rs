//! With how many tokens of context Ollama really runs the primary model.

use crate::facts::site::Site;
use crate::facts::{Answer, Facts, ModelInfo, Running, Unit};
use crate::rules::ollama::gpus::usable;
use crate::rules::openclaw::context_window::{ContextWindow, whole};
use crate::rules::openclaw::primary::ConfiguredModel;
use crate::types::versions::Version;

const GIB: u64 = 1 << 30;

/// A number of tokens and who decides it.
pub struct Effective {
    /// Tokens.
    pub count: u64,
    /// Who decides, in words.
    pub from: String,
    /// JSON Pointer into the facts.
    pub fact: String,
}

/// The order of Ollama: the request, the model's `PARAMETER num_ctx`, the
/// variable of the server, its default; never more than the model was trained for.
/// `None` where neither the server's environment nor its GPUs can be seen.
pub fn effective(
    facts: &Facts,
    site: &Site,
    primary: &ConfiguredModel,
    window: &ContextWindow,
    info: &ModelInfo,
    info_fact: &str,
) -> Option<Effective> {
    let decided = |count, from: &str, fact: String| Effective { count, from: from.to_string(), fact };
    let chosen = match &window.asked {
        Some(asked) => decided(asked.count, "num_ctx of OpenClaw's requests", asked.fact.clone()),
        None => info
            .num_ctx
            .and_then(whole)
            .map(|count| decided(count, "num_ctx of the Modelfile", format!("{info_fact}/numCtx")))
            .or_else(|| variable(service(facts, site)?))
            .or_else(|| loaded(site, primary))
            .or_else(|| default(facts, site))?,
    };
    Some(match info.context_length {
        Some(trained) if trained < chosen.count => {
            decided(trained, "all that the model has", format!("{info_fact}/contextLength"))
        }
        _ => chosen,
    })
}

/// Ollama's service, where it is that which answers: another `ollama serve` has an environment of its own.
fn service<'a>(facts: &'a Facts, site: &Site) -> Option<(usize, &'a Unit)> {
    let (index, unit) = facts.ollama_service()?;
    let main = unit.main_pid?;
    let mut sockets = facts.listeners.seen()?.sockets.iter();
    let holds = sockets.any(|socket| site.leads_to(socket) && socket.pid.is_none_or(|pid| pid == main));
    (holds && site.is_here(facts) == Some(true)).then_some((index, unit))
}

/// `OLLAMA_CONTEXT_LENGTH` of the service on this machine. Ollama ignores what is no plain number.
fn variable((unit, service): (usize, &Unit)) -> Option<Effective> {
    let (index, value) = service.setting("OLLAMA_CONTEXT_LENGTH")?;
    let count: u64 = value.trim().parse().ok()?;
    (count > 0).then(|| Effective {
        count,
        from: "OLLAMA_CONTEXT_LENGTH".into(),
        fact: format!("/units/{unit}/environment/{index}/value"),
    })
}

/// The default of the service: a fixed one, and since 0.15.5 by the memory of all
/// GPUs (`server/routes.go`). The memory of one of NVIDIA's cannot be seen.
fn default(facts: &Facts, site: &Site) -> Option<Effective> {
    service(facts, site)?;
    let version = site.endpoint.version.seen().and_then(Answer::understood);
    let version: Option<Version> = version.and_then(|version| version.parse().ok());
    // A server built from source says 0.0.0 and may be of any age.
    let version = version.filter(|version| version.to_string() != "0.0.0");
    let is_before =
        |limit: &str| version.as_ref().zip(limit.parse().ok()).is_some_and(|(one, limit)| *one < limit);
    let memory: Option<u64> = usable(facts.compute.seen()?).map(|(_, gpu)| gpu.memory).sum();
    let (count, from) = match memory {
        _ if is_before("0.6.7") => (2_048, "the default of Ollama before 0.6.7"),
        _ if is_before("0.15.5") => (4_096, "the default of Ollama before 0.15.5"),
        Some(0) => (4_096, "Ollama's default without a GPU"),
        Some(bytes) if bytes < 23 * GIB => (4_096, "Ollama's default with less than 23 GiB on GPUs"),
        Some(bytes) if bytes < 47 * GIB => (32_768, "Ollama's default from 23 GiB on GPUs"),
        Some(_) => (262_144, "Ollama's default from 47 GiB on GPUs"),
        None => return None,
    };
    Some(Effective { count, from: from.into(), fact: "/compute/gpus".into() })
}

/// What the model is loaded with right now.
fn loaded(site: &Site, primary: &ConfiguredModel) -> Option<Effective> {
    let all = site.endpoint.running.seen()?.understood()?;
    let is_it = |one: &Running| primary.name.is_named(&one.name);
    let index = all.iter().position(is_it)?;
    Some(Effective {
        count: all[index].context_length.filter(|count| *count > 0)?,
        from: "as it is loaded now".into(),
        fact: site.pointer(&format!("/running/outcome/understood/{index}/contextLength")),
    })
}
