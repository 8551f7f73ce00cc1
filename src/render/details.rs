//! What is known about a finding in plain lines, for formats that show one
//! block of text: evidence, the first fix, how to check it, where to read on.

use super::steps::{heading, lines};
use crate::report::{CheckRow, Evidence, Finding, Report, Status};
use crate::text::printable::printable;

/// Everything below the sentence of a finding.
pub fn details(finding: &Finding) -> Vec<String> {
    let mut out = vec![format!("{}, cause {}", finding.check_id, finding.cause)];
    out.extend(finding.target.as_ref().map(|target| format!("at {}", printable(target))));
    out.extend(finding.evidence.iter().map(evidence));
    if let Some(root) = &finding.caused_by {
        out.push(format!("follows from {root}"));
    }
    if let Some(fix) = finding.fixes.first() {
        out.push(String::new());
        out.push(if fix.run.is_empty() { heading(fix) } else { format!("{}:", heading(fix)) });
        out.extend(fix.run.iter().flat_map(|command| lines(command)));
        if !fix.verify.is_empty() {
            out.push(if fix.run.is_empty() { "To see more:" } else { "Then check:" }.into());
            out.extend(fix.verify.iter().flat_map(|command| lines(command)));
        }
        out.extend(fix.caution.as_ref().map(|caution| printable(&format!("Caution: {caution}"))));
        out.extend(
            fix.cite
                .iter()
                .map(|cite| format!("Documented in {}", printable(cite.url.as_ref().unwrap_or(&cite.page)))),
        );
    }
    out.push(format!("More: openclaw-doctor explain {}", finding.check_id));
    out
}

/// What a check saw, what is wrong, or why it did not look.
pub fn said(row: &CheckRow, report: &Report) -> String {
    let said = match (row.status, &row.because) {
        (Status::Fail, _) => report
            .findings
            .iter()
            .find(|finding| finding.check_id == row.id)
            .map(|finding| finding.message.clone()),
        (Status::Pass, _) => row.seen.clone(),
        (Status::Unknown, _) => row.error.clone(),
        (Status::Skipped, Some(because)) => Some(format!("waits for {because}")),
        (Status::Skipped, None) => row.reason.clone(),
    };
    said.unwrap_or_default()
}

/// One observation in a line.
pub fn evidence(one: &Evidence) -> String {
    let expected = one.expected.as_ref().map(|expected| format!(", expected {expected}"));
    let note = one.note.as_ref().filter(|note| !note.is_empty()).map(|note| format!(" ({note})"));
    let rest = format!("{}{}", expected.unwrap_or_default(), note.unwrap_or_default());
    printable(&format!("{}: {}{rest}", one.label, one.seen))
}
