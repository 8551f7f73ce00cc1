//! Workflow commands of GitHub Actions: one annotation for each thing to fix,
//! escaped as its toolkit does (`@actions/core`, command.ts).

use std::fmt::Write;

use super::details::details;
use super::notes::notes;
use super::place::place;
use super::text::summary;
use crate::report::{Finding, Report, Severity, Status};
use crate::text::printable::printable;

/// Renders the annotations; the last line is for whoever reads the log.
pub fn render(report: &Report) -> String {
    let last = format!("{} {}: {}", report.tool.name, report.tool.version, printable(&summary(report)));
    format!("{}{last}\n", annotations(report))
}

/// The annotations alone.
pub fn annotations(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    for finding in report.roots() {
        out.push_str(&annotation(finding, report));
    }
    for row in report.checks.iter().filter(|row| row.status == Status::Unknown) {
        let title = property(&format!("{} could not be determined", row.id));
        let error = printable(row.error.as_deref().unwrap_or_default());
        let _ = writeln!(out, "::warning title={title}::{}", data(&error));
    }
    for note in notes(report) {
        let level = if note.check.is_some() { "notice" } else { "warning" };
        let _ = writeln!(out, "::{level} title={}::{}", property(&note.title()), data(&note.text));
    }
    out
}

/// The annotation for a file that could not be judged.
pub fn unread(error: &str) -> String {
    format!("::error title=bundle::{}\n", data(&printable(error)))
}

fn annotation(finding: &Finding, report: &Report) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut properties = vec![format!("title={}", property(&finding.check_id))];
    let place = place(finding, report);
    // Without a line the annotation would stand at the first one, where nothing is wrong.
    if let (Some(file), Some(line)) = (place.file, place.line) {
        properties.push(format!("file={}", property(&printable(file))));
        properties.push(format!("line={line}"));
        properties.extend(place.column.map(|column| format!("col={column}")));
    }
    let text = format!("{}\n{}", printable(&finding.message), details(finding).join("\n"));
    format!("::{level} {}::{}\n", properties.join(","), data(&text))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_or_a_property_is_escaped() {
        assert_eq!(data("100%\r\n::error::x"), "100%25%0D%0A::error::x");
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
    }
}
