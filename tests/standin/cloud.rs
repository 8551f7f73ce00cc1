//! Cloud models: which names they have, and what a server says that is not signed in. Ollama source:
//! internal/modelref/modelref.go, server/cloud_proxy.go, server/routes.go `StatusHandler`, `WhoamiHandler`.

use serde_json::{Value, json};

use crate::chat::Refusal;
use crate::env::Env;
use crate::log;
use crate::reply::Reply;

/// Whether Ollama would take that name to ollama.com, whatever is stored locally.
pub(crate) fn is_cloud_name(name: &str) -> bool {
    let tag = name.rsplit_once(':').map_or("", |(_, tag)| tag).to_lowercase();
    tag == "cloud" || tag.ends_with("-cloud")
}

/// Takes `:local` off a name, which forces the local model.
pub(crate) fn local_name(name: &str) -> &str {
    let name = name.trim();
    name.strip_suffix(":local").unwrap_or(name)
}

pub(crate) fn disabled(env: &Env) -> bool {
    env.no_cloud || disabled_by_file(env)
}

fn disabled_by_file(env: &Env) -> bool {
    let path = env.home.as_ref().map(|home| home.join(".ollama").join("server.json"));
    let text = path.and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
    let config: Value = serde_json::from_slice(&text).unwrap_or_default();
    config.get("disable_ollama_cloud").and_then(Value::as_bool).unwrap_or_default()
}

/// `GET /api/status`.
pub(crate) fn status(env: &Env) -> Reply {
    let source = match (env.no_cloud, disabled_by_file(env)) {
        (true, true) => "both",
        (true, false) => "env",
        (false, true) => "config",
        (false, false) => "none",
    };
    Reply::json(200, &json!({ "cloud": { "disabled": disabled(env), "source": source } }))
}

/// Nobody is signed in on a stand-in.
pub(crate) fn unauthorized() -> Refusal {
    let host = nix::unistd::gethostname().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let url = format!("https://ollama.com/connect?name={host}&key=c3RhbmQtaW4");
    Refusal { status: 401, message: "unauthorized".to_owned(), signin_url: Some(url) }
}

/// The log shows that a request would have left the machine: a test can prove that nobody asked for it.
pub(crate) fn outbound(what: &str) {
    log::warn("standin:1", "the real Ollama would have asked ollama.com", &[("for", what.to_owned())]);
}
