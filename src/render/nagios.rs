//! The output of a monitoring plugin: a line with the state, what to fix first
//! and performance data; then a line for each thing to fix
//! (Monitoring Plugins Development Guidelines, plugin output).

use std::fmt::Write;

use super::notes::notes;
use super::text::summary;
use crate::report::{Overall, Report, Severity, Status};
use crate::text::printable::printable;

/// Renders a report. The word of the first line is that of [`exit_code`].
pub fn render(report: &Report) -> String {
    let state = word(report.verdict);
    let first = report
        .roots()
        .next()
        .map_or_else(|| summary(report), |finding| format!("{} ({})", finding.message, finding.check_id));
    let mut out = format!("OPENCLAW {state} - {} | {}\n", text(&first), performance(report));
    // Writing to a String cannot fail.
    for finding in report.roots().skip(1) {
        let word = finding.severity.word();
        let _ = writeln!(out, "{word}: {} ({})", text(&finding.message), finding.check_id);
    }
    for row in report.checks.iter().filter(|row| row.status == Status::Unknown) {
        let _ = writeln!(out, "unknown: {} ({})", text(row.error.as_deref().unwrap_or_default()), row.id);
    }
    for note in notes(report) {
        let check = note.check.as_ref().map(|check| format!(" ({check})")).unwrap_or_default();
        let _ = writeln!(out, "{}: {}{check}", note.word(), text(&note.text));
    }
    out
}

/// `label=value[unit];warn;crit;min` as the guidelines have it.
fn performance(report: &Report) -> String {
    let roots = |severity: Severity| report.roots().filter(|finding| finding.severity == severity).count();
    format!(
        "time={}ms;;;0 errors={};;;0 warnings={};;;0 unknown={};;;0",
        report.run.elapsed_ms,
        roots(Severity::Error),
        roots(Severity::Warning),
        report.counts.unknown,
    )
}

/// The word of a state.
pub fn word(verdict: Overall) -> &'static str {
    ["OK", "WARNING", "CRITICAL", "UNKNOWN"][usize::from(code(verdict))]
}

/// A bar would begin the performance data.
pub fn text(text: &str) -> String {
    printable(text).replace('|', "/")
}

/// What `--nagios-exit` gives where the doctor could not do its job.
pub const EXIT_UNKNOWN: u8 = 3;

/// The exit code of a monitoring plugin, for `--nagios-exit`: the only one that
/// is not the verdict's own, because its reader knows no other
/// (Monitoring Plugins Development Guidelines, plugin return codes).
pub fn exit_code(report: &Report) -> u8 {
    code(report.verdict)
}

/// The same for a verdict.
pub fn code(verdict: Overall) -> u8 {
    match verdict {
        Overall::Ok | Overall::Info => 0,
        Overall::Warning => 1,
        Overall::Error => 2,
        Overall::Incomplete => EXIT_UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_holds_neither_bar_nor_line_end() {
        assert_eq!(text("a|b\nc\u{1b}[31m"), "a/b?c");
    }
}
