//! The fix of the first root finding as a script that a person can read and
//! run: what is wrong and where the fix is documented as comments, the
//! commands, and those that show whether it worked. Other ways are comments.

use super::details::evidence;
use super::notes::notes;
use super::steps::{Reader, as_user, heading, lines};
use crate::report::{Finding, FixLine, Report, RunAs, TOOL};
use crate::text::printable::printable;

/// Who will read the script, and where.
struct Place<'a> {
    reader: &'a Reader,
    /// The name of this machine, where it is the one that was judged.
    host: Option<&'a str>,
}

/// Renders a report for `reader`; `host` is the name of this machine, where it is
/// the one that was judged.
pub fn render(report: &Report, reader: &Reader, host: Option<&str>) -> String {
    let reader = &Place { reader, host };
    let mut script = Script(vec!["#!/bin/sh".into()]);
    let Some(finding) = report.roots().next() else {
        let message = format!("{} found nothing to fix.", report.tool.name);
        script.comment(&made(report));
        script.notes(report);
        script.say(&message);
        return script.end();
    };
    script.comment(&format!("{}:{}", finding.check_id, finding.cause));
    script.comment(&finding.message);
    script.comment("");
    for one in &finding.evidence {
        script.comment(&format!("  {}", evidence(one)));
    }
    script.comment("");
    script.comment(&format!("{} Read it before you run it.", made(report)));
    script.0.push(String::new());
    match finding.fixes.first() {
        Some(fix) if !fix.run.is_empty() => script.fix(fix, reader),
        fix => script.write_words(fix),
    }
    script.alternatives(finding, reader);
    script.others(report);
    script.notes(report);
    script.end()
}

/// How a script for several machines begins: it takes the name of one.
pub fn start() -> String {
    let made = format!("# Made by {} {}. Read it before you run it.", TOOL.name, TOOL.version);
    format!("#!/bin/sh\n# The first fix of each machine: sh FILE MACHINE\n{made}\ncase \"${{1-}}\" in\n")
}

/// What it does on one of them.
pub fn branch(report: &Report, reader: &Reader, machine: &str) -> String {
    let script = render(report, reader, None);
    let body = script.strip_prefix("#!/bin/sh\n").unwrap_or(&script);
    format!("{})\n{body};;\n", word(machine))
}

/// How it ends: without a name it says which there are.
pub fn end<'a>(machines: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<String> = machines.map(word).collect();
    let list =
        if all.is_empty() { String::new() } else { format!("printf '  %s\\n' {} >&2\n", all.join(" ")) };
    format!("*)\nprintf '%s\\n' 'name one of the machines:' >&2\n{list}exit 2\n;;\nesac\n")
}

fn made(report: &Report) -> String {
    let at = report.run.at.strftime("%Y-%m-%d %H:%M UTC");
    format!("Made by {} {} from what it saw at {at}.", report.tool.name, report.tool.version)
}

/// A command that goes on until somebody ends it.
fn goes_on(command: &str) -> bool {
    command.ends_with("ollama serve") || command.ends_with(" --follow")
}

struct Script(Vec<String>);

impl Script {
    fn end(self) -> String {
        self.0.join("\n") + "\n"
    }

    fn comment(&mut self, text: &str) {
        let text = printable(text);
        let options = super::text::wrapping(78).subsequent_indent("  ");
        let lines = textwrap::wrap(&text, options);
        self.0.extend(lines.iter().map(|line| format!("# {line}").trim_end().to_string()));
    }

    /// A line that prints words, which are one word to the shell.
    fn say(&mut self, words: &str) {
        let words = printable(words);
        // Only a NUL cannot be quoted, and there is none in what is printable.
        if let Ok(quoted) = shlex::try_quote(&words) {
            self.0.push(format!("printf '%s\\n' {quoted}"));
        }
    }

    /// What to know about a fix, and its commands.
    fn fix(&mut self, fix: &FixLine, reader: &Place) {
        self.about(fix);
        self.place(fix, reader);
        self.0.push("set -e".into());
        for command in &fix.run {
            let command = as_user(command, fix, reader.reader);
            if goes_on(&command) {
                self.comment("This goes on until somebody ends it.");
                self.0.push(format!("{command} &"));
            } else {
                self.0.extend(lines(&command));
            }
        }
        self.0.push(String::new());
        self.verify(fix, reader);
    }

    fn about(&mut self, fix: &FixLine) {
        self.comment(&heading(fix));
        if let Some(caution) = &fix.caution {
            self.comment(&format!("Caution: {caution}"));
        }
        for cite in &fix.cite {
            self.comment(&format!("Documented in {}", cite.url.as_ref().unwrap_or(&cite.page)));
        }
    }

    /// Lines that end the script where it does not belong.
    fn place(&mut self, fix: &FixLine, reader: &Place) {
        if let (Some(other), Some(host)) = (&fix.on, reader.host) {
            self.refuse(
                &format!("\"$(uname -n)\" = {}", word(host)),
                &format!("Run this on {other}, not here."),
            );
        }
        if let (RunAs::Gateway, Some(user)) = (fix.run_as, &fix.user)
            && *user == reader.reader.user
        {
            self.refuse(
                &format!("\"$(id -un)\" != {}", word(user)),
                &format!("Run this as {user}, whose config it changes."),
            );
        }
    }

    fn refuse(&mut self, condition: &str, words: &str) {
        self.0.push(format!("if [ {condition} ]; then"));
        self.0.push(format!("  printf '%s\\n' {} >&2", word(words)));
        self.0.push("  exit 1\nfi".into());
    }

    /// The last of these decides how the script ends.
    fn verify(&mut self, fix: &FixLine, reader: &Place) {
        if fix.verify.is_empty() {
            return;
        }
        self.comment("Then check. What was just started takes a moment.");
        self.0.push("sleep 3".into());
        for command in &fix.verify {
            let command = as_user(command, fix, reader.reader);
            if goes_on(&command) {
                self.comment(&command);
            } else {
                self.0.extend(lines(&command));
            }
        }
    }

    /// A fix that no command can do is told, and the script has not done it.
    fn write_words(&mut self, fix: Option<&FixLine>) {
        let words = match fix {
            Some(fix) => {
                self.about(fix);
                heading(fix)
            }
            None => "No documented fix applies on this machine.".into(),
        };
        self.say(&format!("No command does this, it is for a person: {words}"));
        self.0.push("exit 1".into());
    }

    fn alternatives(&mut self, finding: &Finding, reader: &Place) {
        for fix in finding.fixes.iter().skip(1) {
            self.0.push(String::new());
            self.comment(&format!("Or: {}", heading(fix)));
            for command in &fix.run {
                let command = as_user(command, fix, reader.reader);
                self.0.extend(lines(&command).map(|line| format!("#   {line}").trim_end().to_string()));
            }
        }
    }

    fn notes(&mut self, report: &Report) {
        for note in notes(report) {
            let check = note.check.as_ref().map(|check| format!(" {check}")).unwrap_or_default();
            self.comment(&format!("{}{check}: {}", note.word(), note.text));
        }
    }

    fn others(&mut self, report: &Report) {
        let others: Vec<&Finding> = report.roots().skip(1).collect();
        if others.is_empty() {
            return;
        }
        self.0.push(String::new());
        self.comment("Once this is fixed, look again. To fix after it:");
        for finding in others {
            self.comment(&format!("{}: {}", finding.check_id, finding.message));
        }
    }
}

/// One word for the shell.
fn word(text: &str) -> String {
    let text = printable(text);
    shlex::try_quote(&text).map(std::borrow::Cow::into_owned).unwrap_or_default()
}
