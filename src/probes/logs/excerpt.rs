//! What is kept of a log. The rule knows no check: a later doctor judges bundles
//! by lines that this one has no page for.

use std::collections::HashMap;
use std::sync::OnceLock;

use jiff::Timestamp;

use super::super::systemd::Tail;
use crate::facts::{Log, LogLine};
use crate::probes::openclaw::gateway::FileLog;
use crate::text::scrub::excerpt as scrubbed;
use crate::text::words::Words;

/// Kinds of lines that are kept of one log, the newest ones.
const MOST: usize = 400;
/// A longer line is cut.
const LONGEST: usize = 500;

/// Words of trouble, in lower case, anywhere in a line.
const TROUBLE: [&str; 55] = [
    "abort",
    "assert",
    "bad ",
    "blocked",
    "busy",
    "can't",
    "cannot",
    "clobber",
    "closed",
    "corrupt",
    "could not",
    "couldn't",
    "crash",
    "degraded",
    "denied",
    "does not",
    "dropping",
    "eaddr",
    "err",
    "exceed",
    "exited",
    "fail",
    "fatal",
    "in use",
    "insufficient",
    "invalid",
    "kill",
    "mismatch",
    "missing",
    "no ",
    "not ",
    "out of",
    "oom",
    "panic",
    "refus",
    "reject",
    "retry",
    "skipp",
    "small",
    "stall",
    "terminat",
    "timed out",
    "timeout",
    "timing out",
    "too ",
    "truncat",
    "unable",
    "unauthor",
    "unavail",
    "undefined",
    "unexpected",
    "unknown",
    "unreach",
    "unsupported",
    "warn",
];

/// Words of what works, with which trouble is over.
const SUCCESS: [&str; 8] = [
    "listening on",
    "started",
    "starting",
    "stopped",
    "ready",
    "applied",
    "restored",
    "http server listening",
];

/// The excerpt of what was read of a unit.
pub fn of_tail(unit: String, tail: &Tail) -> Log {
    let entries = tail.entries.iter().map(|entry| (entry.time, entry.run, &*entry.text));
    excerpt(unit, entries, tail.truncated)
}

/// The excerpt of the gateway's own files, which tell nothing of starts. Of lines that were passed over
/// it is known how many they are.
pub fn of_files(files: &FileLog) -> Log {
    let lines = files.entries.iter().rev().map(|entry| (entry.time, 0, &*entry.text));
    let log = excerpt("OpenClaw".into(), lines, true);
    let is_full = log.lines.len() >= MOST;
    Log { read: files.read, from: if is_full { log.from } else { files.from }, ..log }
}

/// From lines that come newest first.
fn excerpt<'a>(
    unit: String,
    lines: impl Iterator<Item = (Timestamp, u32, &'a str)>,
    mut truncated: bool,
) -> Log {
    let mut kinds: Vec<LogLine> = Vec::new();
    let mut places: HashMap<(u32, String), usize> = HashMap::new();
    let (mut read, mut from, mut full) = (0, None, false);
    for (time, run, text) in lines {
        read += 1;
        // What lies before the first kind that is left out is not known.
        if !full {
            from = Some(time);
        }
        let text = plain(text);
        if !is_telling(text) {
            continue;
        }
        let key = (run, shape(text));
        if let Some(place) = places.get(&key) {
            let line = &mut kinds[*place];
            (line.first, line.count) = (time, line.count + 1);
        } else if kinds.len() < MOST {
            places.insert(key, kinds.len());
            kinds.push(LogLine { time, first: time, count: 1, run, text: scrubbed(text, LONGEST) });
        } else {
            (truncated, full) = (true, true);
        }
    }
    kinds.reverse();
    Log { unit, from, read, truncated, lines: kinds }
}

/// Whether a line tells of trouble, or that something works.
pub fn is_telling(text: &str) -> bool {
    // The whole environment of Ollama, which may hold a proxy's password.
    // What is logged for debugging holds whole prompts.
    let talks = text.contains("level=DEBUG") || text.contains("level=TRACE");
    if text.contains("msg=\"server config\"") || talks {
        return false;
    }
    if text.starts_with("[GIN]") {
        // Whoever scans the port for other paths fills no excerpt with them.
        return ["\"/api/", "\"/v1/"].iter().any(|path| text.contains(path));
    }
    words().any(text.as_bytes())
}

/// The words of a line that is kept.
fn words() -> &'static Words {
    static WORDS: OnceLock<Words> = OnceLock::new();
    WORDS.get_or_init(|| Words::new(telling_words()))
}

/// Those of trouble and of success.
pub fn telling_words() -> impl Iterator<Item = &'static str> {
    TROUBLE.into_iter().chain(SUCCESS)
}

/// A line without the time that the gateway writes before it.
fn plain(text: &str) -> &str {
    match text.split_once(' ') {
        Some((time, rest)) if time.len() >= 20 && time.parse::<Timestamp>().is_ok() => rest,
        _ => text,
    }
}

/// A line with a mark for every word that has a digit. Of an answered request
/// the status, the method and the path count.
fn shape(text: &str) -> String {
    if text.starts_with("[GIN]") {
        let parts: Vec<&str> = text.split('|').map(str::trim).collect();
        let path = parts.last().map(|last| last.split('?').next().unwrap_or(last));
        return format!("{} {}", parts.get(1).unwrap_or(&""), path.unwrap_or_default());
    }
    let mut shape = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        if word.contains(|c: char| c.is_ascii_digit()) {
            shape.push('#');
            shape.extend(word.chars().last().filter(|c| !c.is_ascii_alphanumeric()));
        } else {
            shape.push_str(word);
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn log(lines: &[&str]) -> Log {
        let newest_first = lines.iter().rev().map(|text| (Timestamp::UNIX_EPOCH, 0, *text));
        excerpt("x.service".into(), newest_first, false)
    }

    fn kept(lines: &[&str]) -> Vec<(u32, String)> {
        log(lines).lines.into_iter().map(|line| (line.count, line.text)).collect()
    }

    #[test]
    fn every_line_that_a_page_knows_is_kept() {
        let samples: Value =
            serde_json::from_str(include_str!("../../../tests/cases/signatures.json")).unwrap_or_default();
        let all = samples.as_object().map(|all| all.values().collect::<Vec<_>>()).unwrap_or_default();
        let lines = all.iter().flat_map(|one| one["tells"].as_array().into_iter().flatten());
        let lines: Vec<&str> = lines.filter_map(Value::as_str).collect();
        assert!(!lines.is_empty());
        for line in lines {
            assert!(is_telling(line) && !scrubbed(line, LONGEST).contains("<withheld"), "{line}");
            // The number of a run is nothing that a page needs.
            let given_away = crate::text::scrub::scrub_for_others(line).replace("runId=<withheld:word>", "");
            assert!(!given_away.contains("<withheld"), "{given_away}");
        }
    }

    #[test]
    fn lines_that_differ_in_numbers_are_one_and_chatter_is_none() {
        let lines = [
            "time=2026-11-22T11:00:00Z level=WARN msg=\"slow\" took=4s",
            "a chat about the weather",
            "time=2026-11-22T11:00:07Z level=WARN msg=\"slow\" took=71s",
        ];
        assert_eq!(kept(&lines), [(2, lines[2].to_string())]);
        assert_eq!(log(&lines).read, 3);
        let requests = [
            "[GIN] 2026/11/22 - 11:00:00 | 200 | 31.4µs | 127.0.0.1 | POST     \"/api/chat\"",
            "[GIN] 2026/11/22 - 11:00:09 | 499 | 60.1s | 127.0.0.1 | POST     \"/api/chat\"",
            "[GIN] 2026/11/22 - 11:00:10 | 404 | 1µs | 203.0.113.9 | GET      \"/wp-login.php\"",
        ];
        assert_eq!(kept(&requests).len(), 2);
    }

    #[test]
    fn a_flood_of_kinds_is_bounded_and_said() {
        let lines: Vec<String> = (0..2 * MOST).map(|n| format!("error {}", "x".repeat(n))).collect();
        let log = log(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!((log.lines.len(), log.truncated), (MOST, true));
        assert!(log.lines.iter().all(|line| line.text.chars().count() <= LONGEST + 1));
    }

    #[test]
    fn secrets_are_masked_and_the_environment_is_not_kept() {
        for line in [
            "error proxyconnect https://ann:canary@proxy:3128/x",
            "request failed: Authorization: Bearer canary-1234567890",
            "failed {\"apiKey\":\"canary-1234567890\"}",
            "failed OLLAMA_API_KEY=canary1234",
            "unknown key sk-canary-1234567890",
            "failed token=canary-1234&x=1",
        ] {
            let text = scrubbed(line, LONGEST);
            assert!(!text.contains("canary") && text.contains("<withheld:"), "{text}");
        }
        assert!(!is_telling("level=INFO msg=\"server config\" env=\"map[HTTPS_PROXY:http://a:b@c error]\""));
    }
}
