//! Pages for a person: `explain` and `list`.

use std::fmt::Write;

use colored::Colorize;
use serde_json::json;

use crate::catalogue::{Catalogue, Fix, Page, Step, citation};
use crate::report::RunAs;

/// A page as `explain` prints it: its text, then each cause with its fixes.
pub fn page(page: &Page, catalogue: &Catalogue, unicode: bool) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{}\n{} · {}\n\n{}\n",
        page.title.bold(),
        page.id,
        page.data.severity.word(),
        page.body
    );
    for (key, cause) in &page.data.cause {
        let severity = cause.severity.unwrap_or(page.data.severity);
        let _ = writeln!(out, "{}", format!("cause {key} ({})", severity.word()).bold());
        for key in &cause.fix {
            if let Some(fix) = catalogue.fix(&page.id, key) {
                out.push_str(&fix_text(fix));
            }
        }
        out.push('\n');
    }
    if unicode { out } else { ascii(&out) }
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

fn fix_text(fix: &Fix) -> String {
    let mut out = String::new();
    let who = match fix.run_as {
        RunAs::Root => " (as root)",
        RunAs::Gateway => " (as the user of the gateway)",
        RunAs::Any => "",
    };
    let _ = writeln!(out, "  {}{who}", fix.say);
    for command in fix.run.iter().map(Step::command).chain(fix.verify.iter().map(String::as_str)) {
        let indent = if command.contains('\n') { "" } else { "    " };
        let _ = writeln!(out, "{indent}{}", command.cyan());
    }
    if let Some(caution) = &fix.caution {
        let _ = writeln!(out, "    ! {caution}");
    }
    for (target, quote) in &fix.cite {
        let (page, url) = citation(target);
        let _ = writeln!(out, "    documented in {}: {}", url.unwrap_or(page), quote.dimmed());
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
