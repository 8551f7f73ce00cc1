//! Do the proxies in Ollama's environment do what was meant?

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Facts, OllamaSetup, UnitVariable, Unseen};
use crate::rules::ollama::environment::{
    Service, Settings, all_readable, by_hand, by_hand_in_use, nobodys, not_told, setup_here, unread,
};

/// Ollama's library takes both spellings (`golang.org/x/net/http/httpproxy`).
const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];

/// Fails where Ollama has the proxy for HTTP, which its documentation says to avoid, or
/// where the shell has the one for downloads and the service does not.
pub fn judge(facts: &Facts) -> Judgement {
    let setup = setup_here(facts)?;
    let service = Service::in_use(facts);
    let of_service = service.as_ref().map(Service::settings);
    let process = service.as_ref().and_then(|service| service.process(facts));
    let hidden = service.as_ref().filter(|_| process.is_none()).and_then(|service| unread(service.unit));
    // What runs now before what the next start gets.
    let all: Vec<Settings> = process.into_iter().chain(of_service).chain(by_hand_in_use(facts)).collect();
    if let Some(failure) = all.iter().find_map(through_http) {
        return failure.verdict();
    }
    if let Some(source) = hidden {
        return Err(not_told(facts, source, "a proxy"));
    }
    if all.is_empty() && !by_hand(facts).is_empty() {
        let why = "of the Ollama here that can be seen, OpenClaw uses none".into();
        return Err(Unseen::NotApplicable { why });
    }
    if all.is_empty() {
        return Err(nobodys(setup));
    }
    let downloads = all.iter().find(|settings| set(settings.variables, &HTTPS).is_some());
    if let Some(settings) = downloads {
        return Verdict::pass(format!("{} has a proxy for downloads and none for HTTP", settings.whose));
    }
    let readable = service.as_ref().is_some_and(|service| all_readable(service.unit));
    match set(&setup.shell, &HTTPS).filter(|_| readable) {
        Some(index) => shell_only(setup, index, &all[0]).verdict(),
        None => Verdict::pass(format!("{} has no proxy in its environment", all[0].whose)),
    }
}

fn shell_only(setup: &OllamaSetup, index: usize, of_ollama: &Settings) -> Failure {
    let name = &setup.shell[index].name;
    let message = format!("{name} of this shell does not reach Ollama: pulls go without it");
    Failure::new("shell-only", message)
        .seen("this shell", format!("/ollamaSetup/shell/{index}/name"), name)
        .seen("Ollama", of_ollama.pointer.clone(), "no proxy")
        .note(of_ollama.whose.clone())
        .expected("HTTPS_PROXY")
}

/// The place of the variable that is set under one of the names.
fn set(variables: &[UnitVariable], names: &[&str]) -> Option<usize> {
    variables.iter().position(|variable| names.contains(&&*variable.name))
}

fn through_http(settings: &Settings) -> Option<Failure> {
    let index = set(settings.variables, &HTTP)?;
    let name = &settings.variables[index].name;
    let message = format!("{name} in Ollama's environment may interrupt connections to it");
    let failure = Failure::new("http-proxy", message)
        .seen("proxy", format!("{}/{index}/name", settings.pointer), name)
        .note(settings.whose.clone())
        .expected("HTTPS_PROXY alone");
    let fixes: &[&str] = if settings.of_service { &["unset"] } else { &["by-hand"] };
    Some(failure.fixes(fixes))
}
