//! Several reports: one line a machine, worst first, then the causes by how many machines have them.

use std::collections::BTreeMap;

use colored::{ColoredString, Colorize};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::text::Layout;
use crate::report::{Overall, Report, SCHEMA_VERSION, Severity, TOOL, Tool};
use crate::text::json;

/// What is kept of the report of one machine.
pub struct Row {
    /// The file of its bundle, fit to be shown.
    pub file: String,
    verdict: Overall,
    roots: Vec<Cause>,
}

/// Something to fix, as machines are compared by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Cause {
    severity: Severity,
    check_id: String,
    cause: String,
}

/// The machines seen so far.
#[derive(Default)]
pub struct Fleet {
    rows: Vec<Row>,
    unread: Vec<Unread>,
}

/// A report among several.
#[derive(Serialize)]
struct Member<'a> {
    file: &'a str,
    #[serde(flatten)]
    report: &'a Report,
}

/// A file that is no bundle that we can read.
#[derive(Serialize)]
struct Unread {
    file: String,
    error: String,
}

/// What follows the reports in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rest<'a> {
    ok: bool,
    errors: &'a [Unread],
    causes: Vec<CauseLine<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CauseLine<'a> {
    check_id: &'a str,
    cause: &'a str,
    severity: Severity,
    machines: usize,
}

impl Row {
    /// The row of a report.
    pub fn of(file: &str, report: &Report) -> Row {
        let roots = report.roots().map(|finding| Cause {
            severity: finding.severity,
            check_id: finding.check_id.clone(),
            cause: finding.cause.clone(),
        });
        Row { file: file.to_string(), verdict: report.verdict, roots: roots.collect() }
    }
}

/// How JSON of several reports begins.
///
/// # Errors
/// In words, when a value cannot be written as JSON; no type of ours does that.
pub fn json_start() -> Result<String, String> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Start {
        schema_version: u32,
        tool: Tool,
    }
    let start = json::render(&Start { schema_version: SCHEMA_VERSION, tool: TOOL })?;
    Ok(start.trim_end().trim_end_matches('}').trim_end().to_string() + ",\n  \"reports\": [")
}

/// One report as it stands among others.
///
/// # Errors
/// As above.
pub fn json_report(row: &Row, report: &Report) -> Result<String, String> {
    // No string of JSON has a line end in it.
    let text = json::render(&Member { file: &row.file, report })?;
    Ok(format!("\n{}", text.trim_end()).replace('\n', "\n    "))
}

impl Fleet {
    /// Takes a machine in; gives its printed report with what must stand before it.
    pub fn add(&mut self, row: Row, printed: &str) -> String {
        let is_json = printed.starts_with('\n');
        let comma = if is_json && !self.rows.is_empty() { "," } else { "" };
        self.rows.push(row);
        format!("{comma}{printed}")
    }

    /// Takes note of a file that could not be judged.
    pub fn add_unread(&mut self, file: &str, error: String) {
        self.unread.push(Unread { file: file.to_string(), error });
    }

    /// How JSON of several reports ends.
    ///
    /// # Errors
    /// As above.
    pub fn json_end(&self, ok: bool) -> Result<String, String> {
        let causes = self.causes();
        let causes = causes.iter().map(|(cause, machines)| CauseLine {
            check_id: &cause.check_id,
            cause: &cause.cause,
            severity: cause.severity,
            machines: *machines,
        });
        let rest = json::render(&Rest { ok, errors: &self.unread, causes: causes.collect() })?;
        Ok(format!("\n  ],{}", rest.trim_start_matches('{')))
    }

    /// The table, for a person.
    pub fn render(&mut self, layout: &Layout) -> String {
        // The sort is stable: what is equal stays in the order in which it was named.
        self.rows.sort_by_key(|row| std::cmp::Reverse((rank(row.verdict), row.roots.len())));
        let mut out = String::new();
        let files = self.rows.iter().map(|row| row.file.width()).max().unwrap_or_default();
        for row in self.rows.iter().filter(|row| !layout.quiet || rank(row.verdict) > 0) {
            let name = format!("{}{}", row.file, " ".repeat(files - row.file.width()));
            let line = format!("{} {name}  {}", mark(row.verdict, layout), summary(row));
            out.push_str(line.trim_end());
            out.push('\n');
        }
        let causes = self.causes();
        if !causes.is_empty() {
            out.push_str("\nmachines  cause\n");
        }
        for (cause, machines) in &causes {
            let word = cause.severity.word();
            out.push_str(&format!("{machines:>8}  {}:{}  {word}\n", cause.check_id, cause.cause));
        }
        if !layout.quiet {
            out.push_str(&format!("\n{}\n", self.total()));
        }
        out
    }

    fn total(&self) -> String {
        let count = |verdict: Overall| self.rows.iter().filter(|row| row.verdict == verdict).count();
        let all = [Overall::Error, Overall::Warning, Overall::Info, Overall::Incomplete, Overall::Ok];
        let counted = all.iter().map(|verdict| (count(*verdict), verdict.word()));
        let parts: Vec<String> = counted
            .chain([(self.unread.len(), "not read")])
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let all = self.rows.len() + self.unread.len();
        format!("{all} bundles: {}", parts.join(", "))
    }

    /// Causes with the number of machines that have them, most first, then the more severe.
    fn causes(&self) -> Vec<(&Cause, usize)> {
        let mut machines: BTreeMap<&Cause, usize> = BTreeMap::new();
        for row in &self.rows {
            let mut causes: Vec<&Cause> = row.roots.iter().collect();
            // One cause on two endpoints is one machine.
            causes.sort();
            causes.dedup();
            causes.into_iter().for_each(|cause| *machines.entry(cause).or_default() += 1);
        }
        let mut causes: Vec<(&Cause, usize)> = machines.into_iter().collect();
        causes.sort_by_key(|(cause, machines)| std::cmp::Reverse((*machines, cause.severity)));
        causes
    }
}

fn summary(row: &Row) -> String {
    let Some(first) = row.roots.first() else {
        return row.verdict.word().to_string();
    };
    let more = row.roots.len() - 1;
    let more = if more > 0 { format!("  and {more} more") } else { String::new() };
    format!("{}:{}{more}", first.check_id, first.cause)
}

fn rank(verdict: Overall) -> u8 {
    match verdict {
        Overall::Ok => 0,
        Overall::Incomplete => 1,
        Overall::Info => 2,
        Overall::Warning => 3,
        Overall::Error => 4,
    }
}

fn mark(verdict: Overall, layout: &Layout) -> ColoredString {
    let (unicode, ascii) = match verdict {
        Overall::Ok => ("✔", "ok"),
        Overall::Incomplete => ("?", "?"),
        Overall::Info => ("●", "i"),
        Overall::Warning => ("▲", "!"),
        Overall::Error => ("✖", "x"),
    };
    // Two columns in ASCII, for "ok" has two.
    let mark = if layout.unicode { unicode.to_string() } else { format!("{ascii:<2}") };
    match verdict {
        Overall::Ok => mark.green(),
        Overall::Incomplete | Overall::Warning => mark.yellow().bold(),
        Overall::Info => mark.blue().bold(),
        Overall::Error => mark.red().bold(),
    }
}
