//! The report for a person: the sentence first, evidence, commands that can be
//! copied whole, and the thing to do on the last lines.

use std::fmt::Write;

use colored::{ColoredString, Colorize};
use unicode_width::UnicodeWidthStr;

use super::notes::{left_out, notes};
use super::others::others;
use super::steps::as_user;
use crate::report::by_area;
use crate::report::{CheckRow, Evidence, Finding, FixLine, Overall, Report, RunAs, Severity, Status};
use crate::text::printable::printable;

/// How the report is laid out.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Columns.
    pub width: usize,
    /// The locale shows more than ASCII.
    pub unicode: bool,
    /// `-v`: every check with what was seen; twice: all fixes and citations too.
    pub verbose: u8,
    /// `-q`: findings only, one line each.
    pub quiet: bool,
    /// Who reads this, to tell as whom a command must be run.
    pub user: String,
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
    } else {
        text.header();
        text.areas();
        text.findings();
        text.unknowns();
        text.notes();
        if layout.verbose > 0 {
            text.every_check();
        }
        text.footer();
    }
    text.out
}

/// The first lines of a report, as other tables have them too.
pub fn header(report: &Report, layout: &Layout) -> String {
    let mut text = Text { report, layout, out: String::new() };
    text.header();
    text.out
}

impl Text<'_> {
    fn line(&mut self, line: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "{}", line.trim_end());
    }

    fn mark(&self, status: Status, severity: Severity) -> ColoredString {
        let (unicode, ascii) = match (status, severity) {
            (Status::Pass, _) => ("✔", "ok"),
            (Status::Fail, Severity::Error) => ("✖", "x"),
            (Status::Fail, Severity::Warning) => ("▲", "!"),
            (Status::Fail, Severity::Info) => ("●", "i"),
            (Status::Skipped, _) => ("○", "-"),
            (Status::Unknown, _) => ("?", "?"),
        };
        let mark = if self.layout.unicode { unicode } else { ascii };
        match (status, severity) {
            (Status::Pass, _) => mark.green(),
            (Status::Fail, Severity::Error) => mark.red().bold(),
            (Status::Fail, Severity::Warning) | (Status::Unknown, _) => mark.yellow().bold(),
            (Status::Fail, Severity::Info) => mark.blue().bold(),
            (Status::Skipped, _) => mark.dimmed(),
        }
    }

    fn dot(&self) -> &'static str {
        if self.layout.unicode { " · " } else { " - " }
    }

    fn header(&mut self) {
        let report = self.report;
        let openclaw = report
            .versions
            .openclaw
            .as_ref()
            .map_or("OpenClaw not found".into(), |version| format!("OpenClaw {version}"));
        let ollama = match (&report.versions.ollama, &report.target) {
            (Some(version), Some(target)) => format!("Ollama {version} at {}", target.base_url),
            (None, Some(target)) => format!("Ollama at {}", target.base_url),
            (_, None) => "no Ollama endpoint known".into(),
        };
        let tool = format!("{} {}", report.tool.name, report.tool.version);
        self.wrapped(&[tool, openclaw, ollama].join(self.dot()), "", "  ");
        if let Some(line) = &report.openclaw {
            let gateway = match line.gateway_pid {
                Some(pid) => match &line.container {
                    Some(id) => format!("gateway running in container {id} (pid {pid})"),
                    None => format!("gateway running as {} (pid {pid})", line.user),
                },
                None => format!("no gateway running; {}", line.because),
            };
            let settings = report.settings.iter().filter_map(|settings| settings.file.as_ref());
            let mut parts = vec![format!("config {}", line.config), gateway];
            parts.extend(settings.map(|file| format!("settings {file}")));
            self.wrapped(&parts.join(self.dot()), "", "  ");
            if let Some(others) = others(line) {
                self.wrapped(&others, "", "  ");
            }
        }
        self.line("");
    }

    fn areas(&mut self) {
        for (area, rows) in by_area(&self.report.checks) {
            let count = |status: Status| rows.iter().filter(|row| row.status == status).count();
            let failing: Vec<&Finding> = self
                .report
                .findings
                .iter()
                .filter(|finding| finding.check_id.starts_with(&format!("{area}/")))
                .collect();
            let roots = failing.iter().filter(|finding| finding.caused_by.is_none()).count();
            let waiting = rows.iter().filter(|row| row.because.is_some()).count();
            let parts = [
                (roots, "to fix"),
                (failing.len() - roots, "follows from another"),
                (waiting, "waiting"),
                (count(Status::Unknown), "unknown"),
                (count(Status::Skipped) - waiting, "left out"),
                (count(Status::Pass), "ok"),
            ];
            let parts: Vec<String> = parts
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, what)| format!("{count} {what}"))
                .collect();
            let severity = failing.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Info);
            let worst = rows.iter().map(|row| row.status).max().unwrap_or(Status::Pass);
            let status =
                if worst == Status::Skipped && count(Status::Pass) > 0 { Status::Pass } else { worst };
            let mark = self.mark(status, severity);
            let indent = " ".repeat(15);
            self.wrapped(&parts.join(", "), &format!("  {mark} {area:<10} "), &indent);
        }
    }

    fn findings(&mut self) {
        let report = self.report;
        for finding in report.roots() {
            self.line("");
            self.headline(finding);
            self.line("");
            self.evidence(&finding.evidence);
            self.excerpt(finding);
            self.fixes(finding);
            self.clears(finding);
        }
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

    fn evidence(&mut self, evidence: &[Evidence]) {
        let label_width = evidence.iter().map(|one| one.label.width()).max().unwrap_or_default();
        let seen_width = evidence
            .iter()
            .filter(|one| note(one).is_some())
            .map(|one| printable(&one.seen).width())
            .max()
            .unwrap_or_default()
            .min(28);
        for one in evidence {
            let seen = printable(&one.seen);
            let label = format!("    {:<label_width$}   ", printable(&one.label));
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
        let root = if fix.run_as == RunAs::Root && self.layout.user != "root" { " (needs root)" } else { "" };
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
        let command = as_user(command, fix, &self.layout.user);
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

    /// What the settings file ignores, and what is wrong with it.
    fn notes(&mut self) {
        for note in notes(self.report) {
            self.line("");
            let is_ignored = note.check.is_some();
            let status = if is_ignored { Status::Skipped } else { Status::Unknown };
            let mark = self.mark(status, Severity::Info);
            self.line(&format!("{mark} {}", note.title().bold()));
            self.wrapped(&note.text, "    ", "    ");
        }
    }

    fn every_check(&mut self) {
        self.line("");
        let report = self.report;
        for row in &report.checks {
            let mark = self.mark(row.status, row.severity);
            self.line(&format!("{mark} {}", row.id));
            self.wrapped(&printable(&detail(row, report)), "    ", "    ");
        }
    }

    fn footer(&mut self) {
        self.line("");
        let report = self.report;
        let ms = report.run.elapsed_ms;
        self.wrapped(&format!("{} {ms} ms", summary(report)), "", "");
        let Some(first) = report.roots().next() else { return };
        if let Some(fix) = first.fixes.first().filter(|fix| fix.run.is_empty()) {
            self.wrapped(&format!("Start with:  {}", printable(&fix.say)), "", "             ");
        }
        if let Some((fix, command)) = first.fixes.first().and_then(|fix| Some((fix, fix.run.first()?))) {
            let place = fix.on.as_ref().map(|host| format!(" (on {})", printable(host))).unwrap_or_default();
            let command = as_user(command, fix, &self.layout.user);
            let one_line = printable(command.lines().next().unwrap_or_default());
            self.line(&format!("Start with{place}:  {}", one_line.cyan()));
        }
        self.line(&format!("Learn more:  openclaw-doctor explain {}", first.check_id));
    }

    fn quiet(&mut self) {
        let report = self.report;
        for finding in report.roots() {
            let mark = self.mark(Status::Fail, finding.severity);
            let hint = finding.fixes.first().map(|fix| self.first_step(fix)).unwrap_or_default();
            self.line(&format!("{mark} {}: {}. {hint}", finding.check_id, printable(&finding.message)));
        }
        for row in report.checks.iter().filter(|row| row.status == Status::Unknown) {
            let mark = self.mark(row.status, row.severity);
            let error = row.error.as_deref().unwrap_or_default();
            self.line(&format!("{mark} {}: could not be determined: {}", row.id, printable(error)));
        }
        for note in notes(report) {
            let status = if note.check.is_some() { Status::Skipped } else { Status::Unknown };
            let mark = self.mark(status, Severity::Info);
            self.line(&format!("{mark} {}: {}", note.title(), note.text));
        }
    }

    /// What a fix does and the first line of its first command.
    fn first_step(&self, fix: &FixLine) -> String {
        let place = fix.on.as_ref().map(|host| format!(" (on {})", printable(host))).unwrap_or_default();
        let command = fix.run.first().map(|command| as_user(command, fix, &self.layout.user));
        match command.as_deref().and_then(|command| command.lines().next()) {
            Some(line) => format!("{}{place}: {}", fix.say, printable(line)),
            None => format!("{}{place}", fix.say),
        }
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
            (None, Some(reason)) => format!("left out: {reason}"),
            (None, None) => String::new(),
        },
    }
}

/// The counts in a sentence.
pub(super) fn summary(report: &Report) -> String {
    let roots = |severity: Severity| report.roots().filter(|finding| finding.severity == severity).count();
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
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
        (left_out(report), "left out"),
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
