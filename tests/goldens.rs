//! What the owner of a case says of it: its row and its findings, in `<name>.snap`
//! beside the case. The whole report is kept once, of the healthy machine; what stands
//! above the findings, for a few machines that differ in it.
//!
//! A fix is named here and its text is not: that is kept once a page (`fixes`). Nor is
//! any other check: what follows from what stands in the case (`folding`).

use std::path::Path;

use openclaw_doctor::report::{Finding, FixLine, Report, RunAs};
use serde_json::{Value, json};

use super::{Case, case_named, cases, judge, read, root};

/// Machines that differ in what stands above the findings: the OpenClaw that was
/// judged, the address, the versions and their rules, the verdict.
const HEADS: &[&str] = &[
    "dns/degraded/degraded",
    "dns/resolved-crash/aborted-before",
    "dns/resolved-crash/unknown-journal",
    "ollama/context-memory/page-rules",
    "ollama/models-dir/not-writable-beside-remote",
    "ollama/port-reachable/unresolvable",
    "ollama/reverse-proxy/host-header",
    "openclaw/base-url/skipped-by-flag",
    "openclaw/config-accepted/unknown-key-rejected",
    "openclaw/config-files/passes-root",
    "openclaw/config-parse/base-url",
    "openclaw/config-parse/base-url-variable",
    "openclaw/config-parse/include",
    "openclaw/config-parse/skipped-older-bundle",
    "openclaw/version/passes-next-beta",
    "openclaw/version/skipped-source",
    "openclaw/version/skipped-unseen",
    "openclaw/version/unknown-no-version",
];

/// Compares with `<folder>/<name>.snap`.
pub fn assert_golden(folder: &Path, name: &str, of: Option<&Path>, golden: &Value) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    if let Some(file) = of {
        settings.set_input_file(file);
    }
    settings.bind(|| insta::assert_json_snapshot!(name, golden));
}

/// The object without what is null or empty, which says nothing and fills lines.
pub fn compact(object: Value) -> Value {
    let Value::Object(object) = object else { return object };
    let says_nothing = |value: &Value| value.is_null() || *value == json!([]);
    Value::Object(object.into_iter().filter(|(_, value)| !says_nothing(value)).collect())
}

/// `allow as gateway`, `expose as root on gpu-box`.
fn fix(fix: &FixLine) -> String {
    let who = match fix.run_as {
        RunAs::Root => "root",
        RunAs::Gateway => "gateway",
        RunAs::Any => "any",
    };
    let place = fix.on.as_ref().map(|host| format!(" on {host}")).unwrap_or_default();
    format!("{} as {who}{place}", fix.key)
}

fn finding(finding: &Finding) -> Value {
    compact(json!({
        "cause": finding.cause,
        "severity": finding.severity,
        "message": finding.message,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "excerpt": finding.excerpt,
        "target": finding.target,
        "evidence": finding.evidence,
        "fixes": finding.fixes.iter().map(fix).collect::<Vec<_>>(),
    }))
}

fn own(case: &Case) -> Value {
    let row = case.own_row();
    compact(json!({
        "status": row.status,
        "seen": row.seen,
        "error": row.error,
        "reason": row.reason,
        "findings": case.own_findings().map(finding).collect::<Vec<_>>(),
    }))
}

#[test]
fn every_case_gives_its_golden() {
    for case in cases() {
        assert_golden(case.path.parent().unwrap(), &case.stem(), Some(&case.path), &own(case));
    }
}

/// The report without what every release changes.
fn whole(report: &Report) -> Value {
    let mut report = json!(report);
    report["tool"]["version"] = "VERSION".into();
    report
}

#[test]
fn every_case_starts_from_the_healthy_machine_whose_whole_report_is_kept() {
    let report = judge(&read(&root().join("healthy.json")));
    assert_golden(&root(), "healthy", None, &whole(&report));
}

#[test]
fn every_case_that_differs_in_it_keeps_what_stands_above_the_findings() {
    let head = |name: &&str| {
        let report = whole(&case_named(name).report);
        let keys = ["ok", "verdict", "run", "target", "versions", "openclaw"];
        let head = keys.map(|key| (key.to_string(), report[key].clone()));
        (name.to_string(), Value::Object(head.into_iter().collect()))
    };
    assert_golden(&root(), "heads", None, &Value::Object(HEADS.iter().map(head).collect()));
}
