//! Several reports in one file of each format: how it begins, what a machine adds, how it ends. Of no format more is
//! held than what a table needs, however many machines there are.

use std::fmt::Write;

use serde::Serialize;

use super::machines::{Cause, Fleet, Row, Unknown, summary};
use crate::catalogue::{Catalogue, Page};
use crate::render::format::Format;
use crate::render::steps::Reader;
use crate::render::text::Layout;
use crate::render::{github, gitlab, html, junit, line, markdown, nagios, prometheus, sarif, sh};
use crate::report::{Overall, Report, SCHEMA_VERSION, Severity, TOOL, Tool};
use crate::text::json;
use crate::text::printable::printable;

/// A report among several.
#[derive(Serialize)]
struct Member<'a> {
    file: &'a str,
    #[serde(flatten)]
    report: &'a Report,
}

/// What a report adds to all that is written.
pub struct Judged {
    /// Its row of the tables.
    pub row: Row,
    /// What of it is not known.
    pub unknown: Unknown,
    /// Its piece of each file, in the order of the formats that were asked.
    pub pieces: Vec<String>,
}

/// What stands between two machines.
pub fn separator(format: Format) -> &'static str {
    match format {
        Format::Json | Format::Sarif | Format::Gitlab => ",",
        _ => "",
    }
}

/// How the file begins; `pages` are those of all checks, in their order.
///
/// # Errors
/// In words, when it cannot be written in that format; nothing of ours does that.
pub fn start(format: Format, pages: &[&Page]) -> Result<String, String> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Start {
        schema_version: u32,
        tool: Tool,
    }
    Ok(match format {
        Format::Json => {
            let start = json::render(&Start { schema_version: SCHEMA_VERSION, tool: TOOL })?;
            start.trim_end().trim_end_matches('}').trim_end().to_string() + ",\n  \"reports\": ["
        }
        Format::Junit => {
            let name = TOOL.name;
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{name}\">\n")
        }
        Format::Gitlab => "[".into(),
        Format::Sarif => sarif::start(pages)?,
        Format::Sh => sh::start(),
        Format::Html => html::start(),
        Format::Text | Format::Line | Format::Github | Format::Markdown => String::new(),
        Format::Prometheus | Format::Nagios => String::new(),
    })
}

/// What one machine adds. `reader` is who will read it.
///
/// # Errors
/// As above.
pub fn member(
    format: Format,
    row: &Row,
    report: &Report,
    catalogue: &Catalogue,
    reader: &Reader,
) -> Result<String, String> {
    let file = &row.file;
    let json_list = |values: Vec<serde_json::Value>| -> Result<String, String> {
        let values: Result<Vec<String>, String> = values.iter().map(json::render).collect();
        Ok(values?.iter().map(|value| format!("\n{}", value.trim_end())).collect::<Vec<_>>().join(","))
    };
    Ok(match format {
        Format::Json => {
            // No string of JSON has a line end in it.
            let text = json::render(&Member { file, report })?;
            format!("\n{}", text.trim_end()).replace('\n', "\n    ")
        }
        Format::Line => line::render(report).lines().map(|line| format!("{file}: {line}\n")).collect(),
        Format::Junit => junit::suites(report, file)?,
        Format::Github => github::annotations(&named(report, file)),
        Format::Gitlab => json_list(gitlab::entries(&named(report, file), file))?,
        Format::Sarif => {
            let pages: Vec<&Page> = report.checks.iter().filter_map(|row| catalogue.page(&row.id)).collect();
            json_list(sarif::results(&named(report, file), &pages))?
        }
        Format::Sh => sh::branch(report, reader, file),
        Format::Html => html::member(file, report, reader),
        Format::Text | Format::Markdown | Format::Prometheus | Format::Nagios => String::new(),
    })
}

/// The report with the machine in every sentence that is shown alone.
fn named(report: &Report, file: &str) -> Report {
    let mut report = report.clone();
    let ignored = report.ignored.iter_mut().map(|one| &mut one.finding);
    for finding in report.findings.iter_mut().chain(ignored) {
        finding.message = format!("{file}: {}", finding.message);
        let target = finding.target.take().map(|target| format!(" {target}"));
        finding.target = Some(format!("{file}{}", target.unwrap_or_default()));
    }
    for error in report.checks.iter_mut().filter_map(|row| row.error.as_mut()) {
        *error = format!("{file}: {error}");
    }
    report
}

impl Fleet {
    /// How the file ends.
    ///
    /// # Errors
    /// As above.
    pub fn end(&mut self, format: Format, ok: bool, layout: &Layout) -> Result<String, String> {
        Ok(match format {
            Format::Text => self.render(layout),
            Format::Json => format!("\n  ],{}", self.rest(ok)?.trim_start_matches('{')),
            Format::Junit => {
                let unread: Result<String, String> =
                    self.unread.iter().map(|one| junit::unread(&one.file, &one.error)).collect();
                format!("{}</testsuites>\n", unread?)
            }
            Format::Gitlab => "\n]\n".into(),
            Format::Sarif => sarif::end(self.unread.is_empty(), &self.not_known())?,
            Format::Github => {
                let unread = self.unread.iter().map(|one| github::unread(&one.error));
                format!("{}{} {}: {}\n", unread.collect::<String>(), TOOL.name, TOOL.version, self.total())
            }
            Format::Sh => sh::end(self.rows.iter().map(|row| &*row.file)),
            Format::Html => html::end(&self.total(), self.unread.iter().map(|one| &*one.error)),
            Format::Markdown => self.markdown(),
            Format::Prometheus => self.metrics(),
            Format::Nagios => self.plugin(),
            Format::Line => String::new(),
        })
    }

    fn not_known(&self) -> Vec<String> {
        let unread = self.unread.iter().map(|one| one.error.clone());
        let unknown = self.unknown.iter().map(|(id, (machines, first))| {
            format!("{id} could not be determined on {machines} machines, such as {first}")
        });
        unread.chain(unknown).collect()
    }

    fn markdown(&mut self) -> String {
        self.sort();
        let mut out = format!("## {}: {}\n", TOOL.name, self.total());
        let mut table = |heads: [&str; 3], cells: Vec<[String; 3]>| {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "\n| {} |\n|---|---|---|", heads.join(" | "));
            for row in cells {
                let _ = writeln!(out, "| {} |", row.map(|cell| markdown::escaped(&cell)).join(" | "));
            }
        };
        let row = |row: &Row| [row.file.clone(), row.verdict.word().to_string(), summary(row)];
        table(["machine", "verdict", "fix first"], self.rows.iter().map(row).collect());
        table(self.heads(), self.cells());
        for one in &self.unread {
            let _ = writeln!(out, "\n> {}", markdown::escaped(&one.error));
        }
        out
    }

    /// The families of the metrics of one machine that tell of faults, with a label for the machine.
    fn metrics(&self) -> String {
        let label = prometheus::label;
        let mut families = [
            ("finding_info", "What fails and follows from nothing else.", String::new()),
            ("findings", "Things to fix that follow from nothing else.", String::new()),
            ("last_run_timestamp_seconds", "When the machine was looked at.", String::new()),
        ];
        for row in &self.rows {
            let machine = label(&row.file);
            let mut causes: Vec<&Cause> = row.roots.iter().collect();
            causes.sort();
            causes.dedup();
            for one in causes {
                let (check, cause, severity) = (label(&one.check_id), label(&one.cause), one.severity.word());
                let _ = writeln!(
                    families[0].2,
                    "{{machine=\"{machine}\",check=\"{check}\",cause=\"{cause}\",severity=\"{severity}\"}} 1"
                );
            }
            for severity in [Severity::Error, Severity::Warning, Severity::Info] {
                let count = row.roots.iter().filter(|cause| cause.severity == severity).count();
                let word = severity.word();
                let _ = writeln!(families[1].2, "{{machine=\"{machine}\",severity=\"{word}\"}} {count}");
            }
            let _ = writeln!(families[2].2, "{{machine=\"{machine}\"}} {}", prometheus::seconds(row.at));
        }
        let mut out = String::new();
        for (name, help, series) in families {
            let name = format!("openclaw_doctor_{name}");
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
            out.extend(series.lines().map(|line| format!("{name}{line}\n")));
        }
        let _ = writeln!(out, "# HELP openclaw_doctor_unread_bundles Files that could not be judged.");
        let _ = writeln!(out, "# TYPE openclaw_doctor_unread_bundles gauge");
        let _ = writeln!(out, "openclaw_doctor_unread_bundles {}", self.unread.len());
        out
    }

    fn plugin(&mut self) -> String {
        self.sort();
        let count = |verdict: Overall| self.rows.iter().filter(|row| row.verdict == verdict).count();
        let mut out = format!(
            "OPENCLAW {} - {} | machines={};;;0 errors={};;;0 warnings={};;;0 unread={};;;0\n",
            nagios::word(self.worst().unwrap_or(Overall::Incomplete)),
            self.total(),
            self.rows.len(),
            count(Overall::Error),
            count(Overall::Warning),
            self.unread.len()
        );
        for row in self.rows.iter().filter(|row| row.verdict != Overall::Ok) {
            let line = format!("{}: {} {}", row.verdict.word(), row.file, summary(row));
            let _ = writeln!(out, "{}", nagios::text(&line));
        }
        for one in &self.unread {
            let _ = writeln!(out, "unread: {}", nagios::text(&printable(&one.error)));
        }
        out
    }
}
