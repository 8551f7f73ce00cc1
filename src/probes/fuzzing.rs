//! Doors to the readers of foreign text for the fuzz targets in `tests/fuzz`.
//! Only built with `--cfg fuzzing`.

use std::path::Path;

use serde_json::Value;

use super::{config, environment, files::Readers, ollama, unit_environment};
use crate::facts::{Config, Fact, FoundBy, Install};

/// An install whose files lie below `home`, for the user who runs this.
fn install(home: &Path) -> Install {
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::effective()).ok().flatten();
    let path = |name: &str| home.join(name).display().to_string();
    Install {
        user: user.map(|user| user.name).unwrap_or_default(),
        home: path(""),
        config_path: path(".openclaw/openclaw.json"),
        config_exists: true,
        config_path_from: "default".into(),
        state_dir: path(".openclaw"),
        found_by: FoundBy::Home,
        gateway_pid: None,
        version: None,
        version_from: None,
    }
}

/// Reads the config, the dotenv file and the unit files below `home`.
pub fn read_install(home: &Path) -> Option<Config> {
    let install = install(home);
    let readers = Readers::of(&install);
    let _ = unit_environment::of_gateway(&install, &readers);
    let _ = environment::dotenv_files(&install, &readers);
    match config::read(&install, None).config {
        Fact::Seen(config) => Some(config),
        Fact::Unseen(_) => None,
    }
}

/// Reads an answer of each request that is made of an Ollama.
pub fn read_answers(json: &Value) {
    let _ = ollama::tags(json);
    let _ = ollama::running(json);
    let _ = ollama::model_info(json);
}
