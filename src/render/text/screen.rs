//! The report that fits a screen: the path, the first problem in full, the others in two rows each.

use colored::Colorize;
use unicode_width::UnicodeWidthStr;

use super::Text;
use super::plural;
use super::remedy::{explain, first_fix, first_to_type};
use crate::render::steps::as_user;
use crate::report::{Finding, FixLine, RunAs, Severity, Status};
use crate::text::printable::printable;

/// The rows of a terminal.
const SCREEN: usize = 24;
/// The most rows for three findings and more.
const MOST: usize = 40;
/// Where the text of a finding begins.
const INDENT: &str = "     ";

/// How much a part is worth: of what does not fit, the least goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    /// Links that wait, beyond the first.
    Waiting,
    /// More than two pieces of evidence.
    Evidence,
    /// Findings that are only worth knowing.
    Notes,
    /// Other ways to mend the first finding.
    Alternatives,
    /// Links that are good.
    Good,
    /// What was seen of the first finding, and the line of the file.
    Seen,
    /// The findings after the second.
    Others,
    /// What must stand there.
    Always,
    /// The headline of the first problem, which must too.
    Headline,
}

type Part = (Worth, String);

impl Text<'_> {
    pub(super) fn screen(&mut self) {
        let mut parts = vec![(Worth::Always, self.part(|text| text.header()))];
        parts.extend(self.links());
        parts.extend(self.problems());
        parts.extend(self.unseen());
        let notes = self.part(|text| text.notes());
        if !notes.is_empty() {
            // What somebody ignores is never silently gone.
            parts.push((Worth::Always, format!("\n{notes}")));
        }
        parts.push((Worth::Always, "\n".to_string()));
        parts.push((Worth::Always, self.part(|text| text.foot(false))));
        let room = if self.report.problems().count() > 2 { MOST } else { SCREEN };
        let mut cut = fit(&mut parts, room, self.layout.width);
        if self.scrolls_away(&parts) {
            parts.pop();
            parts.push((Worth::Always, self.part(|text| text.foot(true))));
            cut |= fit(&mut parts, room, self.layout.width);
        }
        for (_, part) in parts {
            self.out.push_str(&part);
        }
        if cut {
            let dot = self.dot();
            let end = self.out.trim_end_matches('\n').len();
            self.out.truncate(end);
            self.out.push_str(&format!("{dot}more: -v\n"));
        }
    }

    /// Whether the first problem is above the last rows.
    fn scrolls_away(&self, parts: &[Part]) -> bool {
        let from_first = parts.iter().skip_while(|(worth, _)| *worth != Worth::Headline);
        from_first.map(|(_, text)| rows(text, self.layout.width)).sum::<usize>() > SCREEN
    }

    fn part(&self, write: impl FnOnce(&mut Self)) -> String {
        let mut beside = self.beside();
        write(&mut beside);
        beside.out
    }

    /// The path: what is wrong always, the first link that waits, and the rest where there is room.
    fn links(&self) -> Vec<Part> {
        let mut waits = false;
        let mut parts = Vec::new();
        for row in self.report.path.iter().filter(|row| !row.seen.is_empty()) {
            let worth = match row.state {
                Status::Fail => Worth::Always,
                Status::Pass => Worth::Good,
                Status::Unknown => Worth::Seen,
                Status::Skipped if waits => Worth::Waiting,
                Status::Skipped => {
                    waits = true;
                    Worth::Good
                }
            };
            parts.push((worth, self.part(|text| text.path_row(row))));
        }
        parts
    }

    fn problems(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        for (index, finding) in self.report.roots().enumerate() {
            let is_first = index == 0 && finding.severity > Severity::Info;
            let worth = match (index, finding.severity) {
                (_, Severity::Info) => Worth::Notes,
                (0 | 1, _) => Worth::Always,
                _ => Worth::Others,
            };
            if is_first {
                parts.extend(self.first(finding));
                continue;
            }
            let part = self.part(|text| {
                text.line("");
                text.numbered(index, finding);
                let command = text.command_in_a_line(finding);
                text.line(&format!("{INDENT}  {}", printable(&command).cyan()));
            });
            parts.push((worth, part));
        }
        parts
    }

    /// The first problem: what was seen, how it is mended, and what would do as well.
    fn first(&self, finding: &Finding) -> Vec<Part> {
        let headline = self.part(|text| {
            text.line("");
            text.numbered(0, finding);
        });
        let mut parts = vec![(Worth::Headline, headline)];
        let all = &finding.evidence;
        for (index, one) in all.iter().enumerate() {
            let worth = if index < 2 { Worth::Seen } else { Worth::Evidence };
            let one = std::slice::from_ref(one);
            parts.push((worth, self.part(|text| text.some_evidence(one, all, INDENT))));
        }
        parts.push((Worth::Seen, self.part(|text| text.excerpt(finding))));
        parts.push((Worth::Always, self.part(|text| text.remedy(finding))));
        parts.push((Worth::Alternatives, self.part(|text| text.alternatives(finding))));
        parts
    }

    pub(super) fn numbered(&mut self, index: usize, finding: &Finding) {
        let mark = self.mark(Status::Fail, finding.severity);
        let lead = format!("{mark} {:<3}", index + 1);
        let options = super::wrapping(self.layout.width - INDENT.width()).break_words(true);
        for (row, line) in textwrap::wrap(&printable(&finding.message), options).iter().enumerate() {
            let lead = if row == 0 { lead.as_str() } else { INDENT };
            self.line(&format!("{lead}{}", line.bold()));
        }
    }

    /// The first fix that has something to type, whole; else the words of the first.
    fn remedy(&mut self, finding: &Finding) {
        let Some(fix) = first_fix(finding) else {
            let command = self.command_in_a_line(finding);
            return self.line(&format!("{INDENT}  {}", command.cyan()));
        };
        self.broken(&self.say(fix), INDENT, INDENT);
        let commands = if fix.run.is_empty() { &fix.verify } else { &fix.run };
        for command in commands {
            self.typed(command, fix, "       ");
        }
        if commands.is_empty() {
            self.line(&format!("{INDENT}  {}", explain(finding).cyan()));
        }
        if let Some(caution) = &fix.caution {
            self.broken(caution, "     ! ", "       ");
        }
    }

    /// What a fix does, where, and whether it takes root.
    pub(super) fn say(&self, fix: &FixLine) -> String {
        let place = fix.on.as_ref().map(|host| format!(" (on {host})")).unwrap_or_default();
        let root =
            if fix.run_as == RunAs::Root && !self.layout.reader.is_root() { " (needs root)" } else { "" };
        format!("{}{place}{root}", fix.say)
    }

    /// A command alone on its lines. One of several lines starts at the margin,
    /// because a here-document does not end where its last word is indented.
    pub(super) fn typed(&mut self, command: &str, fix: &FixLine, indent: &str) {
        let command = as_user(command, fix, &self.layout.reader);
        let indent = if command.contains('\n') { "" } else { indent };
        for line in command.lines() {
            self.line(&format!("{indent}{}", printable(line).cyan()));
        }
    }

    /// A row for each other fix: its command where it is one line, else where it stands.
    fn alternatives(&mut self, finding: &Finding) {
        let shown = first_to_type(finding);
        let others = finding.fixes.iter().enumerate().filter(|(index, _)| *index != shown);
        // One that takes more than a line stands behind `explain`, with all that follow.
        let mut is_explained = false;
        for (_, fix) in others.take(2) {
            let say = lower_first(&self.say(fix));
            let command = match self.one_line(fix) {
                Some(command) => command,
                None if is_explained => continue,
                None => explain(finding),
            };
            is_explained |= command == explain(finding);
            let row = printable(&format!("{INDENT}or {say}: {command}"));
            if row.width() <= self.layout.width {
                self.line(&row);
            } else {
                self.broken(&format!("or {say}:"), INDENT, INDENT);
                self.line(&format!("{INDENT}  {}", printable(&command)));
            }
        }
    }

    /// What to type for a finding, in one line and whole: what mends it, what shows it, or where it is explained.
    pub(super) fn command_in_a_line(&self, finding: &Finding) -> String {
        if let Some(fix) = first_fix(finding).filter(|fix| !fix.run.is_empty()) {
            let line = self.one_line(fix);
            return match &fix.on {
                // Typed here, it would change this machine.
                Some(host) => line.map(|line| format!("on {host}: {line}")),
                None => line,
            }
            .unwrap_or_else(|| explain(finding));
        }
        let look = finding
            .fixes
            .first()
            .and_then(|fix| Some(as_user(fix.verify.first()?, fix, &self.layout.reader)));
        look.filter(|line| !line.contains('\n')).unwrap_or_else(|| explain(finding))
    }

    /// The steps of a fix in one line that a person still reads.
    fn one_line(&self, fix: &FixLine) -> Option<String> {
        const LONGEST: usize = 160;
        let steps: Vec<String> = fix.run.iter().map(|step| as_user(step, fix, &self.layout.reader)).collect();
        let line = steps.join(" && ");
        let fits = steps.len() == 1 || line.width() <= LONGEST;
        (!line.is_empty() && fits && !line.contains('\n')).then_some(line)
    }

    /// What could not be determined; checks with the same reason stand together.
    fn unseen(&self) -> Vec<Part> {
        let mark = self.mark(Status::Unknown, Severity::Info);
        let part = |(reason, ids): (&str, Vec<&str>)| {
            let what = format!("{} could not see: {reason}", plural(ids.len(), "check"));
            let text = self.part(|text| text.broken(&what, &format!("{mark} "), "  "));
            (Worth::Others, text)
        };
        let mut parts: Vec<Part> = self.unknown_reasons().into_iter().map(part).collect();
        if let Some((_, first)) = parts.first_mut() {
            first.insert(0, '\n');
        }
        parts
    }

    pub(super) fn quiet(&mut self) {
        let report = self.report;
        for finding in report.roots() {
            let mark = self.mark(Status::Fail, finding.severity);
            self.line(&format!("{mark} {}: {}", finding.check_id, printable(&finding.message)));
            let command = self.command_in_a_line(finding);
            self.line(&format!("  {}", printable(&command)));
        }
        for row in report.checks.iter().filter(|row| row.status == Status::Unknown) {
            let mark = self.mark(row.status, row.severity);
            let error = row.error.as_deref().unwrap_or_default();
            self.line(&format!("{mark} {}: could not be determined: {}", row.id, printable(error)));
        }
        self.notes();
    }
}

/// Takes out what is worth least, from the end, until the rest fits; whether something went.
fn fit(parts: &mut Vec<Part>, room: usize, width: usize) -> bool {
    let rows = |parts: &[Part]| parts.iter().map(|(_, text)| rows(text, width)).sum::<usize>();
    let mut cut = false;
    while rows(parts) > room {
        let least = parts.iter().enumerate().rev().min_by_key(|(_, (worth, _))| *worth);
        let Some((index, _)) = least.filter(|(_, (worth, _))| *worth < Worth::Always) else { break };
        parts.remove(index);
        cut = true;
    }
    cut
}

/// How many rows a terminal of that width takes for the text; only commands go on in another row.
fn rows(text: &str, width: usize) -> usize {
    text.lines()
        .map(|line| anstream::adapter::strip_str(line).to_string().width().div_ceil(width).max(1))
        .sum()
}

/// "Expose Ollama" within a sentence. A name that begins with a capital stays.
fn lower_first(text: &str) -> String {
    const NAMES: [&str; 6] = ["Ollama", "OpenClaw", "Docker", "Node", "Windows", "I "];
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second))
            if second.is_lowercase() && !NAMES.iter().any(|name| text.starts_with(name)) =>
        {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_string(),
    }
}
