//! What must hold for every report, whatever the facts (design.md §5).

use openclaw_doctor::facts::Facts;
use openclaw_doctor::report::{Report, Status};

/// Fails where the report contradicts itself or points at facts that are not there.
pub fn hold(facts: &Facts, report: &Report) -> Result<(), String> {
    pointers_resolve(facts, report)?;
    folding_has_one_root(report)?;
    rows_have_one_reason(report)?;
    sums_are_right(report)
}

fn pointers_resolve(facts: &Facts, report: &Report) -> Result<(), String> {
    // Facts with all their defaults, as a bundle has them.
    let facts = serde_json::to_value(facts).map_err(|error| error.to_string())?;
    let evidence = report.findings.iter().flat_map(|finding| &finding.evidence);
    let lost: Vec<&String> =
        evidence.map(|one| &one.fact).filter(|fact| facts.pointer(fact).is_none()).collect();
    lost.is_empty().then_some(()).ok_or(format!("evidence that leads nowhere: {lost:?}"))
}

/// What is folded names a finding that is itself folded under nothing: no orphan and no cycle.
fn folding_has_one_root(report: &Report) -> Result<(), String> {
    for finding in &report.findings {
        let Some(root) = &finding.caused_by else { continue };
        if !report.roots().any(|other| other.check_id == *root) {
            return Err(format!("{} is folded under {root}, which is no root", finding.check_id));
        }
    }
    if report.findings.is_empty() || report.roots().next().is_some() {
        return Ok(());
    }
    Err("every finding follows from another one".into())
}

fn rows_have_one_reason(report: &Report) -> Result<(), String> {
    for row in report.checks.iter().filter(|row| row.status == Status::Skipped) {
        if row.because.is_some() == row.reason.is_some() {
            return Err(format!("{} has no reason, or two", row.id));
        }
        let is_known = |id: &String| {
            let unknown = report.checks.iter().any(|row| row.id == *id && row.status == Status::Unknown);
            unknown || report.roots().any(|finding| finding.check_id == *id)
        };
        if !row.root.as_ref().is_none_or(is_known) {
            return Err(format!("{} waits for {:?}, which is no root", row.id, row.root));
        }
    }
    Ok(())
}

fn sums_are_right(report: &Report) -> Result<(), String> {
    let counts = report.counts;
    let sum = counts.pass + counts.fail + counts.skipped + counts.unknown;
    let failed = |id: &String| report.checks.iter().any(|row| row.id == *id && row.status == Status::Fail);
    if sum != report.checks.len() || report.checks_run + report.checks_skipped != sum {
        return Err("the counts are not those of the rows".into());
    }
    if let Some(finding) = report.findings.iter().find(|finding| !failed(&finding.check_id)) {
        return Err(format!("{} has a finding and does not fail", finding.check_id));
    }
    let first = report.findings.first().map(|finding| &finding.check_id);
    (first == report.start_here.as_ref()).then_some(()).ok_or("startHere is not the first finding".into())
}
