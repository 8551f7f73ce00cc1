//! What can be done about Ollama through its service: start it, restart it, make
//! it listen elsewhere.

use crate::checks::Site;
use crate::facts::{Facts, Listener, Unit};

/// A variable in the environment of Ollama's service.
pub struct Setting<'a> {
    /// Its value.
    pub value: &'a str,
    /// JSON Pointer into the facts.
    pub fact: String,
}

/// A variable in the environment of Ollama's service.
pub fn setting<'a>(facts: &'a Facts, name: &str) -> Option<Setting<'a>> {
    let (unit, service) = facts.loaded_unit("ollama.service")?;
    let (place, value) = service.setting(name)?;
    Some(Setting { value, fact: format!("/units/{unit}/environment/{place}/value") })
}

/// Behind a proxy of this machine a stopped service is what must be started.
pub fn can_start(facts: &Facts, site: &Site) -> bool {
    let unit = facts.loaded_unit("ollama.service").filter(|_| site.is_here(facts) == Some(true));
    unit.is_some_and(|(_, unit)| unit.active_state == "inactive")
}

/// A restart helps where Ollama's service holds the port; of another machine
/// nobody can tell from here.
pub fn can_restart(facts: &Facts, site: &Site) -> bool {
    let holds = |pid: Option<u32>| {
        facts.listeners.seen().is_some_and(|seen| {
            seen.sockets
                .iter()
                .any(|socket| site.leads_to(socket) && (socket.pid.is_none() || socket.pid == pid))
        })
    };
    let unit = facts.loaded_unit("ollama.service").and_then(|(_, unit)| unit.main_pid);
    site.is_here(facts) == Some(false) || (unit.is_some() && holds(unit))
}

/// Which of the documented ways apply. The service's file is the right place
/// only where the service holds the port.
pub fn fixes_for(cause: &str, unit: Option<&Unit>, listener: &Listener) -> Vec<&'static str> {
    let by_service = unit.is_some_and(|unit| {
        unit.main_pid.is_some() && (listener.pid.is_none() || listener.pid == unit.main_pid)
    });
    match unit.filter(|_| by_service) {
        None if listener.program.as_deref() == Some("docker-proxy") => vec!["container", "point"],
        None => vec!["by-hand", "point"],
        Some(unit) => fixes_of_service(cause, unit),
    }
}

/// The `sed` needs the installer's unit file, with its `Environment="PATH=` line
/// and without an `OLLAMA_HOST` anywhere: on any other unit it would do nothing,
/// or set the variable twice. A drop-in loses against what is read after it.
fn fixes_of_service(cause: &str, unit: &Unit) -> Vec<&'static str> {
    let is_host = |name: &str| name == "OLLAMA_HOST";
    let sets_host = unit.environment_sources.iter().any(|source| source.sets(is_host));
    let host = unit.setting("OLLAMA_HOST").map(|(_, value)| value);
    let has_anchor = unit.environment_lines.iter().any(|line| line.starts_with("Environment=\"PATH="));
    let is_installers = unit.fragment_path.as_deref() == Some("/etc/systemd/system/ollama.service");
    let scheme_sets_port = host.is_some_and(|value| value.contains("://"));
    if unit.needs_reload && host.is_none() && sets_host {
        return vec!["reload", "point"];
    }
    if unit.after_drop_in(is_host).is_some() {
        return vec!["by-file", "point"];
    }
    match cause {
        "other-port" if !scheme_sets_port => vec!["point", "drop-in"],
        _ if is_installers && has_anchor && host.is_none() && !sets_host => {
            vec!["expose", "drop-in", "point"]
        }
        _ => vec!["drop-in", "point"],
    }
}
