//! The environment of Ollama: `OLLAMA_HOST` and the other settings as Ollama reads them, and the texts that
//! set them.

use openclaw_doctor::fuzzing::{
    HostSetting, KNOWN, Kind, bad_origin, is_ignored, is_yes_by_mistake, kind, meant, read_unit_text, trimmed,
};

/// What was read of an address prints back to the same.
fn host_is_read(text: &str) {
    let read = HostSetting::parse(text);
    assert!(read.bad_port.is_none() || matches!(read.port, 80 | 443 | 11434), "{text:?}: {read:?}");
    assert!(read.port_of_scheme.is_none() || matches!(read.port, 80 | 443), "{text:?}: {read:?}");
    assert!(!read.host.contains('/'), "{text:?}: {read:?}");
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-:_".contains(c);
    if read.host.chars().all(is_plain) {
        let printed = match read.host.contains(':') {
            true => format!("[{}]:{}", read.host, read.port),
            false => format!("{}:{}", read.host, read.port),
        };
        let again = HostSetting::parse(&printed);
        assert_eq!((&again.host, again.port), (&read.host, read.port), "{text:?}: {printed:?}");
        assert_eq!(again.bad_port, None, "{text:?}: {printed:?}");
    }
}

pub fn run(text: &str) {
    host_is_read(text);
    for kind in [Kind::Flag, Kind::Number, Kind::Span, Kind::Text] {
        // What Ollama takes for a number is one.
        let is_number = trimmed(text).is_empty() || trimmed(text).parse::<u64>().is_ok();
        assert!(kind != Kind::Number || is_ignored(kind, text) || is_number, "{text:?}");
        assert!(!is_ignored(kind, text) || matches!(kind, Kind::Number | Kind::Span), "{text:?}");
    }
    let _ = is_yes_by_mistake(text);
    if let Some(entry) = bad_origin(text) {
        assert!(text.contains(entry), "{text:?}: {entry:?}");
    }
    if let Some(known) = meant(text) {
        assert!(kind(known).is_some() && KNOWN.iter().any(|(name, ..)| *name == known), "{known}");
    }
    let (variables, names) = read_unit_text(text);
    for variable in variables {
        // A password stands before an `@`, and only Ollama's own settings are shown.
        let value = variable.value.unwrap_or_default();
        assert!(value.is_empty() || variable.name.starts_with("OLLAMA_"), "{}", variable.name);
        assert!(!value.contains('@') && variable.name != "OLLAMA_API_KEY" || value.is_empty(), "{value}");
    }
    for kept in &names {
        // A line of a unit file is kept up to the `=` of its first variable.
        let name = match kept.strip_prefix("Environment=") {
            Some("") => "",
            Some(line) => line.strip_suffix('=').unwrap_or("="),
            None => kept,
        };
        assert!(!name.contains('='), "{kept:?}");
    }
}
