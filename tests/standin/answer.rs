//! What the stand-in says, in the shapes of `/api/chat` and `/api/generate`. Ollama source: api/types.go
//! (`ChatResponse`, `GenerateResponse`, `Metrics`), server/routes.go, llm/llama_server.go.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::chat::ChatRequest;
use crate::knobs::Version;
use crate::model::{go_time, put};
use crate::sha256;

/// One answer, before it is brought into the shape that was asked for.
pub(crate) struct Answer {
    /// As the request named it.
    pub(crate) model: String,
    pub(crate) thinking: Option<&'static str>,
    pub(crate) pieces: Vec<String>,
    pub(crate) call: Option<Call>,
    pub(crate) reason: &'static str,
    /// Tokens of the prompt, and nanoseconds of the load.
    pub(crate) prompt: u64,
    pub(crate) load: u64,
}

/// A call of one of the tools that were sent.
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arguments: Map<String, Value>,
}

const TEXT: [&str; 4] = ["Hello", " from", " the", " stand-in."];
const THINKING: &str = "The user says something. I answer with a greeting.";
const EVAL: u64 = 40_000_000;

/// Text, or a tool call when tools were sent and the last message of the user has the word "tool" in it.
pub(crate) fn compose(asked: &str, request: &ChatRequest, thinks: bool) -> Answer {
    let mut answer = Answer::bare(asked, "stop");
    answer.thinking = thinks.then_some(THINKING);
    let messages = request.messages.as_deref().unwrap_or_default();
    let last = messages.iter().rev().find(|message| message.role.as_deref() == Some("user"));
    let prompt = last.and_then(|message| message.content.as_deref()).unwrap_or_default().to_lowercase();
    // The result of a call is answered in words, otherwise a client would call for ever.
    let answered = messages.last().is_some_and(|message| message.role.as_deref() == Some("tool"));
    let tool = request.tools.iter().flatten().next().filter(|_| prompt.contains("tool") && !answered);
    if let Some(tool) = tool {
        answer.call = Some(call(tool));
        return answer;
    }
    answer.pieces = match &request.format {
        Some(format) if !format.is_null() => vec!["{}".to_owned()],
        _ => TEXT.map(str::to_owned).to_vec(),
    };
    let limit =
        request.options.as_ref().and_then(|options| options.get("num_predict")).and_then(Value::as_u64);
    if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0) {
        if limit < answer.pieces.len() {
            answer.reason = "length";
        }
        answer.pieces.truncate(limit);
    }
    answer
}

/// Calls the tool with something for each argument that it requires.
fn call(tool: &Value) -> Call {
    let function = tool.get("function").unwrap_or(tool);
    let name = function.get("name").and_then(Value::as_str).unwrap_or("unnamed");
    let parameters = function.get("parameters");
    let properties = parameters.and_then(|parameters| parameters.get("properties"));
    let required = parameters.and_then(|parameters| parameters.get("required")).and_then(Value::as_array);
    let argument = |key: &str| {
        let kind =
            properties.and_then(|all| all.get(key)).and_then(|one| one.get("type")).and_then(Value::as_str);
        match kind {
            Some("integer" | "number") => json!(1),
            Some("boolean") => json!(true),
            Some("array") => json!([]),
            Some("object") => json!({}),
            _ => json!("stand-in"),
        }
    };
    let keys = required.into_iter().flatten().filter_map(Value::as_str);
    let arguments = keys.map(|key| (key.to_owned(), argument(key))).collect();
    let id = format!("call_{}", sha256::hex(name.as_bytes()).get(..8).unwrap_or_default());
    Call { id, name: name.to_owned(), arguments }
}

impl Call {
    fn native(&self, version: &Version) -> Value {
        let mut call = json!({});
        put(&mut call, "id", version.since(0, 12, 10).then(|| self.id.clone()));
        put(
            &mut call,
            "function",
            Some(json!({ "index": 0, "name": self.name, "arguments": self.arguments })),
        );
        call
    }
}

impl Answer {
    /// An answer without words: a load or an unload, or one that is still to be filled.
    pub(crate) fn bare(asked: &str, reason: &'static str) -> Answer {
        Answer {
            model: asked.to_owned(),
            thinking: None,
            pieces: Vec::new(),
            call: None,
            reason,
            prompt: 0,
            load: 0,
        }
    }

    pub(crate) fn tokens(&self) -> u64 {
        self.pieces.len() as u64 + self.call.as_ref().map_or(0, |_| 18) + self.thinking.map_or(0, |_| 11)
    }

    fn start(&self) -> Value {
        json!({ "model": self.model, "created_at": go_time(Timestamp::now()) })
    }

    fn message(&self, content: &str, thinking: Option<&str>, call: Option<Value>, done: bool) -> Value {
        let mut message = json!({ "role": "assistant", "content": content });
        put(&mut message, "thinking", thinking);
        put(&mut message, "tool_calls", call.map(|call| json!([call])));
        let mut line = self.start();
        put(&mut line, "message", Some(message));
        put(&mut line, "done", Some(done));
        if done { self.finish(line) } else { line }
    }

    /// The figures of the last line; Go leaves out those that are zero.
    fn finish(&self, mut line: Value) -> Value {
        let positive = |number: u64| (number > 0).then_some(number);
        let worked = !matches!(self.reason, "load" | "unload");
        let eval = positive(self.tokens()).filter(|_| worked).map(|tokens| tokens * EVAL);
        put(&mut line, "done_reason", Some(self.reason));
        if worked {
            put(
                &mut line,
                "total_duration",
                Some(self.load + self.prompt * 1_000_000 + eval.unwrap_or_default()),
            );
            put(&mut line, "load_duration", positive(self.load));
            put(&mut line, "prompt_eval_count", positive(self.prompt));
            put(&mut line, "prompt_eval_duration", positive(self.prompt * 1_000_000));
            put(&mut line, "eval_count", positive(self.tokens()));
            put(&mut line, "eval_duration", eval);
        }
        line
    }

    /// A tool call stands in the last line since v0.30.0 and in one before it until then.
    pub(crate) fn chat_lines(&self, version: &Version) -> Vec<Value> {
        let mut lines: Vec<Value> =
            self.thinking.iter().map(|thinking| self.message("", Some(thinking), None, false)).collect();
        lines.extend(self.pieces.iter().map(|piece| self.message(piece, None, None, false)));
        let mut call = self.call.as_ref().map(|call| call.native(version));
        if !version.since(0, 30, 0)
            && let Some(call) = call.take()
        {
            lines.push(self.message("", None, Some(call), false));
        }
        lines.push(self.message("", None, call, true));
        lines
    }

    pub(crate) fn chat_whole(&self, version: &Version) -> Value {
        let call = self.call.as_ref().map(|call| call.native(version));
        self.message(&self.pieces.concat(), self.thinking, call, true)
    }

    fn response(&self, text: &str, thinking: Option<&str>, done: bool) -> Value {
        let mut line = self.start();
        put(&mut line, "response", Some(text));
        put(&mut line, "thinking", thinking);
        put(&mut line, "done", Some(done));
        if !done {
            return line;
        }
        put(&mut line, "context", (self.prompt > 0).then(|| json!([1, 2, 3])));
        self.finish(line)
    }

    pub(crate) fn generate_lines(&self) -> Vec<Value> {
        let thinking = self.thinking.iter().map(|thinking| self.response("", Some(thinking), false));
        let pieces = self.pieces.iter().map(|piece| self.response(piece, None, false));
        let last = std::iter::once(self.response("", None, true));
        thinking.chain(pieces).chain(last).collect()
    }

    pub(crate) fn generate_whole(&self) -> Value {
        self.response(&self.pieces.concat(), self.thinking, true)
    }
}
