//! Every OpenClaw on the machine: named by a flag or a variable, running as a
//! gateway, or at home with the user.

use std::path::{Path, PathBuf};

use nix::unistd::{Uid, User};
use procfs::process::{Process, Status};
use secrecy::ExposeSecret;
use serde_json::Value;
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::environment::{Variables, of_process};
use super::unit_environment::unit_at;
use crate::facts::{Fact, FoundBy, Install};
use crate::probes::files::Readers;
use crate::probes::machine::host::user_name;
use crate::probes::process::blocking;
use crate::probes::systemd;
use crate::scope::{Scope, expand_home, is_set};

/// Looks for OpenClaws. The list may be empty.
pub async fn look(scope: &Scope) -> Fact<Vec<Install>> {
    let scope = scope.clone();
    blocking(move || find(&scope)).await.map_or_else(Fact::Unseen, Fact::Seen)
}

fn find(scope: &Scope) -> Vec<Install> {
    let own = &scope.environment;
    let me = user_name(Uid::effective().as_raw());
    let mut found = Vec::new();
    if let Some(home) = &own.home {
        found.extend(by_flag(scope, &me, home));
        let by_environment =
            own.config_path.is_some() || own.state_dir.is_some() || own.openclaw_home.is_some();
        let found_by = if by_environment { FoundBy::Environment } else { FoundBy::Home };
        let paths = Paths {
            home: own.openclaw_home.as_deref().map_or_else(|| home.clone(), here),
            home_moved: own.openclaw_home.is_some(),
            state_dir: own.state_dir.as_deref().map(here),
            config: own.config_path.as_deref().map(here),
        };
        found.push(install(&me, found_by, &paths));
    } else if let Some(config) = &scope.config {
        let paths = Paths { config: Some(here(config)), ..Paths::at_home(Path::new("/")) };
        found.push(install(&me, FoundBy::Flag, &paths));
    }
    found.extend(gateways());
    if systemd::is_booted() {
        found.extend(by_unit());
    }
    if let Some(user) = own.sudo_user.as_deref().and_then(|name| User::from_name(name).ok().flatten()) {
        found.push(install(&user.name, FoundBy::SudoUser, &Paths::at_home(&user.dir)));
    }
    for one in &mut found {
        // What a gateway runs is not what the doctor's PATH would start.
        let its_own = one.gateway_pid.and_then(version_of_gateway);
        if let Some((version, file)) = its_own.or_else(|| version(one, &me, &own.path)) {
            (one.version, one.version_from) = (Some(version), Some(file));
        }
    }
    found
}

/// A relative path from where the doctor runs. Includes are confined to a
/// directory, which must have a name for that.
fn here(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

fn by_flag(scope: &Scope, user: &str, home: &Path) -> Option<Install> {
    let mut paths = Paths::at_home(home);
    if let Some(profile) = scope.profile.as_deref().filter(|profile| *profile != "default") {
        paths.state_dir = Some(home.join(format!(".openclaw-{profile}")));
    }
    paths.config = scope.config.as_deref().map(here);
    let flag = if scope.config.is_some() { "--config" } else { "--profile" };
    let named = scope.config.is_some() || scope.profile.is_some();
    named.then(|| Install { config_path_from: flag.into(), ..install(user, FoundBy::Flag, &paths) })
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

/// The running gateways, one for each user.
fn gateways() -> Vec<Install> {
    let Ok(mut system) = System::new() else {
        return Vec::new();
    };
    let kind = ProcessRefreshKind::nothing()
        .with_cmd(UpdateKind::Always)
        .with_user(UpdateKind::Always)
        .without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
    let mut found: Vec<(u32, Option<Sign>, u32)> = Vec::new();
    for process in system.processes().values() {
        let words: Vec<String> =
            process.cmd().iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let sign = gateway_sign(&process.name().to_string_lossy(), &words);
        let Some(uid) = process.user_id().filter(|_| sign.is_some()) else {
            continue;
        };
        if is_of_this_machine(process.pid().as_u32()) {
            found.push((**uid, sign, process.pid().as_u32()));
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|(uid, ..)| *uid);
    found.into_iter().filter_map(|(uid, _, pid)| gateway(uid, pid)).collect()
}

/// By what a gateway is known, the better first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Title,
    Arguments,
}

/// The users with a unit that runs a gateway: one in their home, as `openclaw
/// gateway install` writes it, or one of the machine that names them.
fn by_unit() -> Vec<Install> {
    let of_machine = unit_at(Path::new("/etc/systemd/system/openclaw-gateway.service"), &Readers::default());
    let named = of_machine.as_ref().map(|unit| unit.user().unwrap_or("root"));
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let names = accounts.lines().filter_map(|line| line.split(':').next());
    let users = names.filter_map(|name| User::from_name(name).ok().flatten());
    let has_unit = |user: &User| {
        named == Some(&*user.name) || user.dir.join(".config/systemd/user/openclaw-gateway.service").is_file()
    };
    users
        .filter(has_unit)
        .map(|user| install(&user.name, FoundBy::GatewayUnit, &Paths::at_home(&user.dir)))
        .collect()
}

/// A gateway names itself `openclaw-gateway`, of which the kernel keeps 15
/// characters; before that it is a node program with the argument `gateway`.
fn gateway_sign(name: &str, words: &[String]) -> Option<Sign> {
    let titled = words.first().is_some_and(|word| word.split_whitespace().next() == Some("openclaw-gateway"));
    if name == "openclaw-gatewa" || titled {
        return Some(Sign::Title);
    }
    let script = words.iter().take(4).position(|word| is_script(word))?;
    let mut rest = words[script + 1..].iter().map(String::as_str);
    // `gateway` alone, or `gateway run`; any other word after it asks for something else.
    while let Some(word) = rest.next() {
        match word {
            "gateway" => {
                let next = rest.next().unwrap_or("run");
                return (next == "run" || next.starts_with('-')).then_some(Sign::Arguments);
            }
            "--profile" | "--log-level" | "--container" => drop(rest.next()),
            option if option.starts_with('-') => {}
            _ => return None,
        }
    }
    None
}

/// The script that Node runs for OpenClaw.
fn is_script(word: &str) -> bool {
    word == "openclaw"
        || word.ends_with("/openclaw")
        || word.ends_with("/openclaw.mjs")
        || word.contains("/openclaw/dist/")
}

/// A process in a container has a process id of its own there; its paths and
/// users are those of the container, which a look at this machine cannot follow.
fn is_of_this_machine(pid: u32) -> bool {
    let process = i32::try_from(pid).ok().and_then(|pid| Process::new(pid).ok());
    let status = process.and_then(|process| process.status().ok());
    let levels = |status: &Status| status.nspid.as_ref().map(Vec::len);
    let own = Process::myself().ok().and_then(|own| own.status().ok());
    status.as_ref().and_then(levels) == own.as_ref().and_then(levels)
}

fn gateway(uid: u32, pid: u32) -> Option<Install> {
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten()?;
    let environment = of_process(pid).unwrap_or_default();
    let cwd = std::fs::read_link(format!("/proc/{pid}/cwd")).unwrap_or_else(|_| user.dir.clone());
    let paths = Paths::of(&environment, &user.dir, &cwd);
    Some(Install { gateway_pid: Some(pid), ..install(&user.name, FoundBy::RunningGateway, &paths) })
}

/// The version of the package that a gateway was started from: that of the
/// script it runs, or, where its title has taken the place of its arguments, of
/// the `openclaw` beside its Node.
fn version_of_gateway(pid: u32) -> Option<(String, String)> {
    let process = Process::new(i32::try_from(pid).ok()?).ok()?;
    let words = process.cmdline().unwrap_or_default();
    let script = words.iter().take(4).find(|word| is_script(word)).and_then(|script| {
        let script = Path::new(script);
        version_behind(&process.cwd().map_or_else(|_| script.to_path_buf(), |cwd| cwd.join(script)))
    });
    script.or_else(|| version_behind(&process.exe().ok()?.with_file_name("openclaw")))
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

fn version_behind(program: &Path) -> Option<(String, String)> {
    let program = program.canonicalize().ok()?;
    program.ancestors().skip(1).find_map(|dir| {
        let file = dir.join("package.json");
        let meta = file.metadata().ok().filter(|meta| meta.is_file() && meta.len() < 1 << 20)?;
        let text = std::fs::read_to_string(&file).ok().filter(|_| meta.len() > 0)?;
        let package: Value = serde_json::from_str(&text).ok()?;
        let is_openclaw = package.get("name").and_then(Value::as_str) == Some("openclaw");
        let version = package.get("version")?.as_str()?.to_string();
        is_openclaw.then(|| (version, file.display().to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_is_known_by_its_title_or_its_arguments() {
        let words = |text: &str| text.split(' ').map(str::to_string).collect::<Vec<_>>();
        let sign = |name: &str, text: &str| gateway_sign(name, &words(text));
        assert_eq!(sign("openclaw-gatewa", "openclaw-gateway"), Some(Sign::Title));
        for text in [
            "/usr/bin/node /usr/lib/node_modules/openclaw/dist/index.js gateway --port 18789",
            "node /usr/local/bin/openclaw gateway",
            "node /usr/local/bin/openclaw --profile work gateway run --verbose",
            "node --max-old-space-size=512 /usr/lib/node_modules/openclaw/openclaw.mjs --dev gateway",
        ] {
            assert_eq!(sign("node", text), Some(Sign::Arguments), "{text}");
        }
        for text in [
            "openclaw-doctor --only gateway",
            "node /usr/local/bin/openclaw config set gateway.mode local",
            "node /usr/local/bin/openclaw gateway status",
            "node /usr/local/bin/openclaw --profile gateway status",
            "node /usr/local/bin/openclaw logs gateway",
            "node /home/openclaw/app.js gateway",
        ] {
            assert_eq!(sign("node", text), None, "{text}");
        }
    }

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

    #[test]
    fn the_version_is_that_of_the_package_behind_the_program() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        let package = dir.path().join("lib/node_modules/openclaw");
        std::fs::create_dir_all(package.join("dist"))?;
        std::fs::write(package.join("openclaw.mjs"), "")?;
        std::fs::write(package.join("package.json"), r#"{"name":"openclaw","version":"2026.9.6"}"#)?;
        std::fs::create_dir_all(dir.path().join("bin"))?;
        std::os::unix::fs::symlink(package.join("openclaw.mjs"), dir.path().join("bin/openclaw"))?;
        let version = version_behind(&dir.path().join("bin/openclaw"));
        assert_eq!(version.map(|(version, _)| version).as_deref(), Some("2026.9.6"));
        Ok(())
    }
}
