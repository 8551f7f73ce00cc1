//! Does systemd-resolved abort with the AF_INET6 assertion (systemd issue 34956)?

use jiff::{SignedDuration, Timestamp};

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Aborts, Facts, Resolved, Unseen};
use crate::text::time::second;

/// Fails on aborts later than the documented fix took effect. That is the time
/// at which the newest file that sets `DNSOverTLS=no` was written, once the
/// service was started after it; the property in effect is `no` by default on
/// Debian and proves nothing.
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
    let written = fix_written(resolved);
    let started = unit.started_at;
    let recent = facts.at.duration_since(last) < SignedDuration::from_hours(24);
    if unit.active_state == "inactive" {
        return Verdict::pass(format!(
            "{} aborts, the last at {}; the service is stopped",
            aborts.times.len(),
            second(last)
        ));
    }
    let failure = match written {
        Some((_, written)) if started.is_none_or(|started| started <= written) => match recent {
            true => Failure::new(
                "not-restarted",
                "systemd-resolved aborts; the fix is written but not in effect yet",
            ),
            false => Failure::new(
                "aborted-before",
                "systemd-resolved aborted; the fix is written but not in effect yet",
            )
            .fixes(&["restart"]),
        },
        Some((_, written)) if since(aborts, written) < 2 => {
            // The first abort after the file was written is that of a process from before it.
            let count = aborts.times.len();
            return Verdict::pass(format!(
                "{count} aborts, the last at {}, before the fix took effect",
                second(last)
            ));
        }
        Some(_) => {
            Failure::new("despite-fix", "systemd-resolved aborts although the documented fix is in effect")
        }
        None if recent => {
            Failure::new("aborting", "systemd-resolved aborts and takes name resolution down with it")
        }
        None => Failure::new("aborted-before", "systemd-resolved aborted, though not in the last 24 hours")
            .fixes(&["drop-in"]),
    };
    let failure = with_aborts(failure, aborts);
    let failure = match written {
        Some((file, written)) => failure
            .seen("fix written", format!("/resolved/dnsOverTlsFiles/{file}/modified"), second(written))
            .note(resolved.dns_over_tls_files[file].path.clone()),
        None => failure,
    };
    let failure = failure.seen(
        "service started",
        format!("/units/{index}/startedAt"),
        started.map_or("unknown".into(), second),
    );
    match resolved.systemd_version.seen() {
        Some(version) => failure.seen("systemd", "/resolved/systemdVersion", version.clone()),
        None => failure,
    }
    .verdict()
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
