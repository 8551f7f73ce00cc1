//! The environment of Ollama as its own parser reads it (`envconfig/config.go`).

/// The port that Ollama listens on where nothing says otherwise (`envconfig.Host`).
pub const DEFAULT_PORT: u16 = 11434;

/// What OpenClaw sends as a key where there is none. Any Ollama of your own takes it.
pub const NO_KEY_MARKER: &str = "ollama-local";

/// How Ollama reads a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A yes or no; whatever cannot be read is a yes.
    Flag,
    /// Plain decimal digits; whatever else is ignored, with a line in the log.
    Number,
    /// A Go duration or whole seconds; whatever else is ignored without a word.
    Span,
    /// Anything.
    Text,
}

/// Every variable with the prefix that some Ollama reads, has read, or that its installer reads: its name, how it is
/// read, and whether its value may be shown, since it cannot be a secret.
pub const KNOWN: &[(&str, Kind, bool)] = &[
    ("OLLAMA_API_KEY", Kind::Text, false),
    ("OLLAMA_AUTH", Kind::Flag, false),
    ("OLLAMA_CLOUD_BASE_URL", Kind::Text, false),
    ("OLLAMA_CONTEXT_LENGTH", Kind::Number, true),
    ("OLLAMA_DEBUG", Kind::Text, true),
    ("OLLAMA_DEBUG_LOG_REQUESTS", Kind::Flag, false),
    ("OLLAMA_EDITOR", Kind::Text, false),
    ("OLLAMA_EXPERIMENT", Kind::Text, false),
    ("OLLAMA_FLASH_ATTENTION", Kind::Flag, true),
    ("OLLAMA_GO_TEMPLATE", Kind::Flag, true),
    ("OLLAMA_GPU_OVERHEAD", Kind::Number, true),
    ("OLLAMA_HOST", Kind::Text, true),
    ("OLLAMA_IGPU_ENABLE", Kind::Flag, true),
    ("OLLAMA_INTEL_GPU", Kind::Flag, false),
    ("OLLAMA_KEEP_ALIVE", Kind::Span, true),
    ("OLLAMA_KV_CACHE_TYPE", Kind::Text, true),
    ("OLLAMA_LIBRARY_PATH", Kind::Text, false),
    ("OLLAMA_LLAMA_CPP_COMPAT", Kind::Text, false),
    ("OLLAMA_LLM_LIBRARY", Kind::Text, true),
    ("OLLAMA_LOAD_TIMEOUT", Kind::Span, true),
    ("OLLAMA_MAX_LOADED_MODELS", Kind::Number, true),
    ("OLLAMA_MAX_QUEUE", Kind::Number, true),
    ("OLLAMA_MAX_TRANSFER_STREAMS", Kind::Number, true),
    ("OLLAMA_MAX_VRAM", Kind::Text, false),
    ("OLLAMA_MODELS", Kind::Text, true),
    ("OLLAMA_MULTIUSER_CACHE", Kind::Flag, false),
    ("OLLAMA_NEW_ENGINE", Kind::Flag, false),
    ("OLLAMA_NEW_ESTIMATES", Kind::Flag, false),
    ("OLLAMA_NOHISTORY", Kind::Flag, false),
    ("OLLAMA_NOPRUNE", Kind::Flag, true),
    ("OLLAMA_NO_CLOUD", Kind::Flag, true),
    ("OLLAMA_NO_START", Kind::Text, false),
    ("OLLAMA_NUM_PARALLEL", Kind::Number, true),
    ("OLLAMA_ORIGINS", Kind::Text, true),
    ("OLLAMA_REMOTES", Kind::Text, false),
    ("OLLAMA_RUNNERS_DIR", Kind::Text, false),
    ("OLLAMA_SCHED_SPREAD", Kind::Flag, true),
    ("OLLAMA_TMPDIR", Kind::Text, false),
    ("OLLAMA_VERSION", Kind::Text, false),
    ("OLLAMA_VULKAN", Kind::Flag, true),
];

/// Names that are often written for another, and what was meant.
const MEANT: [(&str, &str); 6] = [
    ("OLLAMA_CONTEXT", "OLLAMA_CONTEXT_LENGTH"),
    ("OLLAMA_CONTEXT_SIZE", "OLLAMA_CONTEXT_LENGTH"),
    ("OLLAMA_CTX_SIZE", "OLLAMA_CONTEXT_LENGTH"),
    ("OLLAMA_NUM_CTX", "OLLAMA_CONTEXT_LENGTH"),
    ("OLLAMA_MODELS_DIR", "OLLAMA_MODELS"),
    ("OLLAMA_MODELS_PATH", "OLLAMA_MODELS"),
];

/// A value as Ollama takes it: blanks first, then all quotes around it, and no second time.
pub fn trimmed(value: &str) -> &str {
    value.trim().trim_matches(['"', '\''])
}

/// How Ollama reads the variable of that name; `None` for a name that no Ollama knows.
pub fn kind(name: &str) -> Option<Kind> {
    KNOWN.iter().find(|(known, ..)| *known == name).map(|(_, kind, _)| *kind)
}

/// Whether the value of that variable may be shown, since it cannot be a secret.
pub fn is_no_secret(name: &str) -> bool {
    KNOWN.iter().any(|(known, _, is_shown)| *known == name && *is_shown)
}

/// The known name that an unknown one was most likely meant to be.
pub fn meant(name: &str) -> Option<&'static str> {
    if let Some((_, meant)) = MEANT.iter().find(|(written, _)| *written == name) {
        return Some(meant);
    }
    // Anybody can give a process a variable whose name has megabytes, and comparing takes time and memory for each.
    const LONGEST: usize = 64;
    if name.len() > LONGEST {
        return None;
    }
    let near = KNOWN.iter().map(|(known, ..)| (strsim::damerau_levenshtein(known, name), *known));
    near.min().filter(|(distance, _)| *distance <= 2).map(|(_, known)| known)
}

/// Whether Ollama leaves such a value out and goes on with its default.
pub fn is_ignored(kind: Kind, value: &str) -> bool {
    let value = trimmed(value);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match kind {
        _ if value.is_empty() => false,
        Kind::Number => !is_digits(value) || value.parse::<u64>().is_err(),
        Kind::Span => !is_duration(value) && value.parse::<i64>().is_err(),
        Kind::Flag | Kind::Text => false,
    }
}

/// Whether a flag was meant as a no, and Ollama takes it for a yes.
pub fn is_yes_by_mistake(value: &str) -> bool {
    matches!(trimmed(value).to_ascii_lowercase().as_str(), "off" | "no" | "n" | "disable" | "disabled")
}

/// Go's `time.ParseDuration`.
fn is_duration(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned == "0" {
        return true;
    }
    let mut rest = unsigned;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (digits, after) = rest.split_at(number);
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let is_number = digits.bytes().any(|byte| byte != b'.') && digits.matches('.').count() <= 1;
        if !is_number || !["ns", "us", "µs", "μs", "ms", "s", "m", "h"].contains(&unit) {
            return false;
        }
        rest = after;
    }
    !unsigned.is_empty()
}

/// Why Ollama ends with a panic as soon as it has read this `OLLAMA_ORIGINS`
/// (`Validate` and `parseWildcardRules` of gin-contrib/cors 1.7.2): the entry at fault.
pub fn bad_origin(value: &str) -> Option<&str> {
    const SCHEMES: [&str; 6] = [
        "http://",
        "https://",
        "chrome-extension://",
        "safari-extension://",
        "moz-extension://",
        "ms-browser-extension://",
    ];
    let value = trimmed(value);
    let is_bad = |entry: &&str| match entry.matches('*').count() {
        0 => !SCHEMES.iter().any(|scheme| entry.starts_with(scheme)),
        stars => stars > 1,
    };
    value.split(',').filter(|_| !value.is_empty()).find(is_bad)
}

/// Where `OLLAMA_HOST` makes the server listen, and the `ollama` command connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSetting {
    /// Name or address without brackets; empty for all interfaces.
    pub host: String,
    /// The port in effect.
    pub port: u16,
    /// What was written for a port and cannot be one.
    pub bad_port: Option<String>,
    /// The scheme, where one is written and the port comes from it.
    pub port_of_scheme: Option<String>,
}

impl HostSetting {
    /// Reads a value as `envconfig.Host` does.
    pub fn parse(value: &str) -> HostSetting {
        let value = trimmed(value).trim();
        let (scheme, rest) = match value.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, value),
        };
        let default = match scheme {
            Some("http") => 80,
            Some("https") => 443,
            None if value == "ollama.com" => 443,
            _ => DEFAULT_PORT,
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let (host, written) = match split_host_port(authority) {
            Some((host, port)) => (host.to_string(), Some(port)),
            None => {
                let host = authority.trim_matches(['[', ']']);
                (if host.is_empty() { "127.0.0.1" } else { host }.to_string(), None)
            }
        };
        let port = written.and_then(|port| port.parse::<u16>().ok());
        HostSetting {
            host,
            port: port.unwrap_or(default),
            bad_port: written.filter(|_| port.is_none()).map(str::to_string),
            port_of_scheme: scheme.filter(|_| port.is_none() && default != DEFAULT_PORT).map(str::to_string),
        }
    }
}

/// Go's `net.SplitHostPort`; `None` for its errors.
fn split_host_port(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once("]:")?;
        return (!host.contains(['[', ']']) && !port.contains([':', '[', ']'])).then_some((host, port));
    }
    let (host, port) = text.rsplit_once(':')?;
    (!host.contains([':', '[', ']']) && !port.contains(['[', ']'])).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of `config_test.go`, and more.
    #[test]
    fn a_host_is_read_as_ollama_reads_it() {
        for (value, host, port) in [
            ("", "127.0.0.1", 11434),
            ("1.2.3.4", "1.2.3.4", 11434),
            ("example.com", "example.com", 11434),
            (":1234", "", 1234),
            (":66000", "", 11434),
            (":-1", "", 11434),
            ("0.0.0.0:", "0.0.0.0", 11434),
            ("::1", "::1", 11434),
            ("[::1]", "::1", 11434),
            ("[::1]:1337", "::1", 1337),
            ("http://1.2.3.4", "1.2.3.4", 80),
            ("http://0.0.0.0:", "0.0.0.0", 80),
            ("http://1.2.3.4:4321", "1.2.3.4", 4321),
            ("https://1.2.3.4", "1.2.3.4", 443),
            ("https://example.com/ollama", "example.com", 443),
            ("http://[::]:11434/", "::", 11434),
            ("ftp://1.2.3.4", "1.2.3.4", 11434),
            ("ollama.com", "ollama.com", 443),
            ("\"0.0.0.0\"", "0.0.0.0", 11434),
            (" \" 1.2.3.4 \" ", "1.2.3.4", 11434),
        ] {
            let read = HostSetting::parse(value);
            assert_eq!((&*read.host, read.port), (host, port), "{value:?}");
        }
        let of_scheme = |value: &str| HostSetting::parse(value).port_of_scheme;
        assert_eq!(of_scheme("http://0.0.0.0").as_deref(), Some("http"));
        assert_eq!((of_scheme("http://0.0.0.0:80"), of_scheme("0.0.0.0")), (None, None));
        assert_eq!(HostSetting::parse("0.0.0.0:port").bad_port.as_deref(), Some("port"));
        assert_eq!(HostSetting::parse("0.0.0.0").bad_port, None);
    }

    #[test]
    fn what_ollama_leaves_out_is_known() {
        for ignored in ["64k", "-1", "0x10", "8_192", "8192.0", "+5", "99999999999999999999", "8 192"] {
            assert!(is_ignored(Kind::Number, ignored), "{ignored}");
        }
        for read in ["8192", " 8192 ", "\"8192\"", "", "0"] {
            assert!(!is_ignored(Kind::Number, read), "{read}");
        }
        for ignored in ["1d", "1w", "forever", "5 m", "m", "1.2.3s"] {
            assert!(is_ignored(Kind::Span, ignored), "{ignored}");
        }
        for read in ["5m", "1h30m", "-1", "-1m", "300", "0", "1.5h", "100ms", ""] {
            assert!(!is_ignored(Kind::Span, read), "{read}");
        }
        assert!(is_yes_by_mistake("Off") && !is_yes_by_mistake("0") && !is_yes_by_mistake("on"));
    }

    #[test]
    fn origins_that_panic_are_known() {
        for (value, bad) in [
            ("example.com", Some("example.com")),
            ("http://a, http://b", Some(" http://b")),
            ("http://a,", Some("")),
            ("https://*.a.*", Some("https://*.a.*")),
            ("*,example.com", Some("example.com")),
            ("*", None),
            ("", None),
            ("http://a,https://*.b,chrome-extension://*,moz-extension://x", None),
        ] {
            assert_eq!(bad_origin(value), bad, "{value}");
        }
    }

    #[test]
    fn a_misspelt_name_leads_to_the_one_that_was_meant() {
        assert_eq!(meant("OLLAMA_ORIGIN"), Some("OLLAMA_ORIGINS"));
        assert_eq!(meant("OLLAMA_NUM_CTX"), Some("OLLAMA_CONTEXT_LENGTH"));
        assert_eq!(meant("OLLAMA_KEEPALIVE"), Some("OLLAMA_KEEP_ALIVE"));
        assert_eq!(meant("OLLAMA_SOMETHING_NEW"), None);
        assert_eq!(meant(&"OLLAMA_HOST".repeat(1 << 20)), None);
        assert!(KNOWN.is_sorted_by_key(|(name, ..)| *name) && kind("OLLAMA_HOST").is_some());
    }
}
