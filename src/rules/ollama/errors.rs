//! What an error of Ollama's says: its status, and the words that its source documents
//! (`server/routes.go`, `llm/server.go`, `llm/llama_server.go`).

use serde_json::Value;

/// Out of memory, from 0.30 and before, and killed by the kernel for it.
const MEMORY: [&str; 10] = [
    "requires more system memory",
    "out of memory",
    "out-of-memory",
    "cudamalloc failed",
    "failed to allocate",
    "not enough memory",
    "insufficient memory",
    "erroroutofmemory",
    "vk_error_out_of_device_memory",
    "signal: killed",
];

/// The cause of an error, and one sentence that takes the model's name for its subject.
pub struct Meaning {
    /// Key of the cause on the page.
    pub cause: &'static str,
    /// What is said of the model.
    pub says: &'static str,
}

/// Another status than 200, with the start of the body.
pub fn of_status(status: u16, body: &str) -> Meaning {
    let text = message(body).to_lowercase();
    let is_json = body.trim_start().starts_with('{');
    let (cause, says) = match status {
        400 if text.contains("does not support tools") => {
            ("no-tools", "cannot call tools, and OpenClaw sends them")
        }
        404 if is_json => ("not-found", "is not known to the Ollama that was asked"),
        404 | 405 => ("no-such-path", "cannot be asked: nothing is at that path of the base URL"),
        401 | 403 => ("refused-key", "cannot be asked: the server rejects the key"),
        502 | 504 => ("proxy", "gets no answer through the proxy in between"),
        429 | 503 => ("busy", "cannot be asked now: the server is busy"),
        500..=599 => return of_text(&text),
        _ => ("refused", "cannot be asked: the server refuses the request"),
    };
    Meaning { cause, says }
}

/// What `/api/show` says of a listed model that it does not describe (seen from 0.32.15).
pub fn of_show(status: u16, body: &str) -> Meaning {
    const DAMAGED: [&str; 4] =
        ["invalid file magic", "exceeds file size", "unexpected eof", "unsupported file"];
    let text = message(body).to_lowercase();
    let (cause, says) = match status {
        404 if text.contains("not found") && text.starts_with("model") => {
            ("missing", "finds no weights of it")
        }
        500 if text.contains("permission denied") => ("denied", "may not read its file"),
        500 if text.trim() == "eof" || DAMAGED.iter().any(|words| text.contains(words)) => {
            ("damaged", "cannot read its file, which is damaged")
        }
        _ => ("refused", "does not describe it"),
    };
    Meaning { cause, says }
}

/// An error in a line of a stream that began with 200.
pub fn of_line(text: &str) -> Meaning {
    of_text(&text.to_lowercase())
}

fn of_text(text: &str) -> Meaning {
    if MEMORY.iter().any(|words| text.contains(words)) {
        return Meaning { cause: "out-of-memory", says: "does not fit into the memory of the machine" };
    }
    Meaning { cause: "server-error", says: "fails in Ollama" }
}

/// The message in either of the two shapes of an error, or the text as it is.
pub fn message(body: &str) -> String {
    let json: Option<Value> = serde_json::from_str(body).ok();
    let error = json.as_ref().and_then(|json| json.get("error"));
    let text = error.and_then(|error| error.get("message").unwrap_or(error).as_str());
    text.unwrap_or(if body.trim().is_empty() { "an empty body" } else { body }).to_string()
}

/// Whether a text is a tool call that was not recognised as one.
pub fn looks_like_call(text: &str) -> bool {
    const MARKS: [&str; 5] = ["<tool_call>", "[tool_calls]", "<function=", "<|python_tag|>", "<|tool_call"];
    let text = text.to_lowercase();
    let is_json_call = text.contains("\"name\"")
        && ["\"arguments\"", "\"parameters\""].iter().any(|key| text.contains(key))
        && text.contains('{');
    is_json_call || MARKS.iter().any(|mark| text.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_in_old_and_new_words() {
        for text in [
            r#"{"error":"model requires more system memory (34.4 GiB) than is available (17.7 GiB)"}"#,
            r#"{"error":"llama-server reported out-of-memory during startup: cudaMalloc failed"}"#,
            r#"{"error":{"message":"llama runner process has terminated: signal: killed","type":"api_error"}}"#,
        ] {
            assert_eq!(of_status(500, text).cause, "out-of-memory", "{text}");
        }
        assert_eq!(of_status(500, r#"{"error":"exit status 2"}"#).cause, "server-error");
        assert_eq!(of_line("an error was encountered while running the model").cause, "server-error");
    }

    #[test]
    fn a_missing_model_and_a_missing_path_are_told_apart() {
        assert_eq!(of_status(404, r#"{"error":"model 'x' not found"}"#).cause, "not-found");
        assert_eq!(of_status(404, "404 page not found").cause, "no-such-path");
    }

    #[test]
    fn why_a_listed_model_is_not_described_is_told_apart() {
        for (status, body, cause) in [
            (404, r#"{"error":"model 'x:latest' not found"}"#, "missing"),
            (404, "404 page not found", "refused"),
            (500, r#"{"error":"invalid file magic"}"#, "damaged"),
            (500, r#"{"error":"EOF"}"#, "damaged"),
            (
                500,
                r#"{"error":"tensor \"blk.0.attn_k.weight\" offset+size (10) exceeds file size (5)"}"#,
                "damaged",
            ),
            (500, r#"{"error":"open /x/blobs/sha256-1: permission denied"}"#, "denied"),
            (500, r#"{"error":"something new"}"#, "refused"),
            (401, "", "refused"),
        ] {
            assert_eq!(of_show(status, body).cause, cause, "{body}");
        }
    }

    #[test]
    fn a_tool_call_in_words_is_seen() {
        assert!(looks_like_call(r#"{"name": "current_time", "arguments": {"zone": "UTC"}}"#));
        assert!(looks_like_call("<tool_call>\n{}"));
        assert!(!looks_like_call("The name of the zone is UTC."));
    }
}
