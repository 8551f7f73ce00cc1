//! Does Ollama read its environment as it was meant?

use std::net::IpAddr;

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Facts, OllamaSetup, Unit, UnitVariable};
use crate::rules::ollama::environment::{
    Mistake, Service, Settings, all_readable, by_hand, is_refused_here, nobodys, setup_here,
};
use crate::types::ollama_env::{HostSetting, Kind, kind};

/// Fails when a variable of Ollama's means something else to Ollama than was meant,
/// or has not reached it.
pub fn judge(facts: &Facts) -> Judgement {
    let setup = setup_here(facts)?;
    let service = Service::in_use(facts);
    let others = by_hand(facts);
    if let Some(failure) = service.as_ref().and_then(|service| of_service(facts, service)) {
        return failure.verdict();
    }
    if let Some(failure) = others.iter().find_map(|settings| of_process(facts, settings)) {
        return failure.verdict();
    }
    let Some(settings) = service.as_ref().map(Service::settings).or_else(|| others.into_iter().next()) else {
        return Err(nobodys(setup));
    };
    match differs_in_shell(facts, setup, &settings) {
        Some(failure) => failure.verdict(),
        None => Verdict::pass(settings.summary()),
    }
}

/// What the service gets at its next start, against what its process got.
fn of_service(facts: &Facts, service: &Service) -> Option<Failure> {
    let unit = service.unit;
    let (next, process) = (service.settings(), service.process(facts));
    let changed = process.as_ref().map(|process| next.differs(process)).filter(|_| all_readable(unit));
    let changed = changed.filter(|names| !names.is_empty());
    if let Some(mut mistake) = next.fatal(facts) {
        let name = &next.variables[mistake.index].name;
        let is_ahead = changed.as_ref().is_some_and(|names| names.contains(&&**name));
        if is_ahead {
            mistake.message = format!("{name} will cut OpenClaw off once Ollama restarts");
            mistake.cause = "breaks-at-restart";
        }
        if is_ahead || is_refused_here(facts) {
            let host = next.value("OLLAMA_HOST").filter(|(index, _)| *index == mistake.index);
            let fixes = fixes(&mistake, unit, host.map(|(_, value)| value));
            return Some(failure(mistake, &next).fixes(&fixes));
        }
    }
    if let Some((names, process)) = changed.zip(process) {
        let is_host = names.contains(&"OLLAMA_HOST") && is_refused_here(facts);
        let cause = if is_host { "host-not-in-effect" } else { "not-restarted" };
        let message = format!("{} of ollama.service is not in effect: Ollama was not restarted", names[0]);
        let told = |settings: &Settings| {
            settings.value(names[0]).map_or_else(|| "not set".into(), |(_, value)| value.to_string())
        };
        let failed = Failure::new(cause, message)
            .seen("process", process.pointer.clone(), told(&process))
            .note(process.whose.clone())
            .expected(told(&next))
            .seen("differ", next.pointer.clone(), names.join(", "));
        return Some(failed);
    }
    let mistake = next.misread()?;
    let fixes = fixes(&mistake, unit, None);
    Some(failure(mistake, &next).fixes(&fixes))
}

fn of_process(facts: &Facts, settings: &Settings) -> Option<Failure> {
    let fatal = settings.fatal(facts).filter(|_| is_refused_here(facts));
    let mistake = fatal.or_else(|| settings.misread())?;
    Some(failure(mistake, settings).fixes(&["by-hand"]))
}

/// The failure for a mistake, under another cause where it has not come to bear yet.
fn failure(mistake: Mistake, settings: &Settings) -> Failure {
    let variable = &settings.variables[mistake.index];
    let seen = variable.value.clone().unwrap_or_else(|| "set".into());
    Failure::new(mistake.cause, mistake.message)
        .seen(&variable.name, format!("{}/{}", settings.pointer, mistake.index), seen)
        .note(settings.whose.clone())
        .expected(mistake.expected)
}

/// Whether something that may be an Ollama listens on that port.
fn listens(facts: &Facts, port: u16) -> bool {
    facts.listeners.seen().is_some_and(|seen| seen.sockets.iter().any(|one| one.address.port() == port))
}

/// A drop-in counts unless something is read after it that sets a variable of Ollama's.
fn fixes(mistake: &Mistake, unit: &Unit, value: Option<&str>) -> Vec<&'static str> {
    if unit.after_drop_in(|name| name.starts_with("OLLAMA_")).is_some() {
        return vec!["correct"];
    }
    let host = value.map(HostSetting::parse).filter(|host| host.port_of_scheme.is_some());
    let is_loopback = |host: &HostSetting| {
        let address = host.host.parse::<IpAddr>();
        host.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    };
    match (mistake.cause, host) {
        ("host-port" | "breaks-at-restart", Some(host)) if is_loopback(&host) => {
            vec!["ollama/exposure#loopback", "correct"]
        }
        ("host-port" | "breaks-at-restart", Some(_)) => vec!["ollama/bind-address#drop-in", "correct"],
        ("origins" | "breaks-at-restart", None) => vec!["any-origin", "correct"],
        ("context-length", _) => vec!["openclaw/context-window#drop-in", "correct"],
        _ => vec!["correct"],
    }
}

/// What is set in the doctor's own shell for the service, and does not reach it.
fn differs_in_shell(facts: &Facts, setup: &OllamaSetup, service: &Settings) -> Option<Failure> {
    let shell = Settings {
        variables: &setup.shell,
        pointer: "/ollamaSetup/shell".into(),
        whose: "this shell".into(),
        of_service: false,
    };
    asks_other_port(facts, &shell, service).or_else(|| set_in_shell_only(&shell, service))
}

/// The `ollama` command of this shell asks a port of this machine at which nothing listens.
fn asks_other_port(facts: &Facts, shell: &Settings, service: &Settings) -> Option<Failure> {
    let (index, value) = shell.value("OLLAMA_HOST")?;
    let asked = HostSetting::parse(value);
    let served = HostSetting::parse(service.value("OLLAMA_HOST").map_or("", |(_, value)| value));
    let address = asked.host.parse::<IpAddr>();
    let is_own = asked.host == "localhost" || address.is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified());
    // Port 0 leaves the choice to the system.
    let is_other = asked.port != served.port && served.port != 0 && !listens(facts, asked.port);
    if !is_own || !is_other {
        return None;
    }
    let message =
        format!("the ollama command here asks port {}, and Ollama serves on {}", asked.port, served.port);
    let failure = Failure::new("shell-host", message)
        .seen("OLLAMA_HOST", format!("{}/{index}", shell.pointer), value)
        .note("this shell")
        .expected(format!("port {}, that of {}", served.port, service.whose));
    Some(failure)
}

/// The first variable of the server whose value in this shell is not that of the service.
fn set_in_shell_only(shell: &Settings, service: &Settings) -> Option<Failure> {
    let is_servers = |one: &UnitVariable| {
        let of_server = matches!(kind(&one.name), Some(Kind::Flag | Kind::Number | Kind::Span));
        (of_server && one.name != "OLLAMA_NOHISTORY" && one.name != "OLLAMA_AUTH")
            || ["OLLAMA_MODELS", "OLLAMA_ORIGINS", "OLLAMA_KV_CACHE_TYPE"].contains(&&*one.name)
    };
    let of_service = |name: &str| service.value(name).map(|(_, value)| value);
    let index = shell
        .variables
        .iter()
        .position(|one| is_servers(one) && one.value.as_deref() != of_service(&one.name))?;
    let UnitVariable { name, value } = &shell.variables[index];
    let message = format!("{name} is set in this shell, and {} has another value", service.whose);
    let failure = Failure::new("shell-only", message)
        .seen(name, format!("{}/{index}", shell.pointer), value.clone().unwrap_or_default())
        .note("this shell")
        .seen(&service.whose, service.pointer.clone(), of_service(name).unwrap_or("not set"));
    Some(failure)
}
