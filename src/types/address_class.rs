//! What kind of network an IP address belongs to: IANA's registries of special-purpose
//! addresses (RFC 6890 and what updates it).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who can reach an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressClass {
    /// This machine only.
    Loopback,
    /// `0.0.0.0` and `::`: as a bind address, every interface.
    Unspecified,
    /// RFC 1918, unique local (`fc00::/7`) and the old site-local addresses.
    Private,
    /// `100.64.0.0/10`: behind a carrier's NAT, or a tailnet.
    Shared,
    /// `169.254.0.0/16` and `fe80::/10`.
    LinkLocal,
    /// Set aside for documentation; nobody routes it.
    Documentation,
    /// Multicast, benchmarks, future use, protocols: no host's own address.
    Reserved,
    /// Global unicast: anybody on the internet, unless something is in between.
    Public,
}

/// The class of an address; one mapped or translated from IPv4 counts as that.
pub fn address_class(address: IpAddr) -> AddressClass {
    match address {
        IpAddr::V4(address) => of_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => of_v4(mapped),
            None => of_v6(address),
        },
    }
}

fn of_v4(address: Ipv4Addr) -> AddressClass {
    match address.octets() {
        [0, 0, 0, 0] => AddressClass::Unspecified,
        [127, ..] => AddressClass::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => AddressClass::Private,
        [100, 64..=127, ..] => AddressClass::Shared,
        [169, 254, ..] => AddressClass::LinkLocal,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => AddressClass::Documentation,
        [0, ..] | [192, 0, 0, _] | [192, 88, 99, _] | [198, 18..=19, ..] | [224..=255, ..] => {
            AddressClass::Reserved
        }
        _ => AddressClass::Public,
    }
}

fn of_v6(address: Ipv6Addr) -> AddressClass {
    let segments = address.segments();
    match segments {
        _ if address.is_unspecified() => AddressClass::Unspecified,
        _ if address.is_loopback() => AddressClass::Loopback,
        [first, ..] if first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfec0 => AddressClass::Private,
        [first, ..] if first & 0xffc0 == 0xfe80 => AddressClass::LinkLocal,
        [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => AddressClass::Documentation,
        // IETF protocol assignments, Teredo among them.
        [0x2001, 0..=0x01ff, ..] => AddressClass::Reserved,
        [first, ..] if first & 0xe000 == 0x2000 => AddressClass::Public,
        _ => AddressClass::Reserved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str) -> AddressClass {
        address_class(text.parse().unwrap_or_else(|error| panic!("{text}: {error}")))
    }

    #[test]
    fn ipv4_is_told_apart_at_the_edges_of_each_range() {
        use AddressClass::*;
        for (text, expected) in [
            ("0.0.0.0", Unspecified),
            ("0.0.0.1", Reserved),
            ("9.255.255.255", Public),
            ("10.0.0.0", Private),
            ("11.0.0.0", Public),
            ("100.63.255.255", Public),
            ("100.64.0.0", Shared),
            ("100.127.255.255", Shared),
            ("100.128.0.0", Public),
            ("127.255.255.255", Loopback),
            ("169.254.169.254", LinkLocal),
            ("172.15.255.255", Public),
            ("172.16.0.0", Private),
            ("172.31.255.255", Private),
            ("172.32.0.0", Public),
            ("192.0.0.8", Reserved),
            ("192.0.2.1", Documentation),
            ("192.168.0.1", Private),
            ("198.17.255.255", Public),
            ("198.18.0.1", Reserved),
            ("198.51.100.7", Documentation),
            ("203.0.113.7", Documentation),
            ("223.255.255.255", Public),
            ("224.0.0.1", Reserved),
            ("255.255.255.255", Reserved),
        ] {
            assert_eq!(class(text), expected, "{text}");
        }
    }

    #[test]
    fn ipv6_is_told_apart_and_a_mapped_address_counts_as_ipv4() {
        use AddressClass::*;
        for (text, expected) in [
            ("::", Unspecified),
            ("::1", Loopback),
            ("::ffff:10.0.0.5", Private),
            ("::ffff:8.8.8.8", Public),
            ("64:ff9b::808:808", Reserved),
            ("2001::1", Reserved),
            ("2001:db8::1", Documentation),
            ("3fff:fff::1", Documentation),
            ("2001:41d0::1", Public),
            ("2a01:4f8::1", Public),
            ("3fff:1000::1", Public),
            ("4000::1", Reserved),
            ("200:aaaa::1", Reserved),
            ("fc00::1", Private),
            ("fd7a:115c:a1e0::1", Private),
            ("fe80::1", LinkLocal),
            ("fec0::1", Private),
            ("ff02::1", Reserved),
        ] {
            assert_eq!(class(text), expected, "{text}");
        }
    }
}
