//! JUnit's XML, as Jenkins' xunit plugin, GitLab and others read it: an area is
//! a suite and a check a test case. What could not be determined is an error,
//! what was left out is skipped.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use super::details::details;
use super::notes::notes;
use crate::report::by_area;
use crate::report::{CheckRow, Report, Status};
use crate::text::printable::printable;

/// Renders a report.
///
/// # Errors
/// In words, when it cannot be written as XML; no report does that.
pub fn render(report: &Report) -> Result<String, String> {
    // The schema of Jenkins' plugin, which refuses what does not fit it, has no such count at the
    // root; that of each suite stays.
    let count = format!(" skipped=\"{}\"", report.counts.skipped);
    Ok(whole(report, None)?.replacen(&count, "", 1))
}

/// The suites of one machine of several, to stand among those of others.
///
/// # Errors
/// As above.
pub fn suites(report: &Report, machine: &str) -> Result<String, String> {
    let xml = whole(report, Some(machine))?;
    let is_suite =
        |line: &&str| !["<?xml", "<testsuites", "</testsuites"].iter().any(|head| line.starts_with(head));
    Ok(xml.lines().filter(is_suite).map(|line| format!("{line}\n")).collect())
}

/// A suite with one test case that could not run.
///
/// # Errors
/// As above.
pub fn unread(file: &str, error: &str) -> Result<String, String> {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("unread").set_message(words(error));
    let mut suite = TestSuite::new(words(file));
    let mut case = TestCase::new("bundle", status);
    case.set_classname(words(file));
    suite.add_test_case(case);
    let mut junit = Junit::new("unread");
    junit.add_test_suite(suite);
    let xml = junit.to_string().map_err(|error| error.to_string())?;
    Ok(xml.lines().filter(|line| line.starts_with(' ')).map(|line| format!("{line}\n")).collect())
}

fn whole(report: &Report, machine: Option<&str>) -> Result<String, String> {
    let lead = machine.map(|machine| format!("{}: ", words(machine))).unwrap_or_default();
    let class = machine.map_or_else(|| report.tool.name.to_string(), words);
    let mut junit = Junit::new(report.tool.name);
    junit.set_time(Duration::from_millis(report.run.elapsed_ms));
    for (area, rows) in by_area(&report.checks) {
        let mut suite = TestSuite::new(format!("{lead}{area}"));
        for row in rows {
            let mut case = TestCase::new(&*row.id, status(row, report));
            case.set_classname(format!("{class}.{area}"));
            if let Some(seen) = &row.seen {
                case.set_system_out(words(seen));
            }
            suite.add_test_case(case);
        }
        junit.add_test_suite(suite);
    }
    let notes: Vec<String> =
        notes(report).iter().map(|note| format!("{}: {}", note.title(), words(&note.text))).collect();
    if !notes.is_empty() {
        let mut suite = TestSuite::new(format!("{lead}settings"));
        suite.set_system_out(notes.join("\n"));
        junit.add_test_suite(suite);
    }
    junit.to_string().map_err(|error| error.to_string())
}

fn status(row: &CheckRow, report: &Report) -> TestCaseStatus {
    match row.status {
        Status::Pass => TestCaseStatus::success(),
        Status::Fail => failure(row, report),
        Status::Unknown => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("unknown").set_message(words(row.error.as_deref().unwrap_or_default()));
            status
        }
        Status::Skipped => {
            let mut status = TestCaseStatus::skipped();
            let because = row.because.as_ref().map(|because| format!("waits for {because}"));
            status.set_message(words(&because.or(row.reason.clone()).unwrap_or_default()));
            status
        }
    }
}

/// A test case fails once; what fails on several endpoints is told in one text.
fn failure(row: &CheckRow, report: &Report) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let mut text = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.check_id == row.id) {
        let message = words(&finding.message);
        if text.is_empty() {
            status.set_type(finding.severity.word()).set_message(&*message);
        } else {
            text.push(String::new());
        }
        text.push(message);
        text.extend(details(finding));
    }
    status.set_description(inert(&text.join("\n")));
    status
}

fn words(text: &str) -> String {
    inert(&printable(text))
}

/// Jenkins and GitLab take `[[ATTACHMENT|path]]` in what a test printed for a file that they copy.
fn inert(text: &str) -> String {
    text.replace("[[", "[ [")
}
