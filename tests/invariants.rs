//! What must hold for every report, whatever the facts (design.md §5).

use std::collections::BTreeSet;

use openclaw_doctor::facts::Facts;
use openclaw_doctor::report::{Finding, Overall, Report, Severity, Status};

/// Fails where the report contradicts itself or points at facts that are not there.
pub fn hold(facts: &Facts, report: &Report) -> Result<(), String> {
    pointers_resolve(facts, report)?;
    folding_has_one_root(report)?;
    rows_have_one_reason(report)?;
    skipped_rows_wait_for_the_root_of_what_they_name(report)?;
    roots_clear_what_follows_from_them(report)?;
    hints_are_the_first_fix(report)?;
    verdict_is_the_worst(report)?;
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

/// `root` is what `because` folds under, or itself.
fn skipped_rows_wait_for_the_root_of_what_they_name(report: &Report) -> Result<(), String> {
    for row in &report.checks {
        let Some(because) = &row.because else { continue };
        let findings: Vec<&Finding> =
            report.findings.iter().filter(|finding| finding.check_id == *because).collect();
        let mut roots = findings.iter().map(|finding| finding.caused_by.as_ref().unwrap_or(because));
        let is_root = match &row.root {
            Some(root) if findings.is_empty() => root == because,
            Some(root) => roots.any(|one| one == root),
            None => false,
        };
        if !is_root {
            return Err(format!("{} waits for {because}, whose root is not {:?}", row.id, row.root));
        }
    }
    Ok(())
}

/// `clears` of a root: what is folded under it and what is skipped because of it.
fn roots_clear_what_follows_from_them(report: &Report) -> Result<(), String> {
    for root in report.roots() {
        let same = report.roots().filter(|other| other.check_id == root.check_id);
        let clears: BTreeSet<&String> = same.flat_map(|finding| &finding.clears).collect();
        let folded = report.findings.iter().filter(|one| one.caused_by.as_ref() == Some(&root.check_id));
        let skipped = report.checks.iter().filter(|row| row.root.as_ref() == Some(&root.check_id));
        let follows: BTreeSet<&String> =
            folded.map(|one| &one.check_id).chain(skipped.map(|row| &row.id)).collect();
        if clears != follows {
            return Err(format!("{} clears {clears:?}, and {follows:?} follow from it", root.check_id));
        }
    }
    let folded = report.findings.iter().filter(|finding| finding.caused_by.is_some());
    match folded.filter(|finding| !finding.clears.is_empty()).map(|finding| &finding.check_id).next() {
        Some(id) => Err(format!("{id} is folded and clears something")),
        None => Ok(()),
    }
}

fn hints_are_the_first_fix(report: &Report) -> Result<(), String> {
    for finding in &report.findings {
        let hint = finding.fix_hint.as_deref().unwrap_or_default();
        let agrees = match finding.fixes.first() {
            Some(fix) => hint.starts_with(&fix.say) && fix.run.iter().all(|step| hint.contains(step)),
            None => hint.is_empty(),
        };
        if !agrees {
            return Err(format!("the hint of {} is not its first fix: {hint}", finding.check_id));
        }
    }
    Ok(())
}

fn verdict_is_the_worst(report: &Report) -> Result<(), String> {
    let worst = report.findings.iter().map(|finding| finding.severity).max();
    let is_unknown = report.checks.iter().any(|row| row.status == Status::Unknown);
    let agrees = match worst {
        // Worth knowing is less than that something is not known.
        Some(Severity::Info) if report.verdict == Overall::Incomplete => true,
        Some(Severity::Info) if is_unknown => false,
        Some(worst) => worst.word() == report.verdict.word(),
        // What an older bundle lacks makes it incomplete too, and shows in no status.
        None => report.verdict == Overall::Incomplete || report.verdict == Overall::Ok && !is_unknown,
    };
    // Reports are asked for here with `--fail-on error` and without `--strict`.
    let ok = worst < Some(Severity::Error);
    let rows = report.checks.iter().filter(|row| row.status == Status::Fail);
    let lost = rows.map(|row| (&row.id, row.severity)).find(|(id, severity)| {
        let own = report.findings.iter().filter(|finding| finding.check_id == **id);
        own.map(|finding| finding.severity).max() != Some(*severity)
    });
    if let Some((id, _)) = lost {
        return Err(format!("the row of {id} is not as severe as its findings"));
    }
    (agrees && ok == report.ok).then_some(()).ok_or("the verdict is not the worst finding".into())
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
