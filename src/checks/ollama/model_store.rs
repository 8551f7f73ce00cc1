//! Does the Ollama that serves have the models, or does another store on this machine?

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Fact, Facts, OllamaSetup, Tag, Unseen};
use crate::rules::openclaw::missing_model::{Missing, missing};
use crate::types::model_name::ModelName;

/// Fails when a model that OpenClaw is to use is not listed by the server, and its
/// manifest lies in another directory of this machine.
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let setup = facts.ollama_setup.get()?;
    if site.is_here(facts) == Some(false) {
        let why = format!("{} is another machine, whose files cannot be seen", site.endpoint.name());
        return Err(Unseen::NotApplicable { why });
    }
    let config = facts.usable_config()?;
    let tags = site.tags()?;
    if site.is_here(facts).is_none() {
        let why = format!("{} may be another machine, whose files cannot be seen", site.endpoint.name());
        return Err(Unseen::NotApplicable { why });
    }
    let Some(Missing { name, is_primary }) = missing(config, site, tags) else {
        return Verdict::pass(describe_store(setup, tags));
    };
    let own = site.server(facts).and_then(|server| server.models_dir.as_deref());
    let Some(index) = store_with(setup, &name, own) else {
        return nowhere(setup, &name, own);
    };
    let (store, name) = (&setup.stores[index], name.short());
    let Some(own) = own else {
        let error = format!(
            "{name} lies in {}; where the Ollama that serves reads is not seen; run as root",
            store.path
        );
        return Err(Unseen::Unknown { error });
    };
    let cause = if is_primary { "in-other-store" } else { "fallback-in-other-store" };
    let message = format!("{name} lies in {}, and the Ollama that serves reads elsewhere", store.path);
    let failure = Failure::new(cause, message)
        .seen("the model lies in", format!("/ollamaSetup/stores/{index}/path"), &*store.path)
        .note(format!("of {}", store.owner))
        .seen("Ollama lists", site.pointer("/tags/outcome/understood"), format!("{} models", tags.len()))
        .note(format!("from {own}"));
    failure.value("model", name).verdict()
}

/// The place of the first store that holds the model, other than the server's own.
fn store_with(setup: &OllamaSetup, name: &ModelName, own: Option<&str>) -> Option<usize> {
    setup.stores.iter().position(|store| {
        let models = store.models.seen().map(Vec::as_slice).unwrap_or_default();
        Some(&*store.path) != own && models.iter().any(|model| name.is_named(model))
    })
}

fn describe_store(setup: &OllamaSetup, tags: &[Tag]) -> String {
    let stores = setup.stores.len();
    format!(
        "Ollama lists {} models, the configured ones among them; {stores} model stores are here",
        tags.len()
    )
}

fn nowhere(setup: &OllamaSetup, name: &ModelName, own: Option<&str>) -> Judgement {
    let others = setup.stores.iter().filter(|store| Some(&*store.path) != own);
    let unread = others.filter_map(|store| match &store.models {
        Fact::Unseen(Unseen::Unknown { error }) => Some(error.clone()),
        _ => None,
    });
    let closed = setup.closed_homes.iter().map(|home| format!("{home} may not be read; run as root"));
    match unread.chain(closed).next() {
        Some(why) => Err(Unseen::Unknown { error: format!("{} may lie elsewhere: {why}", name.short()) }),
        None => Verdict::pass(format!("no model store of this machine holds {}", name.short())),
    }
}
