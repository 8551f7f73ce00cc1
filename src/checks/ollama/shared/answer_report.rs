//! What is told of an answer, whether it is good or not.

use crate::checks::shared::models_patch::entry_key;
use crate::checks::{Failure, Site};
use crate::facts::{ChatApi, Deep, Facts};
use crate::rules::openclaw::primary::ConfiguredModel;
use crate::types::model_name::ModelName;

/// A failure whose sentence begins with the model's name, with the numbers and the values of the fixes.
pub fn fails(facts: &Facts, deep: &Deep, cause: &'static str, says: &str) -> Failure {
    let mut failure = Failure::new(cause, format!("{} {says}", deep.model))
        .seen("asked", "/deep/url", deep.url.clone())
        .note(asked(deep));
    if deep.heard.lines > 0 {
        failure = failure.seen("came", "/deep/heard", numbers(deep).join(", "));
    }
    if let Some(name) = ModelName::parse(&deep.model) {
        failure = failure.value("model", name.short());
    }
    let entry = ConfiguredModel::primary(facts).ok().and_then(|primary| primary.entry);
    if let Some(key) = entry.and_then(|(_, entry)| entry_key(entry, "compat.supportsTools")) {
        failure = failure.value("tools_key", key);
    }
    let site = Site::all(facts).find(|site| site.endpoint.provider == deep.provider);
    failure.on(site.and_then(|site| site.other_host(facts)))
}

fn asked(deep: &Deep) -> String {
    let tool = if deep.with_tool { "with a tool" } else { "without tools" };
    let stream = if deep.streamed { "as a stream" } else { "in one piece" };
    match deep.num_ctx {
        Some(num_ctx) => format!("{stream}, {tool}, num_ctx {num_ctx}"),
        None => format!("{stream}, {tool}"),
    }
}

/// What the model did.
pub fn what_came(deep: &Deep) -> String {
    match &deep.heard.call {
        Some(call) if call.in_last_line && deep.api == ChatApi::Ollama => {
            format!("called {} in the last line", call.name)
        }
        Some(call) => format!("called {} in line {}", call.name, call.line),
        None if deep.with_tool => "answered in words and did not call the tool".into(),
        None => "answered in words".into(),
    }
}

/// Times and speeds, as far as they are known.
pub fn numbers(deep: &Deep) -> Vec<String> {
    let heard = &deep.heard;
    let seconds = |ms: f64| format!("{:.1} s", ms / 1000.0);
    let speed = |tokens: Option<u64>, ms: Option<f64>| {
        let tokens = f64::from(u32::try_from(tokens?).ok()?);
        Some(format!("{:.0} tokens/s", tokens * 1000.0 / ms.filter(|ms| *ms > 0.0)?))
    };
    let running = deep.running.as_ref();
    let all = [
        heard.first_token_ms.map(|ms| format!("first token after {}", seconds(ms))),
        heard.load_ms.map(|ms| format!("load {}", seconds(ms))),
        speed(heard.prompt_tokens, heard.prompt_ms).map(|speed| format!("prompt {speed}")),
        speed(heard.answer_tokens, heard.answer_ms).map(|speed| format!("answer {speed}")),
        running.and_then(|one| one.context_length).map(|tokens| format!("context {tokens}")),
        running.filter(|one| one.size_vram == 0 && one.size > 0).map(|_| "on the CPU".to_string()),
    ];
    all.into_iter().flatten().collect()
}
