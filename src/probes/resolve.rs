//! The addresses behind a host name: libc decides, as it does for OpenClaw; the
//! name servers are asked directly only to tell which layer is at fault.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::Resolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use tokio::time::{Instant, timeout};

use crate::facts::{Fact, NameServerAnswer, Resolution, Target};

/// How long each name server may take over each transport.
const SERVER_LIMIT: Duration = Duration::from_millis(1500);
/// How long libc may take; its own default is 5 s for each server and try.
const LIBC_LIMIT: Duration = Duration::from_secs(2);
/// glibc reads no more name servers than this from resolv.conf.
const SERVERS: usize = 3;

/// How long the whole may take.
pub const LIMIT: Duration = LIBC_LIMIT.saturating_add(SERVER_LIMIT);

/// Resolves the host of an endpoint. Of `limit` libc gets more than half.
pub async fn look(target: &Target, limit: Duration) -> Fact<Resolution> {
    let mut resolution = Resolution { addresses: Vec::new(), ms: 0.0, error: None, name_servers: Vec::new() };
    if let Ok(address) = target.host.parse::<IpAddr>() {
        resolution.addresses.push(address);
        return Fact::Seen(resolution);
    }
    let started = Instant::now();
    let libc_limit = limit.mul_f64(LIBC_LIMIT.as_secs_f64() / LIMIT.as_secs_f64());
    match timeout(libc_limit, tokio::net::lookup_host((&*target.host, target.port))).await {
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
        resolution.name_servers = ask_name_servers(&target.host, limit - libc_limit).await;
    }
    Fact::Seen(resolution)
}

async fn ask_name_servers(host: &str, limit: Duration) -> Vec<NameServerAnswer> {
    let Ok(bytes) = tokio::fs::read("/etc/resolv.conf").await else {
        return Vec::new();
    };
    let (config, _) = resolv_conf::Config::parse_with_errors(&bytes);
    let servers: Vec<IpAddr> = config.nameservers.iter().take(SERVERS).map(IpAddr::from).collect();
    let asks = servers
        .into_iter()
        .flat_map(|server| [(server, "udp"), (server, "tcp")])
        .map(|(server, transport)| ask(host, server, transport, limit));
    futures_util::future::join_all(asks).await
}

async fn ask(host: &str, server: IpAddr, transport: &str, limit: Duration) -> NameServerAnswer {
    let started = Instant::now();
    let outcome = match timeout(limit, query(host, server, transport)).await {
        Ok(Ok(())) => "addresses".to_string(),
        Ok(Err(error)) if error.is_nx_domain() => "no such domain".to_string(),
        Ok(Err(error)) if error.is_no_records_found() => "no addresses".to_string(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer".to_string(),
    };
    NameServerAnswer {
        server,
        transport: transport.to_string(),
        outcome,
        ms: started.elapsed().as_secs_f64() * 1000.0,
    }
}

async fn query(host: &str, server: IpAddr, transport: &str) -> Result<(), NetError> {
    let connection = if transport == "udp" { ConnectionConfig::udp() } else { ConnectionConfig::tcp() };
    let server = NameServerConfig::new(server, true, vec![connection]);
    let config = ResolverConfig::from_name_servers(vec![server]);
    let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
    let options = builder.options_mut();
    options.cache_size = 0;
    options.attempts = 0;
    options.timeout = SERVER_LIMIT;
    options.use_hosts_file = ResolveHosts::Never;
    // With a trailing dot no search domain is tried, so the answer is the server's own.
    builder.build()?.lookup_ip(format!("{}.", host.trim_end_matches('.'))).await.map(|_| ())
}
