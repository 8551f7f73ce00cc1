//! The OpenAI-compatible side: `/v1/models` and `/v1/chat/completions`. Ollama source: openai/openai.go,
//! middleware/openai.go.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Call};
use crate::chat::{self, ChatRequest, Message, Refusal};
use crate::listing;
use crate::model::{Model, put};
use crate::reply::Reply;
use crate::routes::decode;
use crate::serve::App;
use crate::show;

#[derive(Deserialize)]
struct Request {
    model: Option<String>,
    messages: Option<Vec<Turn>>,
    stream: Option<bool>,
    stream_options: Option<Value>,
    max_tokens: Option<u64>,
    tools: Option<Vec<Value>>,
    reasoning_effort: Option<String>,
}

#[derive(Deserialize)]
struct Turn {
    role: Option<String>,
    content: Option<Value>,
}

pub(crate) fn models(app: &App) -> Reply {
    match listing::all(app) {
        // Go marshals a slice that was never filled as null.
        Ok(models) if models.is_empty() => Reply::json(200, &json!({ "object": "list", "data": null })),
        Ok(models) => {
            let data: Vec<Value> = models.iter().map(one).collect();
            Reply::json(200, &json!({ "object": "list", "data": data }))
        }
        Err(why) => refuse(app, Refusal::new(500, why)),
    }
}

pub(crate) fn model(app: &App, asked: &str) -> Reply {
    match show::find(app, asked) {
        Ok(model) => Reply::json(200, &one(&model)),
        Err(refusal) => refuse(app, refusal),
    }
}

fn one(model: &Model) -> Value {
    json!({
        "id": model.name.display_shortest(),
        "object": "model",
        "created": model.modified.as_second(),
        "owned_by": model.name.namespace,
    })
}

/// Until v0.17 every error was an `api_error`.
fn refuse(app: &App, refusal: Refusal) -> Reply {
    let kind = match refusal.status {
        400 if app.knobs.version.since(0, 18, 0) => "invalid_request_error",
        404 if app.knobs.version.since(0, 18, 0) => "not_found_error",
        _ => "api_error",
    };
    let error = json!({ "message": refusal.message, "type": kind, "param": null, "code": null });
    Reply::json(refusal.status, &json!({ "error": error }))
}

pub(crate) fn completions(app: &App, body: &[u8]) -> Reply {
    let request: Request = match decode(body) {
        Ok(request) => request,
        // Its middleware reads the body before anything else does.
        Err(_) if body.is_empty() => return refuse(app, Refusal::new(400, "EOF")),
        Err(why) => return refuse(app, Refusal::new(400, why)),
    };
    if request.messages.as_ref().is_none_or(Vec::is_empty) {
        return refuse(app, Refusal::new(400, "[] is too short - 'messages'"));
    }
    let usage = request.stream_options.as_ref().and_then(|options| options.get("include_usage"))
        == Some(&json!(true));
    let stream = request.stream.unwrap_or_default();
    match chat::ask(app, &native(request), "chat") {
        Ok(answer) if stream => Reply::events(&chunks(&answer, usage)),
        Ok(answer) => Reply::json(200, &whole(&answer)),
        Err(refusal) => refuse(app, refusal),
    }
}

/// There is no way to ask for a context length here.
fn native(request: Request) -> ChatRequest {
    let messages = request.messages.unwrap_or_default().into_iter();
    let messages = messages.map(|turn| Message { role: turn.role, content: turn.content.map(content) });
    let options =
        request.max_tokens.map(|limit| [("num_predict".to_owned(), json!(limit))].into_iter().collect());
    ChatRequest {
        model: request.model,
        messages: Some(messages.collect()),
        tools: request.tools,
        think: request.reasoning_effort.map(
            |effort| {
                if effort == "none" { json!(false) } else { json!(effort) }
            },
        ),
        options,
        ..ChatRequest::default()
    }
}

/// A text, or the texts of a list of parts.
fn content(content: Value) -> String {
    match content {
        Value::String(text) => text,
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str));
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

fn calls(call: &Call) -> Value {
    let arguments = Value::Object(call.arguments.clone()).to_string();
    let function = json!({ "name": call.name, "arguments": arguments });
    json!([{ "id": call.id, "index": 0, "type": "function", "function": function }])
}

fn reason(answer: &Answer) -> &'static str {
    if answer.call.is_some() { "tool_calls" } else { answer.reason }
}

fn usage(answer: &Answer) -> Value {
    let (prompt, completion) = (answer.prompt, answer.tokens());
    json!({ "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion })
}

fn envelope(answer: &Answer, object: &str, choices: Value) -> Value {
    json!({
        "id": "chatcmpl-123",
        "object": object,
        "created": Timestamp::now().as_second(),
        "model": answer.model,
        "system_fingerprint": "fp_ollama",
        "choices": choices,
    })
}

fn whole(answer: &Answer) -> Value {
    let mut message = json!({ "role": "assistant", "content": answer.pieces.concat() });
    put(&mut message, "reasoning", answer.thinking);
    put(&mut message, "tool_calls", answer.call.as_ref().map(calls));
    let choice = json!({ "index": 0, "message": message, "finish_reason": reason(answer) });
    let mut whole = envelope(answer, "chat.completion", json!([choice]));
    put(&mut whole, "usage", Some(usage(answer)));
    whole
}

fn chunks(answer: &Answer, with_usage: bool) -> Vec<Value> {
    let chunk = |delta: Value, reason: Option<&str>| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": reason });
        envelope(answer, "chat.completion.chunk", json!([choice]))
    };
    let delta = |content: &str| json!({ "role": "assistant", "content": content });
    let mut chunks = Vec::new();
    if let Some(thinking) = answer.thinking {
        chunks.push(chunk(json!({ "role": "assistant", "content": "", "reasoning": thinking }), None));
    }
    chunks.extend(answer.pieces.iter().map(|piece| chunk(delta(piece), None)));
    if let Some(call) = &answer.call {
        chunks.push(chunk(json!({ "role": "assistant", "content": "", "tool_calls": calls(call) }), None));
    }
    chunks.push(chunk(delta(""), Some(reason(answer))));
    if with_usage {
        let mut last = envelope(answer, "chat.completion.chunk", json!([]));
        put(&mut last, "usage", Some(usage(answer)));
        chunks.push(last);
    }
    chunks
}
