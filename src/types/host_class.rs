//! What kind of host a base URL names, by the two rules of OpenClaw 2026.9.6 that decide whether Ollama needs a
//! real key there. They differ: the plugin and the documentation take a bare name and a private IPv6 address for
//! local, the gate before an agent's turn does not (measured: `No API key found`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// Kinds of hosts, as far as the rules tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostClass {
    /// `localhost`, 127/8, `::1`, `0.0.0.0`, and the names by which a container reaches its host.
    Loopback,
    /// 10/8, 172.16/12, 192.168/16.
    Private,
    /// A name that ends in `.local`.
    DotLocal,
    /// A name without a dot, or `localhost.` with the dot of the root.
    BareName,
    /// `::`, fe80::/10, fc00::/7.
    LocalIpv6,
    /// 169.254/16.
    LinkLocal,
    /// 100.64/10, or a name that ends in `.ts.net`.
    Tailnet,
    /// Any other address or name.
    Public,
}

/// Names by which a container reaches its host, and whether OpenClaw 2026.9.6 takes each for local
/// (`isLocalOllamaBaseUrl`).
const CONTAINER_HOSTS: [(&str, bool); 5] = [
    ("docker.orb.internal", true),
    ("gateway.docker.internal", false),
    ("host.containers.internal", false),
    ("host.docker.internal", true),
    ("host.orb.internal", true),
];

/// Whether a container reaches its host by that name.
pub fn is_container_host(name: &str) -> bool {
    CONTAINER_HOSTS.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
}

impl HostClass {
    /// The class of the host of a base URL; `None` for what is no URL.
    pub fn of_base_url(url: &str) -> Option<HostClass> {
        let url = Url::parse(url).ok()?;
        Some(Self::of(url.host_str()?))
    }

    /// The class of a host, as a URL holds it.
    pub fn of(host: &str) -> HostClass {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        match host.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => Self::of_ipv4(address),
            Ok(IpAddr::V6(address)) => Self::of_ipv6(address),
            Err(_) if host == "localhost" || CONTAINER_HOSTS.contains(&(&*host, true)) => HostClass::Loopback,
            Err(_) if host.ends_with(".local") => HostClass::DotLocal,
            Err(_) if host.ends_with(".ts.net") => HostClass::Tailnet,
            Err(_) if !host.contains('.') || host == "localhost." => HostClass::BareName,
            Err(_) => HostClass::Public,
        }
    }

    fn of_ipv4(address: Ipv4Addr) -> HostClass {
        let [first, second, ..] = address.octets();
        if address.is_loopback() || address.is_unspecified() {
            HostClass::Loopback
        } else if address.is_private() {
            HostClass::Private
        } else if first == 100 && (64..128).contains(&second) {
            HostClass::Tailnet
        } else if address.is_link_local() {
            HostClass::LinkLocal
        } else {
            HostClass::Public
        }
    }

    fn of_ipv6(address: Ipv6Addr) -> HostClass {
        match address.to_ipv4_mapped() {
            _ if address.is_loopback() => HostClass::Loopback,
            Some(mapped) if mapped.is_loopback() => HostClass::Loopback,
            _ if address.is_unspecified() || address.is_unicast_link_local() || address.is_unique_local() => {
                HostClass::LocalIpv6
            }
            _ => HostClass::Public,
        }
    }

    /// Whether it is a machine of one's own: this one, one of its network, or one of the tailnet. Nobody
    /// is billed for what it answers, and it may be asked whether it is an Ollama.
    pub fn is_own(self) -> bool {
        self != HostClass::Public
    }

    /// Whether the plugin and the documentation take it for local (`isLocalOllamaBaseUrl`).
    pub fn is_local(self) -> bool {
        !matches!(self, HostClass::LinkLocal | HostClass::Tailnet | HostClass::Public)
    }

    /// Whether an agent's turn takes a marker, or nothing, in place of a key there
    /// (`isLocalProviderBaseUrl`, as `resolveUsableCustomProviderApiKey` calls it).
    pub fn takes_marker(self) -> bool {
        matches!(self, HostClass::Loopback | HostClass::Private | HostClass::DotLocal)
    }

    /// In words for a person.
    pub fn describe(self) -> &'static str {
        match self {
            HostClass::Loopback => "this machine",
            HostClass::Private => "a private address",
            HostClass::DotLocal => "a .local name",
            HostClass::BareName => "a bare name",
            HostClass::LocalIpv6 => "a private IPv6 address",
            HostClass::LinkLocal => "a link-local address",
            HostClass::Tailnet => "a tailnet address",
            HostClass::Public => "a public address or a dotted name",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_classed_by_kind() {
        for (host, class) in [
            ("localhost", HostClass::Loopback),
            ("0.0.0.0", HostClass::Loopback),
            ("HOST.docker.internal", HostClass::Loopback),
            ("172.16.0.1", HostClass::Private),
            ("172.32.0.1", HostClass::Public),
            ("gpu.local", HostClass::DotLocal),
            ("ollama-host", HostClass::BareName),
            ("[fe80::1]", HostClass::LocalIpv6),
            ("100.64.0.9", HostClass::Tailnet),
            ("100.128.0.9", HostClass::Public),
            ("box.tail1234.ts.net", HostClass::Tailnet),
            ("169.254.7.7", HostClass::LinkLocal),
        ] {
            assert_eq!(HostClass::of(host), class, "{host}");
        }
    }

    /// What the two functions of OpenClaw 2026.9.6 answered, `isLocalOllamaBaseUrl` first
    /// (`tests/lab/hosts.mjs` asks them again).
    #[test]
    fn every_host_is_judged_as_openclaws_own_functions_judge_it() -> Result<(), serde_json::Error> {
        let answers = include_str!("../../tests/cases/hosts-2026.9.6.json");
        let answers: std::collections::BTreeMap<String, (bool, bool)> = serde_json::from_str(answers)?;
        assert!(answers.len() > 50);
        for (host, expected) in answers {
            let class = HostClass::of_base_url(&format!("http://{host}:11434"));
            let judged = class.map(|class| (class.is_local(), class.takes_marker()));
            assert_eq!(judged, Some(expected), "{host}");
        }
        Ok(())
    }

    #[test]
    fn the_two_rules_differ_on_bare_names_and_private_ipv6() {
        let differ = |class: HostClass| class.is_local() && !class.takes_marker();
        assert!(differ(HostClass::BareName) && differ(HostClass::LocalIpv6));
        assert!(!differ(HostClass::Private) && !differ(HostClass::Tailnet));
    }

    #[test]
    fn a_base_url_is_classed_by_its_host() {
        assert_eq!(HostClass::of_base_url("http://[fd00::9]:11434/v1"), Some(HostClass::LocalIpv6));
        assert_eq!(HostClass::of_base_url("http://127.1:11434"), Some(HostClass::Loopback));
        assert_eq!(HostClass::of_base_url("ollama"), None);
    }
}
