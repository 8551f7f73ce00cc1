//! What can be seen of this machine's firewall without starting its programs.

use std::fs::File;
use std::io::{ErrorKind, Read};

use crate::facts::{Fact, Firewall};
use crate::probes::process::blocking;

/// More than any of these files has.
const MOST: u64 = 1 << 20;

/// Reads the settings of the firewall.
pub async fn look() -> Fact<Firewall> {
    blocking(|| Fact::Seen(read())).await.unwrap_or_else(Fact::Unseen)
}

fn read() -> Firewall {
    let setting = |path: &str, judge: fn(&str) -> bool| match text(path) {
        Ok(text) => Fact::Seen(Some(judge(&text))),
        Err(error) if error.kind() == ErrorKind::NotFound => Fact::Seen(None),
        Err(error) => Fact::unknown(format!("{path} cannot be read: {error}")),
    };
    let mut tables = Vec::new();
    for path in ["/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"] {
        match text(path) {
            Ok(text) => tables.extend(text.lines().map(str::to_string)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                return Firewall {
                    ip_tables: Fact::unknown(format!("{path} cannot be read: {error}; run as root")),
                    ..rest(setting)
                };
            }
        }
    }
    Firewall { ip_tables: Fact::Seen(tables), ..rest(setting) }
}

fn rest(setting: impl Fn(&str, fn(&str) -> bool) -> Fact<Option<bool>>) -> Firewall {
    Firewall {
        ufw_enabled: setting("/etc/ufw/ufw.conf", is_enabled),
        nftables_conf_blocks: setting("/etc/nftables.conf", may_block),
        ip_tables: Fact::default(),
    }
}

fn text(path: &str) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `ENABLED=yes`, as ufw's own start script reads it.
fn is_enabled(text: &str) -> bool {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("ENABLED="))
        .next_back()
        .is_some_and(|value| value.trim().trim_matches(['"', '\'']).eq_ignore_ascii_case("yes"))
}

/// Whether rules may drop or reject something; an `include` may bring such rules.
/// Debian's own file has three chains without any.
fn may_block(text: &str) -> bool {
    let words = |line: &str| {
        let code = line.split('#').next().unwrap_or_default();
        code.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "drop" | "reject" | "include"))
    };
    text.lines().any(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ufw_is_enabled_by_its_last_word() {
        assert!(is_enabled("# ENABLED=no\nENABLED=yes\nLOGLEVEL=low\n"));
        assert!(!is_enabled("ENABLED=no\n"));
        assert!(!is_enabled(""));
    }

    #[test]
    fn debians_empty_rules_block_nothing() {
        let empty = "#!/usr/sbin/nft -f\nflush ruleset\ntable inet filter {\n\tchain input {\n\
                     \t\ttype filter hook input priority filter; # drop\n\t}\n}\n";
        assert!(!may_block(empty));
        assert!(may_block("chain input { type filter hook input priority 0; policy drop; }"));
        assert!(may_block("include \"/etc/nftables.d/*.nft\""));
    }
}
