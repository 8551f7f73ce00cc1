//! The units that start a gateway, whatever they are called: those of the machine, and those of its users.

use std::path::{Path, PathBuf};

use nix::unistd::User;

use super::environment::Variables;
use super::unit_environment::{GatewayUnit, unit_at};
use crate::facts::Install;
use crate::probes::files::Readers;
use crate::rules::openclaw::gateway::{is_unit_name, profile_of, unit_name, unit_runs_gateway};

/// Where root keeps units of the machine.
const OF_MACHINE: &str = "/etc/systemd/system";
/// The most entries of a directory that are looked at.
const MOST: usize = 500;

/// The units of the machine that start a gateway.
pub fn of_machine() -> Vec<GatewayUnit> {
    units_in(Path::new(OF_MACHINE), &Readers::default()).into_iter().map(GatewayUnit::of_root).collect()
}

/// The units of a user's own systemd that start one, as that user could read them.
pub fn of_user(user: &User) -> Vec<GatewayUnit> {
    units_in(&user_directory(&user.dir), &Readers::of_user(&user.name))
}

fn user_directory(home: &Path) -> PathBuf {
    home.join(".config/systemd/user")
}

/// The unit that starts this gateway, where there is one: that of its user, or one of the machine that runs as he.
pub fn of_install(install: &Install, readers: &Readers) -> Option<GatewayUnit> {
    of_users_own(install, readers).or_else(|| of_machine_for(install))
}

/// The unit of the machine that starts this gateway.
pub fn of_machine_for(install: &Install) -> Option<GatewayUnit> {
    let runs_as_it = |unit: &GatewayUnit| unit.user().unwrap_or("root") == install.user;
    best(install, Path::new(OF_MACHINE), &Readers::default(), runs_as_it).map(GatewayUnit::of_root)
}

/// The unit of its user's own systemd that starts this gateway.
pub fn of_users_own(install: &Install, readers: &Readers) -> Option<GatewayUnit> {
    best(install, &user_directory(Path::new(&install.home)), readers, |_| true)
}

/// What `Environment=` and `EnvironmentFile=` of the unit set; `None` where
/// there is no unit that starts this gateway.
pub fn variables(install: &Install, readers: &Readers) -> Option<Variables> {
    let unit = of_install(install, readers)?;
    Some(unit.variables(&install.user, Path::new(&install.home), readers))
}

/// The one with the installer's name, for which no other is read; else, where no profile asks for its own, the first
/// with another name.
fn best(
    install: &Install,
    dir: &Path,
    readers: &Readers,
    is_its: impl Fn(&GatewayUnit) -> bool,
) -> Option<GatewayUnit> {
    let profile = profile_of(&install.state_dir);
    let named = unit_at(&dir.join(unit_name(profile)), readers).filter(&is_its);
    let is_other = |unit: &GatewayUnit| is_its(unit) && !is_unit_name(unit.name());
    let other = || units_in(dir, readers).into_iter().find(is_other);
    named.or_else(|| profile.is_none().then(other).flatten())
}

/// By name and content, sorted: a link or a directory is none.
fn units_in(dir: &Path, readers: &Readers) -> Vec<GatewayUnit> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten().take(MOST);
    let is_unit = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "service");
    let mut paths: Vec<PathBuf> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .map(|entry| entry.path())
        .filter(is_unit)
        .collect();
    paths.sort();
    paths.iter().filter_map(|path| unit_at(path, readers)).filter(starts_gateway).collect()
}

/// By the installer's name, or by its command under any other.
fn starts_gateway(unit: &GatewayUnit) -> bool {
    is_unit_name(unit.name()) || unit.command().is_some_and(|command| unit_runs_gateway(&command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_found_by_its_command_too() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        for (name, command) in [
            ("claw.service", "/usr/bin/node /opt/openclaw/dist/index.js gateway --port 19000"),
            ("openclaw-gateway.service", "/opt/start.sh"),
            ("ollama.service", "/usr/local/bin/ollama serve"),
            ("claw.service.bak", "/usr/bin/openclaw gateway"),
        ] {
            std::fs::write(dir.path().join(name), format!("[Service]\nExecStart={command}\n"))?;
        }
        let found = units_in(dir.path(), &Readers::default());
        let names: Vec<&str> = found.iter().map(GatewayUnit::name).collect();
        assert_eq!(names, ["claw.service", "openclaw-gateway.service"]);
        assert_eq!(found[0].port(), Some(19000));
        Ok(())
    }

    #[test]
    fn the_unit_of_a_profile_is_its_own() -> std::io::Result<()> {
        let home = tempfile::tempdir()?;
        let units = home.path().join(".config/systemd/user");
        std::fs::create_dir_all(&units)?;
        for (name, port) in [("openclaw-gateway", 18789), ("openclaw-gateway-work", 19001)] {
            let text = format!("[Service]\nExecStart=/usr/bin/node x gateway --port {port}\n");
            std::fs::write(units.join(format!("{name}.service")), text)?;
        }
        let port = |state_dir: &str| {
            let home = home.path().display().to_string();
            let install = Install {
                user: String::new(),
                config_path: format!("{home}/{state_dir}/openclaw.json"),
                config_exists: true,
                config_path_from: "--profile".into(),
                state_dir: format!("{home}/{state_dir}"),
                home,
                found_by: crate::facts::FoundBy::Home,
                gateway_pid: None,
                version: None,
                version_from: None,
            };
            of_install(&install, &Readers::default()).and_then(|unit| unit.port())
        };
        assert_eq!((port(".openclaw"), port(".openclaw-work")), (Some(18789), Some(19001)));
        Ok(())
    }
}
