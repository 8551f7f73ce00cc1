//! Replaces names of people and machines by placeholders that stay the same within one bundle. What a rule
//! judges survives: a private address stays, a public one becomes a public one, `gpu.local` stays a `.local` name.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use regex::{Captures, Regex};

use super::holds::Holds;
use super::model_host::host_in;
use super::placeholder::{Kind, placeholder};
use crate::rules::openclaw::ollama_cloud::is_cloud_host;
use crate::types::address_class::{AddressClass, address_class};
use crate::types::host_class::HostClass;

/// Users that are the same on every machine: they name nobody, and checks know them.
const SYSTEM_USERS: [&str; 12] = [
    "root", "ollama", "openclaw", "nobody", "daemon", "www-data", "ubuntu", "debian", "admin", "ec2-user",
    "node", "runner",
];

/// Homes below these belong to services.
const SYSTEM_DIRS: [&str; 8] = ["/root", "/var", "/usr", "/opt", "/srv", "/run", "/etc", "/nonexistent"];

/// Hosts that are the same for everybody. Those of Ollama's cloud are too, and decide what is asked.
const COMMON_HOSTS: [&str; 3] = ["localhost", "ollama", "openclaw"];

/// Agents that many have.
const COMMON_AGENTS: [&str; 3] = ["main", "default", "defaults"];

/// Ends of names that say what kind of network they are of, and nothing of whose.
const COMMON_ENDS: [&str; 7] =
    [".local", ".ts.net", ".internal", ".lan", ".home.arpa", ".localdomain", ".example"];

/// Ends of the names of units.
const UNIT_ENDS: [&str; 7] = [".service", ".socket", ".timer", ".target", ".slice", ".scope", ".mount"];

/// Names that are plain words too: in running text they would not be told apart.
const PLAIN_WORDS: [&str; 36] = [
    "ok", "no", "to", "is", "on", "in", "at", "it", "of", "by", "up", "id", "ai", "vm", "pc", "go", "os",
    "io", "or", "as", "server", "host", "user", "model", "gateway", "memory", "debian", "ubuntu", "linux",
    "test", "home", "system", "address", "error", "service", "name",
];

/// What stands for a text in which names could not be looked for.
const NOT_LOOKED_AT: &str = "<withheld: too many names to look for>";

#[derive(Clone, Copy)]
struct TooMany;

/// The placeholders given so far, by what they stand for.
#[derive(Default)]
pub struct Names {
    known: BTreeMap<(Kind, String), usize>,
    counts: BTreeMap<Kind, usize>,
    times: BTreeMap<String, usize>,
    /// Finds them in running text; an error where there are too many for that.
    in_text: Option<Result<Rc<Regex>, TooMany>>,
}

impl Names {
    /// Takes note of the name in a string, so that it is found in running text too.
    pub fn learn(&mut self, holds: Holds, text: &str) {
        match holds {
            Holds::User => drop(self.user(text)),
            Holds::Home => drop(self.home(text)),
            Holds::Host => drop(self.host(text)),
            Holds::Url => drop(self.url(text)),
            Holds::Agent => drop(self.agent(text)),
            Holds::Word if host_in(text).is_some() => drop(self.word(text)),
            _ => return,
        }
        self.in_text = None;
        self.times.clear();
    }

    /// The string with placeholders for the names in it.
    pub fn replace(&mut self, holds: Holds, text: &str) -> String {
        match holds {
            Holds::User => self.user(text),
            Holds::Home => self.home(text),
            Holds::Host => self.host(text),
            Holds::Url => self.url(text),
            Holds::Address => self.address_and_port(text),
            Holds::Setting => self.setting(text),
            Holds::Text | Holds::Path => self.running_text(text, true),
            Holds::Key => self.key(text),
            Holds::Agent => self.agent(text),
            Holds::Word => self.word(text),
            Holds::Tag => text.to_string(),
        }
    }

    /// How often each placeholder was put into a bundle.
    pub fn times(&self) -> impl Iterator<Item = (&str, usize)> {
        self.times.iter().map(|(placeholder, times)| (&**placeholder, *times))
    }

    fn give(&mut self, kind: Kind, name: &str) -> String {
        let count = self.counts.entry(kind).or_default();
        let number = *self.known.entry((kind, name.to_string())).or_insert(*count + 1);
        *count = number.max(*count);
        let placeholder = placeholder(kind, number);
        *self.times.entry(placeholder.clone()).or_default() += 1;
        placeholder
    }

    fn user(&mut self, name: &str) -> String {
        let is_system = SYSTEM_USERS.contains(&name) || name.starts_with("systemd-") || name.starts_with('_');
        // A user without a name is shown by number.
        if is_system || name.is_empty() || name.chars().all(|c| c.is_ascii_digit()) {
            return name.to_string();
        }
        self.give(Kind::User, name)
    }

    fn home(&mut self, path: &str) -> String {
        let plain = path.trim_end_matches('/');
        let is_below =
            |dir: &str| plain.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if plain.is_empty() || SYSTEM_DIRS.iter().any(|dir| is_below(dir)) {
            return path.to_string();
        }
        match ["/home/", "/Users/"].iter().find_map(|parent| Some((parent, plain.strip_prefix(parent)?))) {
            Some((parent, name)) if !name.contains('/') => format!("{parent}{}", self.user(name)),
            _ => format!("/{}", self.give(Kind::Home, plain)),
        }
    }

    fn host(&mut self, host: &str) -> String {
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            let shown = self.address(address).unwrap_or_else(|| address.to_string());
            return if host.starts_with('[') { format!("[{shown}]") } else { shown };
        }
        // The dot of the root may follow a name, and is no part of it.
        let lower = host.trim_end_matches('.').to_ascii_lowercase();
        let dot = &host[lower.len()..];
        let is_common = COMMON_HOSTS.contains(&&*lower) || is_cloud_host(&lower);
        if lower.is_empty() || is_common || HostClass::of(&lower) == HostClass::Loopback {
            return host.to_string();
        }
        let end = COMMON_ENDS.iter().find(|end| lower.ends_with(**end));
        let end = end.copied().unwrap_or(if lower.contains('.') { ".example" } else { "" });
        format!("{}{end}{dot}", self.give(Kind::Host, &lower))
    }

    fn agent(&mut self, id: &str) -> String {
        if id.is_empty() || COMMON_AGENTS.contains(&id) { id.to_string() } else { self.give(Kind::Agent, id) }
    }

    /// The name of a model may begin with the registry that it is from.
    fn word(&mut self, text: &str) -> String {
        match host_in(text) {
            Some(place) => {
                let (before, rest) = text.split_at(place.start);
                let (host, after) = rest.split_at(place.len());
                format!("{before}{}{after}", self.url(host))
            }
            None => text.to_string(),
        }
    }

    /// A config key names an agent after `agents.entries`, quoted where its id is no plain word.
    fn key(&mut self, text: &str) -> String {
        let text = self.running_text(text, false);
        let Some(rest) = text.strip_prefix("agents.entries") else { return text };
        let id = match rest.strip_prefix("[\"") {
            Some(quoted) => quoted.split_once("\"]"),
            None => rest.strip_prefix('.').map(|rest| rest.split_at(rest.find('.').unwrap_or(rest.len()))),
        };
        match id.map(|(id, after)| (id.to_string(), after.to_string())) {
            Some((id, after)) if !id.starts_with('<') => format!("agents.entries.{}{after}", self.agent(&id)),
            _ => text,
        }
    }

    /// The placeholder of an address that says whose it is.
    fn address(&mut self, address: IpAddr) -> Option<String> {
        let kind = match (address_class(address), address) {
            (AddressClass::Public, IpAddr::V4(_)) => Kind::PublicIp,
            (AddressClass::Public, IpAddr::V6(address)) => match address.to_ipv4_mapped() {
                Some(mapped) => return Some(format!("::ffff:{}", self.address(mapped.into())?)),
                None => Kind::PublicIp6,
            },
            // Some of these, NAT64 and Teredo, are an IPv4 address in other clothes.
            (AddressClass::Reserved, IpAddr::V6(_)) => Kind::ReservedIp6,
            _ => return None,
        };
        Some(self.give(kind, &address.to_string()))
    }

    fn address_and_port(&mut self, text: &str) -> String {
        if let Ok(address) = text.parse::<IpAddr>() {
            return self.address(address).unwrap_or_else(|| text.to_string());
        }
        let Ok(socket) = text.parse::<SocketAddr>() else {
            return self.running_text(text, true);
        };
        match (self.address(socket.ip()), socket) {
            (Some(shown), SocketAddr::V4(_)) => format!("{shown}:{}", socket.port()),
            (Some(shown), SocketAddr::V6(_)) => format!("[{shown}]:{}", socket.port()),
            (None, _) => text.to_string(),
        }
    }

    /// A URL, or a host with or without a port, without user info and query.
    fn url(&mut self, text: &str) -> String {
        let (scheme, rest) = match text.find("://") {
            Some(at) => text.split_at(at + 3),
            None => ("", text),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let port_at = match host_and_port.rfind(']') {
            Some(end) => end + 1,
            None if host_and_port.parse::<IpAddr>().is_ok() => host_and_port.len(),
            None => host_and_port.find(':').unwrap_or(host_and_port.len()),
        };
        let (host, port) = host_and_port.split_at(port_at);
        let (host, path) = (self.host(host), self.running_text(path, true));
        format!("{scheme}{host}{port}{path}")
    }

    /// The value of a setting: what looks like a host with a port or a domain is one.
    fn setting(&mut self, text: &str) -> String {
        let (host, port) = text.split_once(':').unwrap_or((text, ""));
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_';
        let has_port = !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
        let top = host.rsplit_once('.').map(|(_, top)| top);
        let is_domain = top.is_some_and(|top| top.len() >= 2 && top.chars().all(|c| c.is_ascii_alphabetic()));
        let is_host =
            !host.is_empty() && host.chars().all(is_name) && host.contains(|c: char| c.is_alphabetic());
        if is_host && (has_port || port.is_empty() && is_domain) {
            return self.url(text);
        }
        self.running_text(text, true)
    }

    /// Text with names anywhere in it. All kinds are found in one pass, so that
    /// nothing is looked for in a placeholder.
    fn running_text(&mut self, text: &str, with_names: bool) -> String {
        if text.is_empty() {
            return String::new();
        }
        if self.in_text.is_none() {
            self.in_text = Some(self.all_names().map(Rc::new).ok_or(TooMany));
        }
        let Some(Ok(regex)) = self.in_text.clone() else {
            return NOT_LOOKED_AT.to_string();
        };
        let found = |found: &Captures| {
            let whole = found.get(0).map_or(0..0, |whole| whole.range());
            let (before, after) = (text[..whole.start].chars().next_back(), text[whole.end..].chars().next());
            let group =
                ["url", "email", "user", "asked", "agent", "phone", "mac", "v4", "v6", "home", "name"]
                    .iter()
                    .find_map(|name| Some((*name, found.name(name)?.as_str())));
            self.found(group, before, after, with_names).unwrap_or_else(|| found[0].to_string())
        };
        regex.replace_all(text, found).into_owned()
    }

    fn found(
        &mut self,
        group: Option<(&str, &str)>,
        before: Option<char>,
        after: Option<char>,
        with_names: bool,
    ) -> Option<String> {
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
        let (kind, text) = group?;
        match kind {
            "url" => {
                let end = text.trim_end_matches(['.', ':', '!', '?']);
                Some(format!("{}{}", self.url(end), &text[end.len()..]))
            }
            // `user@1000.service` is a unit.
            "email" if UNIT_ENDS.iter().any(|end| text.ends_with(end)) => None,
            "email" => Some(self.give(Kind::Email, &text.to_ascii_lowercase())),
            "user" => {
                let parent = text.rfind('/')? + 1;
                Some(format!("{}{}", &text[..parent], self.user(&text[parent..])))
            }
            // `[agents/runtime]` at the start of a line of OpenClaw's log names a part of it.
            _ if is_part(before) || is_part(after) || (kind == "agent" && after == Some(']')) => None,
            "asked" | "agent" | "phone" => Some(self.after_words(kind, text)),
            "mac" => Some(self.give(Kind::Mac, &text.to_ascii_lowercase())),
            "v4" | "v6" => {
                let end = text.trim_end_matches([':', '.']);
                let address = self.address(end.parse().ok()?)?;
                Some(format!("{address}{}", &text[end.len()..]))
            }
            "home" => Some(self.home(text)),
            _ if with_names => Some(self.host_or_user(text)),
            _ => None,
        }
    }

    /// The words before a name say what it is.
    fn after_words(&mut self, kind: &str, text: &str) -> String {
        let (before, name) = text.split_at(text.rfind([' ', ':', '/']).map_or(0, |at| at + 1));
        let shown = match kind {
            "asked" => self.host(name),
            "agent" => self.agent(name),
            _ => self.give(Kind::Phone, name),
        };
        format!("{before}{shown}")
    }

    fn host_or_user(&mut self, text: &str) -> String {
        let host = text.to_ascii_lowercase();
        match self.known.contains_key(&(Kind::Host, host.clone())) {
            true => self.host(&host),
            false => self.user(text),
        }
    }

    /// One pattern for every place where a name can stand in running text.
    fn all_names(&self) -> Option<Regex> {
        let longest_first = |kinds: &[Kind]| {
            let mut names: Vec<&str> = self
                .known
                .keys()
                .filter(|(kind, name)| kinds.contains(kind) && is_telling(name))
                .map(|(_, name)| &**name)
                .collect();
            names.sort_by_key(|name| std::cmp::Reverse(name.len()));
            names.iter().map(|name| regex::escape(name)).collect::<Vec<_>>().join("|")
        };
        let mut pattern = String::from(concat!(
            r#"(?P<url>[A-Za-z][A-Za-z0-9+.-]*://(?:<withheld:[a-z-]+>@)?[^\s"'<>`(),;{}]+)"#,
            r"|(?P<email>[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})",
            r#"|(?P<user>/(?:home|Users)/[^/\s"'<>:,;]+)"#,
            r"|(?P<asked>(?:lookup|getaddrinfo [A-Z_]+) [A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)",
            r"|(?P<agent>(?:agent:|agents/)[A-Za-z0-9_-]+)",
            r"|(?P<phone>(?:(?:whatsapp|signal|sms|imessage|telegram|dm|direct|group|user|chat):)?\+[0-9]{7,15}",
            r"|(?:whatsapp|signal|sms|imessage|telegram|dm|direct|group|user|chat):[0-9]{6,15})",
            r"|(?P<mac>(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2})",
            r"|(?P<v6>[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:[0-9]{0,3}(?:\.[0-9]{1,3}){3})?)",
            r"|(?P<v4>[0-9]{1,3}(?:\.[0-9]{1,3}){3,})",
        ));
        for (group, names) in
            [("home", longest_first(&[Kind::Home])), ("name", longest_first(&[Kind::Host, Kind::User]))]
        {
            if !names.is_empty() {
                pattern.push_str(&format!("|(?P<{group}>(?i:{names}))"));
            }
        }
        Regex::new(&pattern).ok()
    }
}

/// Whether a name in running text is that name and no plain word.
fn is_telling(name: &str) -> bool {
    name.len() >= 2 && !PLAIN_WORDS.contains(&name) && !COMMON_HOSTS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_keep_what_a_rule_judges() {
        let mut names = Names::default();
        for (host, shown) in [
            ("localhost", "localhost"),
            ("127.0.0.1", "127.0.0.1"),
            ("10.0.0.5", "10.0.0.5"),
            ("[::1]", "[::1]"),
            ("gpu-box", "<host-1>"),
            ("GPU-box", "<host-1>"),
            ("gpu.local", "<host-2>.local"),
            ("gpu.tail1234.ts.net", "<host-3>.ts.net"),
            ("ollama.acme.com", "<host-4>.example"),
            ("gpu.local.", "<host-2>.local."),
            ("ollama", "ollama"),
            ("host.docker.internal", "host.docker.internal"),
            ("8.8.8.8", "<public-ip-1>"),
            ("[2a01:4f8::7]", "[<public-ip6-1>]"),
            ("64:ff9b::808:808", "<reserved-ip6-1>"),
            ("::ffff:8.8.8.8", "::ffff:<public-ip-1>"),
            ("203.0.113.9", "203.0.113.9"),
        ] {
            assert_eq!(names.replace(Holds::Host, host), shown);
        }
    }

    #[test]
    fn urls_lose_user_info_and_query_and_settings_their_hosts() {
        let mut names = Names::default();
        for (url, shown) in [
            ("http://ann:pw@gpu.acme.com:11434/v1?token=x#y", "http://<host-1>.example:11434/v1"),
            ("gpu.acme.com:11434", "<host-1>.example:11434"),
            ("https://[2a01:4f8::7]:443", "https://[<public-ip6-1>]:443"),
            ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
            ("", ""),
        ] {
            assert_eq!(names.replace(Holds::Url, url), shown);
        }
        for (setting, shown) in [
            ("0.0.0.0", "0.0.0.0"),
            ("gpu.acme.com", "<host-1>.example"),
            ("gpu.acme.com:80", "<host-1>.example:80"),
            ("5m0s", "5m0s"),
            ("q8_0", "q8_0"),
            ("8.8.8.8:11434", "<public-ip-1>:11434"),
            ("http://a.acme.com,https://b.acme.com/x", "http://<host-2>.example,https://<host-3>.example/x"),
            ("/home/ann/models", "/home/<user-1>/models"),
        ] {
            assert_eq!(names.replace(Holds::Setting, setting), shown);
        }
    }

    #[test]
    fn names_are_found_in_running_text_and_nothing_is_replaced_twice() {
        let mut names = Names::default();
        names.learn(Holds::User, "host");
        names.learn(Holds::User, "ann");
        names.learn(Holds::Home, "/data/people/17");
        names.learn(Holds::Host, "vps");
        names.learn(Holds::Host, "vps.acme.com");
        for (text, shown) in [
            ("the gateway runs as ann", "the gateway runs as <user-2>"),
            ("annual planning", "annual planning"),
            (
                "vps.acme.com: no such host, asked by VPS.",
                "<host-2>.example: no such host, asked by <host-1>.",
            ),
            ("open /data/people/17/x: denied", "open /<home-1>/x: denied"),
            ("open /home/bob/x: denied", "open /home/<user-3>/x: denied"),
            ("at http://vps:11434: refused", "at http://<host-1>:11434: refused"),
            ("(see http://new.acme.com/a).", "(see http://<host-3>.example/a)."),
            ("from 8.8.8.8:53 to 10.0.0.5.", "from <public-ip-1>:53 to 10.0.0.5."),
            ("[2a01:4f8::7]:443 2a01:4f8::7.", "[<public-ip6-1>]:443 <public-ip6-1>."),
            ("at 12:34:56 std::net 1.2.3.4.5 v1.2.3.4-rc", "at 12:34:56 std::net 1.2.3.4.5 v1.2.3.4-rc"),
            (
                "auth.profiles[\"a:Bob@acme.com\"] of user@1000.service",
                "auth.profiles[\"a:<email-1>\"] of user@1000.service",
            ),
            ("http://<withheld:user-info>@vps/a", "http://<host-1>/a"),
        ] {
            assert_eq!(names.replace(Holds::Text, text), shown);
        }
        assert_eq!(names.replace(Holds::Key, "models.providers.vps.baseUrl"), "models.providers.vps.baseUrl");
        assert_eq!(names.replace(Holds::Address, "[2a01:4f8::8]:443"), "[<public-ip6-2>]:443");
        assert_eq!(names.replace(Holds::Address, "8.8.8.8"), "<public-ip-1>");
    }

    #[test]
    fn agents_registries_cards_and_numbers_of_people_are_names_too() {
        let mut names = Names::default();
        names.learn(Holds::Agent, "anna");
        names.learn(Holds::Word, "registry.acme.com:5000/team/coder:7b");
        names.learn(Holds::Host, "x1");
        for (holds, text, shown) in [
            (Holds::Agent, "main", "main"),
            (Holds::Agent, "anna", "<agent-1>"),
            (Holds::Key, "agents.entries.anna.model", "agents.entries.<agent-1>.model"),
            (Holds::Key, "agents.entries[\"anna b\"].model", "agents.entries.<agent-2>.model"),
            (
                Holds::Text,
                "session agent:anna:whatsapp:dm:+4915112345678",
                "session agent:<agent-1>:whatsapp:dm:<phone-1>",
            ),
            (Holds::Text, "telegram:123456789 failed", "telegram:<phone-2> failed"),
            (Holds::Path, "/x/agents/anna/agent/models.json", "/x/agents/<agent-1>/agent/models.json"),
            (Holds::Text, "[agents/runtime] failed", "[agents/runtime] failed"),
            (Holds::Text, "card 02:42:AC:11:00:02 is down", "card <mac-1> is down"),
            (
                Holds::Text,
                "dial tcp: lookup gpu1 on 127.0.0.53:53: no such host",
                "dial tcp: lookup <host-3> on 127.0.0.53:53: no such host",
            ),
            (Holds::Text, "getaddrinfo ENOTFOUND gpu1", "getaddrinfo ENOTFOUND <host-3>"),
            (Holds::Text, "x1 is down", "<host-2> is down"),
            (
                Holds::Word,
                "ollama/registry.acme.com:5000/team/coder:7b",
                "ollama/<host-1>.example:5000/team/coder:7b",
            ),
            (Holds::Word, "hf.co/bartowski/Llama-3.2:Q4", "hf.co/bartowski/Llama-3.2:Q4"),
            (Holds::Text, "pull registry.acme.com:5000/team/coder", "pull <host-1>.example:5000/team/coder"),
        ] {
            assert_eq!(names.replace(holds, text), shown, "{text}");
        }
    }

    #[test]
    fn where_names_are_too_many_to_look_for_no_text_is_shared() {
        let mut names = Names::default();
        for number in 0..5_000 {
            names.learn(Holds::Host, &format!("{number}{}.acme.com", "-x".repeat(100)));
        }
        names.learn(Holds::User, "ann");
        assert_eq!(names.replace(Holds::Text, "the gateway runs as ann"), NOT_LOOKED_AT);
        assert_eq!(names.replace(Holds::User, "ann"), "<user-1>");
    }
}
