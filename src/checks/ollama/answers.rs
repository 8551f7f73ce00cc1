//! Does the primary model really answer (`--deep`)?

use crate::checks::shared::models_patch::entry_key;
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{ChatApi, Deep, Facts, Outcome, Unseen};
use crate::rules::ollama::errors::{Meaning, looks_like_call, message, of_line, of_status};
use crate::rules::openclaw::context_window::AGENT_PROMPT;
use crate::rules::openclaw::primary::ConfiguredModel;
use crate::rules::openclaw::response_timeout::{ResponseTimeout, response_timeout};
use crate::types::model_name::ModelName;

/// Fewer tokens than this tell nothing of the speed.
const MEASURABLE: u64 = 32;

const BREAKS_OFF: &str = "breaks off before its answer is complete";

/// Fails when the question brought an error, nothing, a tool call that is only
/// text, or took longer than OpenClaw waits.
pub fn judge(facts: &Facts) -> Judgement {
    let deep = facts.deep.get()?;
    let response_timeout = response_timeout(facts, &deep.provider);
    match &deep.answer.outcome {
        Outcome::Understood(()) => heard(facts, deep, &response_timeout),
        Outcome::Status(body) => {
            let status = deep.answer.status.unwrap_or_default();
            let said = format!("{status}: {}", message(body));
            means(facts, deep, &of_status(status, body), &said, "/answer/outcome")
        }
        Outcome::TimedOut { after_ms, .. } => timed_out(facts, deep, &response_timeout, *after_ms),
        _ => fails(facts, deep, "cut-off", BREAKS_OFF).verdict(),
    }
}

fn heard(facts: &Facts, deep: &Deep, response_timeout: &ResponseTimeout) -> Judgement {
    let heard = &deep.heard;
    if let Some(error) = &heard.error {
        return means(facts, deep, &of_line(error), error, "/heard/error");
    }
    if !heard.done {
        return fails(facts, deep, "cut-off", BREAKS_OFF).verdict();
    }
    if heard.longest_silence_ms >= response_timeout.ms() {
        return slow(facts, deep, response_timeout, heard.longest_silence_ms);
    }
    if heard.call.is_none() && looks_like_call(&heard.text) {
        let failure =
            fails(facts, deep, "call-as-text", "writes its tool call as text, and nothing calls it").seen(
                "text",
                "/deep/heard/text",
                heard.text.chars().take(120).collect::<String>(),
            );
        return failure.verdict();
    }
    if heard.call.is_none() && heard.text.trim().is_empty() && !heard.thought {
        return fails(facts, deep, "empty", "answers with nothing").verdict();
    }
    let estimate = estimate(deep);
    if let Some(seconds) = estimate.filter(|seconds| seconds * 1000.0 >= response_timeout.ms()) {
        let says = format!("reads too slowly: an agent's first prompt takes about {seconds:.0} s");
        let failure = fails(facts, deep, "slow-prompt", &says);
        return slow_failure(failure, facts, deep, response_timeout, seconds).verdict();
    }
    Verdict::pass(format!("{} {}: {}", deep.model, what_came(deep), numbers(deep).join(", ")))
}

fn timed_out(facts: &Facts, deep: &Deep, response_timeout: &ResponseTimeout, after_ms: u64) -> Judgement {
    if deep.heard.longest_silence_ms >= response_timeout.ms() {
        return slow(facts, deep, response_timeout, deep.heard.longest_silence_ms);
    }
    let so_far = if deep.heard.first_token_ms.is_some() { "did not finish" } else { "said nothing" };
    Err(Unseen::Unknown {
        error: format!(
            "{} {so_far} within {} s; OpenClaw waits {} s, so ask with a longer --deep-timeout",
            deep.model,
            after_ms / 1000,
            response_timeout.seconds
        ),
    })
}

fn slow(facts: &Facts, deep: &Deep, response_timeout: &ResponseTimeout, silence_ms: f64) -> Judgement {
    let seconds = silence_ms / 1000.0;
    let says = format!("says nothing for {seconds:.0} s; OpenClaw waits {} s", response_timeout.seconds);
    slow_failure(fails(facts, deep, "too-slow", &says), facts, deep, response_timeout, seconds).verdict()
}

fn slow_failure(
    failure: Failure,
    facts: &Facts,
    deep: &Deep,
    response_timeout: &ResponseTimeout,
    seconds: f64,
) -> Failure {
    let failure = failure
        .seen("OpenClaw waits", "/installs", format!("{} s", response_timeout.seconds))
        .note(response_timeout.from.clone());
    let enough = (seconds * 2.0 / 300.0).ceil() * 300.0;
    let failure = failure.value("seconds", format!("{enough:.0}"));
    let key = match facts.config.seen() {
        Some(config) => config.provider_key(&deep.provider, "timeoutSeconds"),
        None => return failure,
    };
    failure.value("timeout_key", key)
}

/// Seconds for the first prompt of an agent, at the speed that was measured.
fn estimate(deep: &Deep) -> Option<f64> {
    let tokens = deep.heard.prompt_tokens.filter(|tokens| *tokens >= MEASURABLE)?;
    let ms = deep.heard.prompt_ms.filter(|ms| *ms > 0.0)?;
    Some(AGENT_PROMPT as f64 * ms / 1000.0 / f64::from(u32::try_from(tokens).ok()?))
}

fn means(facts: &Facts, deep: &Deep, meaning: &Meaning, said: &str, at: &str) -> Judgement {
    fails(facts, deep, meaning.cause, meaning.says).seen("ollama says", format!("/deep{at}"), said).verdict()
}

/// A failure whose sentence begins with the model's name, with the numbers and the values of the fixes.
fn fails(facts: &Facts, deep: &Deep, cause: &'static str, says: &str) -> Failure {
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
fn what_came(deep: &Deep) -> String {
    match &deep.heard.call {
        Some(call) if call.in_last_line && deep.api == ChatApi::Ollama => {
            format!("answered and called the tool {}", call.name)
        }
        Some(call) => format!("answered and called the tool {} in line {}", call.name, call.line),
        None if deep.with_tool => "answered in words and did not call the tool".into(),
        None => "answered in words".into(),
    }
}

/// Times and speeds, as far as they are known.
fn numbers(deep: &Deep) -> Vec<String> {
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
