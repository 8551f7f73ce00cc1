//! Doors to the readers of foreign text for the fuzz targets in `tests/fuzz`.
//! Only built with `--cfg fuzzing`.

use std::path::Path;

use nix::unistd::Uid;

use super::systemd::Source;
use crate::facts::{Config, Fact, Forward, FoundBy, Install, Log, ModelInfo, Running, Tag, UnitVariable};
use crate::probes::files::Readers;
use crate::probes::machine::nginx;
use crate::probes::network::http::UNREAD;
use crate::probes::ollama::api;
use crate::probes::openclaw::{config, environment, gateway, gateway_units};
use crate::probes::{logs, systemd};
use crate::rules::ollama::service::SERVICE;
use crate::text::bounded_json;
use crate::text::words::Words;

pub use crate::types::ollama_env::{
    HostSetting, KNOWN, Kind, bad_origin, is_ignored, is_yes_by_mistake, kind, meant, trimmed,
};

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
    let _ = gateway_units::variables(&install, &readers);
    let _ = environment::dotenv_files(&install, &readers);
    match config::read(&install, &[], None).config {
        Fact::Seen(config) => Some(config),
        Fact::Unseen(_) => None,
    }
}

/// Reads an answer of each request that is made of an Ollama: what it lists, what runs, what a model is.
pub fn read_answers(json: &[u8]) -> (Vec<Tag>, Vec<Running>, Option<ModelInfo>) {
    let json = bounded_json::read(json, &UNREAD).unwrap_or_default();
    (
        api::tags(&json).unwrap_or_default(),
        api::running(&json).unwrap_or_default(),
        api::model_info(&json).ok(),
    )
}

/// Reads an export of the journal: what is kept of Ollama's unit, of a gateway's of the user 1000, and of
/// the file that a gateway writes itself.
pub fn read_journal(export: &[u8]) -> Vec<Log> {
    let ollama = Source { unit: SERVICE.into(), user: None };
    let gateway = Source { unit: "openclaw-gateway.service".into(), user: Some(Uid::from_raw(1000)) };
    let sources = [ollama, gateway];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let tails = runtime.map(|runtime| runtime.block_on(systemd::read_export(export, &sources)));
    let tails = tails.unwrap_or_default();
    let words = Words::new(logs::telling_words());
    let files = gateway::from_lines(export.split(|byte| *byte == b'\n'), &words);
    let journals = sources.iter().zip(&tails).map(|(source, tail)| logs::of_tail(source.unit.clone(), tail));
    journals.chain([logs::of_files(&files)]).collect()
}

/// Reads a text as what `systemctl show` prints, as a unit file and as an environment file: variables, and
/// names alone.
pub fn read_unit_text(text: &str) -> (Vec<UnitVariable>, Vec<String>) {
    systemd::kept(text)
}

/// Reads nginx's settings from the file that includes all others.
pub fn read_nginx(main: &Path) -> Fact<Vec<Forward>> {
    nginx::read(main)
}
