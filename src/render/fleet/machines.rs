//! What is kept of the reports of several machines.

use std::collections::BTreeMap;

use clap::ValueEnum;
use jiff::Timestamp;
use serde::Serialize;

use crate::report::{Overall, Report, Severity, Status};
use crate::text::printable::printable;

/// What is kept of the report of one machine.
pub struct Row {
    /// The file of its bundle, fit to be shown.
    pub file: String,
    pub(super) verdict: Overall,
    pub(super) roots: Vec<Cause>,
    pub(super) ignored: usize,
    pub(super) openclaw: String,
    pub(super) ollama: String,
    pub(super) user: String,
    pub(super) at: Timestamp,
}

/// Something to fix, as machines are compared by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    pub(super) severity: Severity,
    pub(super) check_id: String,
    pub(super) cause: String,
}

/// What machines have in common, as `--group-by` names it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum GroupBy {
    /// What is to fix
    #[default]
    Cause,
    /// The versions of OpenClaw and Ollama
    Version,
    /// The user whose OpenClaw was judged
    User,
}

/// The machines seen so far.
#[derive(Default)]
pub struct Fleet {
    /// By what they are counted.
    pub(super) by: GroupBy,
    pub(super) rows: Vec<Row>,
    pub(super) unread: Vec<Unread>,
    /// Checks that could not be determined: on how many machines, and why on the first one.
    pub(super) unknown: BTreeMap<String, (usize, String)>,
}

/// A file that is no bundle that we can read.
#[derive(Serialize)]
pub struct Unread {
    pub(super) file: String,
    pub(super) error: String,
}

/// The checks of a report that could not be determined, and why.
pub struct Unknown(Vec<(String, String)>);

impl Unknown {
    /// Of a report.
    pub fn of(report: &Report) -> Unknown {
        let rows = report.checks.iter().filter(|row| row.status == Status::Unknown);
        Unknown(
            rows.map(|row| (row.id.clone(), printable(row.error.as_deref().unwrap_or_default()))).collect(),
        )
    }
}

impl Row {
    /// The row of a report.
    pub fn of(file: &str, report: &Report) -> Row {
        let roots = report.roots().map(|finding| Cause {
            severity: finding.severity,
            check_id: finding.check_id.clone(),
            cause: finding.cause.clone(),
        });
        let version = |version: &Option<String>| version.as_deref().map_or("unknown".to_string(), printable);
        let user = report.openclaw.as_ref().map_or("unknown".to_string(), |line| printable(&line.user));
        Row {
            file: file.to_string(),
            verdict: report.verdict,
            roots: roots.collect(),
            ignored: report.ignored.len(),
            openclaw: version(&report.versions.openclaw),
            ollama: version(&report.versions.ollama),
            user,
            at: report.run.at,
        }
    }
}

impl Fleet {
    /// None yet, to be counted by this.
    pub fn by(by: GroupBy) -> Fleet {
        Fleet { by, ..Fleet::default() }
    }

    /// Takes a machine in.
    pub fn add(&mut self, row: Row, report: &Unknown) {
        for (id, error) in &report.0 {
            let seen =
                self.unknown.entry(id.clone()).or_insert_with(|| (0, format!("{}: {error}", row.file)));
            seen.0 += 1;
        }
        self.rows.push(row);
    }

    /// Takes note of a file that could not be judged.
    pub fn add_unread(&mut self, file: &str, error: String) {
        self.unread.push(Unread { file: file.to_string(), error });
    }

    /// The worst verdict; nothing where no machine could be judged.
    pub fn worst(&self) -> Option<Overall> {
        self.rows.iter().map(|row| row.verdict).max_by_key(|verdict| rank(*verdict))
    }

    /// The worst machine first. The sort is stable: what is equal stays in the order in which it was named.
    pub(super) fn sort(&mut self) {
        self.rows.sort_by_key(|row| std::cmp::Reverse((rank(row.verdict), row.roots.len())));
    }

    /// How many there are of each verdict.
    pub(super) fn total(&self) -> String {
        let count = |verdict: Overall| self.rows.iter().filter(|row| row.verdict == verdict).count();
        let all = [Overall::Error, Overall::Warning, Overall::Info, Overall::Incomplete, Overall::Ok];
        let counted = all.iter().map(|verdict| (count(*verdict), verdict.word()));
        let parts: Vec<String> = counted
            .chain([(self.unread.len(), "not read")])
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        format!("{} bundles: {}", self.count(), parts.join(", "))
    }

    /// How many were named.
    pub(super) fn count(&self) -> usize {
        self.rows.len() + self.unread.len()
    }
}

/// What to fix first there, in a few words.
pub fn summary(row: &Row) -> String {
    let ignored = if row.ignored > 0 { format!("  {} ignored", row.ignored) } else { String::new() };
    let Some(first) = row.roots.first() else {
        return format!("{}{ignored}", row.verdict.word());
    };
    let more = row.roots.len() - 1;
    let more = if more > 0 { format!("  and {more} more") } else { String::new() };
    format!("{}:{}{more}{ignored}", first.check_id, first.cause)
}

/// The worse, the higher.
pub fn rank(verdict: Overall) -> u8 {
    match verdict {
        Overall::Ok => 0,
        Overall::Incomplete => 1,
        Overall::Info => 2,
        Overall::Warning => 3,
        Overall::Error => 4,
    }
}
