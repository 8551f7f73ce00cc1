//! What the settings file did, in lines: each finding that it has ignored, each of its entries that is of no use.

use crate::report::{CheckRow, Report, Status};
use crate::text::printable::printable;

/// One line.
pub struct Note {
    /// The check that is ignored, or nothing for a word about the settings file itself.
    pub check: Option<String>,
    /// The sentence, fit to be shown.
    pub text: String,
}

impl Note {
    /// What it is about, in a word.
    pub fn title(&self) -> String {
        match &self.check {
            Some(check) => format!("{check} ignored"),
            None => "settings".to_string(),
        }
    }

    /// `ignored` or `warning`.
    pub fn word(&self) -> &'static str {
        if self.check.is_some() { "ignored" } else { "warning" }
    }
}

/// How many checks do not apply here: skipped, and neither waiting for another nor ignored.
pub fn left_out(report: &Report) -> usize {
    let is_ignored = |row: &CheckRow| report.ignored.iter().any(|one| one.finding.check_id == row.id);
    let skipped = report.checks.iter().filter(|row| row.status == Status::Skipped && row.because.is_none());
    skipped.filter(|row| !is_ignored(row)).count()
}

/// All of them, the ignored findings first.
pub fn notes(report: &Report) -> Vec<Note> {
    let ignored = report.ignored.iter().map(|one| {
        let finding = &one.finding;
        let target = finding.target.as_ref().map(|target| format!(" ({target})"));
        let text =
            format!("{}{}; until {}: {}", finding.message, target.unwrap_or_default(), one.until, one.reason);
        Note { check: Some(format!("{}:{}", finding.check_id, finding.cause)), text: printable(&text) }
    });
    let warnings = report.settings.iter().flat_map(|settings| &settings.warnings);
    ignored.chain(warnings.map(|warning| Note { check: None, text: printable(warning) })).collect()
}
