//! Which proxy variable counts, and which hosts `NO_PROXY` keeps from it, by OpenClaw's own rules.

use std::net::Ipv4Addr;

use crate::facts::{Proxies, Target};

/// The variable that counts for the scheme: the lower-case name before the other,
/// and that of plain HTTP where HTTPS has none of its own.
pub fn variable_for(proxies: &Proxies, target: &Target) -> Option<usize> {
    const HTTP: [&str; 2] = ["http_proxy", "HTTP_PROXY"];
    const HTTPS: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"];
    let names: &[&str] = if target.scheme == "https" { &HTTPS } else { &HTTP };
    names.iter().find_map(|name| proxies.variables.iter().position(|one| one.name == *name))
}

/// Whether an entry covers the target (`proxy-env` of the npm package,
/// 2026.9.6): the host itself or one below it, with a port where one is written;
/// for IPv4 also `10.0.0.0/8` and `10.*`. A name and its address are two things.
pub fn is_bypassed(entries: &[String], target: &Target) -> bool {
    let host = target.host.to_lowercase();
    let host = host.trim_end_matches('.');
    // A star counts only where it is all there is.
    matches!(entries, [all] if all == "*")
        || entries.iter().any(|entry| covers(&entry.to_lowercase(), host, target.port))
}

fn covers(entry: &str, host: &str, port: u16) -> bool {
    let (name, written_port) = match entry.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((name, rest)) => (name, rest.strip_prefix(':')),
            None => return false,
        },
        None => match entry.split_once(':') {
            Some((name, port)) if !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()) => {
                (name, Some(port))
            }
            _ => (entry, None),
        },
    };
    if written_port.is_some_and(|written| written.parse() != Ok(port)) {
        return false;
    }
    let name = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
    let name = name.strip_prefix('.').unwrap_or(name).trim_end_matches('.');
    if name.is_empty() || name == "*" {
        return false;
    }
    let is_below = host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    is_below || host.parse().is_ok_and(|address| covers_address(name, address))
}

fn covers_address(name: &str, address: Ipv4Addr) -> bool {
    if let Some((network, length)) = name.split_once('/') {
        let (Ok(network), Ok(length)) = (network.parse::<Ipv4Addr>(), length.parse::<u32>()) else {
            return false;
        };
        let mask = u32::MAX.checked_shl(32_u32.saturating_sub(length)).unwrap_or(0);
        return length <= 32 && address.to_bits() & mask == network.to_bits() & mask;
    }
    let parts: Vec<&str> = name.split('.').collect();
    let fits = |(part, octet): (&&str, u8)| *part == "*" || part.parse() == Ok(octet);
    let ends_open = parts.last() == Some(&"*");
    name.contains('*')
        && parts.len() <= 4
        && (ends_open || parts.len() == 4)
        && parts.iter().zip(address.octets()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_cover_what_openclaw_says_they_do() {
        let target = |host: &str| Target {
            scheme: "http".into(),
            host: host.into(),
            port: 11434,
            path: String::new(),
        };
        for (entry, host, expected) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("localhost", "127.0.0.1", false),
            ("127.0.0.0/8", "127.0.0.1", true),
            ("10.0.0.0/8", "127.0.0.1", false),
            ("0.0.0.0/0", "9.9.9.9", true),
            ("10.*", "10.1.2.3", true),
            ("10.*.2.3", "10.1.2.3", true),
            ("10.*.2", "10.1.2.3", false),
            ("example.com", "ollama.example.com", true),
            (".example.com", "example.com", true),
            ("*.example.com", "a.example.com", true),
            ("ample.com", "example.com", false),
            ("ollama:11434", "ollama", true),
            ("ollama:80", "ollama", false),
            ("[::1]:11434", "::1", true),
            ("::1", "::1", true),
            ("*", "anything", true),
        ] {
            assert_eq!(is_bypassed(&[entry.to_string()], &target(host)), expected, "{entry} {host}");
        }
        assert!(!is_bypassed(&["*".into(), "x".into()], &target("y")));
    }
}
