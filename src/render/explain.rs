//! Pages for a person: `explain` and `list`.

use colored::Colorize;
use serde_json::json;

use super::text::{self, Layout};
use crate::catalogue::{Catalogue, Fix, Page, Step, citation};
use crate::report::{Finding, Report, RunAs, Status};
use crate::text::printable::printable;

/// What `explain` prints.
pub struct Explained<'a> {
    /// The page of the check.
    pub page: &'a Page,
    /// All pages, for fixes of others.
    pub catalogue: &'a Catalogue,
    /// What the check found on this machine.
    pub report: &'a Report,
    /// How it is laid out.
    pub layout: &'a Layout,
    /// The cause that was asked for.
    pub cause: Option<&'a str>,
    /// Every cause was asked for.
    pub all: bool,
}

/// What was found here with its commands, what the check means, and the causes that were asked for.
pub fn page(explained: &Explained) -> String {
    let Explained { page, report, layout, .. } = explained;
    let dot = if layout.unicode { "·" } else { "-" };
    let mut out = format!("{}\n{} {dot} {}\n", page.title.bold(), page.id, page.data.severity.word());
    let found: Vec<&Finding> = report.findings.iter().filter(|finding| finding.check_id == page.id).collect();
    out.push('\n');
    for finding in &found {
        out.push_str(&text::finding(report, finding, layout));
        out.push('\n');
    }
    if found.is_empty() {
        out.push_str(&textwrap::fill(&here(report, &page.id), layout.width));
        out.push_str("\n\n");
    }
    let prose = prose(&page.body, layout.width);
    // Commands stay as they must be typed.
    out.push_str(&if layout.unicode { prose } else { ascii(&prose) });
    out.push_str(&causes(explained, &found));
    out
}

/// What became of the check here, where it found nothing.
fn here(report: &Report, id: &str) -> String {
    let Some(row) = report.checks.iter().find(|row| row.id == id) else { return String::new() };
    let words = |words: &Option<String>| printable(words.as_deref().unwrap_or_default());
    match row.status {
        Status::Unknown => format!("Here: could not be determined: {}", words(&row.error)),
        Status::Skipped => match &row.because {
            Some(because) => format!("Here: waits for {because}"),
            None => format!("Here: does not apply: {}", words(&row.reason)),
        },
        _ => format!("Here: fine: {}", words(&row.seen)),
    }
}

/// The causes that were asked for, each fix once; else the names of the others.
fn causes(explained: &Explained, found: &[&Finding]) -> String {
    let Explained { page, catalogue, cause, all, layout, .. } = explained;
    let mut out = String::new();
    let mut told: Vec<&str> = Vec::new();
    let is_asked = |key: &str| *all || *cause == Some(key);
    for (key, cause) in page.data.cause.iter().filter(|(key, _)| is_asked(key)) {
        let severity = cause.severity.unwrap_or(page.data.severity);
        out.push_str(&format!("\n{}\n", format!("Cause {key} ({})", severity.word()).bold()));
        for key in &cause.fix {
            let Some(fix) = catalogue.fix(&page.id, key) else { continue };
            if told.contains(&&**key) {
                out.push_str(&format!("  {} (above)\n", fix.say));
                continue;
            }
            told.push(key);
            out.push_str(&fix_text(fix, layout.width));
        }
    }
    let is_left = |key: &&String| !is_asked(key) && !found.iter().any(|finding| finding.cause == **key);
    let left: Vec<&str> = page.data.cause.keys().filter(is_left).map(String::as_str).collect();
    if !left.is_empty() {
        let also = format!("Other causes (--all shows their fixes): {}", left.join(", "));
        out.push_str(&format!("\n{}\n", textwrap::fill(&also, text::wrapping(layout.width))));
    }
    out
}

/// Markdown as a person reads it in a terminal: without its marks, in that many columns.
fn prose(markdown: &str, width: usize) -> String {
    let mut out = String::new();
    let mut paragraph = String::new();
    let mut is_code = false;
    for line in markdown.lines().chain([""]) {
        let starts_item = line.trim_start().starts_with("- ") || line.starts_with('|');
        if line.starts_with("```")
            || line.trim().is_empty()
            || line.starts_with('#')
            || starts_item
            || is_code
        {
            out.push_str(&wrapped(&std::mem::take(&mut paragraph), width));
        }
        match line {
            _ if line.starts_with("```") => is_code = !is_code,
            _ if is_code => out.push_str(&format!("  {line}\n")),
            _ if line.starts_with('#') => {
                out.push_str(&format!("{}\n", line.trim_start_matches(['#', ' ']).bold()))
            }
            _ if line.trim().is_empty() => out.push('\n'),
            _ => {
                let joint = if paragraph.is_empty() { "" } else { " " };
                paragraph = format!("{paragraph}{joint}{}", line.trim());
            }
        }
    }
    let tidy = out.trim_matches('\n').to_string();
    let mut previous = "x";
    let rows =
        tidy.lines().filter(|row| !(std::mem::replace(&mut previous, row).is_empty() && row.is_empty()));
    rows.fold(String::new(), |text, row| text + row + "\n")
}

/// A paragraph without its marks; what goes on in a list is indented.
fn wrapped(paragraph: &str, width: usize) -> String {
    if paragraph.is_empty() {
        return String::new();
    }
    let plain = paragraph.replace("**", "").replace('`', "");
    let indent = if plain.starts_with("- ") { "  " } else { "" };
    textwrap::fill(&plain, text::wrapping(width).subsequent_indent(indent)) + "\n"
}

/// The nearest ASCII text.
fn ascii(text: &str) -> String {
    let ascii = |c: char| match c {
        c if c.is_ascii() => c.to_string(),
        '…' => "...".to_string(),
        '·' | '–' | '—' => "-".to_string(),
        '‘' | '’' => "'".to_string(),
        '“' | '”' => "\"".to_string(),
        _ => "?".to_string(),
    };
    text.chars().map(ascii).collect()
}

fn fix_text(fix: &Fix, width: usize) -> String {
    let wrapped = |text: &str, indent: &str| {
        let options = text::wrapping(width).initial_indent(indent).subsequent_indent("    ");
        textwrap::fill(&text.replace('`', ""), options) + "\n"
    };
    let who = match fix.run_as {
        RunAs::Root => " (as root)",
        RunAs::Gateway => " (as the user of the gateway)",
        RunAs::Any => "",
    };
    let mut out = wrapped(&format!("{}{who}", fix.say), "  ");
    for command in fix.run.iter().map(Step::command).chain(fix.verify.iter().map(String::as_str)) {
        let indent = if command.contains('\n') { "" } else { "    " };
        out.push_str(&format!("{indent}{}\n", command.cyan()));
    }
    if let Some(caution) = &fix.caution {
        out.push_str(&wrapped(caution, "    ! "));
    }
    for (target, quote) in &fix.cite {
        let (page, url) = citation(target);
        out.push_str(&wrapped(&format!("documented in {}: {quote}", url.unwrap_or(page)), "    "));
    }
    out
}

/// One entry a check; a title that is too long goes on below.
pub fn list(pages: &[&Page]) -> String {
    let width = pages.iter().map(|page| page.id.len()).max().unwrap_or_default();
    let indent = " ".repeat(width + "  warning  ".len());
    let entry = |page: &&Page| {
        let lead = format!("{:<width$}  {:<7}  ", page.id, page.data.severity.word());
        let options = textwrap::Options::new(80).initial_indent(&lead).subsequent_indent(&indent);
        textwrap::fill(&page.title, options) + "\n"
    };
    pages.iter().map(entry).collect()
}

/// The same for a program.
///
/// # Errors
/// As [`crate::text::json::render`].
pub fn list_json(pages: &[&Page]) -> Result<String, String> {
    let checks: Vec<_> = pages
        .iter()
        .map(|page| {
            let area = page.id.split('/').next();
            let causes: Vec<&String> = page.data.cause.keys().collect();
            json!({ "id": page.id, "area": area, "severity": page.data.severity, "title": page.title, "causes": causes })
        })
        .collect();
    crate::text::json::render(&json!({ "checks": checks }))
}
