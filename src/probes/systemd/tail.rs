//! The newest entries of several units, from one journalctl for all of them.
//!
//! journalctl keeps an index by unit, so a large journal of other units costs
//! nothing. It is read backwards and stopped as soon as there is enough.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nix::unistd::Uid;
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::time::{Instant, timeout_at};

use super::super::process;
use super::journal::{message, readable};
use super::units::since_boot;
use crate::facts::{Fact, Unseen};

/// Entries of one unit that are read at most.
const MOST: usize = 2000;
/// Starts of a unit that are read at most: its latest, and those before it that may be one restart loop.
const RUNS: u32 = 4;
/// A longer text is cut.
const LONGEST: usize = 800;
/// A longer line is left out; journalctl shortens a field to 4096 bytes, each at most five characters.
const LONGEST_LINE: u64 = 256 << 10;
/// A disk that is slow gives what it has until then.
const LIMIT: Duration = Duration::from_millis(1500);
/// So many entries of a unit that has enough are read before journalctl is asked without it.
const SURPLUS: usize = 200;

/// Whose entries to read.
#[derive(Debug, Clone)]
pub struct Source {
    /// The unit's name.
    pub unit: String,
    /// The user whose systemd runs it; `None` for a unit of the machine.
    pub user: Option<Uid>,
}

/// An entry of the journal.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When it was logged.
    pub time: Timestamp,
    /// How many times the unit was started since.
    pub run: u32,
    /// Its text.
    pub text: String,
}

/// What was read of one unit.
#[derive(Debug, Default)]
pub struct Tail {
    /// Newest first.
    pub entries: Vec<Entry>,
    /// There are older ones of this boot.
    pub truncated: bool,
    invocation: Option<String>,
    run: u32,
    done: bool,
}

/// The fields that we ask for; a field that occurs twice is a list.
#[derive(Default, Deserialize)]
struct Line {
    #[serde(rename = "__REALTIME_TIMESTAMP")]
    time: String,
    #[serde(rename = "__MONOTONIC_TIMESTAMP", default)]
    since_boot: String,
    #[serde(rename = "_BOOT_ID")]
    boot: Option<String>,
    #[serde(rename = "MESSAGE", default)]
    message: Value,
    #[serde(rename = "_UID")]
    uid: Option<Value>,
    #[serde(rename = "_SYSTEMD_UNIT")]
    own_unit: Option<Value>,
    #[serde(rename = "_SYSTEMD_USER_UNIT")]
    own_user_unit: Option<Value>,
    #[serde(rename = "_SYSTEMD_INVOCATION_ID")]
    own_invocation: Option<Value>,
    #[serde(rename = "UNIT")]
    unit: Option<Value>,
    #[serde(rename = "INVOCATION_ID")]
    invocation: Option<Value>,
    #[serde(rename = "USER_UNIT")]
    user_unit: Option<Value>,
    #[serde(rename = "USER_INVOCATION_ID")]
    user_invocation: Option<Value>,
}

/// The fields that tell of which unit and of which start of it an entry is:
/// those of its own processes, and those of what systemd says of it.
const FIELDS: &str = "MESSAGE,_UID,_SYSTEMD_UNIT,_SYSTEMD_USER_UNIT,_SYSTEMD_INVOCATION_ID,\
UNIT,INVOCATION_ID,USER_UNIT,USER_INVOCATION_ID";

/// The newest entries of each source, of this boot.
pub async fn read(sources: &[Source]) -> Vec<Fact<Tail>> {
    let system = readable();
    let may_read = |source: &Source| match &system {
        Err(unseen) if source.user != Some(Uid::effective()) => Err(unseen.clone()),
        _ => Ok(()),
    };
    let mut tails: Vec<Result<Tail, Unseen>> =
        sources.iter().map(|source| may_read(source).map(|()| Tail::default())).collect();
    let until = Instant::now() + LIMIT;
    // A unit that logs very much ends a pass early, so that the others are asked for without it.
    for _ in 0..sources.len() {
        let asked = |tail: &Result<Tail, Unseen>| tail.as_ref().is_ok_and(|tail| !tail.done);
        if !tails.iter().any(asked) {
            break;
        }
        for tail in tails.iter_mut().flatten().filter(|tail| !tail.done) {
            *tail = Tail::default();
        }
        if let Err(unseen) = pass(sources, &mut tails, until).await {
            tails.iter_mut().filter(|tail| asked(tail)).for_each(|tail| *tail = Err(unseen.clone()));
        }
    }
    tails.into_iter().map(|tail| tail.map_or_else(Fact::Unseen, Fact::Seen)).collect()
}

/// What an export of these sources brings, of which none can fail.
#[cfg(any(test, fuzzing))]
pub async fn read_export(export: &[u8], sources: &[Source]) -> Vec<Tail> {
    let mut tails: Vec<Result<Tail, Unseen>> = sources.iter().map(|_| Ok(Tail::default())).collect();
    read_lines(export, sources, &mut tails, Instant::now() + LIMIT).await;
    tails.into_iter().flatten().collect()
}

/// Reads what is not done yet.
async fn pass(sources: &[Source], tails: &mut [Result<Tail, Unseen>], until: Instant) -> Result<(), Unseen> {
    let open = |tails: &[Result<Tail, Unseen>], index: usize| {
        tails[index].as_ref().is_ok_and(|tail: &Tail| !tail.done)
    };
    let asked: Vec<&Source> =
        sources.iter().enumerate().filter(|(index, _)| open(tails, *index)).map(|(_, one)| one).collect();
    let fields = format!("--output-fields={FIELDS}");
    let mut arguments =
        vec!["--output=json".into(), fields, "--no-pager".into(), "--quiet".into(), "--reverse".into()];
    arguments.extend(matches(&asked));
    let mut child = process::streaming("journalctl", &arguments)?;
    let stdout = child.stdout.take().map(BufReader::new);
    let ended = match stdout {
        Some(lines) => read_lines(lines, sources, tails, until).await,
        None => Ended::Early,
    };
    match ended {
        Ended::Noisy => return Ok(()),
        Ended::All => {
            let status = child.wait().await;
            if !status.is_ok_and(|status| status.success()) {
                return Err(Unseen::Unknown { error: "journalctl failed to read the journal".into() });
            }
        }
        Ended::Early => {
            tails.iter_mut().flatten().filter(|tail| !tail.done).for_each(|tail| tail.truncated = true);
        }
        Ended::OtherBoot => {}
    }
    tails.iter_mut().flatten().for_each(|tail| tail.done = true);
    Ok(())
}

/// Why reading ended.
enum Ended {
    /// There was no more.
    All,
    /// What follows is of an earlier boot.
    OtherBoot,
    /// Enough, or time was up.
    Early,
    /// Units that have enough are in the way of others.
    Noisy,
}

async fn read_lines(
    mut lines: impl AsyncBufRead + Unpin,
    sources: &[Source],
    tails: &mut [Result<Tail, Unseen>],
    until: Instant,
) -> Ended {
    let this_boot = this_boot();
    let mut boot = None;
    let mut surplus = 0;
    let mut bytes = Vec::new();
    let mut is_rest = false;
    loop {
        if let Err(ended) = read_piece(&mut lines, &mut bytes, until).await {
            return ended;
        }
        // What follows a piece without an end is the rest of that line.
        let was_rest = std::mem::replace(&mut is_rest, !bytes.ends_with(b"\n"));
        if was_rest {
            continue;
        }
        let Ok(line) = serde_json::from_slice::<Line>(&bytes) else { continue };
        if boot.get_or_insert_with(|| line.boot.clone()) != &line.boot {
            return Ended::OtherBoot;
        }
        let Some((index, invocation)) = source_of(sources, &line) else { continue };
        let Ok(tail) = &mut tails[index] else { continue };
        if tail.done {
            surplus += 1;
        } else {
            tail.take(&line, invocation, line.boot.is_some() && line.boot == this_boot);
        }
        let is_open = |tail: &Result<Tail, Unseen>| tail.as_ref().is_ok_and(|tail| !tail.done);
        if !tails.iter().any(is_open) {
            return Ended::Early;
        }
        if surplus > SURPLUS {
            return Ended::Noisy;
        }
    }
}

/// Reads a line, or the start of one that is too long.
async fn read_piece(
    lines: &mut (impl AsyncBufRead + Unpin),
    bytes: &mut Vec<u8>,
    until: Instant,
) -> Result<(), Ended> {
    bytes.clear();
    match timeout_at(until, lines.take(LONGEST_LINE).read_until(b'\n', bytes)).await {
        Ok(Ok(0)) => Err(Ended::All),
        Ok(Ok(_)) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Ended::Early),
    }
}

impl Tail {
    fn take(&mut self, line: &Line, invocation: Option<&str>, is_this_boot: bool) {
        if invocation.is_some() && invocation != self.invocation.as_deref() {
            self.run += u32::from(self.invocation.is_some());
            self.invocation = invocation.map(str::to_string);
        }
        if self.run >= RUNS {
            self.done = true;
            return;
        }
        if self.entries.len() >= MOST {
            (self.done, self.truncated) = (true, true);
            return;
        }
        let Some(time) = time(line, is_this_boot) else { return };
        let mut text = message(&line.message);
        if let Some((end, _)) = text.char_indices().nth(LONGEST) {
            text.truncate(end);
        }
        self.entries.push(Entry { time, run: self.run, text });
    }
}

/// When an entry was logged, by the clock as it is set now: that is how the start of a unit is told too.
fn time(line: &Line, is_this_boot: bool) -> Option<Timestamp> {
    /// What is read at two moments differs by less.
    const APART: SignedDuration = SignedDuration::from_secs(2);
    let told = Timestamp::from_microsecond(line.time.parse().ok()?).ok()?;
    let by_boot = line.since_boot.parse().ok().and_then(since_boot).filter(|_| is_this_boot);
    Some(by_boot.filter(|time| time.duration_since(told).abs() > APART).unwrap_or(told))
}

/// The id of this boot, as the journal writes it.
fn this_boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().replace('-', ""))
}

/// What journalctl is to match: a plus means or, and different fields all must hold.
fn matches(sources: &[&Source]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for source in sources {
        let unit = &source.unit;
        let alternatives = match source.user {
            None => [vec![format!("_SYSTEMD_UNIT={unit}")], vec!["_PID=1".into(), format!("UNIT={unit}")]],
            Some(uid) => [
                vec![format!("_SYSTEMD_USER_UNIT={unit}"), format!("_UID={uid}")],
                vec![format!("USER_UNIT={unit}"), format!("_UID={uid}")],
            ],
        };
        for alternative in alternatives {
            if !words.is_empty() {
                words.push("+".into());
            }
            words.extend(alternative);
        }
    }
    words
}

/// The source that an entry belongs to, and the start of the unit that it is of.
fn source_of<'a>(sources: &[Source], line: &'a Line) -> Option<(usize, Option<&'a str>)> {
    let text = |field: &'a Option<Value>| field.as_ref().and_then(Value::as_str);
    let uid = text(&line.uid).and_then(|uid| uid.parse().ok()).map(Uid::from_raw);
    for (index, source) in sources.iter().enumerate() {
        let names = match source.user {
            None => [(&line.own_unit, &line.own_invocation), (&line.unit, &line.invocation)],
            Some(_) if source.user != uid => continue,
            Some(_) => {
                [(&line.own_user_unit, &line.own_invocation), (&line.user_unit, &line.user_invocation)]
            }
        };
        for (unit, invocation) in names {
            if text(unit) == Some(&source.unit) {
                return Some((index, text(invocation)));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> Vec<Source> {
        let ollama = Source { unit: "ollama.service".into(), user: None };
        let gateway = Source { unit: "openclaw-gateway.service".into(), user: Some(Uid::from_raw(1000)) };
        vec![ollama, gateway]
    }

    #[test]
    fn one_question_is_asked_for_all_units() {
        let sources = sources();
        let words = matches(&sources.iter().collect::<Vec<_>>());
        assert_eq!(
            words.join(" "),
            "_SYSTEMD_UNIT=ollama.service + _PID=1 UNIT=ollama.service + \
             _SYSTEMD_USER_UNIT=openclaw-gateway.service _UID=1000 + USER_UNIT=openclaw-gateway.service _UID=1000"
        );
    }

    #[test]
    fn an_entry_belongs_to_its_unit_and_its_user() {
        let of = |fields: &str| {
            let line = format!("{{\"__REALTIME_TIMESTAMP\":\"1\",{fields}}}");
            let line = serde_json::from_str::<Line>(&line).unwrap_or_default();
            source_of(&sources(), &line).map(|(index, id)| (index, id.map(String::from)))
        };
        assert_eq!(
            of(r#""_SYSTEMD_UNIT":"ollama.service","_SYSTEMD_INVOCATION_ID":"a""#),
            Some((0, Some("a".into())))
        );
        assert_eq!(
            of(r#""UNIT":"ollama.service","_SYSTEMD_UNIT":"init.scope","INVOCATION_ID":"b""#),
            Some((0, Some("b".into())))
        );
        assert_eq!(of(r#""_SYSTEMD_USER_UNIT":"openclaw-gateway.service","_UID":"1000""#), Some((1, None)));
        assert_eq!(of(r#""_SYSTEMD_USER_UNIT":"openclaw-gateway.service","_UID":"1001""#), None);
    }

    #[test]
    fn starts_are_told_apart_and_a_few_of_them_are_kept() {
        let mut tail = Tail::default();
        for id in ["d", "d", "c", "b", "a", "z"] {
            let line = Line {
                time: "1700000000000000".into(),
                message: Value::String(id.into()),
                ..Line::default()
            };
            tail.take(&line, Some(id), true);
        }
        let runs: Vec<u32> = tail.entries.iter().map(|entry| entry.run).collect();
        assert_eq!((runs, tail.done, tail.truncated), (vec![0, 0, 1, 2, 3], true, false));
    }

    #[tokio::test]
    async fn a_clock_that_was_set_moves_the_lines_with_the_start_of_the_unit() {
        let boot = this_boot().unwrap_or_default();
        let line = |boot: &str| {
            format!(
                r#"{{"__REALTIME_TIMESTAMP":"1000000","__MONOTONIC_TIMESTAMP":"7000000","_BOOT_ID":"{boot}",
                "_SYSTEMD_UNIT":"ollama.service","MESSAGE":"x"}}"#
            )
            .replace('\n', "")
        };
        let time = async |export: String| read_export(export.as_bytes(), &sources()).await[0].entries[0].time;
        let started = since_boot(7_000_000).unwrap_or_default();
        let moved = time(line(&boot)).await;
        assert!(moved.duration_since(started).abs() < SignedDuration::from_secs(1), "{moved} {started}");
        assert_eq!(time(line("another")).await, Timestamp::from_second(1).unwrap_or_default());
    }

    #[tokio::test]
    async fn a_line_without_end_takes_little_memory_and_the_next_one_counts() {
        let line = |text: &str| {
            let entry = r#"{"__REALTIME_TIMESTAMP":"1","_SYSTEMD_UNIT":"ollama.service","MESSAGE":"#;
            format!("{entry}\"{text}\"}}\n")
        };
        // The second piece of the long line would be a line by itself.
        let piece = usize::try_from(LONGEST_LINE).unwrap_or_default();
        let long = format!("{}{}", "x".repeat(piece), line("within"));
        let export = format!("{}{long}{}", line("before"), line("after"));
        let tails = read_export(export.as_bytes(), &sources()).await;
        let texts: Vec<&str> = tails[0].entries.iter().map(|entry| &*entry.text).collect();
        assert_eq!(texts, ["before", "after"]);
    }
}
