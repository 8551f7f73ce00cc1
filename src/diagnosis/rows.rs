//! One row a check: what became of it, and what it waits for.

use super::fold::{Fault, root_of};
use super::judge::{Judged, status_of};
use crate::catalogue::Catalogue;
use crate::checks::{self, Check, Judgement, Verdict};
use crate::facts::Unseen;
use crate::report::{CheckRow, Severity, Status};

/// One row a check: its worst outcome over all endpoints.
pub fn rows(judged: &[Judged], faults: &[Fault], catalogue: &Catalogue) -> Vec<CheckRow> {
    let outcome = |check: &Check| {
        let all = judged.iter().filter(|one| one.check.id == check.id);
        all.max_by_key(|one| (status_of(&one.judgement), std::cmp::Reverse(one.endpoint)))
    };
    let mut rows: Vec<CheckRow> = checks::ALL
        .iter()
        .filter_map(|check| {
            let one = outcome(check)?;
            let worst =
                faults.iter().filter(|fault| fault.check.id == check.id).map(|fault| fault.severity).max();
            let severity = worst.or(catalogue.head(check.id).map(|head| head.severity))?;
            Some(row(check, severity, &one.judgement))
        })
        .collect();
    let waits: Vec<Option<&'static Check>> =
        checks::ALL.iter().map(|check| outcome(check).and_then(waits_for)).collect();
    let because: Vec<Option<&'static str>> =
        (0..rows.len()).map(|index| nearest_reason(&rows, &waits, index)).collect();
    for (index, because) in because.into_iter().enumerate() {
        let Some(because) = because else { continue };
        let fault = faults.iter().position(|fault| fault.check.id == because);
        let root = fault.map_or(because, |fault| faults[root_of(faults, fault)].check.id);
        rows[index].root = Some(root.to_string());
        rows[index].because = Some(because.to_string());
        rows[index].reason = None;
    }
    rows
}

fn row(check: &Check, severity: Severity, judgement: &Judgement) -> CheckRow {
    let mut row = CheckRow {
        id: check.id.to_string(),
        link: check.link,
        status: status_of(judgement),
        severity,
        seen: None,
        error: None,
        because: None,
        root: None,
        reason: None,
    };
    match judgement {
        Ok(Verdict::Pass(seen)) => row.seen = Some(seen.clone()),
        Ok(Verdict::Fail(_)) => {}
        Err(Unseen::Unknown { error }) => row.error = Some(error.clone()),
        Err(Unseen::Blocked { .. }) => row.reason = Some("what it needs could not be seen".into()),
        Err(Unseen::NotApplicable { why } | Unseen::Withheld { why }) => row.reason = Some(why.clone()),
        Err(Unseen::NotAsked { flag }) => row.reason = Some(format!("not asked ({flag})")),
        Err(Unseen::Absent) => row.reason = Some("the bundle is older than this check".into()),
    }
    row
}

/// The check that judges the fact this one is blocked by.
fn waits_for(one: &Judged) -> Option<&'static Check> {
    match &one.judgement {
        Err(Unseen::Blocked { by }) => checks::ALL.iter().find(|check| check.judges.contains(by)),
        _ => None,
    }
}

/// The nearest check on the chain of what `index` waits for that neither passed nor was skipped.
fn nearest_reason(rows: &[CheckRow], waits: &[Option<&'static Check>], index: usize) -> Option<&'static str> {
    let mut at = index;
    for _ in 0..rows.len() {
        let waited_for = waits[at]?;
        let next = rows.iter().position(|row| row.id == waited_for.id)?;
        match rows[next].status {
            Status::Fail | Status::Unknown => return Some(waited_for.id),
            Status::Skipped => at = next,
            Status::Pass => return None,
        }
    }
    None
}

/// Why a check was skipped that nobody asked for.
pub const NOT_ASKED: &str = "not asked";

/// The row as it is, or that it was not asked for.
pub fn asked_or_not(row: CheckRow, asked: &[&str]) -> CheckRow {
    if asked.contains(&&*row.id) {
        return row;
    }
    CheckRow {
        status: Status::Skipped,
        seen: None,
        error: None,
        because: None,
        root: None,
        reason: Some(NOT_ASKED.into()),
        ..row
    }
}
