//! OpenClaw's gateway: its service, its process, its port and its log. Nothing
//! is started by looking.

mod log;
mod sight;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use nix::unistd::{Uid, User};
use procfs::net::{TcpNetEntry, TcpState};
use procfs::process::Process;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::environment::of_process;
use super::gateway_units;
use super::unit_environment::unit_at;
use crate::facts::{Answer, Config, Fact, Gateway, GatewayService, Install, Judged, ServiceScope, Unit};
use crate::probes::files::{Readers, text_of};
use crate::probes::machine::host::user_name;
use crate::probes::network::http::Client;
use crate::probes::process::blocking;
use crate::probes::systemd;
use crate::rules::openclaw::gateway::DEFAULT_PORT;

#[cfg(fuzzing)]
pub use log::from_lines;
pub use log::{FileLog, events, files};
pub use sight::{Sight, unreadable};

/// How long `/health` may take: a gateway on a busy machine took more than two
/// seconds (measured, 2026.9.6).
const HEALTH_LIMIT: Duration = Duration::from_secs(4);
/// The argument with which a gateway starts without `gateway.mode`.
const ALLOW: &str = "--allow-unconfigured";
/// A lock or unit file is not larger than this.
const LARGEST: u64 = 64 << 10;

/// Why there is nothing to look at.
pub const NONE: &str = "no gateway of this OpenClaw runs here, and it has no service";

/// Finds the gateway of the judged install.
pub async fn find(
    installs: &[Install],
    judged: Option<&Judged>,
    units: &Fact<Vec<Unit>>,
    config: &Fact<Config>,
) -> Fact<Sight> {
    let Some(install) = judged.map(|judged| installs[judged.install].clone()) else {
        return Fact::not_applicable("no OpenClaw was found");
    };
    let install = with_pid(install, installs);
    let pid = install.gateway_pid;
    let system = system_service(&install, units);
    let port =
        config.seen().and_then(|config| config.gateway_port.clone()).map(|port| (port.value, port.from));
    let sight = match blocking(move || sight(&install, pid, system, port)).await {
        Ok(sight) => sight,
        Err(unseen) => return Fact::Unseen(unseen),
    };
    Fact::Seen(sight)
}

/// Looks at the gateway that was found; what its log says is read with those of other services.
pub async fn look(sight: &Fact<Sight>) -> Fact<Gateway> {
    let sight = match sight.get() {
        Ok(sight) => sight,
        Err(unseen) => return Fact::Unseen(unseen),
    };
    let (service, health) =
        tokio::join!(with_state(sight.service.clone(), sight.user.as_ref()), health(sight.port.0));
    Fact::Seen(Gateway { service, health, ..sight.gateway() })
}

/// A gateway of which nothing is here: one that was started by hand, and ended, leaves its log.
pub async fn from_log(sight: &Sight) -> Fact<Gateway> {
    let log = log::events(sight, None, log::files(sight.uid(), std::iter::empty()).await);
    if log.seen().is_none_or(Vec::is_empty) {
        return Fact::not_applicable(NONE);
    }
    Fact::Seen(Gateway { log, health: Fact::not_applicable(NONE), ..sight.gateway() })
}

/// The install with its gateway, which may have been found in another way.
pub fn with_pid(mut install: Install, installs: &[Install]) -> Install {
    install.gateway_pid = installs.iter().filter(|one| one.is_same(&install)).find_map(|one| one.gateway_pid);
    install
}

/// The machine's unit, unless the install was named by hand and the unit is of another user.
fn system_service(install: &Install, units: &Fact<Vec<Unit>>) -> Option<GatewayService> {
    let units = units.seen()?;
    let file = gateway_units::of_machine_for(install)?;
    let unit = units.iter().find(|unit| unit.name == file.name() && unit.load_state == "loaded")?;
    let user = unit.user.clone().unwrap_or_else(|| "root".into());
    Some(GatewayService {
        scope: ServiceScope::System,
        name: unit.name.clone(),
        user,
        path: unit.fragment_path.clone(),
        enabled: unit.unit_file_state == "enabled",
        allow_unconfigured: unit
            .fragment_path
            .iter()
            .chain(&unit.drop_ins)
            .any(|path| allows_unconfigured(Path::new(path))),
        manager: None,
        linger: None,
        state: Fact::Seen(unit.clone()),
    })
}

fn sight(
    install: &Install,
    pid: Option<u32>,
    system: Option<GatewayService>,
    configured: Option<(f64, String)>,
) -> Sight {
    let user = User::from_name(&install.user).ok().flatten();
    let service = user_service(install, user.as_ref()).or(system);
    let modified = Path::new(&install.config_path).metadata().and_then(|meta| meta.modified()).ok();
    let port = port(install, user.as_ref(), pid, configured, service.as_ref());
    Sight {
        port_user: listener_on(port.0).map(user_name),
        allow_unconfigured: pid.is_some_and(is_allowed),
        port,
        started_at: pid.and_then(started_at),
        config_modified: modified.and_then(|time| Timestamp::try_from(time).ok()),
        user,
        pid,
        service,
    }
}

/// The unit of the user's own systemd, as `openclaw gateway install` writes it.
fn user_service(install: &Install, user: Option<&User>) -> Option<GatewayService> {
    // Without systemd, as in a container, a unit file is a file like any other.
    let unit =
        gateway_units::of_users_own(install, &Readers::of(install)).filter(|_| systemd::is_booted())?;
    let path = Path::new(&unit.path);
    let name = unit.name().to_string();
    Some(GatewayService {
        scope: ServiceScope::User,
        user: install.user.clone(),
        enabled: path.with_file_name("default.target.wants").join(&name).symlink_metadata().is_ok(),
        allow_unconfigured: allows_unconfigured(path)
            || drop_ins(path).any(|path| allows_unconfigured(&path)),
        manager: user.map(|user| manager(user).exists()),
        linger: Some(Path::new("/var/lib/systemd/linger").join(&install.user).exists()),
        path: Some(unit.path.clone()),
        name,
        state: Fact::default(),
    })
}

/// The socket on which the systemd of a user answers while it runs. It does not start it.
fn manager(user: &User) -> PathBuf {
    PathBuf::from(format!("/run/user/{}/systemd/private", user.uid))
}

/// The drop-ins of a user's unit, as far as they stand beside it.
fn drop_ins(unit: &Path) -> impl Iterator<Item = PathBuf> {
    let dir = unit.with_extension("service.d");
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten().take(50).map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "conf"))
}

/// Whether a unit file gives its command that argument; a backslash goes on with the line.
fn allows_unconfigured(unit: &Path) -> bool {
    let text = read(unit).unwrap_or_default().replace("\\\n", " ");
    let commands = text.lines().filter(|line| line.trim_start().starts_with("ExecStart="));
    commands.into_iter().any(|line| line.split_whitespace().any(|word| word == ALLOW))
}

/// The same of a process, as long as its arguments can be seen.
fn is_allowed(pid: u32) -> bool {
    let process = i32::try_from(pid).ok().and_then(|pid| Process::new(pid).ok());
    process.and_then(|process| process.cmdline().ok()).unwrap_or_default().iter().any(|word| word == ALLOW)
}

/// The user whose program listens on that port of loopback.
fn listener_on(port: u16) -> Option<u32> {
    let tables = [procfs::net::tcp(), procfs::net::tcp6()];
    let mut sockets = tables.into_iter().flatten().flatten();
    let is_there = |socket: &TcpNetEntry| {
        let ip = socket.local_address.ip();
        socket.state == TcpState::Listen
            && socket.local_address.port() == port
            && (ip.is_unspecified() || ip == IpAddr::V4(Ipv4Addr::LOCALHOST))
    };
    sockets.find(is_there).map(|socket| socket.uid)
}

fn read(file: &Path) -> Option<String> {
    text_of(file, LARGEST).filter(|text| !text.is_empty())
}

/// The port, from where OpenClaw takes it: the lock that the running gateway
/// holds says what it really took.
fn port(
    install: &Install,
    user: Option<&User>,
    pid: Option<u32>,
    configured: Option<(f64, String)>,
    service: Option<&GatewayService>,
) -> (u16, String) {
    let lock = user.map(|user| {
        Path::new(&install.state_dir).join(format!("tmp/openclaw-{}/gateway.state.lock", user.uid))
    });
    let locked = lock.and_then(|lock| Some((lock_port(&read(&lock)?, pid?)?, lock.display().to_string())));
    let variable = || {
        let variables = of_process(pid?)?;
        let port =
            variables.get("OPENCLAW_GATEWAY_PORT")?.expose_secret().rsplit(':').next()?.parse().ok()?;
        Some((port, "OPENCLAW_GATEWAY_PORT".to_string()))
    };
    let in_unit = || {
        let path = service?.path.clone()?;
        Some((unit_at(Path::new(&path), &Readers::default())?.port()?, path))
    };
    let in_config = || {
        let (port, from) = configured?;
        // A port is a whole number from 1 to 65535; OpenClaw's schema refuses another.
        ((1.0..=65535.0).contains(&port) && port.fract() == 0.0).then_some((port as u16, from))
    };
    locked.or_else(variable).or_else(in_unit).or_else(in_config).unwrap_or((DEFAULT_PORT, "default".into()))
}

/// The port in the lock of the gateway with that process id; blanks follow the JSON.
fn lock_port(text: &str, pid: u32) -> Option<u16> {
    let lock = serde_json::Deserializer::from_str(text).into_iter::<Value>().next()?.ok()?;
    let is_its = lock.get("pid").and_then(Value::as_u64) == Some(u64::from(pid));
    is_its.then(|| u16::try_from(lock.get("port")?.as_u64()?).ok()).flatten()
}

fn started_at(pid: u32) -> Option<Timestamp> {
    let stat = Process::new(i32::try_from(pid).ok()?).ok()?.stat().ok()?;
    let started = procfs::boot_time_secs().ok()? + stat.starttime / procfs::ticks_per_second();
    Timestamp::from_second(i64::try_from(started).ok()?).ok()
}

/// Asks the systemd of the user, where it runs and would tell us.
async fn with_state(service: Option<GatewayService>, user: Option<&User>) -> Option<GatewayService> {
    let mut service = service?;
    let Some(user) = user.filter(|_| service.scope == ServiceScope::User) else {
        return Some(service);
    };
    let me = Uid::effective();
    service.state = if service.manager == Some(false) {
        Fact::not_applicable(format!("the systemd of {} does not run", user.name))
    } else if me.is_root() || me == user.uid {
        systemd::look_at_user_unit(user.uid, user.gid, &service.name).await
    } else {
        Fact::unknown(format!(
            "the systemd of {} tells others nothing; run as root or as that user",
            user.name
        ))
    };
    Some(service)
}

/// `GET /health`. Unknown paths get a page and 200 too, so the body decides.
async fn health(port: u16) -> Fact<Answer<bool>> {
    let client = match Client::plain(SocketAddr::from((Ipv4Addr::LOCALHOST, port))) {
        Ok(client) => client,
        Err(unseen) => return Fact::Unseen::<Answer<bool>>(unseen),
    };
    let health = client.get("/health", HEALTH_LIMIT, |json| {
        let ok = json.get("ok").and_then(Value::as_bool);
        ok.filter(|_| json.get("status").is_some_and(Value::is_string)).ok_or("no `ok` and `status`".into())
    });
    health.await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_in_a_lock_counts_for_its_own_process_only() {
        let lock = "{\"pid\":7,\"port\":19000}\n\t\t  \t\n";
        assert_eq!(lock_port(lock, 7), Some(19000));
        assert_eq!(lock_port(lock, 8), None);
        assert_eq!(lock_port("{\"pid\":7}", 7), None);
        assert_eq!(lock_port("garbage", 7), None);
    }
}
