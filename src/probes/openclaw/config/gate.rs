//! The gate where values meet a config. Whoever writes a config chooses where its keys are sent, so
//! that a value fills it only if he could read the value himself. There is no other way in: a
//! [`View`](super::projection::View) takes what was admitted here.

use std::collections::HashMap;
use std::path::Path;

use secrecy::SecretString;

use super::file::normal;
use crate::facts::{FoundBy, Install};
use crate::probes::files::Readers;
use crate::probes::openclaw::environment::{Origin, Variables};

/// Who has a say in a config, and whether it is one of an OpenClaw here.
#[derive(Default)]
pub struct Gate {
    /// Those who may write the config or what it includes, but for us and root.
    pub writers: Readers,
    /// It belongs to no OpenClaw of this machine: it was mailed, or downloaded.
    pub is_foreign: bool,
}

/// What may fill a config.
#[derive(Default)]
pub struct Admitted {
    values: HashMap<String, SecretString>,
    /// Why other variables do not, by name.
    kept: HashMap<String, String>,
}

impl Gate {
    /// Whether a config that a flag names is none of the OpenClaws that were found otherwise, and
    /// lies in no state directory. A profile is one of the user's own.
    pub fn is_foreign(install: &Install, installs: &[Install]) -> bool {
        if install.found_by != FoundBy::Flag || install.config_path_from != "--config" {
            return false;
        }
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| normal(path));
        let config = real(Path::new(&install.config_path));
        let knows = |one: &Install| {
            let is_its = one.found_by != FoundBy::Flag && config == real(Path::new(&one.config_path));
            is_its || config.starts_with(real(Path::new(&one.state_dir)))
        };
        !installs.iter().any(knows) && !knows(install)
    }

    /// Parts the variables that OpenClaw would see into those that fill the config, and the others.
    pub fn admit(&self, variables: Variables) -> Admitted {
        let mut admitted = Admitted::default();
        for (name, value) in variables {
            match self.refusal(&value.origin) {
                None => drop(admitted.values.insert(name, value.secret)),
                Some(why) => drop(admitted.kept.insert(name, why)),
            }
        }
        admitted
    }

    fn refusal(&self, origin: &Origin) -> Option<String> {
        if origin.is_config {
            return None;
        }
        if self.is_foreign {
            let why = "this config is of no OpenClaw here; name it by OPENCLAW_CONFIG_PATH if it is yours";
            return Some(why.into());
        }
        let who = self.writers.kept_out(&origin.rights)?;
        Some(format!("it comes from {}, which {who}, whose config it is, could not read", origin.place))
    }
}

impl Admitted {
    /// The value of a variable, where it may fill the config.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.values.get(name)
    }

    /// Why a variable that has a value does not fill it.
    pub fn kept(&self, name: &str) -> Option<&str> {
        self.kept.get(name).map(String::as_str)
    }

    /// For tests of what comes behind the gate.
    #[cfg(test)]
    pub fn all(values: HashMap<String, SecretString>) -> Admitted {
        Admitted { values, kept: HashMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    use super::*;
    use crate::probes::files::Rights;
    use crate::probes::openclaw::environment::Value;

    /// What a config of that user gets of a value from that place.
    fn gets(gate: &Gate, rights: Rights) -> bool {
        let value = Value::new("canary", &Origin::new("somewhere".into(), rights));
        gate.admit(Variables::from([("KEY".to_string(), value)])).get("KEY").is_some()
    }

    #[test]
    fn a_value_fills_a_config_only_if_its_writers_could_read_the_value() -> std::io::Result<()> {
        if !nix::unistd::geteuid().is_root() {
            return Ok(());
        }
        let dir = tempfile::tempdir()?;
        std::fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o755))?;
        let (config, source) = (dir.path().join("c.json"), dir.path().join("env"));
        std::fs::write(&config, "{}")?;
        std::fs::write(&source, "KEY=canary")?;
        // The groups of `daemon` hold that of its own name.
        let daemon = nix::unistd::User::from_name("daemon").ok().flatten();
        let Some(daemon) = daemon else { return Ok(()) };
        chown(&config, Some(daemon.uid.as_raw()), None)?;
        let mut gate = Gate::default();
        gate.writers.and_writer(&config.metadata()?);
        for (mode, group, expected) in
            [(0o600, 0, false), (0o644, 0, true), (0o640, 0, false), (0o640, daemon.gid.as_raw(), true)]
        {
            std::fs::set_permissions(&source, PermissionsExt::from_mode(mode))?;
            chown(&source, Some(0), Some(group))?;
            let file = std::fs::File::open(&source)?;
            let rights = Rights::of_file(&file, &file.metadata()?);
            assert_eq!(gets(&gate, rights.clone()), expected, "{mode:o} {group}");
            assert!(gets(&gate, rights.or_user(Some(daemon.uid.as_raw()))), "what a service is given it has");
        }
        assert!(!gets(&gate, Rights::only(0)) && gets(&gate, Rights::only(daemon.uid.as_raw())));
        assert!(gets(&Gate::default(), Rights::only(0)), "root's own config");
        // Whoever may write to root's config may be anybody.
        std::fs::set_permissions(&config, PermissionsExt::from_mode(0o666))?;
        chown(&config, Some(0), None)?;
        let mut gate = Gate::default();
        gate.writers.and_writer(&config.metadata()?);
        assert_eq!(config.metadata()?.uid(), 0);
        assert!(!gets(&gate, Rights::only(0)));
        Ok(())
    }

    #[test]
    fn a_foreign_config_is_filled_with_its_own_values_only() {
        let gate = Gate { is_foreign: true, ..Gate::default() };
        assert!(!gets(&gate, Rights::everybody()));
        let own = Value::new("x", &Origin::config());
        assert!(gate.admit(Variables::from([("A".to_string(), own)])).get("A").is_some());
    }
}
