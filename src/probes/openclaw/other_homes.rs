//! The OpenClaws in the homes of all users, and the units that start a gateway.
//! Only names and times are looked at, but for the units, of which root and the
//! user of each may read what is read.

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;
use nix::unistd::{Uid, User};

use super::gateway_units;
use super::unit_environment::GatewayUnit;
use crate::facts::{Fact, GatewayUnitFile, HomeConfig, Homes, ServiceScope};
use crate::probes::machine::host::accounts;
use crate::probes::process::blocking;
use crate::probes::systemd;
use crate::scope::Scope;

/// Looks into the homes.
pub async fn look(scope: &Scope) -> Fact<Homes> {
    let sudo_user = scope.environment.sudo_user.clone();
    blocking(move || homes(sudo_user.as_deref())).await.map_or_else(Fact::Unseen, Fact::Seen)
}

fn homes(sudo_user: Option<&str>) -> Homes {
    let mut users = accounts();
    let mut seen = HashSet::new();
    users.retain(|user| user.dir != Path::new("/") && seen.insert(user.dir.clone()));
    let of_machine = gateway_units::of_machine().into_iter().filter(has_command).map(|unit| {
        let user = unit.user().unwrap_or("root").to_string();
        service(ServiceScope::System, user, "multi-user.target.wants", &unit)
    });
    let of_users = users.iter().flat_map(|user| {
        let units = gateway_units::of_user(user).into_iter().filter(has_command);
        units.map(|unit| service(ServiceScope::User, user.name.clone(), "default.target.wants", &unit))
    });
    // Without systemd, as in a container, a unit file is a file like any other.
    let services = if systemd::is_booted() { of_machine.chain(of_users).collect() } else { Vec::new() };
    Homes { services, configs: users.iter().filter_map(|user| config(user, sudo_user)).collect() }
}

fn config(user: &User, sudo_user: Option<&str>) -> Option<HomeConfig> {
    let path = user.dir.join(".openclaw/openclaw.json");
    let meta = path.symlink_metadata().ok().filter(std::fs::Metadata::is_file)?;
    Some(HomeConfig {
        user: user.name.clone(),
        path: path.display().to_string(),
        modified: meta.modified().ok().and_then(|time| Timestamp::try_from(time).ok()),
        invoking: user.uid == Uid::effective() || sudo_user == Some(&*user.name),
    })
}

fn has_command(unit: &GatewayUnit) -> bool {
    unit.command().is_some()
}

fn service(scope: ServiceScope, user: String, wants: &str, unit: &GatewayUnit) -> GatewayUnitFile {
    let path = Path::new(&unit.path);
    let link = path.parent().zip(path.file_name()).map(|(dir, name)| dir.join(wants).join(name));
    GatewayUnitFile {
        scope,
        user,
        path: unit.path.clone(),
        enabled: link.is_some_and(|link| link.symlink_metadata().is_ok()),
        port: unit.port(),
    }
}
