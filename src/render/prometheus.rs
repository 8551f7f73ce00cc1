//! Metrics in Prometheus' text format, for the textfile collector of node_exporter.

use std::collections::BTreeSet;
use std::fmt::Write;

use jiff::Timestamp;

use crate::report::{Report, Severity, Status};
use crate::text::printable::printable;

/// Every state of a check, in the order of the series.
const STATES: [(Status, &str); 4] = [
    (Status::Pass, "pass"),
    (Status::Fail, "fail"),
    (Status::Unknown, "unknown"),
    (Status::Skipped, "skipped"),
];

/// Renders a report.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "# HELP openclaw_doctor_check_state State of a check: 1 for the state it is in.");
    let _ = writeln!(out, "# TYPE openclaw_doctor_check_state gauge");
    for row in &report.checks {
        for (status, word) in STATES {
            let check = label(&row.id);
            let value = u8::from(row.status == status);
            let _ =
                writeln!(out, "openclaw_doctor_check_state{{check=\"{check}\",state=\"{word}\"}} {value}");
        }
    }
    let _ = writeln!(out, "# HELP openclaw_doctor_finding_info What fails, and what it follows from.");
    let _ = writeln!(out, "# TYPE openclaw_doctor_finding_info gauge");
    // The same series twice would make the collector refuse the file.
    let mut series = BTreeSet::new();
    for finding in &report.findings {
        let labels = [
            ("check", &*finding.check_id),
            ("cause", &*finding.cause),
            ("severity", finding.severity.word()),
            ("target", finding.target.as_deref().unwrap_or_default()),
            ("caused_by", finding.caused_by.as_deref().unwrap_or_default()),
        ];
        let labels: Vec<String> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", label(value))).collect();
        series.insert(format!("openclaw_doctor_finding_info{{{}}} 1\n", labels.join(",")));
    }
    out.extend(series);
    let _ = writeln!(out, "# HELP openclaw_doctor_findings Things to fix that follow from nothing else.");
    let _ = writeln!(out, "# TYPE openclaw_doctor_findings gauge");
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let count = report.roots().filter(|finding| finding.severity == severity).count();
        let word = severity.word();
        let _ = writeln!(out, "openclaw_doctor_findings{{severity=\"{word}\"}} {count}");
    }
    out + &ignored(report) + &run(report)
}

/// What the settings file has taken out of the series above.
fn ignored(report: &Report) -> String {
    let series: BTreeSet<String> = report
        .ignored
        .iter()
        .map(|one| {
            let (check, cause) = (label(&one.finding.check_id), label(&one.finding.cause));
            let (severity, until) = (one.finding.severity.word(), label(&one.until));
            let target = label(one.finding.target.as_deref().unwrap_or_default());
            format!(
                "openclaw_doctor_ignored_info{{check=\"{check}\",cause=\"{cause}\",severity=\"{severity}\",\
                 target=\"{target}\",until=\"{until}\"}} 1\n"
            )
        })
        .collect();
    let mut out = String::new();
    if !series.is_empty() {
        let _ =
            writeln!(out, "# HELP openclaw_doctor_ignored_info What fails, and the settings file ignores.");
        let _ = writeln!(out, "# TYPE openclaw_doctor_ignored_info gauge");
        out.extend(series);
    }
    if let Some(settings) = &report.settings {
        let _ =
            writeln!(out, "# HELP openclaw_doctor_settings_warnings Entries of the settings file of no use.");
        let _ = writeln!(out, "# TYPE openclaw_doctor_settings_warnings gauge");
        let _ = writeln!(out, "openclaw_doctor_settings_warnings {}", settings.warnings.len());
    }
    out
}

/// When this doctor looked, and how long it took.
fn run(report: &Report) -> String {
    let mut out = String::new();
    let version = label(report.tool.version);
    // Milliseconds, exact in a float far beyond any time that a look takes.
    #[allow(clippy::cast_precision_loss)]
    let (took, at) = (report.run.elapsed_ms as f64 / 1000.0, seconds(report.run.at));
    let gauges = [
        ("run_duration_seconds", "Time that looking and judging took.", format!(" {took}")),
        ("last_run_timestamp_seconds", "When the machine was looked at.", format!(" {at}")),
        ("build_info", "Version of the doctor.", format!("{{version=\"{version}\"}} 1")),
    ];
    for (name, help, value) in gauges {
        let name = format!("openclaw_doctor_{name}");
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{name}{value}");
    }
    out
}

/// Seconds since 1970, with milliseconds, which are exact in a float far beyond any date.
#[allow(clippy::cast_precision_loss)]
pub fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

/// The value of a label, as the text format escapes it.
pub fn label(value: &str) -> String {
    printable(value).replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_end_early() {
        assert_eq!(label("a\"} 1\nb\\"), "a\\\"} 1?b\\\\");
    }
}
