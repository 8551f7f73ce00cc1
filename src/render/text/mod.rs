//! The report for a person: the path of the request, the first problem in full,
//! commands that can be copied whole, and the way on in the last rows.

mod foot;
mod full;
mod path;
mod remedy;
mod screen;

use std::fmt::Write;

use colored::{ColoredString, Colorize};
use jiff::Timestamp;
use unicode_width::UnicodeWidthStr;

use super::notes::{left_out, notes};
use super::others::others;
use super::steps::Reader;
use crate::report::{Evidence, Finding, OpenClawLine, Overall, Report, Severity, Status};
use crate::text::printable::printable;
use crate::text::time::{second, span};

/// How the report is laid out.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Columns.
    pub width: usize,
    /// The locale shows more than ASCII.
    pub unicode: bool,
    /// `-v`: every finding in full and every check with what was seen; twice: all fixes and citations too.
    pub verbose: u8,
    /// `-q`: findings only, a headline and a command each.
    pub quiet: bool,
    /// The time, to say how old a bundle is.
    pub now: Option<Timestamp>,
    /// Who reads this, to write commands as that user must type them.
    pub reader: Reader,
}

impl Layout {
    /// As in a file: 80 columns, no terminal's limits, for that reader.
    pub fn of_a_file(reader: Reader) -> Layout {
        Layout { width: 80, unicode: true, verbose: 0, quiet: false, now: None, reader }
    }

    /// The same report, laid out for a file.
    pub fn in_a_file(&self) -> Layout {
        Layout { width: 80, unicode: true, ..self.clone() }
    }
}

struct Text<'a> {
    report: &'a Report,
    layout: &'a Layout,
    out: String,
}

/// Renders a report for a person.
pub fn render(report: &Report, layout: &Layout) -> String {
    let mut text = Text { report, layout, out: String::new() };
    if layout.quiet {
        text.quiet();
    } else if layout.verbose > 0 {
        text.full();
    } else {
        text.screen();
    }
    text.out
}

/// One finding with all that was seen, and every way to mend it.
pub fn finding(report: &Report, finding: &Finding, layout: &Layout) -> String {
    let mut text = Text { report, layout, out: String::new() };
    text.finding(finding);
    text.out
}

/// The first lines of a report, as other tables have them too.
pub fn header(report: &Report, layout: &Layout) -> String {
    let mut text = Text { report, layout, out: String::new() };
    text.header();
    text.out
}

impl<'a> Text<'a> {
    /// Text beside this one, to be put into it later.
    fn beside(&self) -> Text<'a> {
        Text { report: self.report, layout: self.layout, out: String::new() }
    }

    fn line(&mut self, line: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "{}", line.trim_end());
    }

    fn mark(&self, status: Status, severity: Severity) -> ColoredString {
        let mark = glyph(status, severity, self.layout.unicode);
        match (status, severity) {
            (Status::Pass, _) => mark.green(),
            (Status::Fail, Severity::Error) => mark.red().bold(),
            (Status::Fail, Severity::Warning) | (Status::Unknown, _) => mark.yellow().bold(),
            (Status::Fail, Severity::Info) => mark.blue().bold(),
            (Status::Skipped, _) => mark.dimmed(),
        }
    }

    /// Why checks could not look, with the ids of those that say the same.
    fn unknown_reasons(&self) -> Vec<(&'a str, Vec<&'a str>)> {
        let report: &'a Report = self.report;
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for row in report.checks.iter().filter(|row| row.status == Status::Unknown) {
            let error = row.error.as_deref().unwrap_or_default();
            match reasons.iter_mut().find(|(reason, _)| *reason == error) {
                Some((_, ids)) => ids.push(&row.id),
                None => reasons.push((error, vec![&row.id])),
            }
        }
        reasons
    }

    fn dot(&self) -> &'static str {
        if self.layout.unicode { " · " } else { " - " }
    }

    fn header(&mut self) {
        let report = self.report;
        let tool = format!("{} {}", report.tool.name, report.tool.version);
        let openclaw = match &report.versions.openclaw {
            Some(version) => format!("OpenClaw {version}"),
            None => "OpenClaw not found".to_string(),
        };
        let mut parts = vec![tool, openclaw];
        if let Some(line) = &report.openclaw {
            parts.push(self.config_file(line));
            parts.extend(line.container.as_ref().map(|id| format!("container {id}")));
            parts.push(line.user.clone());
        }
        let mut row = parts.join(self.dot());
        // The user stands in the path too.
        if row.width() > self.layout.width && parts.iter().any(|part| part.starts_with('~')) {
            parts.pop();
            row = parts.join(self.dot());
        }
        self.wrapped(&row, "", "  ");
        if report.run.source == "bundle" {
            let at = report.run.at;
            let age = self.layout.now.map(|now| format!(", {} ago", span(now.duration_since(at))));
            let row =
                format!("a bundle: the machine was looked at {}{}", second(at), age.unwrap_or_default());
            self.wrapped(&row, "  ", "  ");
        }
        if let Some(file) = report.settings.iter().find_map(|settings| settings.file.as_ref()) {
            self.wrapped(&format!("settings {file}"), "  ", "  ");
        }
        if let Some(others) = report.openclaw.as_ref().and_then(others) {
            self.wrapped(&others, "  ", "  ");
        }
        self.line("");
    }

    /// What the settings file ignores, and what is wrong with it: a row each.
    fn notes(&mut self) {
        for note in notes(self.report) {
            let status = if note.check.is_some() { Status::Skipped } else { Status::Unknown };
            let mark = self.mark(status, Severity::Info);
            self.broken(&format!("{}: {}", note.title(), note.text), &format!("{mark} "), "  ");
        }
    }

    /// The path of the config, from the home of its user on where that is the usual one.
    fn config_file(&self, line: &OpenClawLine) -> String {
        let home = if line.user == "root" { "/root".to_string() } else { format!("/home/{}", line.user) };
        match line.config.strip_prefix(&home).filter(|rest| rest.starts_with('/')) {
            Some(rest) if line.user == self.layout.reader.user => format!("~{rest}"),
            Some(rest) => format!("~{}{rest}", line.user),
            None => line.config.clone(),
        }
    }

    fn evidence(&mut self, evidence: &[Evidence], indent: &str) {
        self.some_evidence(evidence, evidence, indent);
    }

    /// Some pieces of the evidence, in the columns of all of it.
    fn some_evidence(&mut self, shown: &[Evidence], all: &[Evidence], indent: &str) {
        let label_width = all.iter().map(|one| one.label.width()).max().unwrap_or_default();
        let seen_width = all
            .iter()
            .filter(|one| note(one).is_some())
            .map(|one| printable(&one.seen).width())
            .max()
            .unwrap_or_default()
            .min(28);
        for one in shown {
            let seen = printable(&one.seen);
            let label = format!("{indent}{:<label_width$}   ", printable(&one.label));
            let note = note(one).map(|note| printable(&note));
            let fits = |note: &str| {
                label.width() + seen.width().max(seen_width) + 3 + note.width() <= self.layout.width
            };
            match note {
                Some(note) if fits(&note) => {
                    let gap = " ".repeat(seen_width.saturating_sub(seen.width()) + 3);
                    self.line(&format!("{}{seen}{gap}{}", label.dimmed(), note.dimmed()));
                }
                other => {
                    let indent = " ".repeat(label.width());
                    self.broken(&seen, &label, &indent);
                    if let Some(note) = other {
                        self.broken(&note, &indent, &indent);
                    }
                }
            }
        }
    }

    /// The line of a file with a caret under the place, cut to the width around it.
    fn excerpt(&mut self, finding: &Finding) {
        let (Some(excerpt), Some(line), Some(column)) = (&finding.excerpt, finding.line, finding.column)
        else {
            return;
        };
        let lead = format!("    {line} | ");
        let room = self.layout.width.saturating_sub(lead.width() + 2).max(10);
        let excerpt: Vec<char> = printable(excerpt).chars().collect();
        let start = if column > room { column - room / 2 } else { 0 };
        let shown: String = excerpt.iter().skip(start).take(room).collect();
        self.line("");
        self.line(&format!("{lead}{shown}"));
        let caret = " ".repeat(lead.width() - 2) + "| " + &" ".repeat(column.saturating_sub(1 + start)) + "^";
        self.line(&caret);
        self.line("    (values are masked, they may be secret)");
    }

    /// Like `wrapped`, for words of others that may be of any length.
    fn broken(&mut self, text: &str, first: &str, rest: &str) {
        let options = wrapping(self.layout.width).break_words(true);
        for line in textwrap::wrap(&printable(text), options.initial_indent(first).subsequent_indent(rest)) {
            self.line(&line);
        }
    }

    fn wrapped(&mut self, text: &str, first: &str, rest: &str) {
        for line in textwrap::wrap(
            &printable(text),
            wrapping(self.layout.width).initial_indent(first).subsequent_indent(rest),
        ) {
            self.line(&line);
        }
    }
}

/// The mark of a status; the severity counts where it failed.
pub(super) fn glyph(status: Status, severity: Severity, unicode: bool) -> &'static str {
    let (mark, ascii) = match (status, severity) {
        (Status::Pass, _) => ("✔", "ok"),
        (Status::Fail, Severity::Error) => ("✖", "x"),
        (Status::Fail, Severity::Warning) => ("▲", "!"),
        (Status::Fail, Severity::Info) => ("●", "i"),
        (Status::Skipped, _) => ("○", "-"),
        (Status::Unknown, _) => ("?", "?"),
    };
    if unicode { mark } else { ascii }
}

/// "1 problem", "2 problems".
pub(super) fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// Lines break at blanks only, so that links and paths stay whole.
pub(super) fn wrapping<'a>(width: usize) -> textwrap::Options<'a> {
    textwrap::Options::new(width.max(20))
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
}

fn note(evidence: &Evidence) -> Option<String> {
    evidence.note.clone().filter(|note| !note.is_empty())
}

/// The counts in a sentence.
pub(super) fn summary(report: &Report) -> String {
    let roots = |severity: Severity| report.roots().filter(|finding| finding.severity == severity).count();
    let to_fix: Vec<String> =
        [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "note")]
            .iter()
            .map(|(severity, word)| (roots(*severity), word))
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| plural(count, word))
            .collect();
    let waiting = report.checks.iter().filter(|row| row.because.is_some()).count();
    let follows = report.findings.len() - report.roots().count();
    let rest = [
        (report.ignored.len(), "ignored"),
        (follows, if follows == 1 { "follows" } else { "follow" }),
        (waiting, if waiting == 1 { "waits" } else { "wait" }),
        (report.counts.unknown, "could not be determined"),
        (left_out(report), "do not apply"),
        (report.counts.pass, if report.counts.pass == 1 { "passes" } else { "pass" }),
    ];
    let rest: Vec<String> =
        rest.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let lead = match report.verdict {
        Overall::Ok => "Nothing to fix".to_string(),
        Overall::Incomplete => "Nothing fails, but not everything could be seen".to_string(),
        _ => format!("{} to fix", to_fix.join(" and ")),
    };
    format!("{lead}; {}.", rest.join(", "))
}
