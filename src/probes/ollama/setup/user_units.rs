//! Units for Ollama in the homes of users. Only names are looked at.

use std::path::{Path, PathBuf};

use nix::unistd::User;

use crate::facts::OllamaUserUnit;
use crate::probes::machine::host::accounts;
use crate::probes::systemd;
use crate::rules::ollama::service::SERVICE;

/// Looks into each home once.
pub fn find() -> Vec<OllamaUserUnit> {
    if !systemd::is_booted() {
        return Vec::new();
    }
    let mut users = accounts();
    users.retain(|user| user.dir != Path::new("/"));
    users.sort_by(|a, b| a.dir.cmp(&b.dir));
    users.dedup_by(|a, b| a.dir == b.dir);
    users.iter().filter_map(unit).collect()
}

fn unit(user: &User) -> Option<OllamaUserUnit> {
    let dir = user.dir.join(".config/systemd/user");
    let path = dir.join(SERVICE);
    path.symlink_metadata().ok().filter(|meta| !meta.is_dir())?;
    let is_there = |path: PathBuf| path.symlink_metadata().is_ok();
    Some(OllamaUserUnit {
        user: user.name.clone(),
        path: path.display().to_string(),
        enabled: is_there(dir.join("default.target.wants").join(SERVICE)),
        // The socket on which it answers while it runs.
        manager: is_there(PathBuf::from(format!("/run/user/{}/systemd/private", user.uid))),
        linger: is_there(Path::new("/var/lib/systemd/linger").join(&user.name)),
    })
}
