//! The Ollamas of this machine, told apart by who runs them.

use std::net::{IpAddr, SocketAddr};

use crate::facts::site::Site;
use crate::facts::{Compatible, Facts, Listener, OllamaServer, Unseen};
use crate::rules::ollama::service::{SERVICE, SNAP};
use crate::types::ollama_env::HostSetting;

/// Who runs an Ollama.
#[derive(Clone, Copy)]
pub enum Owner<'a> {
    /// `ollama.service`.
    Service,
    /// The snap.
    Snap,
    /// A container, behind Docker's proxy.
    Container,
    /// Some other `ollama serve`.
    Process(&'a OllamaServer),
    /// A program that is no `ollama serve`, or one that is hidden from us.
    Other,
}

/// An Ollama that OpenClaw does not use.
pub struct Other<'a> {
    /// Its place among the listeners.
    pub index: usize,
    /// Where it listens.
    pub listener: &'a Listener,
    /// The models that it lists.
    pub models: &'a [String],
}

/// Who holds a listening socket.
pub fn owner<'a>(facts: &'a Facts, listener: &Listener) -> Owner<'a> {
    let service = facts.ollama_service().and_then(|(_, unit)| unit.main_pid);
    let setup = facts.ollama_setup.seen();
    let server = setup.zip(listener.pid).and_then(|(setup, pid)| setup.server(pid));
    match server {
        Some((_, server)) if service == Some(server.pid) => Owner::Service,
        Some((_, server)) if server.unit.as_deref() == Some(SNAP) => Owner::Snap,
        Some((_, server)) => Owner::Process(server),
        None if listener.is_docker_proxy() => Owner::Container,
        None => Owner::Other,
    }
}

impl Owner<'_> {
    /// Who that is, in words.
    pub fn describe(&self, listener: &Listener) -> String {
        match self {
            Owner::Service => SERVICE.into(),
            Owner::Snap => "the snap of Ollama".into(),
            Owner::Container => "a container of Docker's".into(),
            Owner::Process(server) => format!("the ollama serve of {} (pid {})", server.user, server.pid),
            Owner::Other => {
                listener.process().unwrap_or_else(|| format!("a program of user {}", listener.user))
            }
        }
    }
}

/// The Ollamas to which nothing that OpenClaw is set up with leads, as far as they tell their
/// models. One that is reached through a proxy has the same models as what is used.
pub fn unused<'a>(facts: &'a Facts, site: &Site) -> Vec<Other<'a>> {
    let others = not_used(facts, site).filter(|(_, listener)| listener.is_ollama());
    others
        .filter_map(|(index, listener)| Some(Other { index, listener, models: listener.models.seen()? }))
        .collect()
}

/// Why the models of another one, or of what may be one, are not known.
pub fn silent(facts: &Facts, site: &Site) -> Option<Unseen> {
    let may_be_one = |listener: &Listener| {
        let named = listener.program.as_deref().is_none_or(|name| name == "ollama");
        named || listener.is_docker_proxy() || listener.is_ollama()
    };
    let unknown = |at: SocketAddr, why: &str| Unseen::Unknown {
        error: format!("the models of the Ollama at {at} are not known: {why}"),
    };
    not_used(facts, site).filter(|(_, listener)| may_be_one(listener)).find_map(|(_, listener)| {
        // Those that were left alone were no Ollama.
        let was_asked =
            !matches!(listener.version.get(), Err(Unseen::NotApplicable { .. } | Unseen::Withheld { .. }));
        match listener.models.get().err()? {
            unseen @ Unseen::Unknown { .. } => Some(unseen),
            Unseen::Withheld { why } => Some(unknown(listener.address, &why)),
            Unseen::Absent if was_asked && listener.is_ollama() => {
                Some(unknown(listener.address, "they were not asked for"))
            }
            _ => None,
        }
    })
}

/// The listeners to which nothing that OpenClaw is set up with leads.
fn not_used<'a>(facts: &'a Facts, site: &Site) -> impl Iterator<Item = (usize, &'a Listener)> {
    let used = site.listener(facts).map(|(index, _)| index);
    let sockets = facts.listeners.seen().map(|seen| seen.sockets.as_slice()).unwrap_or_default();
    let leads_to = |one: &Compatible, listener: &Listener| {
        let port = one.target.port;
        let addresses = one.resolution.seen().map(|seen| &seen.addresses);
        // Of a name that was not looked up, the port has to do.
        port == listener.address.port()
            && addresses.is_none_or(|all| all.iter().any(|address| listener.covers(*address, port)))
    };
    let is_used = move |listener: &Listener| {
        Site::all(facts).any(|site| site.leads_to(listener))
            || facts.compatible.iter().any(|one| leads_to(one, listener))
    };
    sockets.iter().enumerate().filter(move |(index, listener)| Some(*index) != used && !is_used(listener))
}

impl Other<'_> {
    /// Whether the `ollama` command of the doctor's shell asks it.
    pub fn is_asked(&self, facts: &Facts) -> bool {
        let Some(setup) = facts.ollama_setup.seen() else { return false };
        let variable = setup.shell.iter().find(|variable| variable.name == "OLLAMA_HOST");
        let value = match variable {
            Some(variable) => variable.value.as_deref(),
            None => Some(""),
        };
        let Some(host) = value.map(HostSetting::parse) else { return false };
        let address = match &*host.host {
            "" | "localhost" | "0.0.0.0" => Ok(IpAddr::from([127, 0, 0, 1])),
            other => other.parse::<IpAddr>(),
        };
        address.is_ok_and(|address| self.listener.covers(address, host.port))
    }
}
