//! Which Ollama of this machine answers where OpenClaw connects.

use super::site::Site;
use super::{Facts, Listener, OllamaServer};

/// The listener behind an endpoint, and its place.
pub fn listener<'a>(facts: &'a Facts, site: &Site) -> Option<(usize, &'a Listener)> {
    facts.listeners.seen()?.sockets.iter().enumerate().find(|(_, socket)| site.leads_to(socket))
}

/// The server behind an endpoint: the process that holds its port, or the only one there is.
pub fn serving<'a>(facts: &'a Facts, site: &Site) -> Option<&'a OllamaServer> {
    let setup = facts.ollama_setup.seen()?;
    match listener(facts, site).and_then(|(_, listener)| listener.pid) {
        Some(pid) => setup.server(pid).map(|(_, server)| server),
        None => setup.servers.first().filter(|_| setup.servers.len() == 1),
    }
}

/// The base URL of the Ollama of this machine, or of one that nobody told otherwise.
pub fn base_url_here(facts: &Facts) -> String {
    let listeners = facts.listeners.seen().map(|seen| seen.sockets.as_slice()).unwrap_or_default();
    let own = listeners.iter().find(|listener| is_ollama(listener)).map(Listener::reached_at);
    own.map_or_else(|| "http://127.0.0.1:11434".into(), |address| format!("http://{address}"))
}

/// Whether a listener is an Ollama: because `/api/version` answers there, or by
/// its program's name where that could not be asked. A leftover runner has the
/// name too, and answers something else.
pub fn is_ollama(listener: &Listener) -> bool {
    match listener.version.seen() {
        Some(answer) if answer.status.is_some() => answer.understood().is_some(),
        _ => listener.program.as_deref() == Some("ollama"),
    }
}
