//! GitHub's Markdown, for an issue or the summary of a job. Words of servers,
//! logs and configs stay words: they link, mention and format nothing.

use std::fmt::Write;

use super::notes::notes;
use super::steps::{heading, lines};
use super::text::summary;
use crate::report::{Evidence, Finding, FixLine, Report, Status};
use crate::text::printable::printable;

/// Renders a report.
pub fn render(report: &Report) -> String {
    let summary = summary(report);
    let title = format!("{}: {}", report.tool.name, summary.trim_end_matches('.'));
    let mut out = format!("## {}\n\n{}\n", escaped(&title), header(report));
    for finding in report.roots() {
        out.push_str(&section(finding));
    }
    for note in notes(report) {
        let check = note.check.as_ref().map(|check| format!(" {}", code(check))).unwrap_or_default();
        let _ = writeln!(out, "\n> {}{check}: {}", note.word(), escaped(&note.text));
    }
    out.push_str(&rest(report));
    out
}

fn header(report: &Report) -> String {
    let version = |name: &str, version: &Option<String>| match version {
        Some(version) => format!("{name} {}", escaped(version)),
        None => format!("{name} unknown"),
    };
    let mut parts = vec![
        format!("doctor {}", report.tool.version),
        version("OpenClaw", &report.versions.openclaw),
        version("Ollama", &report.versions.ollama),
    ];
    parts.extend(report.target.as_ref().map(|target| format!("at {}", code(&target.base_url))));
    parts.push(report.run.at.strftime("%Y-%m-%d %H:%M UTC").to_string());
    parts.join(" · ")
}

fn section(finding: &Finding) -> String {
    let mut out = format!(
        "\n### {}\n\n{} {}, cause {}\n\n",
        escaped(&finding.message),
        finding.severity.word(),
        code(&finding.check_id),
        code(&finding.cause),
    );
    // Writing to a String cannot fail.
    if let Some(target) = &finding.target {
        let _ = writeln!(out, "- endpoint: {}", code(target));
    }
    for one in &finding.evidence {
        out.push_str(&evidence(one));
    }
    for (index, fix) in finding.fixes.iter().enumerate() {
        out.push_str(&fixed_by(fix, index > 0));
    }
    if !finding.clears.is_empty() {
        let ids: Vec<String> = finding.clears.iter().map(|id| code(id)).collect();
        let _ = writeln!(out, "\nFixing this should also clear {}.", ids.join(", "));
    }
    out
}

fn evidence(one: &Evidence) -> String {
    let expected = one.expected.as_ref().map(|expected| format!(", expected {}", code(expected)));
    let note = one.note.as_ref().filter(|note| !note.is_empty()).map(|note| format!(", {}", code(note)));
    format!(
        "- {}: {}{}{}\n",
        escaped(&one.label),
        code(&one.seen),
        expected.unwrap_or_default(),
        note.unwrap_or_default()
    )
}

fn fixed_by(fix: &FixLine, is_alternative: bool) -> String {
    let lead = if is_alternative { "Or: " } else { "" };
    let colon = if fix.run.is_empty() { "." } else { ":" };
    let mut out = format!("\n{lead}{}{colon}\n", escaped(&heading(fix)));
    out.push_str(&fenced(&fix.run));
    if !fix.verify.is_empty() {
        let lead = if fix.run.is_empty() { "To see more:" } else { "Then check:" };
        let _ = writeln!(out, "\n{lead}");
        out.push_str(&fenced(&fix.verify));
    }
    if let Some(caution) = &fix.caution {
        let _ = writeln!(out, "\n> {}", escaped(caution));
    }
    if let Some(cite) = fix.cite.first() {
        let page = match &cite.url {
            Some(url) => format!("<{}>", printable(url)),
            None => escaped(&cite.page),
        };
        let _ = writeln!(out, "\nDocumented in {page}");
    }
    out
}

/// What neither passed nor stands above, folded away.
fn rest(report: &Report) -> String {
    let mut out = String::new();
    for row in report.checks.iter().filter(|row| row.status != Status::Pass) {
        let root = report.findings.iter().find(|finding| finding.check_id == row.id);
        let why = match row.status {
            Status::Fail => match root.and_then(|finding| finding.caused_by.as_ref()) {
                Some(root) => format!("follows from {root}"),
                None => continue,
            },
            Status::Unknown => {
                format!("could not be determined: {}", row.error.as_deref().unwrap_or_default())
            }
            _ => match (&row.because, &row.reason) {
                (Some(because), _) => format!("waits for {because}"),
                (None, reason) => format!("does not apply: {}", reason.as_deref().unwrap_or_default()),
            },
        };
        let _ = writeln!(out, "- {}: {}", code(&row.id), escaped(&why));
    }
    match out.is_empty() {
        true => out,
        false => {
            format!("\n<details><summary>Other checks that did not pass</summary>\n\n{out}\n</details>\n")
        }
    }
}

/// Commands in a fence that is longer than any in them.
fn fenced(commands: &[String]) -> String {
    if commands.is_empty() {
        return String::new();
    }
    let text: Vec<String> = commands.iter().flat_map(|command| lines(command)).collect();
    let text = text.join("\n");
    let fence = "`".repeat((longest_run(&text) + 1).max(3));
    format!("\n{fence}sh\n{text}\n{fence}\n")
}

/// Text in a code span, where nothing is a link or a mention.
fn code(text: &str) -> String {
    let text = printable(text);
    if text.trim().is_empty() {
        return "(empty)".into();
    }
    let ticks = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`');
    runs.map(str::len).max().unwrap_or_default()
}

/// Text outside of code. GitHub looks for mentions and issue numbers in what is
/// left after Markdown, so an empty comment parts their mark from their name.
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in printable(text).chars() {
        match c {
            '@' | '#' => {
                out.push(c);
                out.push_str("<!-- -->");
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '$' | '!' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_holds_its_own_marks() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(fenced(&["x ```` y".into()]), "\n`````sh\nx ```` y\n`````\n");
    }

    #[test]
    fn words_link_and_mention_nothing() {
        assert_eq!(escaped("@a #1 <b> [c](d)"), "@<!-- -->a #<!-- -->1 \\<b\\> \\[c\\](d)");
    }
}
