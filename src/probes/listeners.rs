//! TCP listeners of this machine that may concern Ollama.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use procfs::net::TcpState;
use procfs::process::{FDTarget, Process, all_processes};

use super::host::user_name;
use super::http::Client;
use super::ollama;
use super::process::blocking;
use crate::facts::{Answer, ConnectOutcome, Endpoint, Fact, Listener, Listeners};

/// Ollama's own port (`envconfig/config.go`).
const OLLAMA_PORT: u16 = 11434;
/// How long a listener may take for each answer.
const LIMIT: Duration = Duration::from_secs(1);
/// The list of a listener with more models is not kept.
const MOST_MODELS: usize = 500;

/// Lists the listeners on `ports` and on Ollama's own, and those whose program
/// or user is named ollama, or that Docker publishes for Ollama's port in a container. Which process owns a socket is shown to root and to
/// that process's user only.
pub async fn look(ports: Vec<u16>) -> Fact<Listeners> {
    blocking(move || read(&ports)).await.unwrap_or_else(Fact::Unseen)
}

fn read(ports: &[u16]) -> Fact<Listeners> {
    let tables = [procfs::net::tcp(), procfs::net::tcp6()];
    if let [Err(error), _] = &tables {
        return Fact::unknown(format!("/proc/net/tcp cannot be read: {error}"));
    }
    let listening: Vec<_> =
        tables.into_iter().flatten().flatten().filter(|entry| entry.state == TcpState::Listen).collect();
    let (owners, hidden_processes) = owners(&listening.iter().map(|entry| entry.inode).collect::<Vec<_>>());
    // A wildcard IPv6 socket takes IPv4 connections too, unless the system says otherwise.
    let dual_stack =
        std::fs::read_to_string("/proc/sys/net/ipv6/bindv6only").map_or(true, |value| value.trim() == "0");
    let mut sockets: Vec<Listener> = listening
        .into_iter()
        .map(|entry| {
            let owner = owners.get(&entry.inode);
            Listener {
                address: entry.local_address,
                dual_stack: dual_stack && entry.local_address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED),
                user: user_name(entry.uid),
                pid: owner.map(|(pid, _)| *pid),
                program: owner.map(|(_, program)| program.clone()),
                version: Fact::default(),
                models: Fact::default(),
            }
        })
        .filter(|socket| concerns_us(socket, ports))
        .collect();
    sockets.sort_by_key(|socket| (socket.address.port(), socket.address.ip()));
    Fact::Seen(Listeners { sockets, hidden_processes })
}

fn concerns_us(socket: &Listener, ports: &[u16]) -> bool {
    let port = socket.address.port();
    let named = socket.program.as_deref() == Some("ollama") || socket.user == "ollama";
    port == OLLAMA_PORT || ports.contains(&port) || named || publishes_ollama(socket)
}

/// Whether Docker's own proxy leads from here to Ollama's port in a container, whatever port this is.
fn publishes_ollama(socket: &Listener) -> bool {
    let line = || Process::new(i32::try_from(socket.pid?).ok()?).ok()?.cmdline().ok();
    let port = OLLAMA_PORT.to_string();
    socket.program.as_deref() == Some("docker-proxy")
        && line().is_some_and(|line| line.windows(2).any(|two| two[0] == "-container-port" && two[1] == port))
}

/// Who holds each socket, and how many processes would not let us look.
fn owners(inodes: &[u64]) -> (HashMap<u64, (u32, String)>, usize) {
    let mut owners = HashMap::new();
    let mut hidden = 0;
    for process in all_processes().into_iter().flatten().flatten() {
        let Ok(fds) = process.fd() else {
            hidden += 1;
            continue;
        };
        for fd in fds.flatten() {
            if let FDTarget::Socket(inode) = fd.target
                && inodes.contains(&inode)
            {
                owners.entry(inode).or_insert_with(|| (process.pid.unsigned_abs(), program(&process)));
            }
        }
    }
    (owners, hidden)
}

/// The name of the program file, or the kernel's name for the process where the
/// file is not shown to us.
fn program(process: &Process) -> String {
    let file =
        process.exe().ok().and_then(|exe| exe.file_name().map(|name| name.to_string_lossy().into_owned()));
    let name = file.or_else(|| process.stat().ok().map(|stat| stat.comm)).unwrap_or_default();
    name.trim_end_matches(" (deleted)").to_string()
}

/// Asks `/api/version` of listeners to which no endpoint leads; and what models an Ollama among them
/// has, where the first endpoint tells its own, with which they are compared.
pub async fn ask_versions(sockets: &mut [Listener], endpoints: &[Endpoint]) {
    let reached: Vec<SocketAddr> = endpoints.iter().flat_map(accepted).collect();
    let tags = endpoints.first().and_then(|endpoint| endpoint.tags.seen());
    let compares = tags.is_some_and(|answer| answer.understood().is_some());
    let asks = sockets.iter_mut().map(|socket| async {
        if socket.pid == Some(1) {
            socket.version =
                Fact::withheld("systemd holds this socket, and a connection would start its service");
            return;
        }
        if reached.iter().any(|to| socket.covers(to.ip(), to.port())) {
            socket.version = Fact::not_applicable("an endpoint leads here");
            return;
        }
        (socket.version, socket.models) = match Client::plain(socket.reached_at()) {
            Ok(client) => ask(&client, socket.address, compares).await,
            Err(unseen) => (Fact::Unseen(unseen.clone()), Fact::Unseen(unseen)),
        };
    });
    futures_util::future::join_all(asks).await;
}

async fn ask(
    client: &Client,
    address: SocketAddr,
    compares: bool,
) -> (Fact<Answer<String>>, Fact<Vec<String>>) {
    let version = client.version(LIMIT).await;
    let models = match version.understood() {
        Some(_) if !compares => Fact::not_applicable("OpenClaw's Ollama lists none to compare with"),
        Some(_) => match client.get("/api/tags", LIMIT, ollama::tags).await.understood() {
            Some(tags) if tags.len() > MOST_MODELS => Fact::withheld("a long list is not kept"),
            Some(tags) => Fact::Seen(tags.iter().map(|tag| tag.name.clone()).collect()),
            None => Fact::unknown(format!("the Ollama at {address} does not list its models")),
        },
        None => Fact::not_applicable("no Ollama answers there"),
    };
    (Fact::Seen(version), models)
}

fn accepted(endpoint: &Endpoint) -> Vec<SocketAddr> {
    let attempts = endpoint.connect.seen().map(Vec::as_slice).unwrap_or_default();
    attempts
        .iter()
        .filter(|attempt| attempt.outcome == ConnectOutcome::Accepted)
        .map(|attempt| attempt.address)
        .collect()
}
