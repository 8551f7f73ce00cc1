//! Evaluates all checks, finds what follows from what, and orders the result.

pub mod fit_to_show;
pub mod fixes;
pub mod log;
pub mod selection;
pub mod version;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::bundle::StandIns;
use crate::catalogue::{Catalogue, Page};
use crate::checks::{self, Check, Failure, Judge, Judgement, Site, Verdict};
use crate::diagnosis::fit_to_show::{fit_text, fit_to_show};
use crate::diagnosis::selection::Selection;
use crate::facts::{Facts, Need, Unseen};
use crate::report::{
    CheckRow, Counts, Finding, OpenClawLine, Overall, Report, Run, SCHEMA_VERSION, Severity, Status, TOOL,
    TargetLine, Versions,
};
use crate::rules::openclaw::by_version::Rules;

/// What to report of the judgement, and how.
pub struct Request<'a> {
    /// Which checks were asked for.
    pub selection: &'a Selection,
    /// The lowest severity that makes the report not ok; `None` for never.
    pub fail_on: Option<Severity>,
    /// An unknown makes the report not ok.
    pub strict: bool,
    /// `live` or `bundle`.
    pub source: &'static str,
    /// Wall time of looking, in milliseconds.
    pub elapsed_ms: u64,
    /// What stands for placeholders in the facts; nothing for a live look.
    pub stand_ins: &'a StandIns,
}

/// What one check came to on one endpoint or on the machine.
struct Judged {
    check: &'static Check,
    endpoint: Option<usize>,
    judgement: Judgement,
}

/// A failure with its page, and the place among the failures of what it follows from.
struct Fault<'a> {
    check: &'static Check,
    endpoint: Option<usize>,
    failure: &'a Failure,
    severity: Severity,
    folds_under: Option<usize>,
}

/// Judges facts.
pub fn diagnose(facts: &Facts, catalogue: &Catalogue, request: &Request) -> Report {
    let mut judged: Vec<Judged> =
        checks::ALL.iter().flat_map(|check| evaluate(check, facts, catalogue)).collect();
    // Before the fixes are filled in, so that a placeholder in a command is quoted.
    judged.iter_mut().for_each(|one| fit_to_show(&mut one.judgement, request.stand_ins));
    let faults = raise(fold(facts, faults(&judged, catalogue), catalogue));
    let rows = rows(&judged, &faults, catalogue);
    let asked = asked(&faults, &rows, request.selection);
    let findings = findings(facts, &faults, &rows, catalogue, &asked);
    let rows: Vec<CheckRow> = rows.into_iter().map(|row| asked_or_not(row, &asked)).collect();
    let unseen =
        judged.iter().filter(|one| is_undetermined(&one.judgement) && asked.contains(&one.check.id)).count();
    let mut report = assemble(facts, findings, rows, unseen, request);
    let named = report.findings.iter_mut().filter_map(|finding| finding.target.as_mut());
    let seen = [&mut report.versions.openclaw, &mut report.versions.ollama].into_iter().flatten();
    let target = report.target.iter_mut().map(|target| &mut target.base_url);
    named.chain(seen).chain(target).for_each(|text| fit_text(text, request.stand_ins));
    report
}

/// The checks to report: those asked for, and what they wait for or follow from.
fn asked(faults: &[Fault], rows: &[CheckRow], selection: &Selection) -> Vec<&'static str> {
    let mut ids: Vec<&str> = Vec::new();
    for index in (0..faults.len()).filter(|index| selection.asks(faults[*index].check.id)) {
        ids.push(faults[root_of(faults, index)].check.id);
    }
    ids.retain(|id| !selection.leaves_out(id));
    for row in rows.iter().filter(|row| selection.asks(&row.id)) {
        ids.push(&row.id);
        // What keeps an asked check from being looked at is told even where it was
        // left out by hand: the report would be green without a look otherwise.
        ids.extend(row.because.as_deref());
        ids.extend(row.root.as_deref());
    }
    checks::ALL.iter().map(|check| check.id).filter(|id| ids.contains(id)).collect()
}

/// Runs a check on whatever it looks at; a panic in it becomes an unknown.
fn evaluate(check: &'static Check, facts: &Facts, catalogue: &Catalogue) -> Vec<Judged> {
    let guard = |endpoint: Option<usize>, run: &dyn Fn() -> Judgement| Judged {
        check,
        endpoint,
        judgement: catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
            let error = format!(
                "the check {} crashed, which is a bug of openclaw-doctor; please report it",
                check.id
            );
            Err(Unseen::Unknown { error })
        }),
    };
    let (function, sites) = match check.judge {
        Judge::Machine(function) => return vec![guard(None, &|| function(facts))],
        Judge::Log => return vec![guard(None, &|| log::judge(facts, check, catalogue.page(check.id)))],
        Judge::Version => {
            return vec![guard(None, &|| version::judge(facts, check, catalogue.page(check.id)))];
        }
        Judge::EachEndpoint(function) => (function, facts.endpoints.len()),
        Judge::FirstEndpoint(function) => (function, facts.endpoints.len().min(1)),
    };
    if sites == 0 {
        return vec![guard(None, &|| Err(Unseen::Blocked { by: Need::Config }))];
    }
    let site = |index| Site { index, endpoint: &facts.endpoints[index] };
    (0..sites).map(|index| guard(Some(index), &|| function(facts, &site(index)))).collect()
}

fn faults<'a>(judged: &'a [Judged], catalogue: &Catalogue) -> Vec<Fault<'a>> {
    let mut faults = Vec::new();
    for one in judged {
        let Ok(Verdict::Fail(failures)) = &one.judgement else { continue };
        let page = catalogue.page(one.check.id);
        faults.extend(failures.iter().map(|failure| Fault {
            check: one.check,
            endpoint: one.endpoint,
            failure,
            severity: page.map_or(Severity::Error, |page| severity_of(page, failure.cause)),
            folds_under: None,
        }));
    }
    faults
}

/// The severity of a cause, which is the page's where it has none of its own.
fn severity_of(page: &Page, cause: &str) -> Severity {
    page.data.cause.get(cause).and_then(|cause| cause.severity).unwrap_or(page.data.severity)
}

/// Folds each fault under the first one in report order that explains it.
fn fold<'a>(facts: &Facts, mut faults: Vec<Fault<'a>>, catalogue: &Catalogue) -> Vec<Fault<'a>> {
    for index in 0..faults.len() {
        let explained_by = (0..faults.len()).find(|other| {
            *other != index
                && explains(facts, catalogue, &faults[*other], &faults[index])
                && !leads_to(&faults, *other, index)
        });
        faults[index].folds_under = explained_by;
    }
    faults
}

/// A root is as severe as the worst that follows from it.
fn raise(mut faults: Vec<Fault>) -> Vec<Fault> {
    for index in 0..faults.len() {
        let root = root_of(&faults, index);
        faults[root].severity = faults[root].severity.max(faults[index].severity);
    }
    faults
}

fn explains(facts: &Facts, catalogue: &Catalogue, cause: &Fault, effect: &Fault) -> bool {
    let same_place = match (cause.endpoint, effect.endpoint) {
        // What is wrong with the Ollama of this machine says nothing of one elsewhere.
        (None, Some(index)) if cause.check.area() == "ollama" => {
            Site { index, endpoint: &facts.endpoints[index] }.is_here(facts) == Some(true)
        }
        (cause, effect) => cause.is_none() || effect.is_none() || cause == effect,
    };
    let Some(cause) =
        catalogue.page(cause.check.id).and_then(|page| page.data.cause.get(cause.failure.cause))
    else {
        return false;
    };
    same_place
        && cause.explains.iter().any(|what| match what.split_once(':') {
            Some((id, cause)) => id == effect.check.id && cause == effect.failure.cause,
            None => what == effect.check.id,
        })
}

/// Whether the fault `from` folds, step by step, under the fault `to`.
fn leads_to(faults: &[Fault], from: usize, to: usize) -> bool {
    let mut at = from;
    while let Some(next) = faults[at].folds_under {
        if next == to {
            return true;
        }
        at = next;
    }
    false
}

fn root_of(faults: &[Fault], index: usize) -> usize {
    let mut at = index;
    while let Some(next) = faults[at].folds_under {
        at = next;
    }
    at
}

/// One row a check: its worst outcome over all endpoints.
fn rows(judged: &[Judged], faults: &[Fault], catalogue: &Catalogue) -> Vec<CheckRow> {
    let outcome = |check: &Check| {
        let all = judged.iter().filter(|one| one.check.id == check.id);
        all.max_by_key(|one| (status_of(&one.judgement), std::cmp::Reverse(one.endpoint)))
    };
    let mut rows: Vec<CheckRow> = checks::ALL
        .iter()
        .filter_map(|check| {
            let one = outcome(check)?;
            let page = catalogue.page(check.id)?;
            let worst =
                faults.iter().filter(|fault| fault.check.id == check.id).map(|fault| fault.severity).max();
            let severity = worst.unwrap_or(page.data.severity);
            Some(row(check.id, severity, &one.judgement))
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

fn status_of(judgement: &Judgement) -> Status {
    match judgement {
        Ok(Verdict::Pass(_)) => Status::Pass,
        Ok(Verdict::Fail(_)) => Status::Fail,
        Err(Unseen::Unknown { .. }) => Status::Unknown,
        Err(_) => Status::Skipped,
    }
}

/// Whether a check says nothing because somebody did not look, or could not.
fn is_undetermined(judgement: &Judgement) -> bool {
    matches!(judgement, Err(Unseen::Unknown { .. } | Unseen::Withheld { .. } | Unseen::Absent))
}

fn row(id: &str, severity: Severity, judgement: &Judgement) -> CheckRow {
    let mut row = CheckRow {
        id: id.to_string(),
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

fn asked_or_not(row: CheckRow, asked: &[&str]) -> CheckRow {
    if asked.contains(&&*row.id) {
        return row;
    }
    CheckRow {
        status: Status::Skipped,
        seen: None,
        error: None,
        because: None,
        root: None,
        reason: Some("not asked".into()),
        ..row
    }
}

fn findings(
    facts: &Facts,
    faults: &[Fault],
    rows: &[CheckRow],
    catalogue: &Catalogue,
    asked: &[&str],
) -> Vec<Finding> {
    let clears: Vec<Vec<String>> = (0..faults.len()).map(|index| clears(faults, rows, index)).collect();
    let mut order: Vec<usize> =
        (0..faults.len()).filter(|index| asked.contains(&faults[*index].check.id)).collect();
    // The sort is stable, so what is equal stays in report order.
    order.sort_by_key(|index| {
        let root = root_of(faults, *index);
        let is_folded = root != *index;
        (is_folded, std::cmp::Reverse(faults[root].severity), std::cmp::Reverse(clears[root].len()))
    });
    order
        .into_iter()
        .map(|index| Finding {
            // What follows from something that was not asked for stands by itself.
            caused_by: faults[index]
                .folds_under
                .map(|_| faults[root_of(faults, index)].check.id.to_string())
                .filter(|root| asked.contains(&&**root)),
            clears: clears[index].iter().filter(|id| asked.contains(&&***id)).cloned().collect(),
            ..finding(facts, faults[index].endpoint, &faults[index], catalogue)
        })
        .collect()
}

/// What fixing a root should clear: the checks folded under it and those skipped because of it.
fn clears(faults: &[Fault], rows: &[CheckRow], index: usize) -> Vec<String> {
    if faults[index].folds_under.is_some() {
        return Vec::new();
    }
    let id = faults[index].check.id;
    let folded = (0..faults.len()).filter(|other| *other != index && root_of(faults, *other) == index);
    let mut ids: Vec<String> = folded.map(|other| faults[other].check.id.to_string()).collect();
    ids.extend(rows.iter().filter(|row| row.root.as_deref() == Some(id)).map(|row| row.id.clone()));
    ids.dedup();
    ids
}

fn finding(facts: &Facts, endpoint: Option<usize>, fault: &Fault, catalogue: &Catalogue) -> Finding {
    let failure = fault.failure;
    let fixes = fixes::offer(facts, catalogue, fault.check.id, failure);
    let several = facts.endpoints.len() > 1;
    Finding {
        check_id: fault.check.id.to_string(),
        cause: failure.cause.to_string(),
        severity: fault.severity,
        message: failure.message.clone(),
        path: failure.path.clone(),
        line: failure.place.map(|(line, _)| line),
        column: failure.place.map(|(_, column)| column),
        excerpt: failure.excerpt.clone(),
        target: endpoint.filter(|_| several).map(|endpoint| facts.endpoints[endpoint].name()),
        fix_hint: fixes.first().map(fixes::hint),
        evidence: failure.evidence.clone(),
        fixes,
        caused_by: None,
        clears: Vec::new(),
    }
}

fn assemble(
    facts: &Facts,
    findings: Vec<Finding>,
    rows: Vec<CheckRow>,
    undetermined: usize,
    request: &Request,
) -> Report {
    let mut counts = Counts::default();
    for row in &rows {
        match row.status {
            Status::Pass => counts.pass += 1,
            Status::Fail => counts.fail += 1,
            Status::Skipped => counts.skipped += 1,
            Status::Unknown => counts.unknown += 1,
        }
    }
    let worst = findings.iter().map(|finding| finding.severity).max();
    let verdict = match worst {
        Some(Severity::Error) => Overall::Error,
        Some(Severity::Warning) => Overall::Warning,
        Some(Severity::Info) => Overall::Info,
        None if undetermined > 0 => Overall::Incomplete,
        None => Overall::Ok,
    };
    let fails = worst.zip(request.fail_on).is_some_and(|(worst, limit)| worst >= limit);
    Report {
        schema_version: SCHEMA_VERSION,
        tool: TOOL,
        ok: !fails && (!request.strict || undetermined == 0),
        fails,
        verdict,
        start_here: findings.first().map(|finding| finding.check_id.clone()),
        checks_run: counts.pass + counts.fail + counts.unknown,
        checks_skipped: counts.skipped,
        counts,
        run: Run { source: request.source, at: facts.at, elapsed_ms: request.elapsed_ms },
        target: facts.endpoints.first().map(|endpoint| TargetLine {
            base_url: endpoint.base_url.value.clone(),
            from: endpoint.base_url.from.clone(),
        }),
        versions: versions(facts),
        openclaw: openclaw_line(facts),
        findings,
        checks: rows,
    }
}

fn versions(facts: &Facts) -> Versions {
    let openclaw = facts.judged_install().and_then(|install| install.version.clone());
    let ollama = facts.endpoints.first().and_then(|endpoint| endpoint.version.seen()?.understood().cloned());
    let rules = match &openclaw {
        None => "no OpenClaw found; the rules of 2026.9.6 apply".to_string(),
        Some(_) if facts.rules() == Rules::Documented => "the rules of the provider page apply".to_string(),
        Some(_) => "the rules measured on 2026.9.6 apply".to_string(),
    };
    Versions { openclaw, ollama, rules }
}

fn openclaw_line(facts: &Facts) -> Option<OpenClawLine> {
    let install = facts.judged_install()?;
    Some(OpenClawLine {
        config: install.config_path.clone(),
        user: install.user.clone(),
        gateway_pid: install.gateway_pid,
        because: facts.judged.as_ref()?.because.clone(),
    })
}

/// Rows by area, in report order; for renderers.
pub fn by_area(rows: &[CheckRow]) -> Vec<(&str, Vec<&CheckRow>)> {
    let mut areas: BTreeMap<usize, (&str, Vec<&CheckRow>)> = BTreeMap::new();
    const ORDER: [&str; 4] = ["ollama", "openclaw", "dns", "host"];
    for row in rows {
        let area = row.id.split('/').next().unwrap_or_default();
        let place = ORDER.iter().position(|known| *known == area).unwrap_or(ORDER.len());
        areas.entry(place).or_insert((area, Vec::new())).1.push(row);
    }
    areas.into_values().collect()
}
