//! Ollama's service that cannot take its port, since the Ollama that OpenClaw uses holds it.

use std::net::SocketAddr;

use crate::checks::Failure;
use crate::checks::ollama::shared::owner::{Owner, owner};
use crate::facts::{Facts, Listener, LogLine, Unseen};
use crate::rules::ollama::environment::Service;

/// What a service prints that finds its port taken, before and after the address.
const TAKEN: (&str, &str) = ("Error: listen tcp ", ": bind: address already in use");

/// A failure when the last that the service said is that the port of this listener is taken. Why else a service
/// does not run is for `ollama/start` to tell.
///
/// # Errors
/// The service does not run, and its log is not shown to us.
pub fn judge(facts: &Facts, listener: &Listener) -> Result<Option<Failure>, Unseen> {
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
    let message = format!("ollama.service cannot start: {} has its port", holder.words(listener));
    let failure = Failure::new("service-shut-out", message)
        .seen(
            "ollama.service",
            format!("/units/{index}/subState"),
            format!("{} ({})", unit.active_state, unit.sub_state),
        )
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
