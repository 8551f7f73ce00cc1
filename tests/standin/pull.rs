//! `POST /api/pull` and `DELETE /api/delete`. Ollama source: server/routes.go `PullHandler`, `DeleteHandler`,
//! server/images.go `PullModel`.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloud;
use crate::golang::quote;
use crate::listen;
use crate::log;
use crate::name::Name;
use crate::reply::Reply;
use crate::routes::decode;
use crate::serve::App;
use crate::store::Layer;

#[derive(Deserialize)]
struct Request {
    model: Option<String>,
    name: Option<String>,
    stream: Option<bool>,
}

impl Request {
    fn asked(&self) -> &str {
        let model = self.model.as_deref().filter(|model| !model.is_empty());
        model.or(self.name.as_deref()).unwrap_or_default()
    }
}

pub(crate) async fn pull(app: &App, body: &[u8]) -> Reply {
    let request: Request = match decode(body) {
        Ok(request) => request,
        Err(why) => return Reply::error(400, why),
    };
    let Some(name) = Name::parse(cloud::local_name(request.asked())) else {
        return Reply::error(400, "invalid model name");
    };
    let result = fetch(app, &name).await;
    match (request.stream.unwrap_or(true), result) {
        (true, result) => Reply::lines(&progress(result)),
        (false, Ok(_)) => Reply::json(200, &json!({ "status": "success" })),
        (false, Err(why)) => Reply::error(500, why),
    }
}

async fn fetch(app: &App, name: &Name) -> Result<Vec<Layer>, String> {
    if app.knobs.registry_dns {
        let Name { host, namespace, model, tag } = name;
        let url = format!("https://{host}/v2/{namespace}/{model}/manifests/{tag}");
        if let Err(why) = listen::resolve(host).await {
            let error = format!("Get \"{url}\": dial tcp: {why}");
            // `makeRequestWithRetry` logs what it returns.
            log::info("images.go:998", &format!("request failed: {error}"), &[]);
            return Err(format!("pull model manifest: {error}"));
        }
    }
    let entry = app.registry.find(name).ok_or("pull model manifest: file does not exist")?;
    match &entry.pull_error {
        Some(error) => Err(error.clone()),
        None => app.store.put(name, entry),
    }
}

/// What a client sees of a pull; an error is a line of it.
fn progress(result: Result<Vec<Layer>, String>) -> Vec<Value> {
    let mut lines = vec![json!({ "status": "pulling manifest" })];
    let layers = match result {
        Ok(layers) => layers,
        Err(why) => {
            lines.push(json!({ "error": why }));
            return lines;
        }
    };
    for layer in layers {
        let Layer { digest, size, .. } = layer;
        let short = digest.trim_start_matches("sha256:").get(..12).unwrap_or_default().to_owned();
        let status = format!("pulling {short}");
        lines.push(json!({ "status": status, "digest": digest, "total": size }));
        lines.push(json!({ "status": status, "digest": digest, "total": size, "completed": size }));
    }
    for status in ["verifying sha256 digest", "writing manifest", "success"] {
        lines.push(json!({ "status": status }));
    }
    lines
}

pub(crate) fn delete(app: &App, body: &[u8]) -> Reply {
    let request: Request = match decode(body) {
        Ok(request) => request,
        Err(why) => return Reply::error(400, why),
    };
    let asked = request.asked();
    let Some(name) = Name::parse(cloud::local_name(asked)) else {
        return Reply::error(400, format!("name {} is invalid", quote(asked)));
    };
    let removed = app.store.find(&name).and_then(|found| match found {
        Some(model) => {
            app.runners.unload(&model);
            app.store.delete(&model.name).map(|()| true)
        }
        None => Ok(false),
    });
    match removed {
        Ok(true) => Reply::empty(200),
        Ok(false) => Reply::error(404, format!("model '{asked}' not found")),
        Err(why) => Reply::error(500, why),
    }
}
