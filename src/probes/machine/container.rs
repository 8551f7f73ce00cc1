//! Whether the doctor, the gateway and its containers see the same network.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, setns};

use crate::facts::{
    Connect, ConnectOutcome, Container, Engine, Fact, GatewayContainer, Install, StoppedContainer,
};
use crate::probes::network::connect::by_kind;
use crate::probes::process::blocking;
use crate::types::host_class::is_container_host;

/// Files that Docker and Podman put into a container, as OpenClaw looks for them.
const MARKERS: [&str; 3] = ["/.dockerenv", "/run/.containerenv", "/var/run/.containerenv"];

/// Looks at the containers and namespaces around the gateway of an install.
/// `inside` are the processes of gateways in containers, `stopped` the containers of those that do not run.
pub async fn look(
    install: Option<Install>,
    inside: Vec<u32>,
    stopped: Vec<StoppedContainer>,
) -> Fact<Container> {
    blocking(move || Container { stopped, ..read(install.and_then(|install| install.gateway_pid), inside) })
        .await
        .map_or_else(Fact::Unseen, Fact::Seen)
}

fn read(gateway: Option<u32>, gateways_inside: Vec<u32>) -> Container {
    Container {
        marker: marker(),
        host_alias: host_alias(&text("/etc/hosts")),
        gateway_apart: match gateway {
            Some(pid) => apart(pid),
            None => Fact::Seen(None),
        },
        gateways_inside,
        gateway: None,
        stopped: Vec::new(),
    }
}

/// The container that a process of this machine runs in, by its control group: the id is a step of it, with the
/// engine's name before it (`docker-ID.scope`, `/docker/ID`, `libpod-ID.scope`).
pub fn of_process(pid: u32) -> GatewayContainer {
    let groups = text(&format!("/proc/{pid}/cgroup"));
    let (engine, id) = engine_and_id(&groups);
    GatewayContainer { pid, engine, id, program: None }
}

fn engine_and_id(groups: &str) -> (Option<Engine>, Option<String>) {
    const ID: usize = 64;
    const SHOWN: usize = 12;
    let engine_of = |step: &str| match step {
        step if step.starts_with("docker") => Some(Engine::Docker),
        step if step.starts_with("libpod") => Some(Engine::Podman),
        _ => None,
    };
    let mut engine = None;
    for step in groups.lines().flat_map(|line| line.split('/')) {
        engine = engine_of(step).or(engine);
        let id = step.strip_suffix(".scope").unwrap_or(step).rsplit('-').next().unwrap_or_default();
        if id.len() == ID && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return (engine, Some(id[..SHOWN].to_string()));
        }
    }
    (engine, None)
}

fn marker() -> Option<String> {
    let file = MARKERS.into_iter().find(|file| Path::new(file).exists()).map(str::to_string);
    let groups = text("/proc/1/cgroup");
    let is_container =
        |group: &&str| ["/docker/", "/kubepods", "cri-containerd-"].iter().any(|part| group.contains(part));
    file.or_else(|| groups.lines().find(is_container).map(str::to_string))
}

fn text(path: &str) -> String {
    const MOST: u64 = 64 << 10;
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes));
    read.map(|_| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn host_alias(hosts: &str) -> Option<String> {
    let lines = hosts.lines().map(|line| line.split('#').next().unwrap_or_default());
    let mut names = lines.flat_map(|line| line.split_whitespace().skip(1));
    names.find(|name| is_container_host(name)).map(str::to_string)
}

/// Which namespace a process is in is shown to its own user and to root.
pub fn apart(pid: u32) -> Fact<Option<u32>> {
    let network = |pid: &str| std::fs::read_link(format!("/proc/{pid}/ns/net"));
    match (network("self"), network(&pid.to_string())) {
        (Ok(ours), Ok(its)) => Fact::Seen((ours != its).then_some(pid)),
        (_, Err(error)) if error.kind() == ErrorKind::NotFound => Fact::Seen(None),
        (_, Err(_)) | (Err(_), _) => Fact::unknown(format!(
            "whether the gateway (process {pid}) has a network of its own is shown to root and its own user only"
        )),
    }
}

/// Opens a connection to each address from the network of a process, and closes it
/// again. Only root may enter it; a thread that did ends with that.
pub async fn connect_from(pid: u32, addresses: &[IpAddr], port: u16, limit: Duration) -> Fact<Vec<Connect>> {
    let addresses: Vec<SocketAddr> =
        addresses.iter().map(|address| SocketAddr::new(*address, port)).collect();
    let limit = limit / u32::try_from(addresses.len().max(1)).unwrap_or(1);
    let work = move || {
        let visit = std::thread::spawn(move || {
            setns(File::open(format!("/proc/{pid}/ns/net"))?, CloneFlags::CLONE_NEWNET)?;
            Ok(addresses.into_iter().map(|address| attempt(address, limit)).collect::<Vec<_>>())
        });
        visit.join()
    };
    match blocking(work).await {
        Ok(Ok(Ok(attempts))) => Fact::Seen(attempts),
        Ok(Ok(Err(error))) => connect_denied(pid, &error),
        Ok(Err(_)) => Fact::unknown("the visit to the gateway's network crashed"),
        Err(unseen) => Fact::Unseen(unseen),
    }
}

fn connect_denied(pid: u32, error: &std::io::Error) -> Fact<Vec<Connect>> {
    Fact::unknown(format!(
        "the gateway (process {pid}) has a network of its own, which only root may enter: {error}; run as root"
    ))
}

fn attempt(address: SocketAddr, limit: Duration) -> Connect {
    let started = Instant::now();
    let outcome = match TcpStream::connect_timeout(&address, limit.max(Duration::from_millis(1))) {
        Ok(_) => ConnectOutcome::Accepted,
        Err(error) => by_kind(&error),
    };
    Connect { address, outcome, ms: started.elapsed().as_secs_f64() * 1000.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_knows_its_host_by_hosts() {
        assert_eq!(
            host_alias("127.0.0.1 localhost\n172.17.0.1\thost.docker.internal # x\n").as_deref(),
            Some("host.docker.internal")
        );
        assert_eq!(host_alias("# 172.17.0.1 host.docker.internal\n"), None);
    }

    #[test]
    fn a_control_group_names_the_engine_and_the_container() {
        let id = "0123456789abcdef".repeat(4);
        for (group, engine) in [
            (format!("0::/system.slice/docker-{id}.scope\n"), Some(Engine::Docker)),
            (format!("12:pids:/docker/{id}\n11:cpu:/docker/{id}\n"), Some(Engine::Docker)),
            (format!("0::/machine.slice/libpod-{id}.scope/container\n"), Some(Engine::Podman)),
            (format!("0::/kubepods/besteffort/pod1/{id}\n"), None),
        ] {
            assert_eq!(engine_and_id(&group), (engine, Some("0123456789ab".into())), "{group}");
        }
        assert_eq!(engine_and_id("0::/system.slice/ssh.service\n"), (None, None));
    }
}
