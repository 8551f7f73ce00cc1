//! With how many tokens of context Ollama really runs the primary model.

use crate::checks::Site;
use crate::facts::{Facts, ModelInfo, Running};
use crate::model_name::ModelName;
use crate::window::{Primary, Window, whole};

/// The default on a machine without a GPU, or with less than 23 GiB on it
/// (`server/routes.go`, since 0.15.5; a fixed 4096 since 0.6.7).
const DEFAULT: u64 = 4_096;

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
pub fn effective(
    facts: &Facts,
    site: &Site,
    primary: &Primary,
    window: &Window,
    info: &ModelInfo,
    info_fact: &str,
) -> Effective {
    let decided = |count, from: &str, fact: String| Effective { count, from: from.to_string(), fact };
    let chosen = match &window.asked {
        Some(asked) => decided(asked.count, "num_ctx of OpenClaw's requests", asked.fact.clone()),
        None => info
            .num_ctx
            .and_then(whole)
            .map(|count| decided(count, "num_ctx of the Modelfile", format!("{info_fact}/numCtx")))
            .or_else(|| variable(facts, site))
            .or_else(|| loaded(site, primary))
            .unwrap_or_else(|| {
                decided(DEFAULT, "Ollama's default without a large GPU", site.pointer("/running"))
            }),
    };
    match info.context_length {
        Some(trained) if trained < chosen.count => {
            decided(trained, "all that the model has", format!("{info_fact}/contextLength"))
        }
        _ => chosen,
    }
}

/// `OLLAMA_CONTEXT_LENGTH` of the service on this machine. Ollama ignores what is no plain number.
fn variable(facts: &Facts, site: &Site) -> Option<Effective> {
    let (unit, service) =
        facts.loaded_unit("ollama.service").filter(|_| site.is_here(facts) == Some(true))?;
    let index = service.environment.iter().position(|one| one.name == "OLLAMA_CONTEXT_LENGTH")?;
    let count: u64 = service.environment[index].value.as_deref()?.trim().parse().ok()?;
    (count > 0).then(|| Effective {
        count,
        from: "OLLAMA_CONTEXT_LENGTH".into(),
        fact: format!("/units/{unit}/environment/{index}/value"),
    })
}

/// What the model is loaded with right now.
fn loaded(site: &Site, primary: &Primary) -> Option<Effective> {
    let all = site.endpoint.running.seen()?.understood()?;
    let is_it = |one: &Running| ModelName::parse(&one.name).is_some_and(|name| name.is_same(&primary.name));
    let index = all.iter().position(is_it)?;
    Some(Effective {
        count: all[index].context_length.filter(|count| *count > 0)?,
        from: "as it is loaded now".into(),
        fact: site.pointer(&format!("/running/outcome/understood/{index}/contextLength")),
    })
}
