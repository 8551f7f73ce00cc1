//! Reads an answer line by line, in either format.

use serde_json::Value;

use crate::facts::{ChatApi, Heard, HeardCall};
use crate::text::bounded_json;
use crate::text::scrub::excerpt;

/// The tool that goes along.
pub const TOOL: &str = "current_time";
/// More lines than a short answer can have.
const MOST_LINES: u64 = 20_000;
/// How much of the text is kept.
const TEXT: usize = 2_000;
/// How much of an error or of a broken line is kept.
const EXCERPT: usize = 800;

/// Reads one answer.
pub struct Ear {
    api: ChatApi,
    heard: Heard,
    last_ms: f64,
}

impl Ear {
    /// For an answer in that format.
    pub fn new(api: ChatApi) -> Ear {
        Ear { api, heard: Heard::default(), last_ms: 0.0 }
    }

    /// Takes one line that came after so many milliseconds; whether to read on.
    pub fn line(&mut self, bytes: &[u8], ms: f64) -> bool {
        self.silence(ms);
        let heard = &mut self.heard;
        let text = String::from_utf8_lossy(bytes);
        let text = match self.api {
            ChatApi::Ollama => text.trim(),
            ChatApi::OpenaiCompletions => text.trim().trim_start_matches("data:").trim(),
        };
        // Server-sent events have comments and other fields too.
        if text.is_empty() || text.starts_with(':') || text.starts_with("event:") {
            return true;
        }
        if text == "[DONE]" && self.api == ChatApi::OpenaiCompletions {
            heard.done = true;
            return false;
        }
        let Ok(json) = bounded_json::read(text.as_bytes(), &[]) else {
            heard.broken_line.get_or_insert_with(|| excerpt(text, EXCERPT));
            return heard.lines < MOST_LINES;
        };
        heard.lines += 1;
        if let Some(error) = error(&json) {
            heard.error = Some(excerpt(&error, EXCERPT));
            return false;
        }
        match self.api {
            ChatApi::Ollama => native(heard, &json, ms),
            ChatApi::OpenaiCompletions => openai(heard, &json, ms),
        }
        heard.lines < MOST_LINES && !(heard.done && self.api == ChatApi::Ollama)
    }

    /// What was heard. When nothing completes the answer, the time up to its end is silence too.
    pub fn heard(mut self, ms: f64) -> Heard {
        if !self.heard.done {
            self.silence(ms);
        }
        self.heard
    }

    fn silence(&mut self, ms: f64) {
        self.heard.longest_silence_ms = self.heard.longest_silence_ms.max(ms - self.last_ms);
        self.last_ms = ms;
    }
}

/// `{"error": "text"}` of `/api`, `{"error": {"message": "text"}}` of `/v1`.
fn error(json: &Value) -> Option<String> {
    let error = json.get("error").filter(|error| !error.is_null())?;
    let message = error.get("message").unwrap_or(error);
    Some(message.as_str().map_or_else(|| message.to_string(), str::to_string))
}

fn native(heard: &mut Heard, json: &Value, ms: f64) {
    let message = json.get("message");
    let last = json.get("done").and_then(Value::as_bool) == Some(true);
    message_of(heard, message, ["content", "thinking"], last, ms);
    if !last {
        return;
    }
    // Durations are nanoseconds, and left out where they are 0 (`api/types.go` of Ollama).
    let millis = |key: &str| json.get(key).and_then(Value::as_f64).map(|nanos| nanos / 1e6);
    let count = |key: &str| json.get(key).and_then(Value::as_u64);
    heard.done = true;
    heard.done_reason = json.get("done_reason").and_then(Value::as_str).map(|text| start(text, 40));
    heard.load_ms = millis("load_duration");
    heard.prompt_tokens = count("prompt_eval_count");
    heard.prompt_ms = millis("prompt_eval_duration");
    heard.answer_tokens = count("eval_count");
    heard.answer_ms = millis("eval_duration");
}

fn openai(heard: &mut Heard, json: &Value, ms: f64) {
    let usage = |key: &str| json.get("usage").and_then(|usage| usage.get(key)).and_then(Value::as_u64);
    heard.prompt_tokens = heard.prompt_tokens.or_else(|| usage("prompt_tokens"));
    heard.answer_tokens = heard.answer_tokens.or_else(|| usage("completion_tokens"));
    let Some(choice) = json.pointer("/choices/0") else { return };
    let reason = choice.get("finish_reason").and_then(Value::as_str);
    // An answer in one piece has the whole message, and ends with it.
    let whole = choice.get("message");
    let message = whole.or_else(|| choice.get("delta"));
    message_of(heard, message, ["content", "reasoning"], reason.is_some(), ms);
    if let Some(reason) = reason {
        heard.done_reason = Some(start(reason, 40));
        heard.done |= whole.is_some();
    }
}

fn message_of(heard: &mut Heard, message: Option<&Value>, keys: [&str; 2], last: bool, ms: f64) {
    let Some(message) = message else { return };
    let [text, thought] =
        keys.map(|key| message.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()));
    let calls = message.get("tool_calls").and_then(Value::as_array).filter(|calls| !calls.is_empty());
    if text.is_some() || thought.is_some() || calls.is_some() {
        heard.first_token_ms.get_or_insert(ms);
    }
    heard.thought |= thought.is_some();
    if let Some(text) = text {
        let room = TEXT.saturating_sub(heard.text.len());
        heard.text.push_str(&start(text, room));
    }
    if let (Some(calls), None) = (calls, &heard.call) {
        let name = calls[0].pointer("/function/name").and_then(Value::as_str).unwrap_or_default();
        heard.call = Some(HeardCall { name: start(name, 100), line: heard.lines, in_last_line: last });
    }
}

/// The start of a text, at a boundary of characters.
fn start(text: &str, most: usize) -> String {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_stream(api: ChatApi, lines: &[&str]) -> Heard {
        let mut ear = Ear::new(api);
        let mut ms = 0.0;
        for text in lines {
            ms += 10.0;
            if !ear.line(text.as_bytes(), ms) {
                break;
            }
        }
        ear.heard(1000.0)
    }

    #[test]
    fn a_tool_call_in_the_last_line_is_heard() {
        let call = r#"{"message":{"content":"","tool_calls":[{"function":{"name":"current_time"}}]},"done":true,"load_duration":2000000}"#;
        let heard = read_stream(ChatApi::Ollama, &[r#"{"message":{"content":""},"done":false}"#, call]);
        assert_eq!(heard.call.map(|call| (call.line, call.in_last_line)), Some((2, true)));
        assert_eq!((heard.done, heard.load_ms, heard.first_token_ms), (true, Some(2.0), Some(20.0)));
        assert_eq!(heard.longest_silence_ms, 10.0);
    }

    #[test]
    fn an_error_ends_it_whatever_the_status_was() {
        let heard =
            read_stream(ChatApi::Ollama, &[r#"{"message":{"content":"a"}}"#, r#"{"error":"boom"}"#, "{}"]);
        assert_eq!((heard.error.as_deref(), heard.lines, heard.done), (Some("boom"), 2, false));
        let heard = read_stream(ChatApi::OpenaiCompletions, &[r#"data: {"error":{"message":"boom"}}"#]);
        assert_eq!(heard.error.as_deref(), Some("boom"));
        assert_eq!(heard.longest_silence_ms, 990.0);
    }

    #[test]
    fn events_and_whole_answers_of_the_other_format_are_heard() {
        let heard = read_stream(
            ChatApi::OpenaiCompletions,
            &[
                ": ping",
                r#"data: {"choices":[{"delta":{"content":"he"}}]}"#,
                r#"data: {"choices":[{"delta":{"content":"y"},"finish_reason":"stop"}]}"#,
                r#"data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#,
                "data: [DONE]",
            ],
        );
        assert_eq!((&*heard.text, heard.done, heard.prompt_tokens), ("hey", true, Some(7)));
        let whole = r#"{"choices":[{"message":{"content":"hey"},"finish_reason":"stop"}]}"#;
        assert!(read_stream(ChatApi::OpenaiCompletions, &[whole]).done);
    }

    #[test]
    fn hostile_lines_are_no_harm() {
        let long = format!(r#"{{"message":{{"content":"{}"}}}}"#, "é".repeat(5000));
        let heard =
            read_stream(ChatApi::Ollama, &["", "\u{1b}[2J", "[]", "7", r#"{"message":7,"done":"x"}"#, &long]);
        assert!(heard.text.len() <= TEXT && heard.broken_line.is_some() && !heard.done);
    }
}
