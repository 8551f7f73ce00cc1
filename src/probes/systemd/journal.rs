//! The journal, read by unit and priority, both of which it keeps an index of.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use super::super::process;
use crate::facts::{Aborts, Fact, Unseen};

/// How far back aborts are looked for.
const DAYS: u32 = 30;
/// How many aborts are kept, the newest ones.
const MOST: usize = 1000;
/// The message of the crash, systemd issue 34956. glibc's and systemd's
/// assertions both print it in this form.
const ASSERTION: &str = "Assertion 's->read_packet->family == AF_INET6' failed";

/// Looks for aborts of systemd-resolved with the AF_INET6 assertion.
pub async fn aborts() -> Fact<Aborts> {
    if let Err(unseen) = readable() {
        return Fact::Unseen(unseen);
    }
    let since = format!("--since=-{DAYS}d");
    let lines = format!("--lines={MOST}");
    // systemd logs a failed assertion at priority 2.
    let arguments = [
        "--output=json",
        "--output-fields=MESSAGE",
        "--no-pager",
        "--quiet",
        &since,
        &lines,
        "_SYSTEMD_UNIT=systemd-resolved.service",
        "PRIORITY=2",
    ];
    match process::output("journalctl", &arguments).await {
        Ok(output) if output.success => {
            let times: Vec<Timestamp> = output.stdout.lines().filter_map(abort).collect();
            let truncated = output.truncated || output.stdout.lines().count() >= MOST;
            Fact::Seen(Aborts { days: DAYS, times, truncated })
        }
        Ok(_) => Fact::unknown("journalctl failed to read the journal of systemd-resolved"),
        Err(unseen) => Fact::Unseen(unseen),
    }
}

/// The time of an entry that holds the assertion.
fn abort(line: &str) -> Option<Timestamp> {
    let entry: Value = serde_json::from_str(line).ok()?;
    let micros: i64 = entry.get("__REALTIME_TIMESTAMP")?.as_str()?.parse().ok()?;
    let holds = message(entry.get("MESSAGE")?).contains(ASSERTION);
    holds.then(|| Timestamp::from_microsecond(micros).ok()).flatten()
}

/// A message is a string, or an array of bytes where it is not clean UTF-8.
pub(super) fn message(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(bytes) => {
            let bytes: Vec<u8> = bytes.iter().filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => String::new(),
    }
}

/// Whether the system journal can be read. An unprivileged journalctl exits 0
/// with nothing and no hint, and so it does for a damaged file: its files are opened.
pub(super) fn readable() -> Result<(), Unseen> {
    let id = std::fs::read_to_string("/etc/machine-id").unwrap_or_default();
    let files: Vec<PathBuf> = ["/var/log/journal", "/run/log/journal"]
        .iter()
        .map(|root| Path::new(root).join(id.trim()).join("system.journal"))
        .collect();
    let heads: Vec<std::io::Result<bool>> = files.iter().map(|file| has_head(file)).collect();
    let is_denied = |error: &std::io::Error| error.kind() == ErrorKind::PermissionDenied;
    let error = if let Some(damaged) = heads.iter().position(|head| matches!(head, Ok(false))) {
        let file = files[damaged].display();
        format!("journalctl leaves {file} out, which is damaged; `journalctl --verify` tells more")
    } else if heads.iter().any(Result::is_ok) {
        return Ok(());
    } else if heads.iter().filter_map(|head| head.as_ref().err()).any(is_denied) {
        "the system journal may not be read by this user; run as root or as a member of the group systemd-journal"
            .into()
    } else {
        "there is no system journal in /var/log/journal or /run/log/journal".into()
    };
    Err(Unseen::Unknown { error })
}

/// Whether a file of the journal begins as one (`struct Header` of systemd's `journal-def.h`).
fn has_head(file: &Path) -> std::io::Result<bool> {
    const SIGNATURE: &[u8] = b"LPKSHHRH";
    /// Of the first format; later ones are longer.
    const SHORTEST: u64 = 208;
    let mut head = Vec::new();
    File::open(file)?.take(SHORTEST).read_to_end(&mut head)?;
    Ok(head.starts_with(SIGNATURE) && head.len() as u64 == SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abort_is_found_in_both_forms_of_a_message() {
        let text = r#"{"__REALTIME_TIMESTAMP":"1700000000000000","MESSAGE":"Assertion 's->read_packet->family == AF_INET6' failed at x.c:1. Aborting."}"#;
        assert_eq!(abort(text).map(|time| time.as_second()), Some(1_700_000_000));
        let bytes: Vec<String> = ASSERTION.bytes().map(|byte| byte.to_string()).collect();
        let text =
            format!(r#"{{"__REALTIME_TIMESTAMP":"1700000000000000","MESSAGE":[{}]}}"#, bytes.join(","));
        assert!(abort(&text).is_some());
    }

    #[test]
    fn other_entries_are_no_aborts() {
        for text in [
            "",
            "{",
            r#"{"MESSAGE":null,"__REALTIME_TIMESTAMP":"1"}"#,
            r#"{"MESSAGE":"Assertion 'x' failed","__REALTIME_TIMESTAMP":"1"}"#,
        ] {
            assert_eq!(abort(text), None, "{text}");
        }
    }
}
