//! Requests that wait for a model to be loaded. Ollama source: server/sched.go `GetRunner`, `processPending`: what
//! finds its model loaded passes by the queue, what finds the queue full is turned away.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use tokio::sync::{Mutex, MutexGuard};

use crate::chat::Refusal;
use crate::cloud;
use crate::name::Name;
use crate::serve::App;

#[derive(Default)]
pub(crate) struct Queue {
    /// Those that wait, and the one whose model is loaded just now.
    waiting: AtomicU64,
    loading: Mutex<()>,
}

/// One request's place; whoever holds it may load a model.
pub(crate) struct Turn<'a> {
    _place: Place<'a>,
    _guard: MutexGuard<'a, ()>,
}

struct Place<'a>(&'a AtomicU64);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Deserialize)]
struct Request {
    model: Option<String>,
}

/// Waits until it is this request's turn to load its model, and loads as long as the knob says.
pub(crate) async fn turn<'a>(app: &'a App, body: &[u8]) -> Result<Option<Turn<'a>>, Refusal> {
    if app.knobs.load.is_zero() {
        return Ok(None);
    }
    let model = serde_json::from_slice::<Request>(body).ok().and_then(|request| request.model);
    let name = model.and_then(|model| Name::parse(cloud::local_name(&model)));
    let Some(name) = name.filter(|name| !is_loaded(app, name)) else { return Ok(None) };
    let place = Place(&app.queue.waiting);
    if app.queue.waiting.fetch_add(1, Ordering::SeqCst) > app.env.max_queue {
        return Err(Refusal::new(503, "server busy, please try again.  maximum pending requests exceeded"));
    }
    let guard = app.queue.loading.lock().await;
    if !is_loaded(app, &name) {
        tokio::time::sleep(app.knobs.load).await;
    }
    Ok(Some(Turn { _place: place, _guard: guard }))
}

fn is_loaded(app: &App, name: &Name) -> bool {
    app.runners.loaded().iter().any(|one| one.model.name.full() == name.full())
}
