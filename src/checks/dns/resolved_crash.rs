//! Does systemd-resolved abort with the AF_INET6 assertion (systemd issue 34956)?

use jiff::{SignedDuration, Timestamp};

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Aborts, Facts, Resolved, Unit, Unseen};
use crate::text::time::second;

/// Fails on aborts later than the documented fix took effect. That is the time
/// at which the newest file that sets `DNSOverTLS=no` was written, once the
/// service was started after it. The property in effect proves nothing: it is
/// `no` by default on Debian.
pub fn judge(facts: &Facts) -> Judgement {
    let resolved = facts.resolved.get()?;
    facts.units.get()?;
    let Some((index, unit)) = facts.loaded_unit("systemd-resolved.service") else {
        return Err(Unseen::NotApplicable { why: "systemd-resolved is not installed here".into() });
    };
    let aborts = resolved.aborts.get()?;
    let Some(last) = aborts.times.last().copied() else {
        if aborts.truncated {
            return Err(Unseen::Unknown { error: "its journal has more lines than are read".into() });
        }
        return Verdict::pass(format!("no abort in the journal of {} days", aborts.days));
    };
    let fix = fix_written(resolved);
    let written = fix.map(|(_, written)| written);
    if let Some(end) = end_of(aborts, unit, written) {
        return Verdict::pass(format!("{} aborts, the last at {}{end}", aborts.times.len(), second(last)));
    }
    let is_recent = facts.at.duration_since(last) < SignedDuration::from_hours(24);
    let failure = with_aborts(failure(unit, written, is_recent), aborts);
    let failure = match fix {
        Some((file, written)) => failure
            .seen("fix written", format!("/resolved/dnsOverTlsFiles/{file}/modified"), second(written))
            .note(resolved.dns_over_tls_files[file].path.clone()),
        None => failure,
    };
    let started = unit.started_at.map_or("unknown".into(), second);
    let failure = failure.seen("service started", format!("/units/{index}/startedAt"), started);
    match resolved.systemd_version.seen() {
        Some(version) => failure.seen("systemd", "/resolved/systemdVersion", version.clone()),
        None => failure,
    }
    .verdict()
}

/// Why there will be no more aborts, in words that go on after the last one.
fn end_of(aborts: &Aborts, unit: &Unit, written: Option<Timestamp>) -> Option<&'static str> {
    if unit.active_state == "inactive" {
        return Some("; the service is stopped");
    }
    let written = written.filter(|written| !awaits_restart(unit, *written))?;
    // The first abort after the file was written is that of a process from before it.
    (since(aborts, written) < 2).then_some(", before the fix took effect")
}

/// Whether the service that runs is older than the fix.
fn awaits_restart(unit: &Unit, written: Timestamp) -> bool {
    unit.started_at.is_none_or(|started| started <= written)
}

fn failure(unit: &Unit, written: Option<Timestamp>, is_recent: bool) -> Failure {
    match written {
        Some(written) if awaits_restart(unit, written) && is_recent => {
            Failure::new("not-restarted", "systemd-resolved aborts; the fix is written but not in effect yet")
        }
        Some(written) if awaits_restart(unit, written) => Failure::new(
            "aborted-before",
            "systemd-resolved aborted; the fix is written but not in effect yet",
        )
        .fixes(&["restart"]),
        Some(_) => {
            Failure::new("despite-fix", "systemd-resolved aborts although the documented fix is in effect")
        }
        None if is_recent => {
            Failure::new("aborting", "systemd-resolved aborts and takes name resolution down with it")
        }
        None => Failure::new("aborted-before", "systemd-resolved aborted, though not in the last 24 hours")
            .fixes(&["drop-in"]),
    }
}

/// How many aborts came after a time.
fn since(aborts: &Aborts, time: Timestamp) -> usize {
    aborts.times.iter().filter(|abort| **abort > time).count()
}

/// The newest file that sets `DNSOverTLS=no`, unless a file of higher
/// precedence sets something else.
fn fix_written(resolved: &Resolved) -> Option<(usize, Timestamp)> {
    let is_no =
        |value: &str| ["no", "false", "0", "off", "n", "f"].contains(&value.to_ascii_lowercase().as_str());
    if !resolved.dns_over_tls_files.last().is_some_and(|file| is_no(&file.value)) {
        return None;
    }
    let setting_no = resolved.dns_over_tls_files.iter().enumerate().filter(|(_, file)| is_no(&file.value));
    setting_no.map(|(index, file)| (index, file.modified)).max_by_key(|(_, modified)| *modified)
}

fn with_aborts(failure: Failure, aborts: &Aborts) -> Failure {
    let (Some(first), Some(last)) = (aborts.times.first(), aborts.times.last()) else { return failure };
    let count = aborts.times.len();
    let hours = last.duration_since(*first).as_secs_f64() / 3600.0;
    let rate = if count > 1 && hours > 0.0 {
        format!("{:.1} an hour", count as f64 / hours.max(1.0))
    } else {
        String::new()
    };
    let more = if aborts.truncated { "at least " } else { "" };
    failure
        .seen("aborts", "/resolved/aborts/times", format!("{more}{count}"))
        .note(rate)
        .expected("none")
        .seen("first", "/resolved/aborts/times/0", second(*first))
        .seen("last", format!("/resolved/aborts/times/{}", count - 1), second(*last))
}
