//! What is observed of the machine: itself, its listeners, its systemd units.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, Fact, UnreadFile};

/// The machine and the user who looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Host {
    /// Distribution, such as `Debian GNU/Linux 13 (trixie)`.
    #[schemars(extend("x-holds" = "word"))]
    pub os: String,
    /// Kernel release.
    #[schemars(extend("x-holds" = "word"))]
    pub kernel: String,
    /// CPU architecture.
    #[schemars(extend("x-holds" = "word"))]
    pub arch: String,
    /// Host name.
    #[schemars(extend("x-holds" = "host"))]
    pub hostname: String,
    /// Logical CPUs.
    pub cpus: usize,
    /// Memory in bytes.
    pub memory_total: Fact<u64>,
    /// Memory in bytes that programs can still get.
    pub memory_available: Fact<u64>,
    /// The user that runs the doctor.
    #[schemars(extend("x-holds" = "user"))]
    pub user: String,
    /// The effective user id of the doctor.
    pub uid: u32,
    /// Addresses of this machine's interfaces, loopback included.
    pub addresses: Vec<IpAddr>,
    /// Whose virtual machine it is, where the firmware names one that gives its machines private
    /// addresses and translates a public one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-holds" = "word"))]
    pub cloud: Option<String>,
    /// Whether systemd is PID 1.
    pub systemd: bool,
    /// The `ollama` program on PATH or where its installer puts it.
    #[serde(default)]
    #[schemars(extend("x-holds" = "path"))]
    pub ollama_program: Option<String>,
    /// The first file by which OpenClaw sees CUDA in WSL2.
    #[serde(default)]
    #[schemars(extend("x-holds" = "path"))]
    pub wsl_cuda: Option<String>,
}

/// TCP listeners that may concern Ollama.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listeners {
    /// Listeners on a port that an endpoint uses, on 11434, or of a program or user named ollama.
    pub sockets: Vec<Listener>,
    /// Processes whose sockets we were not allowed to see.
    pub hidden_processes: usize,
}

/// One listening TCP socket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listener {
    /// Bind address and port; `0.0.0.0` or `::` for all interfaces.
    #[schemars(extend("x-holds" = "address"))]
    pub address: SocketAddr,
    /// Whether an IPv6 wildcard takes IPv4 connections too.
    pub dual_stack: bool,
    /// The user who opened it.
    #[schemars(extend("x-holds" = "user"))]
    pub user: String,
    /// The process, where we may see it.
    pub pid: Option<u32>,
    /// Its program name, where we may see it.
    #[schemars(extend("x-holds" = "word"))]
    pub program: Option<String>,
    /// `GET /api/version` there; only asked where no endpoint leads there already.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub version: Fact<Answer<String>>,
    /// What `GET /api/tags` lists there, by name; a list of more than some hundred is withheld. Only asked where
    /// `version` was understood, and the first endpoint lists its own.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub models: Fact<Vec<String>>,
}

/// The drop-in that Ollama's documentation writes and `systemctl edit ollama` creates.
pub const OVERRIDE: &str = "/etc/systemd/system/ollama.service.d/override.conf";

/// A systemd unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unit {
    /// Its name.
    #[schemars(extend("x-holds" = "word"))]
    pub name: String,
    /// `loaded`, `not-found`, `masked`, …
    #[schemars(extend("x-holds" = "word"))]
    pub load_state: String,
    /// `active`, `inactive`, `failed`, `activating`, …
    #[schemars(extend("x-holds" = "word"))]
    pub active_state: String,
    /// `running`, `dead`, `auto-restart`, …
    #[schemars(extend("x-holds" = "word"))]
    pub sub_state: String,
    /// `enabled`, `disabled`, `static`, `masked`, …; empty for a unit without a file.
    #[schemars(extend("x-holds" = "word"))]
    pub unit_file_state: String,
    /// The unit file.
    #[schemars(extend("x-holds" = "path"))]
    pub fragment_path: Option<String>,
    /// Drop-in files in effect.
    #[serde(default)]
    #[schemars(extend("x-holds" = "path"))]
    pub drop_ins: Vec<String>,
    /// `Restart=`: `always`, `on-failure`, `no`, …
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub restart: Option<String>,
    /// Automatic restarts since it was last started by hand.
    pub restarts: u32,
    /// `success`, `exit-code`, `signal`, …
    #[schemars(extend("x-holds" = "word"))]
    pub result: String,
    /// Exit status or signal of the last run of the main process.
    pub exit_status: i32,
    /// Its main process.
    pub main_pid: Option<u32>,
    /// `User=`.
    #[schemars(extend("x-holds" = "user"))]
    pub user: Option<String>,
    /// Environment in effect, files included: names, and the value where it cannot be a secret.
    #[serde(default)]
    pub environment: Vec<UnitVariable>,
    /// The `Environment=` lines of the unit file, each up to the `=` of its first variable.
    #[serde(default)]
    #[schemars(extend("x-holds" = "text"))]
    pub environment_lines: Vec<String>,
    /// The files that set its environment, in the order in which they count: unit
    /// file, drop-ins, environment files.
    #[serde(default)]
    pub environment_sources: Vec<EnvironmentSource>,
    /// The unit file changed since systemd read it.
    pub needs_reload: bool,
    /// When the main process was last started.
    pub started_at: Option<Timestamp>,
    /// `MemoryMax=` in bytes.
    #[serde(default)]
    pub memory_max: Option<u64>,
    /// `CPUQuota=` in CPUs.
    #[serde(default)]
    pub cpu_quota: Option<f64>,
    /// What of the file system it may see and write.
    #[serde(default)]
    pub confinement: Confinement,
    /// For Ollama's service: files for it that systemd does not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread_files: Vec<UnreadFile>,
}

/// What a unit may see and write of the file system (`systemd.exec(5)`); empty words for no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Confinement {
    /// `ProtectHome=`: `no`, `yes`, `read-only`, `tmpfs`.
    #[schemars(extend("x-holds" = "word"))]
    pub protect_home: String,
    /// `ProtectSystem=`: `no`, `yes`, `full`, `strict`.
    #[schemars(extend("x-holds" = "word"))]
    pub protect_system: String,
    /// `ReadWritePaths=`.
    #[schemars(extend("x-holds" = "path"))]
    pub read_write_paths: Vec<String>,
    /// `RootDirectory=`: paths mean something else then.
    #[schemars(extend("x-holds" = "path"))]
    pub root_directory: Option<String>,
}

/// A file that sets variables for a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentSource {
    /// The file.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// The names that it sets; `None` where we may not read it.
    #[schemars(extend("x-holds" = "word"))]
    pub names: Option<Vec<String>>,
    /// For an environment file: the last of unit file and drop-ins that was seen to name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-holds" = "path"))]
    pub named_by: Option<String>,
}

/// A variable in the environment of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnitVariable {
    /// Name.
    #[schemars(extend("x-holds" = "word"))]
    pub name: String,
    /// Value, for the settings of Ollama that cannot hold a secret.
    #[schemars(extend("x-holds" = "setting"))]
    pub value: Option<String>,
}

/// systemd-resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resolved {
    /// Version of systemd.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub systemd_version: Fact<String>,
    /// The property `DNSOverTLS` of the running service.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub dns_over_tls: Fact<String>,
    /// Files of resolved.conf that set `DNSOverTLS` explicitly, lowest precedence first.
    #[serde(default)]
    pub dns_over_tls_files: Vec<ResolvedConf>,
    /// Aborts with the AF_INET6 assertion in its journal.
    #[serde(default)]
    pub aborts: Fact<Aborts>,
}

/// A resolved.conf file that sets `DNSOverTLS`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResolvedConf {
    /// The file.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// The value as written.
    #[schemars(extend("x-holds" = "setting"))]
    pub value: String,
    /// When the file was last written.
    pub modified: Timestamp,
}

/// Aborts found in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Aborts {
    /// How many days back the journal was read.
    pub days: u32,
    /// When each abort happened, oldest first; the newest ones where there are too many.
    pub times: Vec<Timestamp>,
    /// There were more than `times` holds.
    pub truncated: bool,
}

impl Unit {
    /// Its state in systemd's words, such as `active (running)`.
    pub fn state(&self) -> String {
        format!("{} ({})", self.active_state, self.sub_state)
    }

    /// Whether systemd started it again by itself less than a minute before `now`: it may be about to end again.
    pub fn was_just_restarted(&self, now: Timestamp) -> bool {
        const SETTLED: SignedDuration = SignedDuration::from_secs(60);
        self.restarts > 0 && self.started_at.is_some_and(|at| now.duration_since(at) < SETTLED)
    }

    /// The value of a variable in its environment, and its place there. Of several assignments
    /// the last one counts.
    pub fn setting(&self, name: &str) -> Option<(usize, &str)> {
        let place = self.environment.iter().rposition(|variable| variable.name == name)?;
        Some((place, self.environment[place].value.as_deref()?))
    }

    /// The first file that is read after the documented drop-in (`ollama/linux`, Customizing) and
    /// sets such a variable, or may: then writing the drop-in changes nothing.
    pub fn after_drop_in(&self, is_it: impl Fn(&str) -> bool) -> Option<&EnvironmentSource> {
        let name = |path: &str| path.rsplit('/').next().map(str::to_string);
        let is_later = |source: &&EnvironmentSource| {
            let of_drop_in = self.drop_ins.contains(&source.path);
            Some(&source.path) != self.fragment_path.as_ref()
                && (!of_drop_in || name(&source.path) > name(OVERRIDE))
        };
        self.environment_sources.iter().filter(is_later).find(|source| source.sets(&is_it))
    }
}

impl EnvironmentSource {
    /// Whether the file sets such a variable; one that we may not read may set any.
    pub fn sets(&self, is_it: impl Fn(&str) -> bool) -> bool {
        self.names.as_ref().is_none_or(|names| names.iter().any(|name| is_it(name)))
    }
}

impl Listener {
    /// Whether it is Docker's own proxy, which leads to a port that a container publishes.
    pub fn is_docker_proxy(&self) -> bool {
        self.program.as_deref() == Some("docker-proxy")
    }

    /// Whether it is an Ollama: because `/api/version` answers there, or by its program's name
    /// where that could not be asked. A leftover runner has the name too, and answers something else.
    pub fn is_ollama(&self) -> bool {
        match self.version.seen() {
            Some(answer) if answer.status.is_some() => answer.understood().is_some(),
            _ => self.program.as_deref() == Some("ollama"),
        }
    }

    /// The process that holds it, in words, where we may see it.
    pub fn process(&self) -> Option<String> {
        let (program, pid) = self.program.as_ref().zip(self.pid)?;
        Some(format!("{program} (pid {pid}, user {})", self.user))
    }

    /// Its process, or the user and who may see more.
    pub fn holder(&self) -> String {
        let hidden = || format!("user {}; run as root to see the program", self.user);
        self.process().unwrap_or_else(hidden)
    }

    /// The address at which a client on this machine reaches it.
    pub fn reached_at(&self) -> SocketAddr {
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            // A wildcard of both families is reached by either; IPv4 always works.
            IpAddr::V6(ip) if ip.is_unspecified() && self.dual_stack => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        SocketAddr::new(ip, self.address.port())
    }

    /// Whether a connection to this address and port comes here.
    pub fn covers(&self, address: IpAddr, port: u16) -> bool {
        let bound = self.address.ip();
        let same_family = bound.is_ipv4() == address.is_ipv4();
        let wildcard = bound.is_unspecified() && (same_family || self.dual_stack);
        self.address.port() == port && (bound == address || wildcard)
    }
}
