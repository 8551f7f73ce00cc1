//! `-v`: every finding with all that was seen and how it is mended, and every check.

use colored::Colorize;
use unicode_width::UnicodeWidthStr;

use super::remedy::first_to_type;
use super::{Text, wrapping};
use crate::render::details::said;
use crate::report::{CheckRow, Finding, FixLine, Report, Severity, Status};
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
        let first_command = first_to_type(finding);
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
        let colon = if fix.run.is_empty() { "" } else { ":" };
        self.wrapped(&format!("{lead}{}{colon}", self.say(fix)), "    ", "    ");
        for command in &fix.run {
            self.typed(command, fix, "      ");
        }
        if !fix.verify.is_empty() {
            self.line(if fix.run.is_empty() { "    To see more:" } else { "    Then check:" });
            for command in &fix.verify {
                self.typed(command, fix, "      ");
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
        for (reason, ids) in self.unknown_reasons() {
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
    match (row.status, &row.because, &row.reason) {
        (Status::Skipped, None, Some(reason)) => format!("does not apply: {reason}"),
        _ => said(row, report),
    }
}
