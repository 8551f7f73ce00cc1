//! The addresses behind a host name: libc decides, as it does for OpenClaw; the
//! name servers are asked directly only to tell which layer is at fault.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::name_server::{Question, ask};
use super::resolver::{RESOLV_CONF, servers};
use crate::facts::{
    ASKED_SERVERS, Fact, NameServerAnswer, NameUse, NeededName, Resolution, Target, Transport,
};

/// How long each name server may take over each transport.
const SERVER_LIMIT: Duration = Duration::from_millis(1500);
/// How long libc may take; its own default is 5 s for each server and try.
const LIBC_LIMIT: Duration = Duration::from_secs(2);

/// How long the whole may take.
pub const LIMIT: Duration = LIBC_LIMIT.saturating_add(SERVER_LIMIT);

/// The name servers that systemd-resolved asks itself.
const UPSTREAM: &str = "/run/systemd/resolve/resolv.conf";

/// Resolves the host of an endpoint. Of `limit` libc gets more than half.
pub async fn look(target: &Target, limit: Duration) -> Fact<Resolution> {
    if let Ok(address) = target.host.parse::<IpAddr>() {
        let addresses = vec![address];
        return Fact::Seen(Resolution { addresses, ms: 0.0, error: None, name_servers: Vec::new() });
    }
    Fact::Seen(look_up(&target.host, target.port, limit).await)
}

/// Looks up a name that Ollama needs; where it has no address, the servers behind systemd-resolved are asked too.
pub async fn look_at_name(name: &str, needed_for: NameUse, limit: Duration) -> NeededName {
    const PORT: u16 = 443;
    let end = Instant::now() + limit;
    let resolution = look_up(name, PORT, limit.mul_f64(0.7)).await;
    let upstream = match resolution.addresses.is_empty() {
        true => ask_name_servers(UPSTREAM, name, end.saturating_duration_since(Instant::now())).await,
        false => Vec::new(),
    };
    NeededName { name: name.to_string(), needed_for, resolution, upstream }
}

async fn look_up(host: &str, port: u16, limit: Duration) -> Resolution {
    let mut resolution = Resolution { addresses: Vec::new(), ms: 0.0, error: None, name_servers: Vec::new() };
    let started = Instant::now();
    let libc_limit = limit.mul_f64(LIBC_LIMIT.as_secs_f64() / LIMIT.as_secs_f64());
    match timeout(libc_limit, tokio::net::lookup_host((host, port))).await {
        Ok(Ok(found)) => {
            for address in found.map(|address: SocketAddr| address.ip()) {
                if !resolution.addresses.contains(&address) {
                    resolution.addresses.push(address);
                }
            }
        }
        Ok(Err(error)) => resolution.error = Some(error.to_string()),
        Err(_) => resolution.error = Some(format!("no answer in {:.1} s", libc_limit.as_secs_f64())),
    }
    resolution.ms = started.elapsed().as_secs_f64() * 1000.0;
    if resolution.addresses.is_empty() {
        resolution.name_servers = ask_name_servers(RESOLV_CONF, host, limit - libc_limit).await;
    }
    resolution
}

async fn ask_name_servers(file: &str, host: &str, limit: Duration) -> Vec<NameServerAnswer> {
    let Ok(bytes) = tokio::fs::read(file).await else {
        return Vec::new();
    };
    let question = Question { name: host, recursive: true };
    let asks = servers(&bytes)
        .into_iter()
        .take(ASKED_SERVERS)
        .flat_map(|server| [(server, Transport::Udp), (server, Transport::Tcp)])
        .map(|(server, transport)| ask(&question, server, transport, limit.min(SERVER_LIMIT)));
    futures_util::future::join_all(asks).await
}
