//! Evaluates all checks, finds what follows from what, and orders the result.

pub mod compare;
mod findings;
pub mod fit_to_show;
pub mod fixes;
mod fold;
pub mod ignore;
mod judge;
pub mod log;
mod path;
mod rows;
pub mod selection;
pub mod version;

use crate::bundle::StandIns;
use crate::catalogue::Catalogue;
use crate::checks;
use crate::diagnosis::findings::findings;
use crate::diagnosis::fit_to_show::{fit_text, fit_to_show};
use crate::diagnosis::fold::{Fault, faults, fold, raise, root_of};
use crate::diagnosis::ignore::{Ignore, take_out};
use crate::diagnosis::judge::{Judged, evaluate, is_undetermined, limit};
use crate::diagnosis::path::{path, set_ignored_aside};
use crate::diagnosis::rows::{asked_or_not, rows};
use crate::diagnosis::selection::Selection;
use crate::facts::{Facts, FoundBy, Install};
use crate::report::{
    CheckRow, Counts, Finding, OpenClawLine, OtherOpenClaw, Overall, Report, Run, SCHEMA_VERSION, Severity,
    Status, TOOL, TargetLine, Versions,
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
    /// What the settings file says to ignore today.
    pub ignores: &'a [Ignore],
}

impl<'a> Request<'a> {
    /// For these checks and nothing else: no finding makes the report not ok, nothing stands for anything, and nothing
    /// is ignored.
    pub fn plain(selection: &'a Selection, source: &'static str, elapsed_ms: u64) -> Request<'a> {
        Request {
            selection,
            fail_on: None,
            strict: false,
            source,
            elapsed_ms,
            stand_ins: StandIns::none(),
            ignores: &[],
        }
    }
}

/// Judges facts.
pub fn diagnose(facts: &Facts, catalogue: &Catalogue, request: &Request) -> Report {
    let mut judged: Vec<Judged> =
        checks::ALL.iter().flat_map(|check| evaluate(check, facts, catalogue)).collect();
    limit(&mut judged);
    // Before the fixes are filled in, so that a placeholder in a command is quoted.
    judged.iter_mut().for_each(|one| fit_to_show(&mut one.judgement, request.stand_ins));
    let faults = raise(fold(facts, faults(&judged, catalogue), catalogue));
    let rows = rows(&judged, &faults, catalogue);
    let asked = asked(&faults, &rows, request.selection);
    let mut findings = findings(facts, &faults, &rows, catalogue, &asked);
    let mut rows: Vec<CheckRow> = rows.into_iter().map(|row| asked_or_not(row, &asked)).collect();
    let mut path = path(facts, &judged, &faults, &rows);
    let ignored = take_out(request.ignores, facts, &mut findings, &mut rows);
    let unseen =
        judged.iter().filter(|one| is_undetermined(&one.judgement) && asked.contains(&one.check.id)).count();
    set_ignored_aside(&mut path, &ignored, &findings);
    let mut report = Report { ignored, path, ..assemble(facts, findings, rows, unseen, request) };
    let ignored = report.ignored.iter_mut().map(|one| &mut one.finding);
    let named = report.findings.iter_mut().chain(ignored).filter_map(|finding| finding.target.as_mut());
    let seen = [&mut report.versions.openclaw, &mut report.versions.ollama].into_iter().flatten();
    let target = report.target.iter_mut().map(|target| &mut target.base_url);
    let links = report.path.iter_mut().map(|row| &mut row.seen);
    named.chain(seen).chain(target).chain(links).for_each(|text| fit_text(text, request.stand_ins));
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

fn assemble(
    facts: &Facts,
    findings: Vec<Finding>,
    rows: Vec<CheckRow>,
    undetermined: usize,
    request: &Request,
) -> Report {
    let counts = count(&rows);
    let worst = findings.iter().map(|finding| finding.severity).max();
    let verdict = verdict(worst, undetermined);
    let fails = worst.zip(request.fail_on).is_some_and(|(worst, limit)| worst >= limit);
    Report {
        schema_version: SCHEMA_VERSION,
        tool: TOOL,
        ok: !fails && (!request.strict || undetermined == 0),
        fails,
        verdict,
        start_here: findings.first().map(|finding| finding.check_id.clone()),
        start_with: start_with(&findings),
        path: Vec::new(),
        checks_run: counts.pass + counts.fail + counts.unknown,
        checks_skipped: counts.skipped,
        counts,
        run: Run { source: request.source, at: facts.at, elapsed_ms: request.elapsed_ms },
        target: target_line(facts),
        versions: versions(facts),
        openclaw: openclaw_line(facts),
        findings,
        ignored: Vec::new(),
        settings: None,
        checks: rows,
    }
}

fn verdict(worst: Option<Severity>, undetermined: usize) -> Overall {
    match worst {
        Some(Severity::Error) => Overall::Error,
        Some(Severity::Warning) => Overall::Warning,
        // Worth knowing is less than that something is not known.
        _ if undetermined > 0 => Overall::Incomplete,
        Some(Severity::Info) => Overall::Info,
        None => Overall::Ok,
    }
}

/// What to type first: the steps of the first fix of the first finding.
fn start_with(findings: &[Finding]) -> Vec<String> {
    findings.first().and_then(|finding| finding.fixes.first()).map(|fix| fix.run.clone()).unwrap_or_default()
}

fn count(rows: &[CheckRow]) -> Counts {
    let mut counts = Counts::default();
    for row in rows {
        match row.status {
            Status::Pass => counts.pass += 1,
            Status::Fail => counts.fail += 1,
            Status::Skipped => counts.skipped += 1,
            Status::Unknown => counts.unknown += 1,
        }
    }
    counts
}

fn target_line(facts: &Facts) -> Option<TargetLine> {
    let base_url = &facts.endpoints.first()?.base_url;
    Some(TargetLine { base_url: base_url.value.clone(), from: base_url.from.clone() })
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
        container: facts.container.seen().and_then(|seen| seen.gateway.as_ref()?.id.clone()),
        others: others(facts, install),
    })
}

/// The OpenClaws beside the judged one: those with a gateway, a service or a config.
fn others(facts: &Facts, judged: &Install) -> Vec<OtherOpenClaw> {
    let is_there = |one: &&Install| {
        one.config_exists || matches!(one.found_by, FoundBy::RunningGateway | FoundBy::GatewayUnit)
    };
    let mut others: Vec<&Install> = Vec::new();
    for one in facts.installs.iter().filter(is_there) {
        if !one.is_same(judged) && !others.iter().any(|other| one.is_same(other)) {
            others.push(one);
        }
    }
    let told = |one: &Install| OtherOpenClaw {
        user: one.user.clone(),
        config: one.config_path.clone(),
        gateway_pid: one.gateway_pid,
    };
    others.into_iter().map(told).collect()
}
