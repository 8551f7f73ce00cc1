//! `-v`: every finding with all that was seen and how it is mended, and every check.

use colored::Colorize;
use unicode_width::UnicodeWidthStr;

use super::{Text, wrapping};
use crate::render::steps::as_user;
use crate::report::{CheckRow, Finding, FixLine, Report, RunAs, Severity, Status};
use crate::text::printable::printable;
use crate::types::link::Link;

impl Text<'_> {
    pub(super) fn full(&mut self) {
        self.header();
        self.path(usize::MAX);
        self.findings();
        self.unknowns();
        self.notes();
        self.every_check();
        self.foot(true);
    }

    fn findings(&mut self) {
        let report = self.report;
        for finding in report.roots() {
            self.line("");
            self.finding(finding);
        }
    }

    pub(super) fn finding(&mut self, finding: &Finding) {
        self.headline(finding);
        self.line("");
        self.evidence(&finding.evidence, "    ");
        self.excerpt(finding);
        self.fixes(finding);
        self.clears(finding);
    }

    fn headline(&mut self, finding: &Finding) {
        let mark = self.mark(Status::Fail, finding.severity);
        let message = printable(&finding.message);
        let id = &finding.check_id;
        let lines = textwrap::wrap(&message, wrapping(self.layout.width - 2).break_words(true));
        let last = lines.len().saturating_sub(1);
        for (index, line) in lines.iter().enumerate() {
            let lead = if index == 0 { format!("{mark} ") } else { "  ".to_string() };
            let room = self.layout.width.saturating_sub(2 + line.width() + id.len());
            if index == last && room >= 2 {
                self.line(&format!("{lead}{}{}{}", line.bold(), " ".repeat(room), id.dimmed()));
            } else {
                self.line(&format!("{lead}{}", line.bold()));
                if index == last {
                    self.line(&format!(
                        "{}{}",
                        " ".repeat(self.layout.width.saturating_sub(id.len())),
                        id.dimmed()
                    ));
                }
            }
        }
    }

    /// The first fix, and the first that is a command where that is another one;
    /// of the rest only what they do.
    fn fixes(&mut self, finding: &Finding) {
        let first_command = finding.fixes.iter().position(|fix| !fix.run.is_empty()).unwrap_or_default();
        for (index, fix) in finding.fixes.iter().enumerate() {
            self.line("");
            if self.layout.verbose > 1 || index == 0 || index == first_command {
                self.fix(fix, index > 0);
            } else {
                self.wrapped(&format!("Or: {} (-vv shows how)", printable(&fix.say)), "    ", "    ");
            }
        }
    }

    fn fix(&mut self, fix: &FixLine, is_alternative: bool) {
        let lead = if is_alternative { "Or: " } else { "" };
        let place = fix.on.as_ref().map(|host| format!(" (on {})", printable(host))).unwrap_or_default();
        let root =
            if fix.run_as == RunAs::Root && !self.layout.reader.is_root() { " (needs root)" } else { "" };
        let colon = if fix.run.is_empty() { "" } else { ":" };
        self.wrapped(&format!("{lead}{}{place}{root}{colon}", printable(&fix.say)), "    ", "    ");
        for command in &fix.run {
            self.command(command, fix);
        }
        if !fix.verify.is_empty() {
            self.line(if fix.run.is_empty() { "    To see more:" } else { "    Then check:" });
            for command in &fix.verify {
                self.command(command, fix);
            }
        }
        if let Some(caution) = &fix.caution {
            self.wrapped(&printable(caution), "    ! ", "      ");
        }
        for cite in fix.cite.iter().take(if self.layout.verbose > 0 { usize::MAX } else { 1 }) {
            let page = cite.url.as_ref().unwrap_or(&cite.page);
            self.wrapped(&format!("documented in {page}"), "    ", "      ");
        }
    }

    /// A command alone on its lines. One of several lines starts at the margin,
    /// because a here-document does not end where its last word is indented.
    fn command(&mut self, command: &str, fix: &FixLine) {
        let command = as_user(command, fix, &self.layout.reader);
        let lines: Vec<String> = command.lines().map(printable).collect();
        let indent = if lines.len() > 1 { "" } else { "      " };
        for line in lines {
            self.line(&format!("{indent}{}", line.cyan()));
        }
    }

    fn clears(&mut self, root: &Finding) {
        if root.clears.is_empty() {
            return;
        }
        self.line("");
        self.line("    Fixing this should also clear");
        let report = self.report;
        for finding in
            report.findings.iter().filter(|finding| finding.caused_by.as_deref() == Some(&root.check_id))
        {
            let mark = self.mark(Status::Fail, finding.severity);
            let message = printable(&finding.message);
            let room = self.layout.width.saturating_sub(8 + message.width() + finding.check_id.len());
            if room >= 2 {
                self.line(&format!(
                    "      {mark} {message}{}{}",
                    " ".repeat(room),
                    finding.check_id.dimmed()
                ));
            } else {
                self.line(&format!("      {mark} {}", finding.check_id));
            }
        }
        let waiting = report.checks.iter().filter(|row| row.root.as_deref() == Some(&root.check_id)).count();
        if waiting > 0 {
            let mark = self.mark(Status::Skipped, Severity::Info);
            let plural = if waiting == 1 { "check that waits" } else { "checks that wait" };
            self.line(&format!("      {mark} {waiting} {plural} for it"));
        }
    }

    /// What could not be determined; checks with the same reason stand together.
    fn unknowns(&mut self) {
        let report = self.report;
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for row in report.checks.iter().filter(|row| row.status == Status::Unknown) {
            let error = row.error.as_deref().unwrap_or_default();
            match reasons.iter_mut().find(|(reason, _)| *reason == error) {
                Some((_, ids)) => ids.push(&row.id),
                None => reasons.push((error, vec![&row.id])),
            }
        }
        for (reason, ids) in reasons {
            self.line("");
            let mark = self.mark(Status::Unknown, Severity::Info);
            match &*ids {
                [id] => self.line(&format!("{mark} {} could not be determined", id.bold())),
                ids => {
                    let title = format!("{} checks could not be determined", ids.len());
                    self.line(&format!("{mark} {}", title.bold()));
                    self.wrapped(&ids.join(", "), "    ", "    ");
                }
            }
            self.wrapped(&printable(reason), "    ", "    ");
        }
    }

    /// A row a check, in the order of the path.
    fn every_check(&mut self) {
        self.line("");
        let report = self.report;
        for link in Link::ALL {
            for row in report.checks.iter().filter(|row| row.link == link) {
                self.check_row(row);
            }
        }
    }

    fn check_row(&mut self, row: &CheckRow) {
        let mark = self.mark(row.status, row.severity);
        self.line(&format!("{mark} {}", row.id));
        self.wrapped(&printable(&detail(row, self.report)), "    ", "    ");
    }
}

fn detail(row: &CheckRow, report: &Report) -> String {
    let failing = || {
        report
            .findings
            .iter()
            .find(|finding| finding.check_id == row.id)
            .map(|finding| finding.message.clone())
    };
    match row.status {
        Status::Pass => row.seen.clone().unwrap_or_default(),
        Status::Fail => failing().unwrap_or_default(),
        Status::Unknown => row.error.clone().unwrap_or_default(),
        Status::Skipped => match (&row.because, &row.reason) {
            (Some(because), _) => format!("waits for {because}"),
            (None, Some(reason)) => format!("does not apply: {reason}"),
            (None, None) => String::new(),
        },
    }
}
