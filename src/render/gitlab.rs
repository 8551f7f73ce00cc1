//! GitLab's Code Quality report: one entry for each thing to fix and for each check that could not be
//! determined (docs.gitlab.com/ci/testing/code_quality, "Code Quality report format").

use serde_json::{Value, json};

use super::fingerprint::{fingerprint, identity};
use super::notes::notes;
use super::place::place;
use crate::report::{Finding, Report, Severity, Status};
use crate::text::json;
use crate::text::printable::printable;

/// Renders a report.
///
/// # Errors
/// In words, when it cannot be written as JSON; no report does that.
pub fn render(report: &Report) -> Result<String, String> {
    json::render(&entries(report, ""))
}

/// The entries of a report; `machine` tells those of several machines apart.
pub fn entries(report: &Report, machine: &str) -> Vec<Value> {
    let mut entries: Vec<Value> = report.roots().map(|finding| of_finding(finding, report)).collect();
    let unknown = report.checks.iter().filter(|row| row.status == Status::Unknown);
    entries.extend(unknown.map(|row| {
        let error = row.error.as_deref().unwrap_or_default();
        let (text, identity) = (format!("could not be determined: {error}"), format!("{}{machine}", row.id));
        entry(&row.id, &text, "info", &identity, (&config(report), 1))
    }));
    entries.extend(notes(report).iter().map(|note| {
        let check = note.check.as_deref().unwrap_or("settings");
        let identity = format!("{} {}{machine}", note.word(), note.check.as_ref().unwrap_or(&note.text));
        entry(check, &format!("{}: {}", note.word(), note.text), "info", &identity, (&config(report), 1))
    }));
    entries
}

fn of_finding(finding: &Finding, report: &Report) -> Value {
    let place = place(finding, report);
    let file = place.file.map_or_else(|| config(report), relative);
    let hint = finding.fix_hint.as_ref().map(|hint| format!(". Fix: {hint}")).unwrap_or_default();
    let text = format!("{}{hint}", finding.message);
    entry(
        &finding.check_id,
        &text,
        level(finding.severity),
        &identity(finding),
        (&file, place.line.unwrap_or(1)),
    )
}

/// `place` is the file and the line.
fn entry(check: &str, text: &str, severity: &str, identity: &str, place: (&str, usize)) -> Value {
    json!({
        "description": printable(text),
        "check_name": check,
        "fingerprint": fingerprint(identity),
        "severity": severity,
        "location": { "path": printable(place.0), "lines": { "begin": place.1 } },
    })
}

/// Where something stands that is about no file.
fn config(report: &Report) -> String {
    report.openclaw.as_ref().map_or_else(|| "openclaw.json".into(), |openclaw| relative(&openclaw.config))
}

/// GitLab takes paths without a leading `/` only.
fn relative(path: &str) -> String {
    path.trim_start_matches(['~', '/']).to_string()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Info => "minor",
    }
}
