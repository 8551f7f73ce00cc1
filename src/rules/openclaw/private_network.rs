//! Which addresses OpenClaw's guard against requests to private networks lets a model's
//! requests in OpenAI's format go to.
//!
//! The rules are those of 2026.9.6 (`resolveProviderTransportSsrFPolicy`, `resolvePinnedHostnameWithPolicy`),
//! in force since the origin of a configured base URL is trusted, which is 2026.5.14 (its changelog, 80751).
//! Requests in Ollama's own format may go anywhere (`buildOllamaBaseUrlSsrFPolicy`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::types::address_class::{AddressClass, address_class};

/// What the config says of a provider's private addresses (`request.allowPrivateNetwork`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// `true`: every address.
    Granted,
    /// Nothing is said: the exact origin of the base URL is trusted, with exceptions.
    Configured,
    /// `false`, or a version that trusts no base URL: public addresses only.
    Public,
}

/// Why the guard refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The host as it is written.
    Host,
    /// An address that its name leads to.
    Address(IpAddr),
}

/// Whether the guard refuses a host, whose name leads to these addresses.
pub fn refusal(host: &str, addresses: &[IpAddr], permission: Permission) -> Option<Refusal> {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
    let literal: Option<IpAddr> = host.parse().ok();
    let is_fake = |address: &IpAddr| literal.is_none() && !is_metadata_name(&host) && is_fake_ip(*address);
    let is_trusted = permission == Permission::Configured
        && !is_metadata_name(&host)
        && literal.is_none_or(|address| !is_never_trusted(address));
    if permission == Permission::Granted {
        return None;
    }
    if is_trusted {
        let names_loopback = is_loopback_name(&host) || literal.is_some_and(is_loopback);
        let mut all = literal.iter().chain(addresses);
        let refused = all.find(|address| is_refused_for_trusted(**address, names_loopback));
        return refused.map(|address| Refusal::Address(*address));
    }
    if is_refused_name(&host) || literal.is_some_and(is_special) {
        return Some(Refusal::Host);
    }
    let refused = addresses.iter().find(|address| is_special(**address) && !is_fake(address));
    refused.map(|address| Refusal::Address(*address))
}

/// Names of cloud metadata services (`canImplicitlyTrustConfiguredBaseUrlOrigin`).
fn is_metadata_name(host: &str) -> bool {
    host.split('.').any(|label| label.contains("metadata") || label == "instance-data")
}

/// Names that stand for private networks (`isBlockedHostnameNormalized`).
fn is_refused_name(host: &str) -> bool {
    ["localhost", "localhost.localdomain", "metadata.google.internal"].contains(&host)
        || [".localhost", ".local", ".internal"].iter().any(|end| host.ends_with(end))
}

fn is_loopback_name(host: &str) -> bool {
    host == "localhost" || host == "localhost.localdomain" || host.ends_with(".localhost")
}

/// What proxies such as Clash answer instead of a real address.
fn is_fake_ip(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_benchmark(address),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

/// A base URL with such an address is trusted by no version.
fn is_never_trusted(address: IpAddr) -> bool {
    is_link_local(address) || is_metadata(address) || is_local_nat64(address)
}

/// What a trusted name may not lead to (`assertAllowedTrustedHostnameResolvedAddressesOrThrow`).
fn is_refused_for_trusted(address: IpAddr, names_loopback: bool) -> bool {
    is_unspecified(address) || (!names_loopback && is_loopback(address)) || is_never_trusted(address)
}

fn is_benchmark(address: Ipv4Addr) -> bool {
    matches!(address.octets(), [198, 18..=19, ..])
}

/// The whole of `0.0.0.0/8`, as OpenClaw's library has it.
fn is_unspecified(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets()[0] == 0,
        IpAddr::V6(address) => address.is_unspecified(),
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn is_link_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

fn is_metadata(address: IpAddr) -> bool {
    const V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254);
    match address.to_canonical() {
        IpAddr::V4(address) => address == Ipv4Addr::new(100, 100, 100, 200),
        IpAddr::V6(address) => address == V6,
    }
}

/// `64:ff9b:1::/48` (RFC 8215).
fn is_local_nat64(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.segments()[..3] == [0x64, 0xff9b, 1])
}

/// Addresses that are no public ones (`isPrivateIpAddress`). Those that are translated from IPv4 by other means
/// than mapping are left to OpenClaw.
fn is_special(address: IpAddr) -> bool {
    let class = address_class(address);
    let is_public = class == AddressClass::Public;
    match address.to_canonical() {
        IpAddr::V4(_) => !is_public,
        IpAddr::V6(address) => {
            let is_reserved = class == AddressClass::Reserved && !address.is_multicast();
            is_local_nat64(address.into()) || !(is_public || is_reserved)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(host: &str, addresses: &[&str], permission: Permission) -> bool {
        let addresses: Vec<IpAddr> = addresses.iter().filter_map(|one| one.parse().ok()).collect();
        refusal(host, &addresses, permission).is_some()
    }

    /// What OpenClaw 2026.9.6 itself said of them (`resolveProviderTransportSsrFPolicy` with the pinned look-up).
    #[test]
    fn hosts_are_refused_as_openclaw_refuses_them() {
        for (host, address, by_default, where_denied) in [
            ("127.0.0.1", "127.0.0.1", false, true),
            ("localhost", "127.0.0.1", false, true),
            ("10.0.0.9", "10.0.0.9", false, true),
            ("ollama", "172.18.0.2", false, true),
            ("gpu.internal", "10.0.0.9", false, true),
            ("box.ts.net", "100.64.0.9", false, true),
            ("ollama.example.com", "203.0.113.9", false, true),
            ("ollama.example.com", "8.8.8.8", false, false),
            ("ollama.example.com", "198.18.0.7", false, false),
            ("ollama.example.com", "fd00::7", false, false),
            ("198.18.0.7", "198.18.0.7", false, true),
            ("0.0.0.0", "0.0.0.0", true, true),
            ("host.docker.internal", "0.250.250.254", true, true),
            ("myhost", "127.0.1.1", true, true),
            ("169.254.7.7", "169.254.7.7", true, true),
            ("[fe80::1]", "fe80::1", true, true),
            ("ollama", "169.254.7.7", true, true),
            ("100.100.100.200", "100.100.100.200", true, true),
            ("[64:ff9b:1::a00:9]", "64:ff9b:1::a00:9", true, true),
            ("ollama-metadata.example.com", "10.0.0.9", true, true),
            ("instance-data", "10.0.0.9", true, true),
            ("ollama.example.com", "192.0.2.7", false, true),
            ("ollama.example.com", "2001:db8::7", false, true),
            ("ollama.example.com", "ff02::7", false, true),
            ("[fd00:ec2::254]", "fd00:ec2::254", true, true),
        ] {
            let as_seen = (
                refuses(host, &[address], Permission::Configured),
                refuses(host, &[address], Permission::Public),
            );
            assert_eq!(as_seen, (by_default, where_denied), "{host} {address}");
            assert!(!refuses(host, &[address], Permission::Granted), "{host} {address}");
        }
    }
}
