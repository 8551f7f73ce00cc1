//! What the gateway logs of a turn that brought no answer. What brought one is logged for debugging only
//! (`command-queue`, `builtin-openclaw` of the npm package, 2026.9.6), so that no line means nothing.

use super::primary::written;
use crate::facts::LogLine;

/// A turn, or a part of one, that failed.
pub struct FailedTurn<'a> {
    /// The words of OpenClaw for it.
    pub words: &'a str,
    /// These words are the reason, and not the whole line.
    pub has_reason: bool,
    /// The provider that was asked, where the line says so.
    pub provider: Option<&'a str>,
    /// The model that was asked, where the line says so.
    pub model: Option<&'a str>,
    /// What OpenClaw asks next instead, where the line says so.
    pub next: Option<&'a str>,
}

/// The parts of OpenClaw that carry out a turn, as they stand in brackets at the start of a line.
const PARTS: [&str; 8] =
    ["agent", "diagnostic", "model-", "context-overflow", "compaction", "tools", "llm", "fetch-timeout"];

/// It keeps the lists of models up to date beside the turns, and says so when the gateway ends meanwhile (2026.9.6:
/// `provider catalog refresh failed: Error: prepared model runtime process lifetime closed`).
const OF_NO_TURN: &str = "agents/prepared-model-runtime";

/// Words of a failure in a line of those parts.
const FAILURES: [&str; 10] = [
    "iserror=true",
    "error=",
    "error:",
    "failed",
    "timed out",
    "timeout after",
    "incomplete",
    "circuit-breaker-tripped",
    "refused",
    "overflow",
];

/// Words of a line that tells of no failure: a try before the next one, and a turn that the person who asked has
/// stopped (lab, 2026.9.6: SIGTERM to `openclaw agent`).
const NO_FAILURES: [&str; 3] =
    ["transient same-model retry", "errorName=AbortError", "reason=caller_signal_aborted"];

/// A line that tells of a failed turn.
pub fn failed(line: &LogLine) -> Option<FailedTurn<'_>> {
    let (part, rest) = line.text.strip_prefix('[')?.split_once(']')?;
    let lower = line.text.to_ascii_lowercase();
    if !PARTS.iter().any(|known| part.starts_with(known)) || !FAILURES.iter().any(|word| lower.contains(word))
    {
        return None;
    }
    // An attempt that is repeated has not failed yet, and who stopped a turn waits for no answer.
    if part == OF_NO_TURN || NO_FAILURES.iter().any(|words| rest.contains(words)) {
        return None;
    }
    let (provider, model) = asked(rest);
    let reason = reason(rest);
    let (words, has_reason) = (reason.unwrap_or(rest.trim()), reason.is_some());
    Some(FailedTurn { words, has_reason, provider, model, next: field(rest, "next") })
}

/// `model=M provider=P`, `provider=P/M`, or `candidate=P/M`.
fn asked(text: &str) -> (Option<&str>, Option<&str>) {
    let whole = field(text, "candidate").or_else(|| field(text, "provider"));
    match whole.map(written) {
        Some((Some(provider), model)) => (Some(provider), Some(model)),
        Some((None, provider)) => (Some(provider), field(text, "model")),
        None => match text.split_once("Unknown model: ") {
            Some((_, named)) => named_model(named),
            None => (None, field(text, "model")),
        },
    }
}

/// `P/M` as a sentence has it.
fn named_model(text: &str) -> (Option<&str>, Option<&str>) {
    let word = text.split([' ', '"']).next().unwrap_or_default().trim_end_matches(['.', ',']);
    let (provider, model) = written(word);
    (provider, Some(model))
}

/// The word after `name=`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let start = text.match_indices(name).find_map(|(at, _)| {
        let before = text[..at].chars().next_back().is_none_or(|c| c == ' ');
        let rest = &text[at + name.len()..];
        (before && rest.starts_with('=')).then_some(&rest[1..])
    })?;
    let end = start.find(' ').unwrap_or(start.len());
    Some(&start[..end]).filter(|word| !word.is_empty() && *word != "none")
}

/// OpenClaw's words for a failure that it does not know; behind them stands what really was said.
const UNKNOWN_TO_OPENCLAW: &str = "(provider internal error)";

/// The part of a line that says why, for a person.
fn reason(text: &str) -> Option<&str> {
    if let Some((_, raw)) = text.split_once("rawError=").filter(|_| text.contains(UNKNOWN_TO_OPENCLAW)) {
        return Some(raw.trim());
    }
    if let Some((_, quoted)) = text.split_once("error=\"") {
        return quoted.split('"').next();
    }
    let (_, rest) = text.split_once("error=").or_else(|| text.split_once("detail="))?;
    let end = [" rawError=", " errorName="].iter().filter_map(|mark| rest.find(mark)).min();
    Some(rest[..end.unwrap_or(rest.len())].trim())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    /// Words, provider, model, next.
    type Told = (String, Option<String>, Option<String>, Option<String>);

    fn read_turn(text: &str) -> Option<Told> {
        let (time, first) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        let line = LogLine { time, first, count: 1, run: 0, text: text.into() };
        let own = |text: Option<&str>| text.map(str::to_string);
        failed(&line).map(|turn| (turn.words.into(), own(turn.provider), own(turn.model), own(turn.next)))
    }

    fn some(words: &str, provider: &str, model: &str, next: &str) -> Option<Told> {
        let own = |text: &str| Some(text.to_string()).filter(|text| !text.is_empty());
        Some((words.into(), own(provider), own(model), own(next)))
    }

    #[test]
    fn a_failed_turn_is_known_by_who_says_it_and_how() {
        let end = "[agent/embedded] embedded run agent end: runId=6f0e isError=true model=llama3.2:3b provider=ollama \
                   error=LLM request timed out. rawError=request timed out";
        assert_eq!(read_turn(end), some("LLM request timed out.", "ollama", "llama3.2:3b", ""));
        let lane = "[diagnostic] lane task error: lane=main durationMs=12 error=\"no owner was published\" errorName=Error";
        assert_eq!(read_turn(lane), some("no owner was published", "", "", ""));
        let fallback = "[model-fallback/decision] model fallback decision: decision=candidate_failed \
                        requested=ollama/a:1b candidate=ollama/a:1b reason=timeout next=anthropic/c detail=LLM timed out.";
        assert_eq!(read_turn(fallback), some("LLM timed out.", "ollama", "a:1b", "anthropic/c"));
        let overflow = "[context-overflow-diag] sessionKey=x provider=ollama/l:8b source=promptError error=Context overflow: too large.";
        assert_eq!(read_turn(overflow), some("Context overflow: too large.", "ollama", "l:8b", ""));
        let tool = "[tools] tool_call failed: Validation failed for tool \"x\"";
        assert_eq!(read_turn(tool), some("tool_call failed: Validation failed for tool \"x\"", "", "", ""));
    }

    #[test]
    fn other_lines_tell_of_no_turn() {
        for text in [
            "[gateway] http server listening (14 plugins: ollama; 4.7s)",
            "[telegram] polling failed: network error",
            "[agent/embedded] transient same-model retry 4/8 for ollama/x reason=timeout: delayMs=6050 error=x",
            "[agent/embedded] embedded run start",
            "[agents/prepared-model-runtime] provider catalog refresh failed: Error: prepared model runtime process \
             lifetime closed",
            "a user wrote: [agent] failed",
        ] {
            assert_eq!(read_turn(text), None, "{text}");
        }
    }
}
