//! `net.Listen("tcp", …)` with Go's choice of the address family and Go's error texts. Ollama source: cmd/cmd.go
//! `RunServer`; the rest is Go's package net.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use nix::sys::socket::{setsockopt, sockopt};
use tokio::net::{TcpListener, TcpSocket};

use crate::golang::{error_text, join_host_port};
use crate::hostvar::HostVar;

/// Binds the address of `OLLAMA_HOST`. The scheme plays no part: there is no TLS.
pub(crate) async fn bind(host: &HostVar) -> Result<TcpListener, String> {
    let port: u16 = host.port.parse().unwrap_or_default();
    let address = match host.host.as_str() {
        "" => return bind_all(port, &host.host_port()),
        text => match text.parse::<IpAddr>() {
            Ok(address) => address,
            Err(_) => resolve(text).await.map_err(|why| format!("listen tcp: {why}"))?,
        },
    };
    if address.is_unspecified() {
        return bind_all(port, &host.host_port());
    }
    let shown = join_host_port(&address.to_string(), &host.port);
    listen(SocketAddr::new(address, port)).map_err(|error| listen_error(&shown, &error))
}

/// Go listens on `[::]` for every form of "all addresses", unless the kernel has no IPv6.
fn bind_all(port: u16, shown: &str) -> Result<TcpListener, String> {
    match listen(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port)) {
        Err(error) if error.raw_os_error() == Some(nix::errno::Errno::EAFNOSUPPORT as i32) => {
            listen(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port))
        }
        result => result,
    }
    .map_err(|error| listen_error(shown, &error))
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv6() { TcpSocket::new_v6()? } else { TcpSocket::new_v4()? };
    if address.is_ipv6() && address.ip().is_unspecified() {
        setsockopt(&socket, sockopt::Ipv6V6Only, &false)?;
    }
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(4096)
}

fn listen_error(shown: &str, error: &io::Error) -> String {
    format!("listen tcp {shown}: bind: {}", error_text(error))
}

/// The first IPv4 address of a name, or its first address; the error is Go's, without what was tried.
pub(crate) async fn resolve(name: &str) -> Result<IpAddr, String> {
    let found = tokio::net::lookup_host((name, 0)).await;
    let addresses: Vec<IpAddr> = match found {
        Ok(addresses) => addresses.map(|address| address.ip()).collect(),
        // The kind of a resolver error is not kept by the standard library: the text is all there is.
        Err(error) if error.to_string().contains("Temporary failure") => {
            return Err(format!("lookup {name} on {}: server misbehaving", nameserver()));
        }
        Err(_) => Vec::new(),
    };
    let first = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
    first.copied().ok_or_else(|| format!("lookup {name} on {}: no such host", nameserver()))
}

/// The server that Go's resolver would name in its errors.
pub(crate) fn nameserver() -> String {
    let text = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let first = text.lines().find_map(|line| line.trim().strip_prefix("nameserver"));
    join_host_port(first.map_or("127.0.0.1", str::trim), "53")
}
