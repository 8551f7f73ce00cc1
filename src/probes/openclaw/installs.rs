//! Every OpenClaw on the machine: named by a flag or a variable, running as a
//! gateway, or at home with the user.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::{Uid, User};
use procfs::process::Process;
use secrecy::ExposeSecret;

use super::environment::{self, Variables};
use super::gateway_processes::GatewayProcess;
use super::package::version_behind;
use super::unit_environment::GatewayUnit;
use super::{gateway_processes, gateway_units};
use crate::facts::{ContainerProgram, Fact, FoundBy, Install};
use crate::probes::files::Readers;
use crate::probes::machine::host::{accounts, user_name};
use crate::probes::process::blocking;
use crate::probes::systemd;
use crate::rules::openclaw::gateway::{IMAGE_SCRIPT, script, state_dir_of};
use crate::scope::{Scope, expand_home, is_set};

/// What was found.
#[derive(Debug, Default)]
pub struct Installs {
    /// Those of this machine; the list may be empty.
    pub here: Vec<Install>,
    /// The processes of gateways in containers.
    pub inside: Vec<u32>,
}

/// Looks for OpenClaws.
pub async fn look(scope: &Scope) -> Fact<Installs> {
    let scope = scope.clone();
    blocking(move || find(&scope)).await.map_or_else(Fact::Unseen, Fact::Seen)
}

fn find(scope: &Scope) -> Installs {
    // Without systemd, as in a container, a unit file is a file like any other.
    let units = if systemd::is_booted() { gateway_units::of_machine() } else { Vec::new() };
    let running = gateway_processes::find(&units);
    let mut found = all(scope, &running.here, units);
    let me = user_name(Uid::effective().as_raw());
    for one in &mut found {
        // What a gateway runs is not what the doctor's PATH would start.
        let its_own = one.gateway_pid.and_then(version_of_gateway);
        if let Some((version, file)) = its_own.or_else(|| version(one, &me, &scope.environment.path)) {
            (one.version, one.version_from) = (Some(version), Some(file));
        }
    }
    Installs { here: found, inside: running.inside }
}

/// The install of a gateway that runs, with the version of its package.
pub fn of_process(uid: u32, pid: u32) -> Install {
    let mut install = gateway(uid, pid);
    if let Some((version, file)) = version_of_gateway(pid) {
        (install.version, install.version_from) = (Some(version), Some(file));
    }
    install
}

/// `units` are those of the machine that start a gateway.
fn all(scope: &Scope, running: &[GatewayProcess], units: Vec<GatewayUnit>) -> Vec<Install> {
    let own = &scope.environment;
    let me = user_name(Uid::effective().as_raw());
    let mut found = Vec::new();
    found.extend(by_flag(scope, &me));
    found.extend(own.home.as_deref().map(|home| by_environment(scope, &me, home)));
    let accounts = accounts();
    let invoking = [Some(&*me), own.sudo_user.as_deref()];
    let is_other = |install: &Install| !invoking.contains(&Some(&*install.user));
    let mut of_machine: Vec<Install> = gateways(running);
    if systemd::is_booted() {
        of_machine.extend(by_unit(&accounts, units));
    }
    // Of several, the user who asks sees his own first. The order of the rest is that of what is known of them.
    of_machine.sort_by_key(|install| (install.found_by, is_other(install)));
    found.extend(of_machine);
    if let Some(user) = own.sudo_user.as_deref().and_then(|name| User::from_name(name).ok().flatten()) {
        found.push(install(&user.name, FoundBy::SudoUser, &Paths::at_home(&user.dir)));
    }
    found.extend(by_config(&accounts, &found));
    if let Some(user) = scope.user.as_deref().and_then(|name| User::from_name(name).ok().flatten())
        && !found.iter().any(|install| install.user == user.name)
    {
        found.push(install(&user.name, FoundBy::OtherHome, &Paths::at_home(&user.dir)));
    }
    found
}

/// The home of the user who runs the doctor, and what its own environment says of it.
fn by_environment(scope: &Scope, me: &str, home: &Path) -> Install {
    let own = &scope.environment;
    let is_named = own.config_path.is_some() || own.state_dir.is_some() || own.openclaw_home.is_some();
    let paths = Paths {
        home: own.openclaw_home.as_deref().map_or_else(|| home.to_path_buf(), here),
        home_moved: own.openclaw_home.is_some(),
        state_dir: own.state_dir.as_deref().map(here),
        config: own.config_path.as_deref().map(here),
    };
    install(me, if is_named { FoundBy::Environment } else { FoundBy::Home }, &paths)
}

/// The other homes in which OpenClaw has a config that we may read.
fn by_config(accounts: &[User], found: &[Install]) -> Vec<Install> {
    let is_known = |user: &User| found.iter().any(|install| install.user == user.name);
    let others = accounts.iter().filter(|user| user.dir != Path::new("/") && !is_known(user));
    others
        .map(|user| install(&user.name, FoundBy::OtherHome, &Paths::at_home(&user.dir)))
        .filter(|install| std::fs::File::open(&install.config_path).is_ok())
        .collect()
}

/// A relative path from where the doctor runs. Includes are confined to a
/// directory, which must have a name for that.
fn here(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// `--config` or `--profile`, of the user that `--user` names. A config that is named by root is that of its owner:
/// commands for it are written to run as he.
fn by_flag(scope: &Scope, me: &str) -> Option<Install> {
    if scope.config.is_none() && scope.profile.is_none() {
        return None;
    }
    let named = scope.user.as_deref().and_then(|name| User::from_name(name).ok().flatten());
    let owner = || scope.config.as_deref().filter(|_| Uid::effective().is_root()).and_then(owner_of);
    let (user, home) = match named.or_else(owner) {
        Some(user) => (user.name, user.dir),
        None => (me.to_string(), scope.environment.home.clone().unwrap_or_else(|| PathBuf::from("/"))),
    };
    let mut paths = Paths::at_home(&home);
    if let Some(profile) = scope.profile.as_deref().filter(|profile| *profile != "default") {
        paths.state_dir = Some(home.join(state_dir_of(profile)));
    }
    paths.config = scope.config.as_deref().map(here);
    let flag = if scope.config.is_some() { "--config" } else { "--profile" };
    Some(Install { config_path_from: flag.into(), ..install(&user, FoundBy::Flag, &paths) })
}

/// The account that a file belongs to, where it lies in that account's home: others may have been handed to it.
fn owner_of(file: &Path) -> Option<User> {
    let owner = User::from_uid(Uid::from_raw(file.metadata().ok()?.uid())).ok().flatten()?;
    let is_at_home = owner.dir != Path::new("/") && here(file).starts_with(&owner.dir);
    (is_at_home && !owner.uid.is_root()).then_some(owner)
}

/// What decides where a config is (`paths` of the npm package).
struct Paths {
    home: PathBuf,
    home_moved: bool,
    state_dir: Option<PathBuf>,
    config: Option<PathBuf>,
}

impl Paths {
    fn at_home(home: &Path) -> Paths {
        Paths { home: home.to_path_buf(), home_moved: false, state_dir: None, config: None }
    }

    /// Paths from the environment of a process, on top of the home of its user.
    /// Relative ones start where the process runs.
    fn of(environment: &Variables, home: &Path, cwd: &Path) -> Paths {
        let value =
            |name: &str| environment.get(name).map(ExposeSecret::expose_secret).filter(|value| is_set(value));
        let base = value("HOME").map_or_else(|| home.to_path_buf(), PathBuf::from);
        let path = |name: &str| value(name).map(|value| cwd.join(expand_home(value, Some(&base))));
        Paths {
            home_moved: path("OPENCLAW_HOME").is_some(),
            home: path("OPENCLAW_HOME").unwrap_or_else(|| base.clone()),
            state_dir: path("OPENCLAW_STATE_DIR"),
            config: path("OPENCLAW_CONFIG_PATH"),
        }
    }

    fn state_dir(&self) -> PathBuf {
        let choices = [".openclaw", ".clawdbot"].map(|name| self.home.join(name));
        let existing = choices.iter().find(|dir| dir.is_dir()).unwrap_or(&choices[0]);
        self.state_dir.clone().unwrap_or_else(|| existing.clone())
    }

    /// The config file, and the rule that led to it.
    fn config(&self) -> (PathBuf, &'static str) {
        if let Some(config) = &self.config {
            return (config.clone(), "OPENCLAW_CONFIG_PATH");
        }
        let (dirs, from) = match &self.state_dir {
            Some(dir) => (vec![dir.clone()], "OPENCLAW_STATE_DIR"),
            None => {
                let from = if self.home_moved { "OPENCLAW_HOME" } else { "default" };
                (vec![self.home.join(".openclaw"), self.home.join(".clawdbot")], from)
            }
        };
        let files: Vec<PathBuf> = dirs
            .iter()
            .flat_map(|dir| ["openclaw.json", "clawdbot.json"].map(|name| dir.join(name)))
            .collect();
        let existing = files.iter().find(|file| file.exists()).unwrap_or(&files[0]);
        (existing.clone(), from)
    }
}

fn install(user: &str, found_by: FoundBy, paths: &Paths) -> Install {
    let (config, from) = paths.config();
    Install {
        user: user.to_string(),
        home: paths.home.display().to_string(),
        config_exists: config.exists(),
        config_path: config.display().to_string(),
        config_path_from: from.to_string(),
        state_dir: paths.state_dir().display().to_string(),
        found_by,
        gateway_pid: None,
        version: None,
        version_from: None,
    }
}

/// The running gateways, one for each config.
fn gateways(running: &[GatewayProcess]) -> Vec<Install> {
    let mut found: Vec<Install> = Vec::new();
    for process in running {
        let one = gateway(process.uid, process.pid);
        if !found.iter().any(|known| known.is_same(&one)) {
            found.push(one);
        }
    }
    found
}

/// Those that a unit of the machine starts, or a unit of a user that leads to an OpenClaw which is there.
fn by_unit(accounts: &[User], of_machine: Vec<GatewayUnit>) -> Vec<Install> {
    let of_machine = of_machine.into_iter().filter_map(|unit| {
        let user = User::from_name(unit.user().unwrap_or("root")).ok().flatten()?;
        Some((user, unit))
    });
    let of_users = accounts.iter().flat_map(|user| {
        let units = gateway_units::of_user(user).into_iter().filter(leads_to_openclaw);
        units.map(|unit| (user.clone(), unit))
    });
    let installs = of_machine.chain(of_users).map(|(user, unit)| {
        let variables = unit.variables(&user.name, &user.dir, &Readers::of_user(&user.name));
        install(&user.name, FoundBy::GatewayUnit, &Paths::of(&variables, &user.dir, &user.dir))
    });
    installs.collect()
}

/// Anybody may write a unit that bears the name: what it starts must be of OpenClaw's package.
fn leads_to_openclaw(unit: &GatewayUnit) -> bool {
    // A drop-in that starts it in another way does not make it another one's.
    unit.commands()
        .any(|words| script(&words).is_some_and(|script| version_behind(Path::new(script)).is_some()))
}

/// A user without an account has a number for a name, and the home that its environment names.
fn gateway(uid: u32, pid: u32) -> Install {
    let account = User::from_uid(Uid::from_raw(uid)).ok().flatten();
    let name = account.as_ref().map_or_else(|| uid.to_string(), |user| user.name.clone());
    let home = account.map_or_else(|| PathBuf::from("/"), |user| user.dir);
    let environment = environment::of_process(pid).unwrap_or_default();
    let cwd = std::fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_else(|_| home.clone());
    let paths = Paths::of(&environment, &home, &cwd);
    Install { gateway_pid: Some(pid), ..install(&name, FoundBy::RunningGateway, &paths) }
}

/// The version of the package that a gateway was started from: that of the
/// script it runs, or, where its title has taken the place of its arguments, of
/// the `openclaw` beside its Node.
fn version_of_gateway(pid: u32) -> Option<(String, String)> {
    let process = Process::new(i32::try_from(pid).ok()?).ok()?;
    let words = process.cmdline().unwrap_or_default();
    let script = script(&words).and_then(|script| {
        let script = Path::new(script);
        version_behind(&process.cwd().map_or_else(|_| script.to_path_buf(), |cwd| cwd.join(script)))
    });
    // Its own image starts it as `node dist/index.js` in the folder of the package.
    script
        .or_else(|| version_behind(&process.exe().ok()?.with_file_name("openclaw")))
        .or_else(|| version_behind(&process.cwd().ok()?.join(IMAGE_SCRIPT)))
}

/// How OpenClaw is called where that process runs: by its name where its `PATH` has it, else by the script of its
/// own image, relative to where the process runs.
pub fn program_of(pid: u32) -> Option<ContainerProgram> {
    let environment = environment::of_process(pid).unwrap_or_default();
    let path = environment.get("PATH").map(ExposeSecret::expose_secret).unwrap_or_default();
    if std::env::split_paths(path).any(|dir| dir.join("openclaw").exists()) {
        return Some(ContainerProgram::OnPath);
    }
    let cwd = std::fs::read_link(format!("/proc/{pid}/cwd")).ok()?;
    cwd.join(IMAGE_SCRIPT).exists().then_some(ContainerProgram::ImageScript)
}

/// The version in the `package.json` behind the `openclaw` program. No Node is
/// started. The doctor's PATH says what its own user starts, and less of others.
fn version(install: &Install, me: &str, path: &[PathBuf]) -> Option<(String, String)> {
    let home = Path::new(&install.home);
    let at_home = [home.join(".local/bin"), home.join(".npm-global/bin")];
    let of_all = ["/usr/local/bin".into(), "/usr/bin".into()];
    let dirs: Vec<&PathBuf> = if install.user == me {
        path.iter().chain(&at_home).chain(&of_all).collect()
    } else {
        at_home.iter().chain(&of_all).chain(path).collect()
    };
    dirs.into_iter().map(|dir| dir.join("openclaw")).find_map(|program| version_behind(&program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_config_is_found_by_openclaws_rules() -> std::io::Result<()> {
        let home = tempfile::tempdir()?;
        let mut paths = Paths::at_home(home.path());
        assert_eq!(paths.config().0, home.path().join(".openclaw/openclaw.json"));
        std::fs::create_dir_all(home.path().join(".clawdbot"))?;
        std::fs::write(home.path().join(".clawdbot/clawdbot.json"), "{}")?;
        assert_eq!(paths.config().0, home.path().join(".clawdbot/clawdbot.json"));
        assert_eq!(paths.state_dir(), home.path().join(".clawdbot"));
        // A state directory does not fall through to the home.
        paths.state_dir = Some(home.path().join("state"));
        assert_eq!(paths.config(), (home.path().join("state/openclaw.json"), "OPENCLAW_STATE_DIR"));
        paths.config = Some("/x.json".into());
        assert_eq!(paths.config(), ("/x.json".into(), "OPENCLAW_CONFIG_PATH"));
        Ok(())
    }
}
