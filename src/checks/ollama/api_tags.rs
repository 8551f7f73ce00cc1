//! Does `/api/tags` answer 200 with a model list?

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Answer, Facts, Outcome, Tag, Unseen};

/// Fails when the answer is anything else, and tells by whom it was given.
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let answer = site.endpoint.tags.get()?;
    if let Some(tags) = answer.understood() {
        let models = if tags.len() == 1 { "model" } else { "models" };
        return Verdict::pass(format!("/api/tags lists {} {models} ({:.1} ms)", tags.len(), answer.ms));
    }
    let (cause, message, seen) = explain(&site.endpoint.name(), answer);
    if cause == "unauthorized" && site.keeps_key_elsewhere(facts) {
        return Err(Unseen::Unknown { error: format!("{message}, which only OpenClaw can look up") });
    }
    let (cause, message) = match cause {
        "cut-off" if is_docker(facts, site) => ("container-deaf", deaf_container(&site.endpoint.name())),
        _ => (cause, message),
    };
    let failure = Failure::new(cause, message)
        .seen("/api/tags", site.pointer("/tags/outcome"), seen)
        .expected("200 with a model list")
        .seen("openclaw uses", site.pointer("/baseUrl"), site.endpoint.base_url.value.clone())
        .note(site.endpoint.base_url.from.clone())
        .on(site.other_host(facts));
    let failure = match &answer.server {
        Some(server) => failure.seen("server header", site.pointer("/tags/server"), server.clone()),
        None => failure,
    };
    let failure = with_owner(failure, facts, site);
    match cause {
        "bad-gateway" if !can_start(facts, site) => failure.fixes(&["behind-proxy"]).verdict(),
        "timed-out" if !can_restart(facts, site) => failure.fixes(&["who"]).verdict(),
        _ => failure.verdict(),
    }
}

/// The cause, the message, and what was seen.
fn explain(name: &str, answer: &Answer<Vec<Tag>>) -> (&'static str, String, String) {
    let status = answer.status.unwrap_or_default();
    let says = |cause, what: &str, seen: &str| (cause, format!("{name} {what}"), seen.to_string());
    match &answer.outcome {
        Outcome::Understood(_) => ("not-ollama", String::new(), String::new()),
        Outcome::Status(body) => by_status(name, status, body),
        Outcome::Redirected(to) => {
            let what = "redirects requests; OpenClaw's base URL should name the place itself";
            says("redirected", what, &format!("{status}, Location: {to}"))
        }
        Outcome::NotJson(body) => says("not-ollama", "is not Ollama: what it answers is no JSON", body),
        Outcome::ForeignJson(missing) => {
            says("not-ollama", "is not Ollama: it answers with other JSON", missing)
        }
        Outcome::NotHttp => says("not-ollama", "is not Ollama: it does not speak HTTP", "no HTTP answer"),
        Outcome::BrokenJson(place) => says("broken-json", "answers with broken JSON", place),
        Outcome::TooLarge(limit) => {
            says("too-large", "answers with more than any model list", &format!("{limit} bytes or more"))
        }
        Outcome::TimedOut { after_ms, headers } => {
            let came = if *headers { "headers, but no end" } else { "nothing" };
            let seen = format!("{came} after {after_ms} ms");
            says("timed-out", "accepts connections but does not answer", &seen)
        }
        Outcome::Cut => says("cut-off", "closes the connection before it has answered", "connection closed"),
        Outcome::TlsFailed(error) => says("tls", "does not speak TLS; https needs it", error),
        Outcome::BadCertificate(error) => {
            ("certificate", format!("the certificate of {name} is not accepted: {error}"), error.clone())
        }
        Outcome::Failed(error) => ("failed", format!("a request to {name} failed"), error.clone()),
    }
}

fn by_status(name: &str, status: u16, body: &str) -> (&'static str, String, String) {
    let empty = body.trim().is_empty();
    let seen = format!("{status}: {}", if empty { "empty body" } else { body });
    let (cause, message) = match status {
        401 => ("unauthorized", format!("{name} asks for a key")),
        403 if empty => {
            ("host-check", format!("{name} refuses the host name in the request (403, empty body)"))
        }
        403 => ("forbidden", format!("{name} forbids the request")),
        502..=504 => (
            "bad-gateway",
            format!("a proxy answers on {name}, but gets no answer from Ollama behind it ({status})"),
        ),
        500..=599 => ("server-error", format!("{name} answers with an internal error ({status})")),
        _ => ("not-ollama", format!("{name} is not Ollama: it answers /api/tags with {status}")),
    };
    (cause, message, seen)
}

/// Names the program that holds the port, where it is one of this machine.
fn with_owner(failure: Failure, facts: &Facts, site: &Site) -> Failure {
    let sockets = facts.listeners.seen().map(|listeners| listeners.sockets.iter().enumerate());
    let Some((index, socket)) = sockets.and_then(|mut all| all.find(|(_, socket)| site.leads_to(socket)))
    else {
        return failure;
    };
    let owner = socket.program.clone().unwrap_or_else(|| format!("a program of user {}", socket.user));
    failure
        .seen("listener", format!("/listeners/sockets/{index}/address"), socket.address.to_string())
        .note(owner)
}

/// Behind a proxy of this machine a stopped service is what must be started.
fn can_start(facts: &Facts, site: &Site) -> bool {
    let unit = facts.ollama_service().filter(|_| site.is_here(facts) == Some(true));
    unit.is_some_and(|(_, unit)| unit.active_state == "inactive")
}

/// A restart helps where Ollama's service holds the port; of another machine
/// nobody can tell from here.
fn can_restart(facts: &Facts, site: &Site) -> bool {
    let holds = |pid: Option<u32>| {
        facts.listeners.seen().is_some_and(|seen| {
            seen.sockets
                .iter()
                .any(|socket| site.leads_to(socket) && (socket.pid.is_none() || socket.pid == pid))
        })
    };
    let unit = facts.ollama_service().and_then(|(_, unit)| unit.main_pid);
    site.is_here(facts) == Some(false) || (unit.is_some() && holds(unit))
}

/// Docker's proxy holds the port.
fn is_docker(facts: &Facts, site: &Site) -> bool {
    site.listener(facts).is_some_and(|(_, listener)| listener.is_docker_proxy())
}

fn deaf_container(name: &str) -> String {
    format!("Docker takes connections on {name}, and nothing in the container answers them")
}
