//! Where OpenClaw's variables come from.

use std::path::PathBuf;

use secrecy::ExposeSecret;

use super::file;
use super::gate::{Admitted, Gate};
use crate::facts::{Install, Unseen};
use crate::probes::files::Readers;
use crate::probes::machine::host::user_name;
use crate::probes::openclaw::environment::{Variables, dotenv_files, of_process, own};
use crate::probes::openclaw::gateway_units;
use crate::scope::expand_home;

/// Where `openclaw gateway install` lists the variables that it took from `.env`
/// (`service-managed-env` of the npm package).
const MANAGED: &str = "OPENCLAW_SERVICE_MANAGED_ENV_KEYS";

/// Where OpenClaw's variables come from, before the config adds its own.
pub struct Sources {
    /// `None` where no gateway runs, or where its environment may not be read.
    pub gateway: Option<Variables>,
    /// `None` where no unit starts a gateway.
    pub unit: Option<Variables>,
    /// Those of the doctor, where it runs as the gateway's user.
    pub own: Variables,
    /// Whether those would be the config's too.
    pub own_counts: bool,
    /// Those of the `.env` files.
    pub dotenv: Variables,
}

impl Sources {
    /// Reads them.
    ///
    /// # Errors
    /// A `.env` file may not be read by this user.
    pub fn of(install: &Install, readers: &Readers, gate: &Gate) -> Result<Sources, Unseen> {
        let is_own_user = install.user == user_name(nix::unistd::Uid::effective().as_raw());
        Ok(Sources {
            gateway: install.gateway_pid.and_then(of_process).filter(|variables| !variables.is_empty()),
            unit: gateway_units::variables(install, readers),
            own: if is_own_user { own() } else { Variables::new() },
            own_counts: is_own_user && readers.is_only_us() && !gate.is_foreign,
            dotenv: dotenv_files(install, readers).map_err(|(path, user)| file::not_for(&path, &user))?,
        })
    }

    /// `OPENCLAW_INCLUDE_ROOTS`: directories that includes may lie in as well.
    pub fn include_roots(&self, install: &Install, gate: &Gate) -> Vec<PathBuf> {
        let variables = self.admitted(&Variables::new(), gate);
        let roots =
            variables.get("OPENCLAW_INCLUDE_ROOTS").map(ExposeSecret::expose_secret).unwrap_or_default();
        let home = PathBuf::from(&install.home);
        let roots = roots.split(':').map(str::trim).filter(|root| !root.is_empty());
        roots
            .map(|root| file::normal(&expand_home(root, Some(&home))))
            .filter(|root| root.is_absolute())
            .collect()
    }

    /// What may fill the config of everything OpenClaw would see.
    pub fn admitted(&self, from_config: &Variables, gate: &Gate) -> Admitted {
        gate.admit(self.merged(from_config))
    }

    /// Everything OpenClaw would see; the first source of a name counts. The
    /// running gateway counts, not the shell, where there is one.
    pub fn merged(&self, from_config: &Variables) -> Variables {
        let mut merged = from_config.clone();
        merged.extend(self.dotenv.clone());
        match (&self.gateway, &self.unit) {
            (Some(gateway), _) => self.add_service(&mut merged, gateway),
            (None, unit) => {
                merged.extend(self.own.clone());
                self.add_service(&mut merged, unit.as_ref().unwrap_or(&Variables::new()));
            }
        }
        merged
    }

    /// What `.env` holds of OpenClaw's own values counts more than an older copy in the service.
    pub fn add_service(&self, merged: &mut Variables, service: &Variables) {
        let is_newer = |name: &str| self.dotenv.contains_key(name) && is_managed(service, name);
        let counting = service.iter().filter(|(name, _)| !is_newer(name));
        merged.extend(counting.map(|(name, value)| (name.clone(), value.clone())));
    }
}

/// Whether `.env` replaces that variable of a service when the gateway starts.
pub fn is_managed(variables: &Variables, name: &str) -> bool {
    let list = variables.get(MANAGED).map(ExposeSecret::expose_secret).unwrap_or_default();
    list.split(',').any(|managed| managed.trim().eq_ignore_ascii_case(name))
}
