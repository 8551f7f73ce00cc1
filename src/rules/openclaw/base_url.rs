//! How OpenClaw reads a base URL, and what of one may be shown.

use url::Url;

use crate::facts::{Facts, Listener, Target};

/// OpenClaw's default (`OLLAMA_DEFAULT_BASE_URL`, `provider-discovery` of the npm package).
pub const DEFAULT_BASE_URL: &str = "http://127.0.0.1:11434";

/// The base URL of the Ollama of this machine, or the default where none is seen to listen.
pub fn base_url_here(facts: &Facts) -> String {
    let listeners = facts.listeners.seen().map(|seen| seen.sockets.as_slice()).unwrap_or_default();
    let own = listeners.iter().find(|listener| listener.is_ollama()).map(Listener::reached_at);
    own.map_or_else(|| DEFAULT_BASE_URL.into(), |address| format!("http://{address}"))
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
pub fn repaired(url: &str) -> Option<String> {
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

/// `resolveOllamaApiBase`: trailing slashes and one `/v1` are stripped.
pub fn api_base(url: &str) -> &str {
    let url = url.trim_end_matches('/');
    let stem = url.len().saturating_sub("/v1".len());
    match url.get(stem..) {
        Some(end) if end.eq_ignore_ascii_case("/v1") => &url[..stem],
        _ => url,
    }
}

/// The base URL without `/v1`, where it has that.
pub fn native(url: &str) -> Option<String> {
    let url = url.trim_end_matches('/');
    let stem = url.get(..url.len().checked_sub("/v1".len())?)?;
    (url[stem.len()..].eq_ignore_ascii_case("/v1") && !url.contains("${")).then(|| stem.to_string())
}

/// The path that selects the OpenAI-compatible API.
pub fn ends_with_v1(url: &str) -> bool {
    url.trim_end_matches('/').to_ascii_lowercase().ends_with("/v1")
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
