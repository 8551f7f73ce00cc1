//! Placeholders, and what stands for them while a bundle is judged: a host of a URL must parse, an address must
//! be of its class. What checks say gets the placeholders back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use regex::{Captures, Regex};

/// What a placeholder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The name of a user.
    User,
    /// A mail address, as OpenClaw names profiles by it.
    Email,
    /// A home directory that is not below `/home`.
    Home,
    /// A host name; its end follows where that decides something.
    Host,
    /// A public IPv4 address.
    PublicIp,
    /// A public IPv6 address.
    PublicIp6,
    /// An IPv6 address that is no host's own, such as one behind NAT64.
    ReservedIp6,
    /// The id of an agent.
    Agent,
    /// The address of a network card.
    Mac,
    /// A telephone number, or the number of a person in a messenger.
    Phone,
}

const WORDS: [(Kind, &str, &str); 10] = [
    (Kind::User, "user", "the name of a user"),
    (Kind::Email, "email", "a mail address"),
    (Kind::Home, "home", "a home directory"),
    (Kind::Host, "host", "a host name"),
    (Kind::PublicIp, "public-ip", "a public address"),
    (Kind::PublicIp6, "public-ip6", "a public address"),
    (Kind::Agent, "agent", "the id of an agent"),
    (Kind::Mac, "mac", "the address of a network card"),
    (Kind::Phone, "phone", "a telephone number"),
    (Kind::ReservedIp6, "reserved-ip6", "an address that may hold a public one"),
];

/// Numbers that a stand-in has room for.
const MOST: usize = 999_999;

/// The placeholder of that number; numbers start at 1.
pub fn placeholder(kind: Kind, number: usize) -> String {
    let word = WORDS.iter().find(|(of, _, _)| *of == kind).map_or("name", |(_, word, _)| word);
    format!("<{word}-{number}>")
}

/// What a placeholder stands for, in words.
pub fn meaning(placeholder: &str) -> &'static str {
    let word = placeholder.trim_start_matches('<').rsplit_once('-').map_or("", |(word, _)| word);
    WORDS.iter().find(|(_, of, _)| *of == word).map_or("a name", |(_, _, meaning)| meaning)
}

/// The text that a rule can parse in place of a placeholder: no name or address
/// of a real machine, all of one length per kind so that none begins another.
fn stand_in(kind: Kind, number: usize) -> Option<String> {
    if number > MOST {
        return None;
    }
    let (high, middle, low) = (100 + number / 10_000, 100 + number / 100 % 100, 100 + number % 100);
    let (upper, lower) = (0x1000 + number / 0x1000, 0x1000 + number % 0x1000);
    match kind {
        // These stand in no place that is parsed.
        Kind::User | Kind::Email | Kind::Home | Kind::Mac | Kind::Phone => None,
        // A step of a config key.
        Kind::Agent => Some(format!("openclaw-doctor-agent-{number:06}")),
        Kind::Host => Some(format!("openclaw-doctor-host-{number:06}")),
        // 25/8 is a ministry's, not reachable from the internet; 3ffe::/16 is the 6bone's, closed in 2006.
        Kind::PublicIp => Some(format!("25.{high}.{middle}.{low}")),
        Kind::PublicIp6 => Some(format!("3ffe:ffff::{upper:x}:{lower:x}")),
        Kind::ReservedIp6 => Some(format!("64:ff9b:1::{upper:x}:{lower:x}")),
    }
}

/// With what a stand-in begins.
const STARTS: [&str; 4] = ["openclaw-doctor-", "25.", "3ffe:ffff::", "64:ff9b:1::"];

/// The stand-ins of one bundle, each with its placeholder.
#[derive(Debug, Clone, Default)]
pub struct StandIns {
    placeholders: BTreeMap<String, String>,
    /// How long they are: of one length per kind.
    lengths: BTreeSet<usize>,
}

impl StandIns {
    /// Those of a live look.
    pub fn none() -> &'static StandIns {
        static NONE: StandIns = StandIns { placeholders: BTreeMap::new(), lengths: BTreeSet::new() };
        &NONE
    }

    /// Puts stand-ins into a text from a bundle.
    pub fn put_in(&mut self, text: &mut String) {
        static PLACEHOLDER: OnceLock<Option<Regex>> = OnceLock::new();
        if !text.contains('<') {
            return;
        }
        let regex = PLACEHOLDER.get_or_init(|| Regex::new("<([a-z0-9-]+)-([0-9]{1,6})>").ok());
        let Some(regex) = regex else { return };
        let replaced = regex.replace_all(text, |found: &Captures| {
            let kind = WORDS.iter().find(|(_, word, _)| *word == &found[1]).map(|(kind, _, _)| *kind);
            let stand_in = kind.zip(found[2].parse().ok()).and_then(|(kind, number)| stand_in(kind, number));
            let Some(stand_in) = stand_in else { return found[0].to_string() };
            self.lengths.insert(stand_in.len());
            self.placeholders.insert(stand_in.clone(), found[0].to_string());
            stand_in
        });
        if let std::borrow::Cow::Owned(replaced) = replaced {
            *text = replaced;
        }
    }

    /// Puts the placeholders back into what a check says. A text is short and a bundle may have very many of them,
    /// so it is the text that is gone through.
    pub fn take_out(&self, text: &mut String) {
        if self.placeholders.is_empty() {
            return;
        }
        let mut replaced = String::new();
        let mut rest = text.as_str();
        while let Some((at, length, placeholder)) = self.first_in(rest) {
            replaced.push_str(&rest[..at]);
            replaced.push_str(placeholder);
            rest = &rest[at + length..];
        }
        if !replaced.is_empty() || rest.len() < text.len() {
            replaced.push_str(rest);
            *text = replaced;
        }
    }

    /// The first stand-in: where it is, how long, and what it stands for.
    fn first_in(&self, text: &str) -> Option<(usize, usize, &str)> {
        let starts = STARTS.iter().flat_map(|start| text.match_indices(start).map(|(at, _)| at));
        let mut starts: Vec<usize> = starts.collect();
        starts.sort_unstable();
        starts.into_iter().find_map(|at| {
            self.lengths.iter().find_map(|length| {
                let stand_in = text.get(at..at + length)?;
                Some((at, *length, &**self.placeholders.get(stand_in)?))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::types::address_class::{AddressClass, address_class};
    use crate::types::host_class::HostClass;

    #[test]
    fn stand_ins_are_of_the_class_of_what_they_stand_for() {
        for number in [1, 99, 100, 4_096, 123_456, MOST] {
            let address = |kind| -> IpAddr {
                stand_in(kind, number).unwrap_or_default().parse().unwrap_or([0, 0, 0, 0].into())
            };
            for kind in [Kind::PublicIp, Kind::PublicIp6] {
                assert_eq!(address_class(address(kind)), AddressClass::Public, "{kind:?} {number}");
                assert_eq!(HostClass::of(&address(kind).to_string()), HostClass::Public);
                assert_eq!(Some(address(kind).to_string()), stand_in(kind, number), "it is written as it is");
            }
            assert_eq!(address_class(address(Kind::ReservedIp6)), AddressClass::Reserved);
            let host = stand_in(Kind::Host, number).unwrap_or_default();
            assert_eq!(HostClass::of(&host), HostClass::BareName);
            assert_eq!(HostClass::of(&format!("{host}.ts.net")), HostClass::Tailnet);
        }
        assert_eq!(stand_in(Kind::Host, MOST + 1), None);
    }

    #[test]
    fn placeholders_come_back() {
        let mut stand_ins = StandIns::default();
        let text = "http://<host-1>.ts.net:11434 [<public-ip6-2>]:80 <public-ip-1> <public-ip-12> <user-1> <x-1> <host-9999999>";
        let mut judged = text.to_string();
        stand_ins.put_in(&mut judged);
        assert!(
            judged
                .starts_with("http://openclaw-doctor-host-000001.ts.net:11434 [3ffe:ffff::1000:1002]:80 25.")
        );
        stand_ins.take_out(&mut judged);
        assert_eq!(judged, text);
    }

    #[test]
    fn a_bundle_of_very_many_placeholders_is_judged_as_fast_as_any() {
        let mut stand_ins = StandIns::default();
        let mut all: String =
            (1..100_000).map(|number| format!("<host-{number}> <public-ip-{number}> ")).collect();
        stand_ins.put_in(&mut all);
        let started = std::time::Instant::now();
        for number in 0..2000 {
            let mut text = format!(
                "a text of a check, number {number}, of openclaw-doctor-host-000007 and 25.100.100.107"
            );
            stand_ins.take_out(&mut text);
            assert!(text.ends_with("of <host-7> and <public-ip-7>"), "{text}");
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(10), "{:?}", started.elapsed());
    }
}
