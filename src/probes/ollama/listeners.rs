//! TCP listeners of this machine that may concern Ollama.

use futures_util::{StreamExt, stream};
use procfs::net::TcpState;
use procfs::process::Process;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use crate::facts::{ConnectOutcome, Endpoint, Fact, Host, Listener, Listeners, Outcome, is_own_address};
use crate::probes::machine::host::user_name;
use crate::probes::machine::processes;
use crate::probes::network::http::Client;
use crate::probes::ollama::api;
use crate::probes::process::blocking;
use crate::types::model_name::ModelName;
use crate::types::ollama_env::DEFAULT_PORT;

/// How long a listener may take for each answer, and all of them together.
const LIMIT: Duration = Duration::from_secs(1);
const LIMIT_OF_ALL: Duration = Duration::from_secs(4);
/// Any user of the machine can open listeners: so many are asked, and so many at a time.
const MOST_ASKED: usize = 16;
const AT_A_TIME: usize = 2;
/// The list of a listener with more models is not kept.
const MOST_MODELS: usize = 500;

/// Lists the listeners on `ports` and on Ollama's own, and those whose program or user is
/// named ollama, or that Docker publishes for Ollama's port in a container. Which process
/// owns a socket is shown to root and to that process's user only.
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
    ports.contains(&port) || socket.user == "ollama" || may_be_ollama(socket)
}

/// Whether its port or its program is Ollama's, or its user where the program is hidden.
fn may_be_ollama(socket: &Listener) -> bool {
    let named = match socket.program.as_deref() {
        Some(program) => program == "ollama",
        None => socket.user == "ollama",
    };
    socket.address.port() == DEFAULT_PORT || named || publishes_ollama(socket)
}

/// Whether Docker's own proxy leads from here to Ollama's port in a container, whatever port this is.
fn publishes_ollama(socket: &Listener) -> bool {
    let line = || Process::new(i32::try_from(socket.pid?).ok()?).ok()?.cmdline().ok();
    let port = DEFAULT_PORT.to_string();
    socket.is_docker_proxy()
        && line().is_some_and(|line| line.windows(2).any(|two| two[0] == "-container-port" && two[1] == port))
}

/// Who holds each socket, and how many processes would not let us look.
fn owners(inodes: &[u64]) -> (HashMap<u64, (u32, String)>, usize) {
    let mut owners = HashMap::new();
    let mut hidden = 0;
    for pid in processes::all() {
        let Ok(fds) = std::fs::read_dir(format!("/proc/{pid}/fd")) else {
            hidden += 1;
            continue;
        };
        for fd in fds.flatten() {
            // Once all are found it is enough to know whether we may look.
            if owners.len() == inodes.len() {
                break;
            }
            if let Some(inode) = socket_behind(&fd.path()).filter(|inode| inodes.contains(inode)) {
                owners.entry(inode).or_insert_with(|| (pid.unsigned_abs(), program(pid)));
            }
        }
    }
    (owners, hidden)
}

/// The number of a socket, to which the descriptor of a process leads: `socket:[123]`.
fn socket_behind(fd: &Path) -> Option<u64> {
    let link = std::fs::read_link(fd).ok()?;
    link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// The name of the program file, or the kernel's name for the process where the
/// file is not shown to us.
fn program(pid: i32) -> String {
    let Ok(process) = Process::new(pid) else { return String::new() };
    let file =
        process.exe().ok().and_then(|exe| exe.file_name().map(|name| name.to_string_lossy().into_owned()));
    let name = file.or_else(|| process.stat().ok().map(|stat| stat.comm)).unwrap_or_default();
    name.trim_end_matches(" (deleted)").to_string()
}

/// Asks `/api/version` of listeners to which no endpoint leads; and what models an Ollama among them
/// has, where the first endpoint tells its own, with which they are compared. A program that only has
/// the port of an endpoint of another machine is left alone.
pub async fn ask_versions(sockets: &mut [Listener], endpoints: &[Endpoint], host: &Fact<Host>) {
    let reached: Vec<SocketAddr> = endpoints.iter().flat_map(accepted).collect();
    let tags = endpoints.first().and_then(|endpoint| endpoint.tags.seen());
    let compares = tags.is_some_and(|answer| answer.understood().is_some());
    let ports_here: Vec<u16> = endpoints.iter().filter_map(|endpoint| port_here(endpoint, host)).collect();
    let mut asked = Vec::new();
    for socket in sockets {
        if socket.pid == Some(1) {
            socket.version =
                Fact::withheld("systemd holds this socket, and a connection would start its service");
        } else if reached.iter().any(|to| socket.covers(to.ip(), to.port())) {
            socket.version = Fact::not_applicable("an endpoint leads here");
        } else if !ports_here.contains(&socket.address.port()) && !may_be_ollama(socket) {
            socket.version = Fact::not_applicable("no endpoint of this machine has this port");
        } else {
            // What stands where there is no time to ask.
            let error = format!("what listens at {} was not asked in time", socket.address);
            (socket.version, socket.models) = (Fact::unknown(error.clone()), Fact::unknown(error));
            asked.push(socket);
        }
    }
    let asks = stream::iter(asked.into_iter().take(MOST_ASKED))
        .for_each_concurrent(AT_A_TIME, |socket| ask(socket, compares));
    // Those that were not asked stay as they are.
    let _ = tokio::time::timeout(LIMIT_OF_ALL, asks).await;
}

/// The port of an endpoint whose host is this machine.
fn port_here(endpoint: &Endpoint, host: &Fact<Host>) -> Option<u16> {
    let addresses = &endpoint.resolution.seen()?.addresses;
    let is_here = addresses.iter().any(|address| is_own_address(host, *address) == Some(true));
    endpoint.target.seen().filter(|_| is_here).map(|target| target.port)
}

async fn ask(socket: &mut Listener, compares: bool) {
    let client = match Client::plain(socket.reached_at()) {
        Ok(client) => client,
        Err(unseen) => {
            (socket.version, socket.models) = (Fact::Unseen(unseen.clone()), Fact::Unseen(unseen));
            return;
        }
    };
    let version = client.version(LIMIT).await;
    let answer = version.seen();
    let is_ollama = answer.is_some_and(|answer| answer.understood().is_some());
    let late = answer.is_none_or(|answer| matches!(answer.outcome, Outcome::TimedOut { .. }));
    socket.version = version;
    let at = socket.address;
    if late {
        socket.models =
            Fact::unknown(format!("what listens at {at} does not say in time whether it is an Ollama"));
    } else if !is_ollama {
        socket.models = Fact::not_applicable("no Ollama answers there");
    } else if !compares {
        socket.models = Fact::not_applicable("OpenClaw's Ollama lists none to compare with");
    } else {
        socket.models = models(&client, at).await;
    }
}

async fn models(client: &Client, at: SocketAddr) -> Fact<Vec<String>> {
    match client.get("/api/tags", LIMIT, api::tags).await.seen().and_then(|answer| answer.understood()) {
        Some(tags) if tags.len() > MOST_MODELS => Fact::withheld("a long list is not kept"),
        Some(tags) => {
            let names = tags.iter().map(|tag| &tag.name).filter(|name| ModelName::parse(name).is_some());
            Fact::Seen(names.cloned().collect())
        }
        None => Fact::unknown(format!("the Ollama at {at} does not list its models")),
    }
}

fn accepted(endpoint: &Endpoint) -> Vec<SocketAddr> {
    let attempts = endpoint.connect.seen().map(Vec::as_slice).unwrap_or_default();
    attempts
        .iter()
        .filter(|attempt| attempt.outcome == ConnectOutcome::Accepted)
        .map(|attempt| attempt.address)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Unseen;

    fn listener(last: u8, port: u16, program: &str) -> Listener {
        Listener {
            address: SocketAddr::from(([127, 0, 0, last], port)),
            dual_stack: false,
            user: "mallory".into(),
            pid: None,
            program: Some(program.into()),
            version: Fact::default(),
            models: Fact::default(),
        }
    }

    #[tokio::test]
    async fn of_many_listeners_the_first_are_asked_and_the_rest_are_unknown() {
        let mut sockets: Vec<Listener> = (1..=20).map(|last| listener(last, 1, "ollama")).collect();
        ask_versions(&mut sockets, &[], &Fact::default()).await;
        let asked = sockets.iter().filter(|socket| socket.version.seen().is_some()).count();
        assert_eq!(asked, MOST_ASKED);
        let is_unknown = |socket: &Listener| matches!(socket.models.get(), Err(Unseen::Unknown { .. }));
        assert!(sockets[MOST_ASKED..].iter().all(is_unknown));
        // What is no Ollama by its program or port is left alone.
        let mut sockets = [listener(1, 1, "nginx"), listener(1, 2, "docker-proxy")];
        ask_versions(&mut sockets, &[], &Fact::default()).await;
        assert!(sockets.iter().all(|one| matches!(one.version.get(), Err(Unseen::NotApplicable { .. }))));
    }
}
