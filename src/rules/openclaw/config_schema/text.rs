//! What is asked of a text, and whether a text meets it.

use std::sync::OnceLock;

use regex::Regex;
use url::Url;

use super::roster::Roster;

/// Whether a text meets a demand as a line of the schema writes it; `trim ` before it takes blanks off first. `None`
/// for a demand that is not known here.
pub fn holds(demand: &str, text: &str, roster: &Roster) -> Option<bool> {
    let (demand, text) = match demand.strip_prefix("trim ") {
        Some(demand) => (demand, text.trim()),
        None => (demand, text),
    };
    let (name, value) = demand.split_once('=').unwrap_or((demand, ""));
    match name {
        "trim" => Some(true),
        "min" => Some(length(text) >= value.parse().ok()?),
        "max" => Some(length(text) <= value.parse().ok()?),
        "re" => Some(pattern(value)?.is_match(text)),
        "not" => Some(!pattern(value)?.is_match(text)),
        "fmt" if value == "url" => Some(Url::parse(text.trim()).is_ok()),
        "is" => is(value, text, roster),
        _ => None,
    }
}

/// Whether a demand of the schema is known here.
#[cfg(test)]
pub fn is_known(demand: &str) -> bool {
    demand == "int" || demand.starts_with(['<', '>']) || holds(demand, "", &Roster::default()).is_some()
}

/// JavaScript counts UTF-16 units.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

fn pattern(quoted: &str) -> Option<Regex> {
    Regex::new(&serde_json::from_str::<String>(quoted).ok()?).ok()
}

/// What functions of OpenClaw ask, by the names that `relations::REFINED` gives them.
fn is(what: &str, text: &str, roster: &Roster) -> Option<bool> {
    let low = text.trim().to_lowercase();
    Some(match what {
        "duration" => text.is_empty() || is_duration(&low),
        "positive-duration" => is_duration(&low) && low.contains(|c: char| c.is_ascii_digit() && c != '0'),
        "time" => text.is_empty() || is_time(text),
        "agent" => roster.has(text),
        "agent-or-main" => text == "main" || roster.has(text),
        "policy-reference" => roster.is_policy_reference(text),
        "own-directory" => roster.is_own_directory(text),
        "target" => roster.is_target(text),
        "search" => roster.searches(text),
        "bind" => is_bind(text),
        "avatar" => is_avatar(text.trim()),
        "no-root" => !text.trim().starts_with('/'),
        "no-joined-network" => low != "host" && !low.starts_with("container:"),
        "absolute" => text.trim().starts_with('/'),
        "absolute-or-home" => {
            text.trim().starts_with('/') || text.trim() == "~" || text.trim().starts_with("~/")
        }
        "web-url" => Url::parse(text.trim()).is_ok_and(|url| matches!(url.scheme(), "http" | "https")),
        "no-host-alias" => !HOST_ALIASES.contains(&&*low),
        "no-older-api" => low != "openai",
        "no-older-reload" => !["hot", "restart"].contains(&&*low),
        "not-empty" => !text.is_empty(),
        "not-blank" => !low.is_empty(),
        _ => return None,
    })
}

/// A file or directory of the host by its whole path, and where it is in the container.
fn is_bind(text: &str) -> bool {
    let mut chars = text.chars();
    let is_drive = chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':');
    text.starts_with('/') || is_drive && matches!(chars.next(), Some('/' | '\\'))
}

/// A URL, data, or a path that stays in the workspace.
fn is_avatar(text: &str) -> bool {
    let low = text.to_lowercase();
    let is_url = ["http://", "https://", "data:"].iter().any(|start| low.starts_with(start));
    let has_scheme = low.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1 && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    let mut depth = 0_i32;
    let leads_out = text.split('/').any(|step| {
        depth += match step {
            ".." => -1,
            "" | "." => 0,
            _ => 1,
        };
        depth < 0
    });
    is_url || !text.starts_with('~') && !has_scheme && !leads_out
}

/// What `gateway.bind` was before it had words of its own.
const HOST_ALIASES: [&str; 8] = ["0.0.0.0", "::", "[::]", "*", "127.0.0.1", "localhost", "::1", "[::1]"];

/// `parse-duration` of the npm package: a number, or numbers with units.
fn is_duration(low: &str) -> bool {
    static DURATION: OnceLock<Option<Regex>> = OnceLock::new();
    let shape = r"^(?:[0-9]+(?:\.[0-9]+)?|(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h|d))+)$";
    DURATION.get_or_init(|| Regex::new(shape).ok()).as_ref().is_some_and(|shape| shape.is_match(low))
}

/// `HH:MM`, up to `24:00`.
fn is_time(text: &str) -> bool {
    let Some((hour, minute)) = text.split_once(':') else { return false };
    let number = |part: &str| part.parse::<u8>().ok().filter(|_| part.len() == 2 && !part.starts_with('+'));
    match (number(hour), number(minute)) {
        (Some(24), minute) => minute == Some(0),
        (Some(hour), Some(minute)) => hour < 24 && minute < 60,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_meet_demands_or_do_not() {
        let roster = Roster::default();
        for (demand, text, expected) in [
            ("min=1", "", Some(false)),
            ("min=1", " ", Some(true)),
            ("trim min=1", " ", Some(false)),
            ("max=2", "abc", Some(false)),
            (r#"re="^[a-z]+$""#, "abc", Some(true)),
            (r#"not="^(?:abc)$""#, "abc", Some(false)),
            ("fmt=url", "http://x", Some(true)),
            ("fmt=url", "x", Some(false)),
            ("is=duration", "1h30m", Some(true)),
            ("is=duration", "1h30", Some(false)),
            ("is=duration", "5 m", Some(false)),
            ("is=time", "24:00", Some(true)),
            ("is=time", "24:01", Some(false)),
            ("is=time", "7:00", Some(false)),
            ("fmt=other", "x", None),
        ] {
            assert_eq!(holds(demand, text, &roster), expected, "{demand} {text}");
        }
    }
}
