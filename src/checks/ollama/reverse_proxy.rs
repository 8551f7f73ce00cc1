//! Is a reverse proxy before Ollama set up for slow answers, and for Ollama's host check?

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Answer, Facts, Forward, Need, Outcome, Tag, Unseen};
use crate::rules::openclaw::response_timeout::{ResponseTimeout, response_timeout};
use crate::types::ollama_env::DEFAULT_PORT;

/// Fails where nginx of this machine stands before Ollama, and its settings keep answers back.
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let target = site.endpoint.target.need(Need::Config)?;
    let tags = site.endpoint.tags.need(Need::Tags)?;
    let server = tags.server.as_deref().unwrap_or_default();
    let name = server.split(['/', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    if !matches!(&*name, "nginx" | "openresty" | "caddy" | "cloudflare" | "apache" | "haproxy" | "envoy") {
        return Verdict::pass(format!("no proxy names itself in the answers of {}", site.endpoint.name()));
    }
    if name != "nginx" || site.is_here(facts) != Some(true) {
        let where_to_look = if name == "nginx" { "; nginx -T shows them on its machine" } else { "" };
        let why = format!("{name} answers on {target}; its settings cannot be seen from here{where_to_look}");
        return Err(Unseen::NotApplicable { why });
    }
    let forwards = facts.nginx.get()?;
    let found = forwards
        .iter()
        .enumerate()
        .find(|(_, forward)| forward.ports.contains(&target.port) && leads_to_ollama(facts, forward));
    let Some((index, forward)) = found else {
        let why = format!("no location of nginx was found that leads from port {} to Ollama", target.port);
        return Err(Unseen::NotApplicable { why });
    };
    if let Some(failure) = refused_host(tags, index, forward) {
        return failure.verdict();
    }
    let openclaw = response_timeout(facts, &site.endpoint.provider);
    if forward.read_timeout * 1000.0 >= openclaw.ms() {
        return Verdict::pass(format!("nginx waits {:.0} s for Ollama", forward.read_timeout));
    }
    let on_cpu = facts.compute.seen().is_some_and(|compute| compute.gpus.is_empty());
    let cause = if on_cpu { "read-timeout-cpu" } else { "read-timeout" };
    gives_up(cause, index, forward, &openclaw).verdict()
}

/// Ollama refused the host name that nginx passes on.
fn refused_host(tags: &Answer<Vec<Tag>>, index: usize, forward: &Forward) -> Option<Failure> {
    let is_empty = matches!(&tags.outcome, Outcome::Status(body) if body.trim().is_empty());
    let host = forward.host.as_deref().filter(|host| host.starts_with('$') && *host != "$proxy_host")?;
    (tags.status == Some(403) && is_empty).then(|| {
        let message = "nginx passes on a host name that Ollama refuses on loopback (403)";
        at(Failure::new("host-header", message), forward)
            .seen("Host", format!("/nginx/{index}/host"), host)
            .expected("localhost:11434")
    })
}

/// nginx closes the request before OpenClaw gives up.
fn gives_up(cause: &'static str, index: usize, forward: &Forward, openclaw: &ResponseTimeout) -> Failure {
    let waits = format!("{:.0} s", forward.read_timeout);
    let message =
        format!("nginx closes the request after {waits} of silence; OpenClaw waits {} s", openclaw.seconds);
    let failure = at(Failure::new(cause, message), forward)
        .seen("proxy_read_timeout", format!("/nginx/{index}/readTimeout"), waits)
        .note(format!("{}, line {}", forward.file, forward.line))
        .expected(format!("{} s or more, by {}", openclaw.seconds, openclaw.from));
    if forward.buffering {
        failure.seen("proxy_buffering", format!("/nginx/{index}/buffering"), "on").expected("off")
    } else {
        failure
    }
}

fn at(mut failure: Failure, forward: &Forward) -> Failure {
    failure.path = Some(forward.file.clone());
    failure.place = Some((forward.line, 1));
    failure
}

/// Whether requests go to Ollama's own port, or to where an Ollama listens here.
fn leads_to_ollama(facts: &Facts, forward: &Forward) -> bool {
    let host = forward.target.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let port = host.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
    let listeners = facts.listeners.seen().map(|listeners| listeners.sockets.as_slice()).unwrap_or_default();
    port.is_some_and(|port| {
        port == DEFAULT_PORT
            || listeners.iter().any(|socket| socket.is_ollama() && socket.address.port() == port)
    })
}
