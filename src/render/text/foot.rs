//! The last rows: what there is to do, the command to begin with, and where to read on.

use colored::Colorize;
use unicode_width::UnicodeWidthStr;

use super::remedy::{explain, first_fix};
use super::{Text, plural};
use crate::render::steps::as_user;
use crate::render::verdict::{unseen_links, verdict};
use crate::report::{CheckRow, Finding, Overall, PathRow, Severity, Status};
use crate::text::printable::printable;
use crate::types::link::Link;

impl Text<'_> {
    /// The last rows; `names_first` where the first problem itself is above the rows of a screen.
    pub(super) fn foot(&mut self, names_first: bool) {
        let report = self.report;
        match report.problems().next() {
            Some(first) => self.way_on(first, names_first),
            None => self.nothing_fails(),
        }
    }

    /// What to do first, and why.
    fn way_on(&mut self, first: &Finding, names_first: bool) {
        let remedy = self.remedy_in_lines(first);
        let what = match remedy.kind {
            Kind::Fix | Kind::Above => "Fix",
            Kind::Look => "Look at",
        };
        let again = match self.report.run.source {
            "bundle" => "on that machine, then make a new bundle there:".to_string(),
            _ if remedy.kind == Kind::Above => "as shown above, then look again:".to_string(),
            _ => "then run openclaw-doctor again:".to_string(),
        };
        let several = self.report.problems().count() > 1;
        let it = if several { "1 first" } else { "it" };
        let place = first_fix(first).and_then(|fix| fix.on.as_ref());
        let place = place.map(|host| format!(" on {host}")).unwrap_or_default();
        let joint = if again.starts_with("then") { ", " } else { " " };
        self.wrapped(&format!("{}. {what} {it}{place}{joint}{again}", self.how_many(first)), "", "");
        if names_first {
            self.numbered(0, first);
        }
        for line in &remedy.lines {
            self.line(&format!("  {}", printable(line).cyan()));
        }
        let explain = explain(first);
        if !remedy.lines.contains(&explain) {
            self.line(&format!("Why: {explain}"));
        }
    }

    /// The problems, and what waits for the first of them.
    fn how_many(&self, first: &Finding) -> String {
        let problems = self.report.problems().count();
        let rows = &self.report.checks;
        let waiting = rows.iter().filter(|row| row.root.as_deref() == Some(&first.check_id)).count();
        let it = if problems == 1 { "it" } else { "1" };
        let waiting = match waiting {
            0 => String::new(),
            1 => format!("; 1 check waits for {it}"),
            count => format!("; {count} checks wait for {it}"),
        };
        if first.severity == Severity::Error {
            return plural(problems, "problem") + &waiting;
        }
        let is_reached = |row: &PathRow| row.link == Link::Ollama && row.state == Status::Pass;
        let works = if self.report.path.iter().any(is_reached) { "Ollama answers" } else { "No error" };
        format!("{works}; {}{waiting}", plural(problems, "warning"))
    }

    /// What the verdict rests on, and what was not tried.
    fn nothing_fails(&mut self) {
        let report = self.report;
        if report.verdict == Overall::Incomplete {
            let mark = self.mark(Status::Unknown, Severity::Info);
            self.line(&format!("{mark} {}", verdict(report).bold()));
            self.line("Every check, and why:  openclaw-doctor -v");
            return;
        }
        let unseen = unseen_links(report);
        if unseen.is_empty() {
            let mark = self.mark(Status::Pass, Severity::Info);
            let title = verdict(report).bold();
            self.line(&format!("{mark} {title}"));
            let answer = report.path.iter().find(|row| row.link == Link::Answer && !row.seen.is_empty());
            if let Some(answer) = answer {
                self.broken(&answer.seen, "  ", "  ");
            }
        } else {
            self.line(&format!("{}", verdict(report).bold()));
        }
        if report.run.source == "bundle" {
            return;
        }
        let is_asked = |row: &CheckRow| row.id == "ollama/answers" && row.status == Status::Pass;
        if !report.checks.iter().any(is_asked) {
            self.line("Ask the model one:  openclaw-doctor --deep");
        }
        self.line("Still silent?       openclaw-doctor bundle   (a file for whoever helps)");
    }

    /// What mends a finding, in lines of which none is a piece of a command.
    fn remedy_in_lines(&self, first: &Finding) -> Remedy {
        let Some(fix) = first_fix(first).filter(|fix| !fix.run.is_empty()) else {
            return Remedy { lines: vec![self.command_in_a_line(first)], kind: Kind::Look };
        };
        let lines: Vec<String> = fix.run.iter().map(|step| as_user(step, fix, &self.layout.reader)).collect();
        let rows: usize = lines.iter().map(|line| (line.width() + 2).div_ceil(self.layout.width)).sum();
        if rows > 3 || lines.iter().any(|line| line.contains('\n')) {
            let next =
                if self.report.run.source == "bundle" { "openclaw-doctor bundle" } else { "openclaw-doctor" };
            return Remedy { lines: vec![next.into()], kind: Kind::Above };
        }
        Remedy { lines, kind: Kind::Fix }
    }
}

/// What stands in the foot to be typed.
struct Remedy {
    lines: Vec<String>,
    kind: Kind,
}

#[derive(PartialEq, Eq)]
enum Kind {
    /// It mends the first problem.
    Fix,
    /// What mends it is too long, and stands above.
    Above,
    /// It shows what is wrong.
    Look,
}
