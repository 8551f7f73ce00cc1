//! What the gateway's log says of starts and of reloads: from the journal of its
//! unit, and from the files that it writes itself.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use memchr::memmem::Finder;
use nix::fcntl::OFlag;
use nix::unistd::Uid;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::sight::{Sight, unreadable};
use crate::facts::{Fact, GatewayEvent, GatewayEventKind};
use crate::probes::files::path_of;
use crate::probes::process::blocking;
use crate::probes::systemd::Tail;
use crate::text::words::Words;

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

/// The same in lower case, and [`CHANGED`]; a test compares them.
const SIGNATURE_WORDS: [&str; 17] = [
    "config reload skipped (",
    "config reload disabled (gateway.reload.mode=off)",
    "config hot reload applied",
    "gateway start blocked",
    "missing config.",
    "eaddrinuse",
    "already listening on",
    "gateway already running",
    "another openclaw process owns gateway-lifecycle",
    "config is invalid",
    "invalid config",
    "refusing to bind gateway",
    "required secrets are unavailable",
    "is unsupported; openclaw requires",
    "javascript heap out of memory",
    "http server listening",
    "evaluating reload (",
];

/// What is logged before reloading is off: which keys changed.
const CHANGED: &str = "evaluating reload (";

/// What was read of the files that the gateway writes itself.
#[derive(Default)]
pub struct FileLog {
    /// The entries that may matter, oldest first.
    pub entries: Vec<FileEntry>,
    /// How many lines there are.
    pub read: u64,
    /// When the first was logged.
    pub from: Option<Timestamp>,
}

/// An entry of a file that the gateway writes itself.
pub struct FileEntry {
    /// When it was logged.
    pub time: Timestamp,
    /// Its text as the journal has it: the part of OpenClaw in brackets, then the message.
    pub text: String,
    /// The gateway logged it; other commands of OpenClaw log into the same file.
    of_gateway: bool,
}

/// The files that OpenClaw writes for this user; `None` where there are none that we may read. Entries that hold none of these words,
/// nor tell of a start or of a reload, are counted and no more.
pub async fn files(user: Option<Uid>, words: impl Iterator<Item = &'static str>) -> Option<FileLog> {
    let uid = user?;
    let words: Vec<&'static str> = words.chain(SIGNATURE_WORDS).collect();
    blocking(move || from_files(uid, words)).await.ok().flatten()
}

/// What the journal of its unit and its own files say of starts and of reloads, oldest first.
pub fn events(sight: &Sight, journal: Option<&Tail>, files: Option<FileLog>) -> Fact<Vec<GatewayEvent>> {
    if journal.is_none() && files.is_none() {
        return Fact::Unseen(unreadable(sight));
    }
    let journal = journal.into_iter().flat_map(|tail| &tail.entries).map(|entry| (entry.time, &*entry.text));
    let own = files.iter().flat_map(|files| &files.entries).filter(|entry| entry.of_gateway);
    let own = own.map(|entry| (entry.time, &*entry.text));
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
        if let Some((_, changed)) = text.split_once(CHANGED) {
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
fn from_files(uid: Uid, words: Vec<&'static str>) -> Option<FileLog> {
    let dirs = [PathBuf::from("/tmp/openclaw"), PathBuf::from(format!("/tmp/openclaw-{uid}"))];
    let mut files: Vec<(PathBuf, File)> = dirs.iter().flat_map(|dir| logs_in(dir, uid)).collect();
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    let latest = files.split_off(files.len().saturating_sub(2));
    let texts: Vec<Vec<u8>> = latest.into_iter().filter_map(|(_, file)| tail(file)).collect();
    let lines = texts.iter().flat_map(|text| text.split(|byte| *byte == b'\n'));
    // What finds the words takes a while to be made, and most machines have no such file.
    (!texts.is_empty()).then(|| from_lines(lines, &Words::new(words)))
}

/// Reads lines of JSON, and of those that hold none of the words no more than the first.
pub fn from_lines<'l>(lines: impl Iterator<Item = &'l [u8]>, words: &Words) -> FileLog {
    let judged = Judged { message: Finder::new(b"\"message\":\""), meta: Finder::new(b"\"_meta\":") };
    let mut log = FileLog::default();
    for line in lines.filter(|line| line.starts_with(b"{")) {
        log.read += 1;
        if log.from.is_none() {
            log.from = from_line(line).map(|entry| entry.time);
        }
        if judged.parts(line).iter().any(|part| words.any(part)) {
            log.entries.extend(from_line(line));
        }
    }
    log
}

/// Where lines have what is judged.
struct Judged<'n> {
    message: Finder<'n>,
    meta: Finder<'n>,
}

impl Judged<'_> {
    /// The head, which names the part of OpenClaw, and the message at the end: between them stands what is the same
    /// in every line (2026.9.6). A line of another build counts as a whole.
    fn parts<'l>(&self, line: &'l [u8]) -> [&'l [u8]; 2] {
        const HEAD: usize = 128;
        let message = self.message.find(line).map(|at| &line[at..]);
        match message.filter(|rest| self.meta.find(rest).is_none()) {
            Some(message) => {
                [&line[..self.meta.find(line).unwrap_or(HEAD).min(HEAD).min(line.len())], message]
            }
            None => [line, &[]],
        }
    }
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

fn tail(mut file: File) -> Option<Vec<u8>> {
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MOST))).ok()?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The members of a line that are read.
#[derive(serde::Deserialize)]
struct Line<'l> {
    #[serde(borrow)]
    time: Text<'l>,
    #[serde(borrow, default)]
    message: Text<'l>,
    #[serde(borrow, default, rename = "0")]
    first: Text<'l>,
    #[serde(borrow, default, rename = "1")]
    second: Text<'l>,
}

/// The part of OpenClaw that logged a line.
#[derive(serde::Deserialize)]
struct Part<'l> {
    #[serde(borrow, default)]
    subsystem: Text<'l>,
}

/// A line of JSON: its time, the part of OpenClaw that logged it, its message.
pub fn from_line(line: &[u8]) -> Option<FileEntry> {
    let text = String::from_utf8_lossy(line);
    let line: Line = serde_json::from_str(&text).ok()?;
    let time: Timestamp = line.time.0?.parse().ok()?;
    let part = line.first.0.as_deref().and_then(|name| serde_json::from_str::<Part>(name).ok()?.subsystem.0);
    let message = line.message.0.or(line.second.0).or(line.first.0.clone().filter(|_| part.is_none()))?;
    let of_gateway = text.contains("gateway");
    let more = if message == AGENT_END { end_of_turn(&text).unwrap_or_default() } else { String::new() };
    let text = match part {
        Some(part) => format!("[{}] {message}{more}", part.strip_prefix("gateway/").unwrap_or(&part)),
        None => format!("{message}{more}"),
    };
    Some(FileEntry { time, text, of_gateway })
}

/// What the journal says of the end of a turn behind its message; in the file it stands in an object.
fn end_of_turn(line: &str) -> Option<String> {
    let Details { details } = serde_json::from_str(line).ok()?;
    let words = [
        ("isError", details.is_error.map(|is_error| is_error.to_string())),
        ("model", details.model),
        ("provider", details.provider),
        ("error", details.error),
        ("rawError", details.raw_error_preview),
    ];
    let words = words.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    Some(format!(": {}", words.collect::<Vec<_>>().join(" ")))
}

/// The message at the end of a turn (`embedded_run_agent_end`, 2026.9.6).
const AGENT_END: &str = "embedded run agent end";

#[derive(serde::Deserialize)]
struct Details {
    #[serde(rename = "1")]
    details: AgentEnd,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AgentEnd {
    is_error: Option<bool>,
    model: Option<String>,
    provider: Option<String>,
    error: Option<String>,
    raw_error_preview: Option<String>,
}

/// A member that is a text; of another kind it is none, and nothing is kept of it.
#[derive(Default)]
struct Text<'l>(Option<Cow<'l, str>>);

impl<'de: 'l, 'l> Deserialize<'de> for Text<'l> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(text.to_string()))))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Text(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Text(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Text(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Text(None))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Text(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }
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
        let found = from_line(line.as_bytes()).map(|entry| (entry.time.as_second(), entry.text));
        let text = "[reload] config reload skipped (invalid config): x".to_string();
        assert_eq!(found, Some((1_795_363_963, text)));
        assert!(from_line(b"{\"time\":\"gateway\"}").is_none());
        assert!(from_line(b"garbage of a gateway").is_none());
    }

    #[test]
    fn the_end_of_a_turn_reads_as_in_the_journal() {
        // Of `openclaw agent --local` with a model that never ends (lab, 2026.9.6 with Ollama 0.32.15).
        let line = r#"{"0":"{\"subsystem\":\"agent/embedded\"}","1":{"event":"embedded_run_agent_end","isError":true,"error":"⚠️ ollama/loops request failed (provider internal error). This is usually temporary — try again shortly.","failoverReason":"server_error","model":"loops","provider":"ollama","rawErrorPreview":"Ollama API stream ended without a final response"},"2":"embedded run agent end","time":"2026-11-27T18:07:02.194+00:00","message":"embedded run agent end"}"#;
        let text = from_line(line.as_bytes()).map(|entry| entry.text);
        let expected = "[agent/embedded] embedded run agent end: isError=true model=loops provider=ollama error=⚠️ \
                        ollama/loops request failed (provider internal error). This is usually temporary — try again \
                        shortly. rawError=Ollama API stream ended without a final response";
        assert_eq!(text.as_deref(), Some(expected));
    }

    #[test]
    fn of_a_line_that_tells_nothing_no_more_is_read_than_that_it_is_there() {
        let telling: Vec<String> = SIGNATURES.iter().map(|(text, _)| text.to_lowercase()).collect();
        assert_eq!(SIGNATURE_WORDS[..telling.len()], telling);
        assert_eq!(SIGNATURE_WORDS.last(), Some(&CHANGED));
        let line = |part: &str, args: &str, second: u8, message: &str| {
            format!(
                "{{\"0\":\"{{\\\"subsystem\\\":\\\"{part}\\\"}}\",\"1\":{args},\"_meta\":{{\"logLevelName\":\"error\"}},\
                 \"time\":\"2026-11-22T16:12:0{second}.000+00:00\"{message}}}"
            )
        };
        let text = [
            "cut at its start\"}".to_string(),
            line("gateway", "\"a chat\"", 1, ",\"message\":\"a chat\""),
            line("gateway", "{\"a\":[1,{}]}", 2, ",\"message\":\"it FAILED\""),
            line("gateway/error", "\"x\"", 3, ",\"message\":\"x\""),
            line("gateway", "\"it failed\"", 4, ""),
            line("gateway", "{\"message\":\"x\",\"why\":\"error\"}", 5, ""),
            line("gateway", "\"x\"", 6, ",\"message\":\"Config is invalid\""),
        ]
        .join("\n");
        let words = Words::new(["fail", "error"].into_iter().chain(SIGNATURE_WORDS));
        let log = from_lines(text.as_bytes().split(|byte| *byte == b'\n'), &words);
        let texts: Vec<&str> = log.entries.iter().map(|entry| &*entry.text).collect();
        assert_eq!(
            texts,
            ["[gateway] it FAILED", "[error] x", "[gateway] it failed", "[gateway] Config is invalid"]
        );
        assert_eq!((log.read, log.from.map(Timestamp::as_second)), (6, Some(1_795_363_921)));
    }
}
