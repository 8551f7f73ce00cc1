//! Containers of gateways that do not run, by the files that Docker keeps of each: only root may read them, and no
//! engine has to be asked.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use nix::unistd::Uid;
use serde::Deserialize;

use crate::facts::{Engine, StoppedContainer};
use crate::probes::files::text_of;
use crate::probes::process::blocking;
use crate::rules::openclaw::gateway::{image_folder, runs_gateway};
use crate::text::printable::printable;
use crate::text::scrub::excerpt;

/// Where Docker keeps them, unless its `data-root` says otherwise.
const FOLDER: &str = "/var/lib/docker/containers";
/// Containers that are looked at, and the size that the description of one may have.
const MOST: usize = 200;
const LARGEST: u64 = 256 << 10;
/// How much of the end of a log is read.
const TAIL: u64 = 16 << 10;
/// Characters of a line that are kept.
const LONGEST: usize = 300;
/// Characters of an id that are shown, as Docker shows them.
const SHOWN: usize = 12;

/// What `config.v2.json` says of a container (Docker Engine 20.10 to 26.1).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    #[serde(rename = "ID")]
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    restart_count: u32,
    #[serde(default)]
    log_path: String,
    state: State,
    config: Settings,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct State {
    running: bool,
    restarting: bool,
    exit_code: i32,
    #[serde(rename = "OOMKilled")]
    oom_killed: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Settings {
    #[serde(default)]
    labels: Option<Labels>,
}

/// What Compose writes of itself on a container.
#[derive(Deserialize)]
struct Labels {
    #[serde(rename = "com.docker.compose.project.working_dir")]
    folder: Option<String>,
    #[serde(rename = "com.docker.compose.service")]
    service: Option<String>,
}

/// A line of the log driver `json-file`.
#[derive(Deserialize)]
struct LogLine {
    log: String,
}

/// The gateways among them; none where root does not look.
pub async fn look() -> Vec<StoppedContainer> {
    blocking(|| if Uid::effective().is_root() { gateways_in(Path::new(FOLDER)) } else { Vec::new() })
        .await
        .unwrap_or_default()
}

fn gateways_in(folder: &Path) -> Vec<StoppedContainer> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().take(MOST);
    let read = |entry: std::fs::DirEntry| {
        let text = text_of(&entry.path().join("config.v2.json"), LARGEST)?;
        serde_json::from_str::<Description>(&text).ok()
    };
    let mut found: Vec<StoppedContainer> = entries.filter_map(read).filter_map(stopped_gateway).collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

fn stopped_gateway(container: Description) -> Option<StoppedContainer> {
    let words: Vec<String> = std::iter::once(container.path).chain(container.args).collect();
    let is_gateway = runs_gateway(&words) || image_folder(&words).is_some();
    // Between two tries it counts as running and restarting at once.
    let is_down = !container.state.running || container.state.restarting;
    if !is_gateway || !is_down {
        return None;
    }
    let (folder, service) =
        container.config.labels.map_or((None, None), |labels| (labels.folder, labels.service));
    Some(StoppedContainer {
        engine: Engine::Docker,
        id: container.id.chars().take(SHOWN).filter(char::is_ascii_hexdigit).collect(),
        name: printable(container.name.trim_start_matches('/')),
        restarting: container.state.restarting,
        exit_code: container.state.exit_code,
        out_of_memory: container.state.oom_killed,
        restarts: container.restart_count,
        last_line: last_line(Path::new(&container.log_path)),
        compose_folder: folder,
        compose_service: service,
    })
}

/// The last line that is not blank.
fn last_line(log: &Path) -> Option<String> {
    let mut file = File::open(log).ok()?;
    let length = file.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL))).ok()?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().rev().filter_map(|line| serde_json::from_str::<LogLine>(line).ok());
    let mut said = lines.map(|line| printable(line.log.trim()));
    said.find(|line| !line.is_empty()).map(|line| excerpt(&line, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(id: &str, args: &str, state: &str) -> String {
        format!(
            r#"{{"ID":"{id}","Name":"/{id}","Path":"node","Args":[{args}],"RestartCount":4,"LogPath":"/nowhere","State":{state},
            "Config":{{"Labels":{{"com.docker.compose.project.working_dir":"/root/openclaw","com.docker.compose.service":"openclaw-gateway"}}}}}}"#
        )
    }

    #[test]
    fn gateways_that_do_not_run_are_found_and_others_are_not() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let gateway = r#""dist/index.js","gateway","--bind","lan""#;
        let down = r#"{"Running":false,"ExitCode":1}"#;
        for (id, args, state) in [
            ("0123456789abcdef", gateway, r#"{"Running":true,"Restarting":true,"ExitCode":78}"#),
            ("1123456789abcdef", gateway, down),
            ("2123456789abcdef", gateway, r#"{"Running":true,"Restarting":false}"#),
            ("3123456789abcdef", r#""server.js""#, down),
        ] {
            std::fs::create_dir(folder.path().join(id))?;
            std::fs::write(folder.path().join(id).join("config.v2.json"), container(id, args, state))?;
        }
        std::fs::create_dir(folder.path().join("broken"))?;
        std::fs::write(folder.path().join("broken/config.v2.json"), "{")?;
        let found = gateways_in(folder.path());
        let ids: Vec<(&str, bool, i32)> =
            found.iter().map(|one| (&*one.id, one.restarting, one.exit_code)).collect();
        assert_eq!(ids, [("0123456789ab", true, 78), ("1123456789ab", false, 1)]);
        assert_eq!(found[0].compose_folder.as_deref(), Some("/root/openclaw"));
        assert!(gateways_in(Path::new("/nowhere")).is_empty());
        Ok(())
    }

    #[test]
    fn the_last_line_is_read_from_the_end() -> std::io::Result<()> {
        let log = tempfile::NamedTempFile::new()?;
        let line = |text: &str| {
            format!("{{\"log\":\"{text}\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-27T19:00:00Z\"}}\n")
        };
        let text = line(&"x".repeat(40)).repeat(1000) + &line("Gateway start blocked: x") + &line("");
        std::fs::write(log.path(), text)?;
        assert_eq!(last_line(log.path()).as_deref(), Some("Gateway start blocked: x"));
        Ok(())
    }
}
