//! Which path is answered by what. Ollama source: server/routes.go `GenerateRoutes`; what no route takes is gin v1.10.

use hyper::Method;
use serde::de::DeserializeOwned;

use crate::knobs::Version;
use crate::reply::Reply;
use crate::serve::App;
use crate::{chat, cloud, listing, openai, pull, queue, show};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Route {
    Root,
    Version,
    Status,
    Tags,
    Ps,
    Show,
    Pull,
    Delete,
    Me,
    SignOut,
    Chat,
    Generate,
    Embed,
    Embeddings,
    Models,
    Model,
    Completions,
    /// It exists in Ollama, and no test needs its answer.
    Elsewhere,
}

/// Also the order in which gin lists methods in `Allow`: that of their first registration.
const METHODS: [&str; 4] = ["HEAD", "GET", "POST", "DELETE"];

/// The methods of a path, and what answers them.
fn route(path: &str, version: &Version) -> Option<(&'static [&'static str], Route)> {
    let read: &'static [&'static str] = &["HEAD", "GET"];
    let get: &'static [&'static str] = &["GET"];
    let post: &'static [&'static str] = &["POST"];
    Some(match path {
        "/" => (read, Route::Root),
        "/api/version" => (read, Route::Version),
        "/api/status" if version.since(0, 16, 2) => (get, Route::Status),
        "/api/tags" => (read, Route::Tags),
        "/api/ps" if version.since(0, 1, 38) => (get, Route::Ps),
        "/api/show" => (post, Route::Show),
        "/api/pull" => (post, Route::Pull),
        "/api/delete" => (&["DELETE"], Route::Delete),
        "/api/me" => (post, Route::Me),
        "/api/signout" => (post, Route::SignOut),
        "/api/chat" => (post, Route::Chat),
        "/api/generate" => (post, Route::Generate),
        "/api/embed" => (post, Route::Embed),
        "/api/embeddings" => (post, Route::Embeddings),
        "/v1/chat/completions" => (post, Route::Completions),
        "/v1/models" if version.since(0, 2, 0) => (get, Route::Models),
        "/v1/responses" if version.since(0, 13, 3) => (post, Route::Elsewhere),
        "/v1/messages" if version.since(0, 14, 0) => (post, Route::Elsewhere),
        "/api/push" | "/api/create" | "/api/copy" | "/v1/completions" | "/v1/embeddings" => {
            (post, Route::Elsewhere)
        }
        _ if one_model(path).is_some() && version.since(0, 2, 0) => (get, Route::Model),
        _ => return None,
    })
}

fn one_model(path: &str) -> Option<&str> {
    path.strip_prefix("/v1/models/").filter(|model| !model.is_empty() && !model.contains('/'))
}

pub(crate) async fn answer(app: &App, method: &Method, path: &str, body: &[u8]) -> Reply {
    let found = route(path, &app.knobs.version);
    match found {
        Some((methods, route)) if methods.contains(&method.as_str()) => act(app, route, path, body).await,
        _ => unrouted(app, method, path, found.map(|(methods, _)| methods)),
    }
}

async fn act(app: &App, route: Route, path: &str, body: &[u8]) -> Reply {
    match route {
        Route::Root => Reply::text(200, "text/plain; charset=utf-8", "Ollama is running"),
        Route::Version => listing::version(app),
        Route::Status => cloud::status(&app.env),
        Route::Tags => listing::tags(app),
        Route::Ps => listing::ps(app),
        Route::Show => show::show(app, body),
        Route::Pull => pull::pull(app, body).await,
        Route::Delete => pull::delete(app, body),
        Route::Me => cloud::unauthorized().reply(),
        Route::SignOut => Reply::empty(200),
        Route::Chat | Route::Generate | Route::Embed | Route::Embeddings | Route::Completions => {
            let turn = match queue::turn(app, body).await {
                Ok(turn) => turn,
                Err(refusal) => return refusal.reply(),
            };
            let reply = run(app, route, body);
            drop(turn);
            reply
        }
        Route::Models => openai::models(app),
        Route::Model => openai::model(app, one_model(path).unwrap_or_default()),
        Route::Elsewhere => Reply::error(501, "the stand-in does not do this"),
    }
}

/// What needs a model.
fn run(app: &App, route: Route, body: &[u8]) -> Reply {
    match route {
        Route::Generate => chat::generate(app, body),
        Route::Embed => chat::embed(app, body, "embeddings"),
        Route::Embeddings => chat::embed(app, body, "embedding"),
        Route::Completions => openai::completions(app, body),
        _ => chat::chat(app, body),
    }
}

/// gin's redirect for one slash too many, then 405 (since v0.7.0), then 404.
fn unrouted(app: &App, method: &Method, path: &str, methods: Option<&[&str]>) -> Reply {
    let version = &app.knobs.version;
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    if trimmed != path
        && route(trimmed, version).is_some_and(|(methods, _)| methods.contains(&method.as_str()))
    {
        let status = if method == Method::GET { 301 } else { 307 };
        return elsewhere(status, trimmed);
    }
    let plain = path.replace("//", "/");
    if plain != path && route(&plain, version).is_some() {
        return elsewhere(307, &plain);
    }
    match methods {
        Some(methods) if version.since(0, 7, 0) => {
            let allow: Vec<&str> = METHODS.into_iter().filter(|method| methods.contains(method)).collect();
            Reply::text(405, "text/plain", "405 method not allowed").with("allow", allow.join(", "))
        }
        _ => Reply::text(404, "text/plain", "404 page not found"),
    }
}

/// A redirect with the page that Go writes for it.
fn elsewhere(status: u16, path: &str) -> Reply {
    let words = if status == 301 { "Moved Permanently" } else { "Temporary Redirect" };
    let page = format!("<a href=\"{path}\">{words}</a>.\n\n");
    Reply::text(status, "text/html; charset=utf-8", page).with("location", path)
}

/// A request body as gin binds it.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    use serde_json::error::Category;
    if body.is_empty() {
        return Err("missing request body".to_owned());
    }
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        Category::Eof => "unexpected EOF".to_owned(),
        Category::Data => format!("json: cannot unmarshal: {error}"),
        Category::Syntax | Category::Io => {
            let before = error.column().saturating_sub(1);
            let line =
                body.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
            let character = line.get(before).copied().map_or(' ', char::from);
            format!("invalid character '{character}' looking for beginning of value")
        }
    })
}
