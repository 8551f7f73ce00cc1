//! Does the primary model really answer (`--deep`)?

use crate::checks::ollama::shared::answer_report::{fails, numbers, what_came};
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Deep, Facts, Outcome, Unseen};
use crate::rules::ollama::errors::{Meaning, looks_like_call, message, of_line, of_status};
use crate::rules::openclaw::response_timeout::{Patience, patience};

/// The smallest prompt of an agent: 50,000 characters measured on 2026.9.6, at four to a token.
const AGENT_PROMPT: f64 = 13_000.0;
/// Fewer tokens than this tell nothing of the speed.
const MEASURABLE: u64 = 32;

const BREAKS_OFF: &str = "breaks off before its answer is complete";

/// Fails when the question brought an error, nothing, a tool call that is only
/// text, or took longer than OpenClaw waits.
pub fn judge(facts: &Facts) -> Judgement {
    let deep = facts.deep.get()?;
    let patience = patience(facts, &deep.provider);
    match &deep.answer.outcome {
        Outcome::Understood(()) => heard(facts, deep, &patience),
        Outcome::Status(body) => {
            let status = deep.answer.status.unwrap_or_default();
            let said = format!("{status}: {}", message(body));
            means(facts, deep, &of_status(status, body), &said, "/answer/outcome")
        }
        Outcome::TimedOut { after_ms, .. } => timed_out(facts, deep, &patience, *after_ms),
        _ => fails(facts, deep, "cut-off", BREAKS_OFF).verdict(),
    }
}

fn heard(facts: &Facts, deep: &Deep, patience: &Patience) -> Judgement {
    let heard = &deep.heard;
    if let Some(error) = &heard.error {
        return means(facts, deep, &of_line(error), error, "/heard/error");
    }
    if !heard.done {
        return fails(facts, deep, "cut-off", BREAKS_OFF).verdict();
    }
    if heard.longest_silence_ms >= patience.ms() {
        return slow(facts, deep, patience, heard.longest_silence_ms);
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
    if let Some(seconds) = estimate.filter(|seconds| seconds * 1000.0 >= patience.ms()) {
        let says = format!("reads too slowly: an agent's first prompt takes about {seconds:.0} s");
        let failure = fails(facts, deep, "slow-prompt", &says);
        return slow_failure(failure, facts, deep, patience, seconds).verdict();
    }
    Verdict::pass(format!("{} {}: {}", deep.model, what_came(deep), numbers(deep).join(", ")))
}

fn timed_out(facts: &Facts, deep: &Deep, patience: &Patience, after_ms: u64) -> Judgement {
    if deep.heard.longest_silence_ms >= patience.ms() {
        return slow(facts, deep, patience, deep.heard.longest_silence_ms);
    }
    let so_far = if deep.heard.first_token_ms.is_some() { "did not finish" } else { "said nothing" };
    Err(Unseen::Unknown {
        error: format!(
            "{} {so_far} within {} s; OpenClaw waits {} s, so ask with a longer --deep-timeout",
            deep.model,
            after_ms / 1000,
            patience.seconds
        ),
    })
}

fn slow(facts: &Facts, deep: &Deep, patience: &Patience, silence_ms: f64) -> Judgement {
    let seconds = silence_ms / 1000.0;
    let says = format!("says nothing for {seconds:.0} s; OpenClaw waits {} s", patience.seconds);
    slow_failure(fails(facts, deep, "too-slow", &says), facts, deep, patience, seconds).verdict()
}

fn slow_failure(failure: Failure, facts: &Facts, deep: &Deep, patience: &Patience, seconds: f64) -> Failure {
    let failure = failure
        .seen("OpenClaw waits", "/installs", format!("{} s", patience.seconds))
        .note(patience.from.clone());
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
    Some(AGENT_PROMPT * ms / 1000.0 / f64::from(u32::try_from(tokens).ok()?))
}

fn means(facts: &Facts, deep: &Deep, meaning: &Meaning, said: &str, at: &str) -> Judgement {
    fails(facts, deep, meaning.cause, meaning.says).seen("ollama says", format!("/deep{at}"), said).verdict()
}
