//! Which Ollamas OpenClaw would talk to, and with what credentials.

use reqwest::Url;
use secrecy::SecretString;

use super::providers::ProviderSecrets;
use crate::facts::{BadBaseUrl, Config, ConfigState, Sourced, Target};
use crate::rules::openclaw::primary::{is_legacy, resolve};
use crate::text::secret::SecretClass;
use crate::types::host_class::HostClass;

/// OpenClaw's default (`provider-discovery` of the npm package).
const DEFAULT_BASE_URL: &str = "http://127.0.0.1:11434";

/// What OpenClaw's requests to a provider carry.
#[derive(Clone, Default)]
pub struct Credentials {
    /// A real key; the marker `ollama-local` is not sent.
    pub bearer: Option<SecretString>,
    /// Configured headers.
    pub headers: Vec<(String, SecretString)>,
}

/// Whom to ask.
#[derive(Default)]
pub struct Plans {
    /// The Ollamas of OpenClaw.
    pub endpoints: Vec<EndpointPlan>,
    /// Servers of OpenAI's format that may be Ollamas.
    pub compatible: Vec<EndpointPlan>,
}

/// An endpoint to ask.
#[derive(Clone)]
pub struct EndpointPlan {
    /// The provider id.
    pub provider: String,
    /// The base URL to show.
    pub base_url: Sourced<String>,
    /// Where it leads; `None` for a base URL that is none.
    pub target: Option<Target>,
    /// What requests to it carry.
    pub credentials: Credentials,
    /// The primary model, where this endpoint serves it.
    pub wanted: Option<String>,
}

/// Plans one endpoint for each provider that speaks Ollama's API; the one that
/// serves the primary model comes first. Base URLs that are none are noted in
/// the config.
/// `variable` is `OLLAMA_API_KEY` where that is a key and no marker.
pub fn plan(
    config: &mut Config,
    secrets: Vec<ProviderSecrets>,
    variable: Option<&SecretString>,
    flag: Option<&str>,
) -> Plans {
    if matches!(config.state, ConfigState::Broken(_)) {
        return Plans { endpoints: flag.map(from_flag).into_iter().collect(), compatible: Vec::new() };
    }
    let mut plans = Vec::new();
    let mut compatible = Vec::new();
    for (provider, secrets) in config.providers.iter().zip(secrets) {
        if provider.is_ollama() {
            plans.push(from_provider(
                &provider.id,
                provider.base_url.as_ref(),
                secrets,
                variable.cloned(),
                &mut config.bad_base_urls,
            ));
        } else if is_legacy(provider, None) && provider.base_url.is_some() {
            let plan =
                from_provider(&provider.id, provider.base_url.as_ref(), secrets, None, &mut Vec::new());
            compatible.extend(Some(plan).filter(may_be_ollama));
        }
    }
    let reference = config.primary.as_ref().and_then(|primary| resolve(config, &primary.value));
    let (primary, wanted) = reference.map(|found| (found.provider, found.model)).unzip();
    let serves = |plan: &EndpointPlan, provider: &str| plan.provider == provider;
    if !plans.iter().any(|plan| serves(plan, "ollama"))
        && (plans.is_empty() || primary.as_deref() == Some("ollama"))
    {
        plans.push(by_default());
    }
    plans.sort_by_key(|plan| !primary.as_deref().is_some_and(|primary| serves(plan, primary)));
    if let (Some(flag), Some(first)) = (flag, plans.first_mut()) {
        config.bad_base_urls.retain(|bad| bad.provider != first.provider);
        // Without credentials, which belong to the configured origin.
        *first = EndpointPlan { provider: first.provider.clone(), ..from_flag(flag) };
    }
    if let Some(first) = plans.first_mut().filter(|first| Some(&first.provider) == primary.as_ref()) {
        first.wanted = wanted;
    }
    Plans { endpoints: plans, compatible }
}

/// Whether a server of OpenAI's format is worth asking whether it is an Ollama:
/// its port is Ollama's, or it is of this machine or its network. A service on
/// the internet is not asked.
fn may_be_ollama(plan: &EndpointPlan) -> bool {
    let Some(target) = &plan.target else { return false };
    let class = HostClass::of(&target.host);
    // A cloud answers about its machines at a link-local address.
    let is_near = class.is_own() && class != HostClass::LinkLocal;
    target.port == 11434 || is_near
}

fn by_default() -> EndpointPlan {
    EndpointPlan { base_url: sourced(DEFAULT_BASE_URL, "default"), ..from_flag(DEFAULT_BASE_URL) }
}

/// The endpoint that `--base-url` names.
pub fn from_flag(url: &str) -> EndpointPlan {
    EndpointPlan {
        provider: "ollama".into(),
        base_url: sourced(&shown_url(url), "--base-url"),
        target: target(url).ok(),
        credentials: Credentials::default(),
        wanted: None,
    }
}

fn sourced(value: &str, from: &str) -> Sourced<String> {
    Sourced { value: value.to_string(), from: from.to_string(), line: None, column: None }
}

fn from_provider(
    id: &str,
    shown: Option<&Sourced<String>>,
    secrets: ProviderSecrets,
    variable: Option<SecretString>,
    bad: &mut Vec<BadBaseUrl>,
) -> EndpointPlan {
    let url = secrets.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL);
    let base_url = shown.cloned().unwrap_or_else(|| sourced(DEFAULT_BASE_URL, "default"));
    let target = target(url);
    // For a local host OpenClaw leaves the variable out of discovery (`resolveOllamaDiscoveryAuth`).
    let takes_variable = id == "ollama"
        && matches!(secrets.api_key.sight.class, SecretClass::None | SecretClass::Marker)
        && target.as_ref().is_ok_and(|target| !HostClass::of(&target.host).is_local());
    let bearer = secrets.api_key.value.or_else(|| variable.filter(|_| takes_variable));
    if let Err(why) = &target {
        bad.push(BadBaseUrl {
            provider: id.to_string(),
            url: base_url.clone(),
            why: why.clone(),
            repaired: repaired(url),
        });
    }
    EndpointPlan {
        provider: id.to_string(),
        base_url,
        target: target.ok(),
        credentials: Credentials { bearer, headers: secrets.headers },
        wanted: None,
    }
}

/// Where a base URL leads, as OpenClaw's native Ollama client reads it: trailing
/// slashes and one `/v1` are stripped, nothing is trimmed, user info is refused
/// (`resolveOllamaApiBase`, measured on 2026.9.6).
///
/// # Errors
/// What makes it unusable.
pub fn target(url: &str) -> Result<Target, String> {
    if url.trim() != url || url.is_empty() {
        return Err("it is empty or has blanks around it".into());
    }
    if url.contains("${") {
        return Err("it refers to a variable that has no value".into());
    }
    let parsed = Url::parse(url).map_err(|error| format!("it cannot be read as a URL ({error})"))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err("it does not begin with http:// or https://".into());
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err("it holds a user name or password, which OpenClaw's HTTP client refuses".into());
    }
    let host = parsed.host_str().ok_or("it has no host")?;
    let path = parsed.path().trim_end_matches('/');
    let stem = path.len().saturating_sub("/v1".len());
    let path = match path.get(stem..) {
        Some(end) if end.eq_ignore_ascii_case("/v1") => &path[..stem],
        _ => path,
    };
    Ok(Target {
        scheme: parsed.scheme().to_string(),
        host: host.trim_matches(['[', ']']).to_string(),
        port: parsed.port_or_known_default().ok_or("it has no port")?,
        path: path.to_string(),
    })
}

/// The same base URL with a scheme, where that is all it lacks. What may hold a
/// secret, or may be meant otherwise, is left to a person.
fn repaired(url: &str) -> Option<String> {
    let url = url.trim();
    if url.contains(['@', '?', '#', '\\', '%']) || lacks_slashes(url) {
        return None;
    }
    let with_scheme = if url.contains("://") { url.to_string() } else { format!("http://{url}") };
    target(&with_scheme).ok().map(|_| with_scheme)
}

/// `http:` without the two slashes, which a parser of URLs adds and a person may not see.
fn lacks_slashes(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    ["http:", "https:"]
        .iter()
        .any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.starts_with("//")))
}

/// A URL without what may be a secret: user info, query and fragment. Where it
/// holds an `@`, or is no URL, a password may stand anywhere, so that only the
/// scheme and the host are shown that a parser finds.
pub fn shown_url(url: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    let parsed = Url::parse(url);
    // `host:port` and `/path` are read with what they lack.
    let relative =
        if plain.starts_with('/') { format!("http://h{plain}") } else { format!("http://{plain}") };
    let lacks_scheme = !plain.contains("://") && !lacks_slashes(plain);
    let is_url = parsed.is_ok() || plain.is_empty() || (lacks_scheme && Url::parse(&relative).is_ok());
    let may_hide = url.contains(['@', '\\', '%']) || lacks_slashes(plain);
    if is_url && !may_hide {
        return plain.to_string();
    }
    let host = parsed.ok().and_then(|url| Some(format!("{}://{}", url.scheme(), url.host_str()?)));
    host.unwrap_or_else(|| "(not shown)".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_are_read_as_openclaw_reads_them() {
        let read = |url: &str| target(url).map(|target| (target.to_string(), target.path));
        assert_eq!(read("http://127.0.0.1:11434/v1/"), Ok(("127.0.0.1:11434".into(), String::new())));
        assert_eq!(read("http://h/V1"), Ok(("h:80".into(), String::new())));
        assert_eq!(read("https://h/ollama"), Ok(("h:443".into(), "/ollama".into())));
        assert_eq!(read("http://[::1]:11434"), Ok(("[::1]:11434".into(), String::new())));
        for bad in [
            "",
            "localhost:11434",
            "10.0.0.5:11434",
            " http://h",
            "ftp://h",
            "http://u:p@h",
            "http://",
            "http://${HOST}",
        ] {
            assert!(target(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_local_host_needs_no_key() {
        for host in ["localhost", "10.0.0.5", "192.168.1.2", "::1", "fd00::1", "box", "gpu.local", "0.0.0.0"]
        {
            assert!(HostClass::of(host).is_local(), "{host}");
        }
        for host in ["100.64.0.1", "169.254.1.1", "gpu.lan", "ollama.internal", "8.8.8.8", "2001:db8::1"] {
            assert!(!HostClass::of(host).is_local(), "{host}");
        }
    }

    #[test]
    fn a_missing_scheme_can_be_repaired() {
        assert_eq!(repaired("10.0.0.5:11434").as_deref(), Some("http://10.0.0.5:11434"));
        assert_eq!(repaired(" http://h:1 ").as_deref(), Some("http://h:1"));
        assert_eq!(repaired("h:1/ollama").as_deref(), Some("http://h:1/ollama"));
        assert_eq!(repaired("ftp://h"), None);
        for secret in [
            " http://h:1?key=canary",
            "http:\\\\u:canary@h",
            "http:/h:1",
            "u:canary@h:1",
            " http://h:1#canary",
            "https:h",
        ] {
            assert_eq!(repaired(secret), None, "{secret}");
        }
    }

    #[test]
    fn user_info_and_query_are_never_shown() {
        for (url, shown) in [
            ("http://u:canary@h:1/p?key=canary#x", "http://h"),
            ("u:canary@h:1", "(not shown)"),
            ("http://user:pa/canary@h:1", "(not shown)"),
            ("http:/u:canary@h/", "http://h"),
            ("http:///u:canary@h", "http://h"),
            ("http:\\\\u:canary@h", "http://h"),
            ("http://u:can#canary@h", "(not shown)"),
            ("http://u:1/canary@h", "http://u"),
            ("http://u:canary%40h", "(not shown)"),
            ("http:/u:canary", "(not shown)"),
            (" http://u:canary@h", "http://h"),
            ("http://[::1", "(not shown)"),
            ("http://h:1/p?key=canary", "http://h:1/p"),
            ("10.0.0.5:11434", "10.0.0.5:11434"),
            ("localhost:11434?x=canary", "localhost:11434"),
            ("http://${BOX}:1", "http://${BOX}:1"),
            ("/login?to=canary", "/login"),
            ("", ""),
        ] {
            assert_eq!(shown_url(url), shown, "{url}");
        }
        assert_eq!(shown_url("http://h:1"), "http://h:1");
    }
}
