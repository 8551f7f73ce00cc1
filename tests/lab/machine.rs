//! One machine: a Debian that systemd-nspawn boots over the shared layers, in a network namespace of its own.
//!
//! The lab is the first process of its own process space (see `run`), so nothing of a machine outlives it;
//! what stands here takes a machine down early and cleanly.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::command::{self, Done, Outcome};
use crate::image::{self, FOLDER, Layers};
use crate::network::Plug;
use crate::scenario::{Engine, Scenario};

/// How long a machine may take to come up or to go down.
const BOOT: Duration = Duration::from_secs(90);

/// What a container engine needs: keys and programs of the kernel for its containers, and a file system of its own for
/// their layers, because an overlay cannot be the upper part of another one. It also writes `/proc/sys/net`.
const ENGINE: &[&str] = &["--system-call-filter=add_key keyctl bpf", "--tmpfs=/var/lib/docker:mode=755"];

pub struct Machine {
    pub name: String,
    pub plug: Plug,
    folder: PathBuf,
    root: PathBuf,
    engine: Option<Engine>,
    boots: u32,
    running: Option<Running>,
}

/// A booted machine: the container's supervisor, and its PID 1 as the lab sees it.
struct Running {
    supervisor: Child,
    leader: i32,
}

/// Who runs a command in a machine.
#[derive(Debug, Clone)]
pub struct Login {
    pub user: String,
    pub environment: Vec<(String, String)>,
}

impl Login {
    pub fn root() -> Self {
        Self::of("root")
    }

    pub fn of(user: &str) -> Self {
        Self { user: user.into(), environment: Vec::new() }
    }

    fn home(&self) -> String {
        match self.user.as_str() {
            "root" => "/root".into(),
            "ollama" => "/usr/share/ollama".into(),
            user => format!("/home/{user}"),
        }
    }
}

impl Machine {
    /// Lays out the machine's own files: its name, its address, and the names of all machines of the scenario.
    pub fn create(
        layers: &Layers,
        scenario: &Scenario,
        name: &str,
        plug: Plug,
        hosts: &str,
    ) -> Outcome<Self> {
        let folder = Path::new(FOLDER).join(&plug.namespace);
        let engine = scenario.engine;
        let root = layers.mount(&folder, scenario.ollama, engine)?;
        let network = format!(
            "[Match]\nName=host0\n\n[Network]\nAddress={}/24\nGateway={}\nDNS={}\n",
            plug.address, plug.gateway, plug.gateway
        );
        let machine = Self { name: name.into(), plug, folder, root, engine, boots: 0, running: None };
        let hosts = format!(
            "127.0.0.1 localhost\n127.0.1.1 {name}\n::1 localhost ip6-localhost ip6-loopback\n{hosts}"
        );
        machine.write("etc/hostname", &format!("{name}\n"))?;
        machine.write("etc/hosts", &hosts)?;
        machine.write("etc/systemd/network/10-host0.network", &network)?;
        machine.write(
            "etc/machine-id",
            &format!("{:032x}\n", 0x1ab_u128 << 64 | u128::from(std::process::id())),
        )?;
        Ok(machine)
    }

    /// Boots it and waits until systemd has no job left. The second boot finds the files that the first one left.
    pub fn boot(&mut self) -> Outcome<()> {
        self.boots += 1;
        let mut supervisor = self.nspawn()?;
        let until = Instant::now() + BOOT;
        let leader = loop {
            if let Some(leader) = leader_of(supervisor.id()) {
                break leader;
            }
            let ended = supervisor.try_wait().map_err(|error| error.to_string())?.is_some();
            if ended || Instant::now() > until {
                // It may be gone already, which is what is wanted.
                let _ = supervisor.kill();
                let _ = supervisor.wait();
                return Err(format!("{} did not start: {}", self.name, self.console().trim()));
            }
            thread::sleep(Duration::from_millis(5));
        };
        self.running = Some(Running { supervisor, leader });
        self.wait_until_up(until)
    }

    fn nspawn(&self) -> Outcome<Child> {
        let group = self.control_group()?;
        let console = fs::File::create(self.folder.join("console"))
            .and_then(|file| Ok((file.try_clone()?, file)))
            .map_err(|error| format!("{}: console: {error}", self.name))?;
        // The machine's systemd rules over a branch of control groups of its own, so that machines side by side
        // do not take each other's processes for theirs.
        Command::new("sh")
            .args(["-c", r#"echo $$ >"$0/cgroup.procs" && exec "$@""#])
            .arg(&group)
            .arg("systemd-nspawn")
            .arg("--directory")
            .arg(&self.root)
            // Most are called alike, and what nspawn keeps on this side stands under this name.
            .arg(format!("--machine={}", self.plug.namespace))
            .arg(format!("--hostname={}", self.name))
            .arg(format!("--network-namespace-path=/run/netns/{}", self.plug.namespace))
            .args(["--register=no", "--keep-unit", "--boot", "--console=pipe"])
            // systemd-networkd and nftables need it, and a namespace by path does not give it.
            .arg("--capability=CAP_NET_ADMIN")
            .args(self.engine.map(|_| ENGINE).unwrap_or_default())
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY", "1")
            .envs(self.engine.map(|_| ("SYSTEMD_NSPAWN_API_VFS_WRITABLE", "network")))
            .stdin(Stdio::null())
            .stdout(console.0)
            .stderr(console.1)
            .spawn()
            .map_err(|error| format!("systemd-nspawn cannot be started: {error}"))
    }

    /// A new one for each boot: the one before may still be marked as in use.
    fn control_group(&self) -> Outcome<PathBuf> {
        let base = std::env::var("LAB_CGROUP")
            .map_err(|_| "LAB_CGROUP is not set: start the lab by tests/lab/run".to_string())?;
        let group = Path::new(&base).join(format!("{}.{}", self.plug.namespace, self.boots));
        fs::create_dir_all(&group).map_err(|error| format!("{} cannot be made: {error}", group.display()))?;
        Ok(group)
    }

    fn wait_until_up(&self, until: Instant) -> Outcome<()> {
        loop {
            let state = self.run(&Login::root(), "systemctl is-system-running", Duration::from_secs(10))?;
            if matches!(state.stdout.trim(), "running" | "degraded") {
                return Ok(());
            }
            if Instant::now() > until {
                let log = self.run(
                    &Login::root(),
                    "systemctl list-jobs --no-pager; journalctl -b --no-pager -n 30",
                    Duration::from_secs(10),
                )?;
                return Err(format!(
                    "{} is still {} after {} s:\n{}",
                    self.name,
                    state.output().trim(),
                    BOOT.as_secs(),
                    log.output()
                ));
            }
            thread::sleep(Duration::from_millis(30));
        }
    }

    /// Runs a bash script in the machine, in the user's home, with the environment of a fresh login.
    pub fn run(&self, login: &Login, script: &str, deadline: Duration) -> Outcome<Done> {
        let seconds = format!("{}s", deadline.as_secs_f64());
        let mut command = self.enter()?;
        command.args(["timeout", "--kill-after=3s", &seconds]);
        command.args(shell(login, script));
        // The inner deadline ends what runs in the machine; the outer one is for a machine that hangs as a whole.
        let mut done = command::run(&mut command, deadline + Duration::from_secs(10))?;
        done.late |= done.code == Some(124) && done.took >= deadline;
        Ok(done)
    }

    /// Starts a script that stays in the foreground, and goes on. It ends with the machine.
    pub fn start(&self, login: &Login, script: &str) -> Outcome<PathBuf> {
        let log = self.folder.join("foreground.log");
        let file = fs::File::create(&log)
            .and_then(|file| Ok((file.try_clone()?, file)))
            .map_err(|error| format!("{}: {error}", log.display()))?;
        self.enter()?
            .args(shell(login, script))
            .stdin(Stdio::null())
            .stdout(file.0)
            .stderr(file.1)
            .spawn()
            .map_err(|error| format!("nsenter cannot be started: {error}"))?;
        Ok(log)
    }

    /// A shell for a person, on the terminal that the lab has.
    pub fn shell(&self) -> Outcome<()> {
        self.enter()?
            .args(["env", "-i", "HOME=/root", "USER=root", "TERM=xterm", "LANG=C.UTF-8"])
            .args(["bash", "--login"])
            .status()
            .map(drop)
            .map_err(|error| format!("nsenter cannot be started: {error}"))
    }

    fn enter(&self) -> Outcome<Command> {
        let running = self.running.as_ref().ok_or_else(|| format!("{} is not running", self.name))?;
        let mut command = Command::new("nsenter");
        command.arg("--target").arg(running.leader.to_string()).arg("--all");
        Ok(command)
    }

    /// Shuts it down as `systemctl poweroff` does, and waits for its end.
    pub fn power_off(&mut self) -> Outcome<()> {
        self.run(&Login::root(), "systemctl poweroff", Duration::from_secs(20))?;
        let Some(mut running) = self.running.take() else {
            return Ok(());
        };
        match command::wait(&mut running.supervisor, Instant::now() + BOOT) {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(format!("{} did not power off in {} s", self.name, BOOT.as_secs())),
            Err(error) => Err(format!("{}: {error}", self.name)),
        }
    }

    /// How a person outside enters it while it runs.
    pub fn entrance(&self) -> Option<String> {
        let outside = fs::read_link(Path::new(FOLDER).join("host-proc/self")).ok()?;
        let leader = self.running.as_ref()?.leader;
        Some(format!("nsenter -t {} -m -p -n nsenter -t {leader} -a bash --login", outside.display()))
    }

    fn console(&self) -> String {
        fs::read_to_string(self.folder.join("console")).unwrap_or_default()
    }

    fn write(&self, path: &str, text: &str) -> Outcome<()> {
        fs::write(self.root.join(path), text).map_err(|error| format!("{}: {path}: {error}", self.name))
    }
}

/// The end of a machine: its PID 1 takes all its processes along, then its files go.
impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            // Each of these may find that it is gone already.
            let _ = kill(Pid::from_raw(running.leader), Signal::SIGKILL);
            let _ = command::wait(&mut running.supervisor, Instant::now() + Duration::from_secs(5));
        }
        let _ = image::unmount(&self.root);
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The words that run a script as a user with the environment of a fresh login, in the user's home.
fn shell(login: &Login, script: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    if login.user != "root" {
        words.extend(["runuser", "-u", &login.user, "--"].map(String::from));
    }
    words.extend(["env", "-i"].map(String::from));
    words.push(format!("HOME={}", login.home()));
    words.push(format!("USER={0}", login.user));
    words.push(format!("LOGNAME={0}", login.user));
    words.extend(
        [
            "SHELL=/bin/bash",
            "LANG=C.UTF-8",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]
        .map(String::from),
    );
    words.extend(login.environment.iter().map(|(name, value)| format!("{name}={value}")));
    words.extend(["bash", "-c", r#"cd && exec bash -c "$0""#, script].map(String::from));
    words
}

/// The machine's PID 1: the child of the supervisor that has become systemd.
fn leader_of(supervisor: u32) -> Option<i32> {
    let children = fs::read_to_string(format!("/proc/{supervisor}/task/{supervisor}/children")).ok()?;
    children
        .split_whitespace()
        .find(|child| {
            fs::read_to_string(format!("/proc/{child}/comm")).is_ok_and(|name| name.trim() == "systemd")
        })
        .and_then(|child| child.parse().ok())
}
