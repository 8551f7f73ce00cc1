//! What a base URL leads to, by what was seen there.

use crate::facts::{ConnectOutcome, Endpoint, Outcome, Target};

/// TLS failed, and not for its certificate, on a port that was written out.
pub fn speaks_plain_http(endpoint: &Endpoint, target: &Target) -> bool {
    let outcome = endpoint.tags.seen().map(|answer| &answer.outcome);
    let failed = matches!(outcome, Some(Outcome::TlsFailed(error)) if !error.contains("certificate"));
    failed && target.scheme == "https" && target.port != 443
}

/// A path of Ollama's own API, or one where the server has nothing: OpenClaw adds `/api/chat` itself.
pub fn has_foreign_path(endpoint: &Endpoint, target: &Target) -> bool {
    let path = target.path.to_ascii_lowercase();
    let answer = endpoint.tags.seen();
    let is_ollama = answer.is_some_and(|answer| answer.understood().is_some());
    let known = path.ends_with("/api") || path.contains("/api/") || path.contains("/v1/");
    let nothing_there = answer.is_some_and(|answer| answer.status == Some(404));
    !path.is_empty() && !is_ollama && (known || nothing_there)
}

/// `localhost` is an IPv6 address first, on which nothing listens, and IPv4 works.
pub fn goes_to_ipv6_first(endpoint: &Endpoint, target: &Target) -> bool {
    let attempts = endpoint.connect.seen().map(Vec::as_slice).unwrap_or_default();
    let first_is_ipv6 = attempts.first().is_some_and(|attempt| attempt.address.is_ipv6());
    let accepted = |ipv6: bool| {
        let mut of_family = attempts.iter().filter(|attempt| attempt.address.is_ipv6() == ipv6);
        of_family.next().map(|attempt| attempt.outcome == ConnectOutcome::Accepted)
    };
    let is_localhost = target.host.eq_ignore_ascii_case("localhost");
    is_localhost && first_is_ipv6 && accepted(true) == Some(false) && accepted(false) == Some(true)
}

/// The path that selects the OpenAI-compatible API.
pub fn ends_with_v1(url: &str) -> bool {
    url.trim_end_matches('/').to_ascii_lowercase().ends_with("/v1")
}
