//! What is there: `/api/version`, `/api/tags`, `/api/ps`. Ollama source: server/routes.go `ListHandler`, `PsHandler`.

use serde_json::{Value, json};

use crate::model::{Model, go_time, put};
use crate::name::Name;
use crate::reply::Reply;
use crate::serve::App;

pub(crate) fn version(app: &App) -> Reply {
    Reply::json(200, &json!({ "version": app.knobs.version.text }))
}

/// The models of the store, newest first, then the synthetic ones.
pub(crate) fn all(app: &App) -> Result<Vec<Model>, String> {
    let mut models = app.store.models()?;
    models.extend(app.synthetic.iter().cloned());
    Ok(models)
}

pub(crate) fn find(app: &App, name: &Name) -> Result<Option<Model>, String> {
    let synthetic = || app.synthetic.iter().find(|model| model.name.same_as(name)).cloned();
    Ok(app.store.find(name)?.or_else(synthetic))
}

pub(crate) fn tags(app: &App) -> Reply {
    match all(app) {
        Ok(models) => {
            let tags: Vec<Value> = models.iter().map(|model| model.tag(&app.knobs.version)).collect();
            Reply::json(200, &json!({ "models": tags }))
        }
        Err(why) => Reply::error(500, why),
    }
}

pub(crate) fn ps(app: &App) -> Reply {
    let version = &app.knobs.version;
    let loaded = app.runners.loaded().into_iter().map(|loaded| {
        let name = loaded.model.name.display_shortest();
        let mut line = json!({
            "name": name,
            "model": name,
            "size": loaded.size,
            "digest": loaded.model.digest,
            "details": loaded.model.details(version.since(0, 30, 0)),
            "expires_at": go_time(loaded.expires),
            "size_vram": 0,
        });
        put(&mut line, "context_length", version.since(0, 10, 0).then_some(loaded.num_ctx));
        line
    });
    Reply::json(200, &json!({ "models": loaded.collect::<Vec<Value>>() }))
}
