//! What to look at: flags and the doctor's own environment, read once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::facts::{FoundBy, Install, Judged};

/// What to look at.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--base-url`.
    pub base_url: Option<String>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--user`: that user's OpenClaw.
    pub user: Option<String>,
    /// `--offline`: loopback and sockets of this machine only.
    pub offline: bool,
    /// `--timeout`: the end of the whole look.
    pub timeout: Duration,
    /// `--deep`, and how long the question may take; `--timeout` does not cut it short.
    pub deep: Option<Duration>,
    /// What the doctor's own environment says about where to look.
    pub environment: OwnEnvironment,
}

/// The variables of the doctor's own environment that decide where to look.
#[derive(Debug, Clone, Default)]
pub struct OwnEnvironment {
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// `OPENCLAW_HOME`.
    pub openclaw_home: Option<PathBuf>,
    /// `OPENCLAW_STATE_DIR`.
    pub state_dir: Option<PathBuf>,
    /// `OPENCLAW_CONFIG_PATH`.
    pub config_path: Option<PathBuf>,
    /// `SUDO_USER`.
    pub sudo_user: Option<String>,
    /// The directories of `PATH`.
    pub path: Vec<PathBuf>,
}

impl OwnEnvironment {
    /// Reads the doctor's own environment. OpenClaw takes blank values and the
    /// words `undefined` and `null` for unset (`home-dir` of the npm package).
    pub fn read() -> OwnEnvironment {
        let value = |name: &str| std::env::var(name).ok().filter(|value| is_set(value));
        // Without HOME Node asks the user database, and so does OpenClaw.
        let account = || nix::unistd::User::from_uid(nix::unistd::Uid::effective()).ok().flatten();
        let home = value("HOME").map(PathBuf::from).or_else(|| account().map(|user| user.dir));
        let path = |name: &str| value(name).map(|value| expand_home(&value, home.as_deref()));
        OwnEnvironment {
            openclaw_home: path("OPENCLAW_HOME"),
            state_dir: path("OPENCLAW_STATE_DIR"),
            config_path: path("OPENCLAW_CONFIG_PATH"),
            sudo_user: value("SUDO_USER"),
            path: std::env::var_os("PATH")
                .map(|path| std::env::split_paths(&path).collect())
                .unwrap_or_default(),
            home,
        }
    }
}

/// Whether OpenClaw takes this value of a path variable for set.
pub fn is_set(value: &str) -> bool {
    !matches!(value.trim(), "" | "undefined" | "null")
}

/// A path with a leading `~` replaced.
pub fn expand_home(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix('~'), home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            home.join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(path),
    }
}

/// Which install is judged: the best way of being found wins, of one `user` where a flag names him. Of homes, one
/// with a config wins: that of the user who called sudo, of the doctor's own user, then of others.
pub fn choose(installs: &[Install], user: Option<&str>) -> Option<Judged> {
    let of_user = |install: &Install| user.is_none_or(|user| install.user == user);
    let (index, install) =
        installs.iter().enumerate().filter(|(_, install)| of_user(install)).min_by_key(|(_, install)| {
            let only_a_home = install.found_by >= FoundBy::SudoUser;
            (only_a_home, only_a_home && !install.config_exists, install.found_by)
        })?;
    let because = match install.found_by {
        FoundBy::Flag => "named by a flag".to_string(),
        FoundBy::Environment => format!("named by {}", install.config_path_from),
        FoundBy::RunningGateway => format!("the gateway runs as {}", install.user),
        FoundBy::GatewayUnit => format!("the gateway's service is that of {}", install.user),
        FoundBy::SudoUser => format!("{} called sudo", install.user),
        FoundBy::Home => format!("the home of {}", install.user),
        FoundBy::OtherHome if user.is_some() => format!("named by --user {}", install.user),
        FoundBy::OtherHome => format!("only the home of {} has a config", install.user),
    };
    Some(Judged { install: index, because })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(found_by: FoundBy) -> Install {
        Install {
            user: "openclaw".into(),
            home: "/home/openclaw".into(),
            config_path: "/home/openclaw/.openclaw/openclaw.json".into(),
            config_path_from: "default".into(),
            config_exists: true,
            state_dir: "/home/openclaw/.openclaw".into(),
            found_by,
            gateway_pid: None,
            version: None,
            version_from: None,
        }
    }

    #[test]
    fn the_running_gateway_counts_more_than_the_shell() {
        let installs = [install(FoundBy::Home), install(FoundBy::SudoUser), install(FoundBy::RunningGateway)];
        assert_eq!(choose(&installs, None).map(|judged| judged.install), Some(2));
        assert_eq!(
            choose(&[install(FoundBy::Home), install(FoundBy::Flag)], None).map(|judged| judged.install),
            Some(1)
        );
        assert_eq!(choose(&[], None), None);
    }

    #[test]
    fn of_two_homes_the_one_with_a_config_is_judged() {
        let without = Install { config_exists: false, ..install(FoundBy::SudoUser) };
        assert_eq!(choose(&[without, install(FoundBy::Home)], None).map(|judged| judged.install), Some(1));
    }

    #[test]
    fn blank_path_variables_are_unset() {
        assert!(!is_set("  ") && !is_set("undefined") && !is_set("null") && is_set("/x"));
        assert_eq!(expand_home("~/x", Some(Path::new("/home/a"))), PathBuf::from("/home/a/x"));
        assert_eq!(expand_home("~b/x", Some(Path::new("/home/a"))), PathBuf::from("~b/x"));
    }
}
