//! How names are resolved here, from the files that say so. Of the name servers only those
//! on loopback are asked, for a name that leaves the machine in no case.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use super::name_server::{Question, ask};
use crate::facts::{Fact, Resolver, Transport};
use crate::probes::process::blocking;

/// Where libc reads its name servers.
pub const RESOLV_CONF: &str = "/etc/resolv.conf";
/// Where libc reads whom to ask.
const NSSWITCH_CONF: &str = "/etc/nsswitch.conf";
/// More than such a file has.
const MOST: u64 = 64 << 10;
/// More services than anybody names.
const MOST_SERVICES: usize = 20;
/// How long a server on loopback may take, which answers for `localhost` by itself as a rule.
const LIMIT: Duration = Duration::from_secs(1);

/// Looks at the machine's resolver.
pub async fn look() -> Fact<Resolver> {
    let read = blocking(|| read(Path::new(RESOLV_CONF), Path::new(NSSWITCH_CONF))).await;
    let mut resolver = match read {
        Ok(resolver) => resolver,
        Err(unseen) => return Fact::Unseen(unseen),
    };
    if resolver.servers.seen().is_some() {
        let local = resolver.asked().into_iter().filter(IpAddr::is_loopback);
        // Not recursive: a server that forwards what it does not know keeps this one to itself.
        let question = Question { name: "localhost", recursive: false };
        let asks = local.map(|server| ask(&question, server, Transport::Udp, LIMIT));
        resolver.local = futures_util::future::join_all(asks).await;
    }
    Fact::Seen(resolver)
}

/// The name servers of a `resolv.conf`.
pub fn servers(bytes: &[u8]) -> Vec<IpAddr> {
    let (config, _) = resolv_conf::Config::parse_with_errors(bytes);
    config.nameservers.iter().map(IpAddr::from).collect()
}

fn read(resolv_conf: &Path, nsswitch_conf: &Path) -> Resolver {
    let nsswitch = text(nsswitch_conf).unwrap_or_default();
    Resolver {
        link: std::fs::read_link(resolv_conf).ok().map(|link| link.display().to_string()),
        servers: match text(resolv_conf) {
            Ok(text) => Fact::Seen(Some(servers(text.as_bytes()))),
            Err(error) if error.kind() == ErrorKind::NotFound => Fact::Seen(None),
            Err(error) => Fact::unknown(format!("{} cannot be read: {error}", resolv_conf.display())),
        },
        asks_resolved: asks_resolved(&nsswitch),
        services: services(&nsswitch),
        local: Vec::new(),
    }
}

fn asks_resolved(nsswitch: &str) -> bool {
    services(nsswitch).is_some_and(|all| all.iter().any(|service| service == "resolve"))
}

/// The services of the line `hosts`, without what is to be done after each, such as `[NOTFOUND=return]`.
fn services(nsswitch: &str) -> Option<Vec<String>> {
    let hosts = nsswitch.lines().find_map(|line| line.trim().strip_prefix("hosts:"))?;
    let hosts = hosts.split('#').next().unwrap_or_default();
    let is_service = |word: &&str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    Some(hosts.split_whitespace().filter(is_service).take(MOST_SERVICES).map(str::to_string).collect())
}

fn text(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    if file.metadata()?.is_file() {
        file.take(MOST).read_to_end(&mut bytes)?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_nothing_is_no_file_and_an_empty_file_names_no_server() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        let (conf, nsswitch) = (root.path().join("resolv.conf"), root.path().join("nsswitch.conf"));
        std::os::unix::fs::symlink("stub-resolv.conf", &conf)?;
        std::fs::write(&nsswitch, "# hosts: resolve\nhosts: files resolve [!UNAVAIL=return] dns\n")?;
        let seen = read(&conf, &nsswitch);
        assert_eq!(
            (seen.link.as_deref(), seen.servers.clone()),
            (Some("stub-resolv.conf"), Fact::Seen(None))
        );
        assert!(seen.asks_resolved && !asks_resolved("# hosts: resolve\nhosts: files dns"));
        assert_eq!(seen.asked(), [IpAddr::from([127, 0, 0, 1])]);
        std::fs::write(root.path().join("stub-resolv.conf"), "; none\nsearch .\n")?;
        assert_eq!(read(&conf, &nsswitch).servers, Fact::Seen(Some(Vec::new())));
        let text = "nameserver 1.1.1.1\nnameserver fe80::1%eth0\nnameserver ::1\nnameserver 9.9.9.9\n";
        std::fs::write(root.path().join("stub-resolv.conf"), text)?;
        let seen = read(&conf, &nsswitch);
        assert_eq!(
            (seen.servers.seen().cloned().flatten().map(|all| all.len()), seen.asked().len()),
            (Some(4), 3)
        );
        Ok(())
    }
}
