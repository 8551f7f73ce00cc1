//! The last rows: what there is to do, the command to begin with, and where to read on.

use colored::Colorize;

use super::Text;
use crate::render::steps::as_user;
use crate::report::{Finding, Overall, PathRow, Severity, Status};
use crate::text::printable::printable;
use crate::types::link::Link;

impl Text<'_> {
    /// The last rows; `names_first` where the first problem itself is above the rows of a screen.
    pub(super) fn foot(&mut self, names_first: bool) {
        let report = self.report;
        match report.roots().next().filter(|first| first.severity > Severity::Info) {
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
        let several = self.problems_of(|_| true) > 1;
        let it = if several { "1 first" } else { "it" };
        let joint = if again.starts_with("then") { ", " } else { " " };
        self.wrapped(&format!("{}. {what} {it}{joint}{again}", self.how_many(first)), "", "");
        if names_first {
            self.numbered(0, first);
        }
        for line in &remedy.lines {
            self.line(&format!("  {}", printable(line).cyan()));
        }
        self.line(&format!("Why: openclaw-doctor explain {}", first.check_id));
    }

    /// The links without which OpenClaw gets no answer, as far as they were not seen to be good.
    fn unseen_links(&self) -> Vec<&'static str> {
        let needed = [Link::Config, Link::Key, Link::Ollama, Link::Model];
        let unseen =
            self.report.path.iter().filter(|row| needed.contains(&row.link) && row.state != Status::Pass);
        unseen.map(|row| row.link.word()).collect()
    }

    fn problems_of(&self, is_counted: impl Fn(Severity) -> bool) -> usize {
        let problems = self.report.roots().filter(|finding| finding.severity > Severity::Info);
        problems.filter(|finding| is_counted(finding.severity)).count()
    }

    /// The problems, and what waits for the first of them.
    fn how_many(&self, first: &Finding) -> String {
        let plural =
            |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let problems = self.problems_of(|_| true);
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
            let title = "Nothing fails, but not everything could be seen.".bold();
            self.line(&format!("{mark} {title}"));
            self.line("Every check, and why:  openclaw-doctor -v");
            return;
        }
        let unseen = self.unseen_links();
        if unseen.is_empty() {
            let mark = self.mark(Status::Pass, Severity::Info);
            let title = "Nothing here keeps OpenClaw from getting answers from Ollama.".bold();
            self.line(&format!("{mark} {title}"));
        } else {
            let title = format!("Nothing fails; not seen to be good: {}.", unseen.join(", "));
            self.line(&format!("{}", title.bold()));
        }
        if report.run.source == "bundle" {
            return;
        }
        self.line("Ask the model one:  openclaw-doctor --deep");
        self.line("Still silent?       openclaw-doctor bundle   (a file for whoever helps)");
    }

    /// What mends a finding, in lines of which none is a piece of a command.
    fn remedy_in_lines(&self, first: &Finding) -> Remedy {
        let fix = first.fixes.iter().find(|fix| !fix.run.is_empty());
        let Some(fix) = fix else {
            return Remedy { lines: vec![self.command_in_a_line(first)], kind: Kind::Look };
        };
        let lines: Vec<String> = fix.run.iter().map(|step| as_user(step, fix, &self.layout.reader)).collect();
        if lines.len() > 3 || lines.iter().any(|line| line.contains('\n')) {
            return Remedy { lines: vec!["openclaw-doctor".into()], kind: Kind::Above };
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
