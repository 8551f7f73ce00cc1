//! What is asked of a model, and what is refused before it is loaded: `/api/chat`, `/api/generate`, `/api/embed`.
//! Ollama source: server/routes.go `ChatHandler`, `GenerateHandler`, `EmbedHandler`, `scheduleRunner`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::answer::{self, Answer};
use crate::cloud;
use crate::context;
use crate::golang::quote;
use crate::listing;
use crate::log;
use crate::model::{Model, put};
use crate::name::Name;
use crate::reply::Reply;
use crate::routes::decode;
use crate::runners;
use crate::serve::App;
use crate::weights;

/// A request that gets no answer from a model.
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
    pub(crate) signin_url: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Refusal {
        Refusal { status, message: message.into(), signin_url: None }
    }

    pub(crate) fn reply(self) -> Reply {
        let mut error = json!({ "error": self.message });
        put(&mut error, "signin_url", self.signin_url);
        Reply::json(self.status, &error)
    }
}

#[derive(Deserialize)]
pub(crate) struct Message {
    pub(crate) role: Option<String>,
    pub(crate) content: Option<String>,
}

#[derive(Default, Deserialize)]
pub(crate) struct ChatRequest {
    pub(crate) model: Option<String>,
    pub(crate) messages: Option<Vec<Message>>,
    pub(crate) stream: Option<bool>,
    pub(crate) tools: Option<Vec<Value>>,
    pub(crate) format: Option<Value>,
    pub(crate) options: Option<Map<String, Value>>,
    pub(crate) keep_alive: Option<Value>,
    pub(crate) think: Option<Value>,
    pub(crate) truncate: Option<bool>,
    pub(crate) shift: Option<bool>,
}

#[derive(Deserialize)]
struct GenerateRequest {
    model: Option<String>,
    prompt: Option<String>,
    stream: Option<bool>,
    options: Option<Map<String, Value>>,
    keep_alive: Option<Value>,
    think: Option<Value>,
}

#[derive(Deserialize)]
struct EmbedRequest {
    model: Option<String>,
    input: Option<Value>,
    prompt: Option<String>,
    options: Option<Map<String, Value>>,
    keep_alive: Option<Value>,
}

pub(crate) fn chat(app: &App, body: &[u8]) -> Reply {
    let request: ChatRequest = match decode(body) {
        Ok(request) => request,
        Err(why) => return Reply::error(400, why),
    };
    match ask(app, &request, "chat") {
        Ok(answer) if request.stream.unwrap_or(true) => Reply::lines(&answer.chat_lines(&app.knobs.version)),
        Ok(answer) => Reply::json(200, &answer.chat_whole(&app.knobs.version)),
        Err(refusal) => refusal.reply(),
    }
}

pub(crate) fn generate(app: &App, body: &[u8]) -> Reply {
    let request: GenerateRequest = match decode(body) {
        Ok(request) => request,
        Err(why) => return Reply::error(400, why),
    };
    let prompt = request.prompt.unwrap_or_default();
    let message = Message { role: Some("user".to_owned()), content: Some(prompt.clone()) };
    let chat = ChatRequest {
        model: request.model,
        messages: (!prompt.is_empty()).then(|| vec![message]),
        options: request.options,
        keep_alive: request.keep_alive,
        think: request.think,
        ..ChatRequest::default()
    };
    match ask(app, &chat, "generate") {
        Ok(answer) if request.stream.unwrap_or(true) => Reply::lines(&answer.generate_lines()),
        Ok(answer) => Reply::json(200, &answer.generate_whole()),
        Err(refusal) => refusal.reply(),
    }
}

/// The way of every request to a model: the name, the capabilities, the load, the prompt's length, the answer.
pub(crate) fn ask(app: &App, request: &ChatRequest, verb: &str) -> Result<Answer, Refusal> {
    let asked = request.model.as_deref().unwrap_or_default().trim();
    let model = find(app, asked, verb)?;
    let messages = request.messages.as_deref().unwrap_or_default();
    let bad_value = |why| Refusal::new(400, why);
    let keep_alive = runners::keep_alive(&app.env, request.keep_alive.as_ref()).map_err(bad_value)?;
    if messages.is_empty() && keep_alive == 0 {
        app.runners.unload(&model);
        return Ok(Answer::bare(asked, "unload"));
    }
    let thinks = check_capabilities(app, &model, request, asked, verb)?;
    let (num_ctx, load) = load(app, &model, request.options.as_ref(), keep_alive)?;
    if messages.is_empty() {
        return Ok(Answer { load, ..Answer::bare(asked, "load") });
    }
    let prompt = fit(app, request, num_ctx)?;
    Ok(Answer { load, prompt, ..answer::compose(asked, request, thinks) })
}

fn find(app: &App, asked: &str, verb: &str) -> Result<Model, Refusal> {
    if asked.is_empty() && verb == "chat" {
        return Err(Refusal::new(400, "model is required"));
    }
    if cloud::is_cloud_name(asked) && app.knobs.version.since(0, 18, 0) {
        return Err(remote(app, asked));
    }
    let missing = || Refusal::new(404, format!("model '{asked}' not found"));
    let name = match Name::parse(cloud::local_name(asked)) {
        Some(name) => name,
        None if asked.is_empty() => return Err(missing()),
        None => return Err(Refusal::new(400, "invalid model name")),
    };
    let found = listing::find(app, &name).map_err(|why| Refusal::new(500, why))?;
    let model = found.ok_or_else(missing)?;
    match &model.entry.remote_host {
        Some(host) if !known_remote(app, host) => {
            Err(Refusal::new(400, "this server cannot run this remote model"))
        }
        Some(_) => Err(remote(app, asked)),
        None => Ok(model),
    }
}

fn known_remote(app: &App, url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split([':', '/']).next().unwrap_or_default();
    app.env.remotes.iter().any(|known| known == host)
}

fn remote(app: &App, asked: &str) -> Refusal {
    if cloud::disabled(&app.env) {
        return Refusal::new(403, "ollama cloud is disabled: remote model is unavailable");
    }
    cloud::outbound(asked);
    cloud::unauthorized()
}

/// Returns whether the model will think.
fn check_capabilities(
    app: &App,
    model: &Model,
    request: &ChatRequest,
    asked: &str,
    verb: &str,
) -> Result<bool, Refusal> {
    let version = &app.knobs.version;
    let can_think = model.can("thinking", version);
    let wanted = request.think.as_ref().map(|think| think.as_bool().unwrap_or(!think.is_null()));
    // v0.12.4 alone refused it also where it was false.
    let refuses_false = version.since(0, 12, 4) && !version.since(0, 12, 5);
    let is_refused = wanted == Some(true) || wanted == Some(false) && refuses_false;
    if is_refused && !can_think && version.since(0, 9, 0) {
        return Err(Refusal::new(400, format!("{} does not support thinking", quote(asked))));
    }
    weights::can_be_asked(model, asked, verb)?;
    if !model.can("completion", version) {
        return Err(Refusal::new(400, format!("{} does not support {verb}", quote(asked))));
    }
    let tools = request.tools.as_ref().is_some_and(|tools| !tools.is_empty());
    if tools && !model.can("tools", version) {
        return Err(Refusal::new(400, format!("{} does not support tools", model.name.full())));
    }
    // Since v0.12.4 a thinking model thinks when nothing is said about it.
    Ok(can_think && wanted.unwrap_or(version.since(0, 12, 4)))
}

fn load(
    app: &App,
    model: &Model,
    options: Option<&Map<String, Value>>,
    keep_alive: i64,
) -> Result<(u64, u64), Refusal> {
    if let Some(error) = &model.entry.load_error {
        return Err(Refusal::new(500, error.clone()));
    }
    let requested = options.and_then(|options| options.get("num_ctx"));
    let num_ctx = context::resolve(&app.env, model, requested);
    Ok((num_ctx, app.runners.load(&app.env, model, num_ctx, keep_alive)))
}

/// The length of the prompt in tokens, at four bytes each. One that is too long is cut without a word to the
/// client, unless it asked not to.
fn fit(app: &App, request: &ChatRequest, num_ctx: u64) -> Result<u64, Refusal> {
    let messages = request.messages.iter().flatten();
    let text: usize = messages.map(|message| message.content.as_ref().map_or(0, String::len)).sum();
    let tools: usize = request.tools.iter().flatten().map(|tool| tool.to_string().len()).sum();
    let tokens = (text + tools).div_ceil(4) as u64 + 12;
    if tokens <= num_ctx {
        return Ok(tokens);
    }
    let since = app.knobs.version.since(0, 30, 9);
    if since && request.truncate != Some(false) && request.shift == Some(false) {
        return Err(Refusal::new(400, NOT_SHIFTED));
    }
    if since && request.truncate == Some(false) {
        return Err(Refusal::new(400, too_long(tokens, num_ctx)));
    }
    let word = |number: u64| number.to_string();
    let values =
        [("limit", word(num_ctx)), ("prompt", word(tokens)), ("keep", word(4)), ("new", word(num_ctx))];
    log::warn("runner.go:187", "truncating input prompt", &values);
    Ok(num_ctx)
}

const NOT_SHIFTED: &str = "the prompt is longer than the context length currently available to the model; shorten the \
     prompt, adjust the context length in settings, or use a model with a longer context length";

/// What llama-server said, as Ollama hands it on.
fn too_long(tokens: u64, num_ctx: u64) -> String {
    let message = format!(
        "request ({tokens} tokens) exceeds the available context size ({num_ctx} tokens), try increasing it"
    );
    log::llama_server(&format!("srv    send_error: task id = 0, error: {message}"));
    let error = json!({
        "code": 400, "message": message, "type": "exceed_context_size_error",
        "n_prompt_tokens": tokens, "n_ctx": num_ctx,
    });
    json!({ "error": error }).to_string()
}

pub(crate) fn embed(app: &App, body: &[u8], key: &str) -> Reply {
    let request: EmbedRequest = match decode(body) {
        Ok(request) => request,
        Err(why) => return Reply::error(400, why),
    };
    match embedding(app, &request, key) {
        Ok(value) => Reply::json(200, &value),
        Err(refusal) => refusal.reply(),
    }
}

fn embedding(app: &App, request: &EmbedRequest, key: &str) -> Result<Value, Refusal> {
    let asked = request.model.as_deref().unwrap_or_default();
    let missing = || Refusal::new(404, format!("model {} not found, try pulling it first", quote(asked)));
    let name = Name::parse(cloud::local_name(asked)).ok_or_else(missing)?;
    let found = listing::find(app, &name).map_err(|why| Refusal::new(500, why))?;
    let model = found.ok_or_else(missing)?;
    let keep_alive =
        runners::keep_alive(&app.env, request.keep_alive.as_ref()).map_err(|why| Refusal::new(400, why))?;
    let (_, load) = load(app, &model, request.options.as_ref(), keep_alive)?;
    let width = model.entry.embedding_length.unwrap_or(768);
    let vector: Vec<f64> = (0..width).map(|at| ((at * 37 % 101) as f64 - 50.0) / 1000.0).collect();
    if key == "embedding" {
        return Ok(json!({ "embedding": if request.prompt.is_some() { vector } else { Vec::new() } }));
    }
    let inputs = match &request.input {
        Some(Value::Array(inputs)) => inputs.len(),
        Some(Value::String(_)) => 1,
        _ => 0,
    };
    Ok(json!({
        "model": asked,
        "embeddings": vec![vector; inputs],
        "total_duration": load + 2_000_000,
        "load_duration": load,
        "prompt_eval_count": inputs * 5,
    }))
}
