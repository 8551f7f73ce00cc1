//! The secrets that a look comes across, so that they are known wherever they turn up: what is
//! called a key in a config, in an environment or in a file of variables, what requests carry, and
//! what stands before the `@` of a URL.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{ProviderSecrets, Sources, Variables};
use crate::text::known::Known;

/// Parts of names that stand for secrets, in lower case.
const NAMES: [&str; 12] = [
    "apikey",
    "api_key",
    "token",
    "secret",
    "passw",
    "passphrase",
    "pwd",
    "credential",
    "cookie",
    "private",
    "webhook",
    "auth",
];
/// Headers that say what a request is, and nothing secret.
const PLAIN_HEADERS: [&str; 8] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "connection",
    "content-type",
    "host",
    "origin",
    "user-agent",
];
/// Objects deeper than this are not looked into.
const DEEPEST: usize = 16;

/// What the places that give OpenClaw its variables hold.
pub fn of_sources(sources: &Sources, known: &mut Known) {
    let places = [&sources.gateway, &sources.unit];
    for variables in places.into_iter().flatten().chain([&sources.own, &sources.dotenv]) {
        of_variables(variables, known);
    }
}

/// What variables hold that are called secrets.
pub fn of_variables(variables: &Variables, known: &mut Known) {
    for (name, value) in variables {
        if is_secret(name) {
            known.add(&value.secret);
        }
        of_url(value.expose_secret(), known);
    }
}

/// What a config holds anywhere.
pub fn of_config(root: &Value, known: &mut Known) {
    let mut open = vec![("", root, 0)];
    while let Some((name, value, depth)) = open.pop() {
        match value {
            Value::String(text) => {
                if is_secret(name) && !text.contains("${") {
                    known.add(&SecretString::from(&**text));
                }
                of_url(text, known);
            }
            Value::Array(items) if depth < DEEPEST => {
                open.extend(items.iter().map(|item| (name, item, depth + 1)))
            }
            Value::Object(fields) if depth < DEEPEST => {
                open.extend(fields.iter().map(|(name, field)| (&**name, field, depth + 1)));
            }
            _ => {}
        }
    }
}

/// What the requests to providers carry, filled in.
pub fn of_providers(secrets: &[ProviderSecrets], known: &mut Known) {
    for provider in secrets {
        provider.api_key.value.iter().for_each(|key| known.add(key));
        let telling = |name: &str| !PLAIN_HEADERS.iter().any(|plain| name.eq_ignore_ascii_case(plain));
        let headers = provider.headers.iter().filter(|(name, _)| telling(name));
        headers.for_each(|(_, value)| known.add(value));
        of_url(provider.base_url.as_deref().unwrap_or_default(), known);
    }
}

/// A user and a password, each of them and both.
fn of_url(text: &str, known: &mut Known) {
    let authority =
        text.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let Some((info, _)) = authority.and_then(|authority| authority.rsplit_once('@')) else { return };
    let password = info.split_once(':').map(|(_, password)| password);
    for part in [Some(info), password].into_iter().flatten() {
        known.add(&SecretString::from(part));
    }
}

/// Whether what has this name is a secret. The gateway's list of names of keys is none.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_key = name == "key" || name.ends_with("_key") || name.ends_with("-key");
    !name.starts_with("openclaw_service_") && (is_key || NAMES.iter().any(|part| name.contains(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_a_secret_is_known() {
        for (name, expected) in [
            ("OPENAI_API_KEY", true),
            ("botToken", true),
            ("x-access-key", true),
            ("DB_PASSWORD", true),
            ("OPENCLAW_SERVICE_MANAGED_ENV_KEYS", false),
            ("OLLAMA_HOST", false),
            ("primary", false),
        ] {
            assert_eq!(is_secret(name), expected, "{name}");
        }
        let mut known = Known::default();
        of_config(
            &serde_json::json!({"a": [{"botToken": "canary-0123"}], "b": "http://u:canary-4567@h/x"}),
            &mut known,
        );
        let cleaned = known.take_out("canary-0123 canary-4567").into_owned();
        assert!(!cleaned.contains("canary"), "{cleaned}");
    }
}
