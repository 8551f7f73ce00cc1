//! How many tokens a loaded model gets. Ollama source: server/routes.go `modelOptions`, server/sched.go, llm/server.go.

use serde_json::Value;

use crate::env::Env;
use crate::log;
use crate::model::Model;

/// Without a GPU the tier of video memory is the lowest.
const CPU_TIER: u64 = 4096;

/// The request, then the model's `PARAMETER num_ctx`, then `OLLAMA_CONTEXT_LENGTH`, then the tier; at most what the model
/// was trained for.
pub(crate) fn resolve(env: &Env, model: &Model, requested: Option<&Value>) -> u64 {
    let from = |value: Option<&Value>| value.and_then(Value::as_f64).filter(|number| *number > 0.0);
    let parameter = model.entry.parameters.get("num_ctx");
    let server = if env.context_length > 0 { env.context_length } else { CPU_TIER };
    let wanted = from(requested).or_else(|| from(parameter)).map_or(server, |number| number as u64);
    let least = if model.entry.can("vision") { 2048 } else { 4 };
    let wanted = wanted.max(least);
    match model.entry.context_length {
        Some(trained) if wanted > trained => {
            let values = [("num_ctx", wanted.to_string()), ("n_ctx_train", trained.to_string())];
            log::warn("server.go:167", "requested context size too large for model", &values);
            trained
        }
        _ => wanted,
    }
}
