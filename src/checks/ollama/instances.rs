//! Is the Ollama that OpenClaw uses the one that was meant, of those on this machine?

use std::net::SocketAddr;

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Facts, Listener, LogLine, Tag, Unseen};
use crate::rules::ollama::environment::Service;
use crate::rules::ollama::owner::{Other, Owner, owner, silent, unused};
use crate::rules::ollama::service::SERVICE;
use crate::rules::openclaw::missing_model::{Missing, missing};
use crate::types::model_name::ModelName;

/// Fails when another Ollama of this machine has what OpenClaw's lacks, or is the one
/// that the `ollama` command asks; when OpenClaw's keeps the service from its port; and
/// when OpenClaw's is an older program than the one installed.
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let name = site.endpoint.name();
    let tags = site.tags()?;
    let why = |is: &str| format!("{name} {is} another machine, whose Ollamas cannot be seen");
    let elsewhere = |is: &str| Unseen::NotApplicable { why: why(is) };
    match site.is_here(facts) {
        Some(true) => {}
        Some(false) => return Err(elsewhere("is")),
        None => return Err(elsewhere("may be")),
    }
    let listeners = facts.listeners.get()?;
    let others = unused(facts, site);
    let found = match on_other(facts, site, tags, &others)? {
        Some(failure) => Some(failure),
        None => match site.listener(facts) {
            Some((_, listener)) => shut_out(facts, listener)?,
            None => None,
        },
    };
    let found = found.or_else(|| old_program(facts, site));
    let differs = || others.iter().find_map(|other| differs(facts, site, tags, other));
    if let Some(failure) = found.or_else(differs) {
        return with_used(failure, facts, site, tags).verdict();
    }
    if let Some(unseen) = silent(facts, site) {
        return Err(unseen);
    }
    match others.len() {
        0 if listeners.hidden_processes > 0 => {
            Verdict::pass(format!("no Ollama beside the one at {name} is shown to this user"))
        }
        0 => Verdict::pass(format!("no Ollama but the one at {name} is on this machine")),
        count => Verdict::pass(format!("{count} more here, with no model that the one at {name} lacks")),
    }
}

/// A model that is needed and missing, and that another one has.
fn on_other(facts: &Facts, site: &Site, tags: &[Tag], others: &[Other]) -> Result<Option<Failure>, Unseen> {
    let Some(Missing { name, is_primary }) = missing(facts.usable_config()?, site, tags) else {
        return Ok(None);
    };
    let has = |other: &&Other| other.models.iter().any(|model| name.is_named(model));
    let Some(other) = others.iter().find(has) else { return Ok(None) };
    let (cause, name) = (if is_primary { "model-on-other" } else { "fallback-on-other" }, name.short());
    let at = other.listener.address;
    let message = format!("the Ollama at {at} has {name}; OpenClaw uses the one at {}", site.endpoint.name());
    let fixes: &[&str] = match other.is_asked(facts) {
        // A pull would go to the one that has it.
        true => &["ollama/bind-address#point", "host"],
        // Another address would leave the ollama command at this one, which is the next finding.
        false => &["openclaw/primary-model#pull"],
    };
    let failure = Failure::new(cause, message).value("model", name).fixes(fixes);
    Ok(Some(with_other(failure, other, facts, site)))
}

/// The file that OpenClaw's Ollama was started from is not there any more.
fn old_program(facts: &Facts, site: &Site) -> Option<Failure> {
    let (_, listener) = site.listener(facts)?;
    let setup = facts.ollama_setup.seen()?;
    let (index, server) = setup.server(listener.pid?).filter(|(_, server)| server.replaced)?;
    let owner = owner(facts, listener);
    // Where nothing took its place, a restart would end the only Ollama there is.
    let fix = if matches!(owner, Owner::Service) { "restart" } else { "restart-by-hand" };
    let now = ("not the file that is there now", fix);
    let (note, fix) = if server.program_exists { now } else { ("there is no such file now", "install") };
    let program = server.program.as_deref().unwrap_or("ollama");
    let message =
        format!("Ollama's program was replaced or removed, and {} runs on", owner.describe(listener));
    let pointer = format!("/ollamaSetup/servers/{index}/program");
    Some(Failure::new("old-program", message).seen("program", pointer, program).note(note).fixes(&[fix]))
}

/// Another one that has other models.
fn differs(facts: &Facts, site: &Site, tags: &[Tag], other: &Other) -> Option<Failure> {
    let lists = |model: &String| {
        ModelName::parse(model).is_none_or(|name| tags.iter().any(|tag| name.is_named(&tag.name)))
    };
    let more = other.models.iter().filter(|model| !lists(model)).count();
    let at = other.listener.address;
    // Elsewhere it may ask another one than it asks at the prompt.
    let is_asked = facts.ollama_setup.seen().is_some_and(|setup| setup.at_prompt) && other.is_asked(facts);
    let (cause, message) = if is_asked && (more > 0 || other.models.len() != tags.len()) {
        let used = site.endpoint.name();
        ("command-asks-other", format!("the ollama command asks the Ollama at {at}; OpenClaw uses {used}"))
    } else if more > 0 {
        let models = if more == 1 { "a model" } else { "models" };
        ("other-models", format!("another Ollama, at {at}, has {models} that OpenClaw's lacks"))
    } else {
        return None;
    };
    let failure = with_other(Failure::new(cause, message), other, facts, site);
    let listed: Vec<Tag> =
        other.models.iter().map(|name| Tag { name: name.clone(), ..Tag::default() }).collect();
    let has_needed = || facts.usable_config().is_ok_and(|config| missing(config, site, &listed).is_none());
    Some(match cause {
        "command-asks-other" if !has_needed() => failure.fixes(&["host"]),
        _ => failure,
    })
}

fn with_used(failure: Failure, facts: &Facts, site: &Site, tags: &[Tag]) -> Failure {
    let seen = format!("{}, models: {}", site.endpoint.name(), tags.len());
    let failure = failure.seen("openclaw uses", site.pointer("/target"), seen);
    match site.listener(facts) {
        Some((_, listener)) => failure.note(owner(facts, listener).describe(listener)),
        None => failure,
    }
}

/// What a service prints that finds its port taken, before and after the address.
const TAKEN: (&str, &str) = ("Error: listen tcp ", ": bind: address already in use");

/// A failure when the last that the service said is that the port of this listener is taken. Why else a service
/// does not run is for `ollama/start` to tell.
///
/// # Errors
/// The service does not run, and its log is not shown to us.
fn shut_out(facts: &Facts, listener: &Listener) -> Result<Option<Failure>, Unseen> {
    let Some(Service { index, unit }) = Service::in_use(facts) else { return Ok(None) };
    let holder = owner(facts, listener);
    let is_other = listener.pid.is_none_or(|pid| Some(pid) != unit.main_pid);
    let runs = unit.active_state == "active" && unit.sub_state == "running" && unit.restarts == 0;
    // What answers may also be a program that stands before an Ollama elsewhere.
    if matches!(holder, Owner::Service | Owner::Other) || !is_other || runs {
        return Ok(None);
    }
    let log = facts.logs.ollama.get()?;
    let told = |line: &&LogLine| line.text.contains("msg=\"Listening on ") || taken(line).is_some();
    let last = log.lines.iter().enumerate().filter(|(_, line)| told(line)).max_by_key(|(_, line)| line.time);
    let Some((place, address)) = last.and_then(|(place, line)| Some((place, taken(line)?))) else {
        return Ok(None);
    };
    let ours = listener.address;
    let collides = address.ip() == ours.ip() || address.ip().is_unspecified() || ours.ip().is_unspecified();
    if address.port() != ours.port() || !collides {
        return Ok(None);
    }
    let message = format!("ollama.service cannot start: {} has its port", holder.describe(listener));
    let failure = Failure::new("service-shut-out", message)
        .seen(SERVICE, format!("/units/{index}/subState"), unit.state())
        .note(format!("restarted {} times", unit.restarts))
        .expected("active (running)")
        .seen("its log", format!("/logs/ollama/lines/{place}/text"), &*log.lines[place].text);
    let fixes: &[&str] = match holder {
        Owner::Container | Owner::Snap => &["stop-service", "end"],
        _ => &["end", "stop-service"],
    };
    Ok(Some(failure.fixes(fixes)))
}

fn taken(line: &LogLine) -> Option<SocketAddr> {
    line.text.strip_prefix(TAKEN.0)?.strip_suffix(TAKEN.1)?.parse().ok()
}

/// The names of its models, or of the first of many.
fn some_models(other: &Other) -> String {
    const MOST_SHOWN: usize = 10;
    match other.models.len().checked_sub(MOST_SHOWN) {
        Some(more @ 1..) => format!("{} and {more} more", other.models[..MOST_SHOWN].join(", ")),
        _ => other.models.join(", "),
    }
}

/// Adds it to what was seen, and what it takes to point OpenClaw at it.
fn with_other(failure: Failure, other: &Other, facts: &Facts, site: &Site) -> Failure {
    let pointer = format!("/listeners/sockets/{}", other.index);
    failure
        .seen("other Ollama", format!("{pointer}/address"), other.listener.address.to_string())
        .note(owner(facts, other.listener).describe(other.listener))
        .seen("it has", format!("{pointer}/models"), some_models(other))
        .value("base_url", format!("http://{}", other.listener.reached_at()))
        .value("base_url_key", site.setting_key(facts, "baseUrl"))
}
