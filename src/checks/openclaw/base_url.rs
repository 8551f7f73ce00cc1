//! Is the base URL one that OpenClaw can use with its `api`?

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Config, ConnectOutcome, Endpoint, Facts, Outcome, Target, Unseen};
use crate::rules::openclaw::base_url::ends_with_v1;
use crate::rules::openclaw::primary::api_in_use;

/// The address of this machine that every program reaches.
const LOOPBACK: &str = "127.0.0.1";

/// What is configured of one endpoint.
struct Configured<'a> {
    config: &'a Config,
    site: &'a Site<'a>,
    target: &'a Target,
    /// As written.
    url: &'a str,
    /// `api`, where set.
    api: Option<&'a str>,
}

/// Fails on a base URL that can be read and still leads nowhere, and on one
/// that works by luck only.
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let target = site.endpoint.target.get()?;
    if site.endpoint.is_by_flag() {
        let why = "the base URL was given by --base-url, not by the config".to_string();
        return Err(Unseen::NotApplicable { why });
    }
    let config = facts.usable_config()?;
    let provider = config.providers.iter().find(|provider| provider.id == site.endpoint.provider);
    let api = provider.and_then(|provider| api_in_use(config, provider)).map(|api| &*api.value);
    let configured = Configured { config, site, target, url: &site.endpoint.base_url.value, api };
    match configured.fault() {
        Some(failure) => failure.verdict(),
        None => Verdict::pass(format!("{} can be used", configured.url)),
    }
}

impl Configured<'_> {
    fn fault(&self) -> Option<Failure> {
        let url = self.url;
        let openai = self.api.is_some_and(|api| api.starts_with("openai-"));
        if matches!(&*self.target.host, "0.0.0.0" | "::") {
            let message = format!("{url} names no host: {} means all interfaces", self.target.host);
            return Some(self.failure("wildcard", message, Some(&self.with_host(LOOPBACK))));
        }
        if openai && self.target.path.is_empty() && !ends_with_v1(url) {
            let message = "the API is OpenAI's, but the base URL is that of Ollama's own API".to_string();
            let fixed = format!("{}/v1", url.trim_end_matches('/'));
            let failure = self.failure("native-openai", message, Some(&fixed));
            return Some(failure.value("api_key", self.key("api")));
        }
        if speaks_plain_http(self.site.endpoint, self.target) {
            let message = format!("the base URL says https, but {} speaks plain http", self.target);
            return Some(self.failure("https-plain", message, Some(&url.replacen("https://", "http://", 1))));
        }
        if !openai && has_foreign_path(self.site.endpoint, self.target) {
            let message = format!("the base URL ends with {}, where no Ollama is", self.target.path);
            return Some(self.failure("extra-path", message, Some(&self.origin())));
        }
        if !openai && ends_with_v1(url) {
            let message = "the base URL ends with /v1, which Ollama's own API does not have".to_string();
            let stem = url.trim_end_matches('/');
            return Some(self.failure("v1-suffix", message, stem.get(..stem.len().saturating_sub(3))));
        }
        goes_to_ipv6_first(self.site.endpoint, self.target).then(|| {
            let message = "localhost is ::1 first, but Ollama listens on IPv4 only".to_string();
            self.failure("localhost-ipv6", message, Some(&self.with_host(LOOPBACK)))
        })
    }

    fn failure(&self, cause: &'static str, message: String, fixed: Option<&str>) -> Failure {
        let base_url = &self.site.endpoint.base_url;
        let mut failure = Failure::new(cause, message)
            .seen("base URL", self.site.pointer("/baseUrl/value"), self.url)
            .note(base_url.from.clone());
        let fixed = fixed.map(|fixed| fixed.trim_end_matches('/'));
        if let Some(fixed) = fixed {
            failure = failure.expected(fixed);
        }
        let key = self.key("baseUrl");
        if let Some(fixed) = fixed {
            failure = failure.value("base_url_key", key.clone()).value("base_url", fixed);
        }
        failure.path = Some(key);
        failure.place = base_url.place();
        failure
    }

    fn key(&self, setting: &str) -> String {
        self.config.provider_key(&self.site.endpoint.provider, setting)
    }

    fn origin(&self) -> String {
        format!("{}://{}", self.target.scheme, self.target)
    }

    /// The same URL with another host; the path stays, and `/v1` too.
    fn with_host(&self, host: &str) -> String {
        let target = Target { host: host.to_string(), ..self.target.clone() };
        let v1 = if ends_with_v1(self.url) { "/v1" } else { "" };
        format!("{}://{target}{}{v1}", target.scheme, target.path)
    }
}

/// TLS failed, and not for its certificate, on a port that was written out.
fn speaks_plain_http(endpoint: &Endpoint, target: &Target) -> bool {
    let outcome = endpoint.tags.seen().map(|answer| &answer.outcome);
    let failed = matches!(outcome, Some(Outcome::TlsFailed(error)) if !error.contains("certificate"));
    failed && target.scheme == "https" && target.port != 443
}

/// A path of Ollama's own API, or one where the server has nothing: OpenClaw adds `/api/chat` itself.
fn has_foreign_path(endpoint: &Endpoint, target: &Target) -> bool {
    let path = target.path.to_ascii_lowercase();
    let answer = endpoint.tags.seen();
    let is_ollama = answer.is_some_and(|answer| answer.understood().is_some());
    let known = path.ends_with("/api") || path.contains("/api/") || path.contains("/v1/");
    let nothing_there = answer.is_some_and(|answer| answer.status == Some(404));
    !path.is_empty() && !is_ollama && (known || nothing_there)
}

/// `localhost` is an IPv6 address first, on which nothing listens, and IPv4 works.
fn goes_to_ipv6_first(endpoint: &Endpoint, target: &Target) -> bool {
    let attempts = endpoint.connect.seen().map(Vec::as_slice).unwrap_or_default();
    let first_is_ipv6 = attempts.first().is_some_and(|attempt| attempt.address.is_ipv6());
    let accepted = |ipv6: bool| {
        let mut of_family = attempts.iter().filter(|attempt| attempt.address.is_ipv6() == ipv6);
        of_family.next().map(|attempt| attempt.outcome == ConnectOutcome::Accepted)
    };
    let is_localhost = target.host.eq_ignore_ascii_case("localhost");
    is_localhost && first_is_ipv6 && accepted(true) == Some(false) && accepted(false) == Some(true)
}
