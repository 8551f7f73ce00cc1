//! Can Ollama read each model that it lists?

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Facts, Outcome, Show, Unseen};
use crate::rules::ollama::errors::{message, of_show};
use crate::rules::openclaw::primary::{ModelReference, references, resolve};
use crate::types::model_name::ModelName;

/// A model of which the server says in clear words that it cannot be read.
struct Refused<'a> {
    index: usize,
    show: &'a Show,
    status: u16,
    body: &'a str,
}

/// Fails for each listed model that `/api/show` does not describe, with the words of the server.
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let tags = site.tags()?;
    let shows = site.endpoint.shows.get()?;
    if tags.is_empty() {
        return Err(Unseen::NotApplicable { why: "Ollama lists no model".into() });
    }
    let (used, unused): (Vec<Refused>, Vec<Refused>) = shows
        .iter()
        .enumerate()
        .filter_map(|(index, show)| refused(index, show))
        .partition(|one| is_used(facts, site, &one.show.name));
    let mut failures: Vec<Failure> = used.iter().map(|one| unreadable(facts, site, one)).collect();
    failures.extend(unused.first().map(|first| beside(site, first, unused.len())));
    if let Some(failed) = Verdict::fail(failures) {
        return failed;
    }
    match primary(facts, site)
        .filter(|name| tags.iter().any(|tag| tag.is_local() && name.is_named(&tag.name)))
    {
        Some(name) if !is_described(shows, &name) => {
            Err(Unseen::Unknown { error: format!("/api/show gave no answer for {}", name.short()) })
        }
        Some(name) => Verdict::pass(format!("Ollama reads {}, as /api/show tells", name.short())),
        None if shows.is_empty() => {
            Err(Unseen::NotApplicable { why: "only models that run elsewhere are listed".into() })
        }
        None => {
            let described = shows.iter().filter(|show| show.answer.understood().is_some()).count();
            Verdict::pass(format!(
                "/api/show describes {described} of {} models that were asked for",
                shows.len()
            ))
        }
    }
}

fn refused(index: usize, show: &Show) -> Option<Refused<'_>> {
    match (&show.answer.outcome, show.answer.status) {
        (Outcome::Status(body), Some(status)) => Some(Refused { index, show, status, body }),
        _ => None,
    }
}

fn is_described(shows: &[Show], name: &ModelName) -> bool {
    shows.iter().any(|show| name.is_named(&show.name) && show.answer.understood().is_some())
}

/// The primary, where this Ollama serves it.
fn primary(facts: &Facts, site: &Site) -> Option<ModelName> {
    let config = facts.usable_config().ok()?;
    let found = resolve(config, &config.primary.as_ref()?.value)?;
    found.name().filter(|_| found.provider == site.endpoint.provider)
}

/// Whether an agent names it, first or as a fallback.
fn is_used(facts: &Facts, site: &Site, name: &str) -> bool {
    let is_it = |found: &ModelReference| found.is(&site.endpoint.provider, name);
    facts.usable_config().is_ok_and(|config| references(config).any(|(_, found)| is_it(&found)))
}

fn unreadable(facts: &Facts, site: &Site, one: &Refused) -> Failure {
    let meaning = of_show(one.status, one.body);
    let name = &one.show.name;
    let said = message(one.body);
    let text = format!("Ollama lists {name}, and {}: {said}", meaning.says);
    let failure = shown(Failure::new(meaning.cause, text), site, one).on(site.other_host(facts));
    let failure = match site.server(facts).and_then(|server| server.models_dir.clone()) {
        // The command gives the directory to the user that the installer makes.
        Some(dir) if site.server(facts).is_some_and(|server| server.user == "ollama") => {
            failure.value("models_dir", dir)
        }
        _ => failure,
    };
    match ModelName::parse(name) {
        Some(name) => failure.value("model", name.short()),
        None => failure,
    }
}

/// What no agent uses stops nobody.
fn beside(site: &Site, first: &Refused, count: usize) -> Failure {
    let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
    let message = format!("Ollama lists {}{more}, which no agent uses, and cannot read it", first.show.name);
    shown(Failure::new("unused", message), site, first)
}

fn shown(failure: Failure, site: &Site, one: &Refused) -> Failure {
    let pointer = site.pointer(&format!("/shows/{}/answer/outcome", one.index));
    failure
        .seen("/api/show", pointer, format!("{}: {}", one.status, message(one.body)))
        .note(one.show.name.clone())
        .expected("200")
}
