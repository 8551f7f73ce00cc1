//! What the gateway's log says of starts and of reloads: from the journal of its
//! unit, and from the files that it writes itself.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nix::fcntl::OFlag;
use nix::unistd::Uid;
use serde_json::Value;

use super::sight::{Sight, unreadable};
use crate::facts::{Fact, GatewayEvent, GatewayEventKind};
use crate::probes::files::path_of;
use crate::probes::process::blocking;
use crate::probes::systemd::Tail;

/// How much of the end of a log file is read.
const MOST: u64 = 1 << 20;
/// How many events are kept, the latest ones.
const KEPT: usize = 40;

/// What lines hold (OpenClaw 2026.9.6; `gateway/troubleshooting` has the first
/// ones), the more special before the more general.
const SIGNATURES: [(&str, GatewayEventKind); 16] = [
    ("config reload skipped (", GatewayEventKind::ReloadRefused),
    ("config reload disabled (gateway.reload.mode=off)", GatewayEventKind::ReloadOff),
    ("config hot reload applied", GatewayEventKind::Reloaded),
    ("Gateway start blocked", GatewayEventKind::ModeBlocked),
    ("Missing config.", GatewayEventKind::NoConfig),
    ("EADDRINUSE", GatewayEventKind::AddressInUse),
    ("already listening on", GatewayEventKind::AddressInUse),
    ("gateway already running", GatewayEventKind::AddressInUse),
    ("another OpenClaw process owns gateway-lifecycle", GatewayEventKind::AddressInUse),
    ("config is invalid", GatewayEventKind::InvalidConfig),
    ("Invalid config", GatewayEventKind::InvalidConfig),
    ("refusing to bind gateway", GatewayEventKind::NoAuth),
    ("required secrets are unavailable", GatewayEventKind::NoSecrets),
    ("is unsupported; OpenClaw requires", GatewayEventKind::UnsupportedNode),
    ("JavaScript heap out of memory", GatewayEventKind::OutOfMemory),
    ("http server listening", GatewayEventKind::Ready),
];

/// An entry of a file that the gateway writes itself.
pub struct FileEntry {
    /// When it was logged.
    pub time: Timestamp,
    /// Its text as the journal has it: the part of OpenClaw in brackets, then the message.
    pub text: String,
    /// The gateway logged it; other commands of OpenClaw log into the same file.
    of_gateway: bool,
}

/// The entries of the gateway's own files, oldest first; `None` where there are
/// none that we may read.
pub async fn files(sight: Option<&Sight>) -> Option<Vec<FileEntry>> {
    let uid = sight?.uid()?;
    blocking(move || from_files(uid)).await.ok().flatten()
}

/// What the journal of its unit and its own files say of starts and of reloads, oldest first.
pub fn events(
    sight: &Sight,
    journal: Option<&Tail>,
    files: Option<Vec<FileEntry>>,
) -> Fact<Vec<GatewayEvent>> {
    if journal.is_none() && files.is_none() {
        return Fact::Unseen(unreadable(sight));
    }
    let journal = journal.into_iter().flat_map(|tail| &tail.entries).map(|entry| (entry.time, &*entry.text));
    let own = files.iter().flatten().filter(|entry| entry.of_gateway).map(|entry| (entry.time, &*entry.text));
    let mut entries: Vec<(Timestamp, &str)> = journal.chain(own).collect();
    entries.sort_by_key(|(at, _)| *at);
    let mut events = known(&entries);
    // The journal and the file have the same line a few milliseconds apart.
    events.dedup_by(|a, b| a.kind == b.kind && (a.at.as_millisecond() - b.at.as_millisecond()).abs() < 500);
    events.drain(..events.len().saturating_sub(KEPT));
    Fact::Seen(events)
}

/// The entries that we know. That reloading is off is logged for the edit that
/// turned it off too, which nothing waits for: the line before names what changed.
fn known(entries: &[(Timestamp, &str)]) -> Vec<GatewayEvent> {
    let mut events = Vec::new();
    let mut only_reload = false;
    for (at, text) in entries {
        if let Some((_, changed)) = text.split_once("evaluating reload (") {
            let mut keys = changed.split(')').next().unwrap_or_default().split(", ");
            only_reload = keys.all(|key| key.starts_with("gateway.reload"));
        }
        let nothing_waits = |event: &GatewayEvent| event.kind == GatewayEventKind::ReloadOff && only_reload;
        events.extend(event(*at, text).filter(|event| !nothing_waits(event)));
    }
    events
}

fn event(at: Timestamp, text: &str) -> Option<GatewayEvent> {
    let (_, kind) = SIGNATURES.iter().find(|(signature, _)| text.contains(signature))?;
    Some(GatewayEvent { at, kind: *kind })
}

/// The ends of the two latest `openclaw-DATE.log` that belong to the user; `None`
/// where there is none that we may read. Anybody may put directories, links and
/// pipes into /tmp, so nothing is followed, and what was opened is what is judged.
fn from_files(uid: Uid) -> Option<Vec<FileEntry>> {
    let dirs = [PathBuf::from("/tmp/openclaw"), PathBuf::from(format!("/tmp/openclaw-{uid}"))];
    let mut files: Vec<(PathBuf, File)> = dirs.iter().flat_map(|dir| logs_in(dir, uid)).collect();
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    let latest = files.split_off(files.len().saturating_sub(2));
    let texts: Vec<String> = latest.into_iter().filter_map(|(_, file)| tail(file)).collect();
    let lines = texts.iter().flat_map(|text| text.lines());
    (!texts.is_empty()).then(|| lines.filter_map(from_line).collect())
}

/// The two latest logs of a directory that are regular files of the user.
fn logs_in(dir: &Path, uid: Uid) -> Vec<(PathBuf, File)> {
    let Ok(opened) = open(dir, OFlag::O_DIRECTORY) else { return Vec::new() };
    // By its descriptor: what has the name of the directory by now may be another one.
    let inside = path_of(&opened);
    // In a container that we entered there is no /proc of ours; there we have the rights of the user alone.
    let inside = if inside.exists() { inside } else { dir.to_path_buf() };
    let mut names: Vec<_> = std::fs::read_dir(&inside)
        .into_iter()
        .flatten()
        .flatten()
        .take(200)
        .map(|entry| entry.file_name())
        .filter(|name| is_log(Path::new(name)))
        .collect();
    names.sort();
    let is_of_user =
        |file: &File| file.metadata().is_ok_and(|meta| meta.is_file() && meta.uid() == uid.as_raw());
    let open_log = |name| Some((dir.join(&name), open(&inside.join(&name), OFlag::O_NONBLOCK).ok()?));
    let logs = names.into_iter().rev().filter_map(open_log).filter(|(_, file)| is_of_user(file));
    logs.take(2).collect()
}

fn open(path: &Path, flags: OFlag) -> std::io::Result<File> {
    File::options().read(true).custom_flags((OFlag::O_NOFOLLOW | flags).bits()).open(path)
}

fn is_log(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.starts_with("openclaw-") && name.ends_with(".log")
}

fn tail(mut file: File) -> Option<String> {
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MOST))).ok()?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A line of JSON: its time, the part of OpenClaw that logged it, its message.
pub fn from_line(line: &str) -> Option<FileEntry> {
    let json: Value = serde_json::from_str(line).ok()?;
    let time: Timestamp = json.get("time")?.as_str()?.parse().ok()?;
    let text = |key: &str| json.get(key).and_then(Value::as_str);
    let part = text("0").and_then(|name| serde_json::from_str::<Value>(name).ok());
    let part = part.as_ref().and_then(|part| part.get("subsystem")?.as_str());
    let message = text("message").or_else(|| text("1")).or_else(|| text("0").filter(|_| part.is_none()))?;
    let text = match part {
        Some(part) => format!("[{}] {message}", part.strip_prefix("gateway/").unwrap_or(part)),
        None => message.to_string(),
    };
    Some(FileEntry { time, text, of_gateway: line.contains("gateway") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<GatewayEventKind> {
        event(Timestamp::UNIX_EPOCH, text).map(|event| event.kind)
    }

    #[test]
    fn lines_are_known_by_what_they_hold() {
        assert_eq!(
            kind("Gateway start blocked: existing config is missing gateway.mode."),
            Some(GatewayEventKind::ModeBlocked)
        );
        assert_eq!(
            kind("[reload] config reload skipped (invalid config): x: Invalid config"),
            Some(GatewayEventKind::ReloadRefused)
        );
        assert_eq!(kind("a chat about nothing"), None);
    }

    #[test]
    fn the_edit_that_turns_reloading_off_waits_for_nothing() {
        let entries = |changed: &str| {
            [
                format!("config change detected; evaluating reload ({changed})"),
                "config reload disabled (gateway.reload.mode=off)".into(),
            ]
        };
        let known = |changed: &str| {
            let entries = entries(changed);
            known(&entries.each_ref().map(|text| (Timestamp::UNIX_EPOCH, &**text))).len()
        };
        assert_eq!(known("gateway.reload"), 0);
        assert_eq!(known("gateway.reload, agents.defaults.model.primary"), 1);
    }

    #[test]
    fn only_regular_files_of_the_user_are_opened() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        let at = |name: &str| dir.path().join(name);
        for name in
            ["openclaw-2026-11-20.log", "openclaw-2026-11-21.log", "openclaw-2026-11-22.log", "other.log"]
        {
            std::fs::write(at(name), "x")?;
        }
        std::os::unix::fs::symlink(at("other.log"), at("openclaw-2026-11-23.log"))?;
        std::fs::create_dir(at("openclaw-2026-11-24.log"))?;
        nix::unistd::mkfifo(&at("openclaw-2026-11-25.log"), nix::sys::stat::Mode::S_IRWXU)?;
        let names = |dir: &Path, uid: Uid| -> Vec<_> {
            logs_in(dir, uid)
                .into_iter()
                .filter_map(|(path, _)| Some(path.file_name()?.to_os_string()))
                .collect()
        };
        let me = Uid::effective();
        assert_eq!(names(dir.path(), me), ["openclaw-2026-11-22.log", "openclaw-2026-11-21.log"]);
        assert!(names(dir.path(), Uid::from_raw(me.as_raw() + 1)).is_empty());
        std::os::unix::fs::symlink(dir.path(), at("link"))?;
        assert!(names(&at("link"), me).is_empty());
        Ok(())
    }

    #[test]
    fn a_line_of_the_file_has_its_time() {
        let line = r#"{"0":"{\"subsystem\":\"gateway/reload\"}","1":"config reload skipped (invalid config): x","time":"2026-11-22T16:12:43.708+00:00"}"#;
        let found = from_line(line).map(|entry| (entry.time.as_second(), entry.text));
        let text = "[reload] config reload skipped (invalid config): x".to_string();
        assert_eq!(found, Some((1_795_363_963, text)));
        assert!(from_line("{\"time\":\"gateway\"}").is_none());
        assert!(from_line("garbage of a gateway").is_none());
    }
}
