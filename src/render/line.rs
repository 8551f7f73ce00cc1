//! One line for each thing to fix, for logs and grep: severity, check and cause,
//! the sentence, what to do. What could not be determined has its line too.

use std::fmt::Write;

use super::notes::notes;
use crate::report::{Report, Status};
use crate::text::printable::printable;

/// Renders a report; nothing where there is nothing to fix.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    for finding in report.roots() {
        let _ = write!(out, "{} {}:{}", finding.severity.word(), finding.check_id, finding.cause);
        if let Some(target) = &finding.target {
            let _ = write!(out, " {}", printable(target));
        }
        let _ = write!(out, ": {}", printable(&finding.message));
        if let Some(fix) = finding.fixes.first() {
            let place = fix.on.as_ref().map(|host| format!(" (on {})", printable(host)));
            let _ = write!(out, "; fix: {}{}", printable(&fix.say), place.unwrap_or_default());
        }
        out.push('\n');
    }
    for row in report.checks.iter().filter(|row| row.status == Status::Unknown) {
        let _ = writeln!(out, "unknown {}: {}", row.id, printable(row.error.as_deref().unwrap_or_default()));
    }
    for note in notes(report) {
        let check = note.check.as_ref().map(|check| format!(" {check}")).unwrap_or_default();
        let _ = writeln!(out, "{}{check}: {}", note.word(), note.text);
    }
    out
}
