//! Two looks at a machine for a person: what came, what went, and what changed.

use colored::Colorize;

use super::text::{Layout, glyph, plural, wrapping};
use crate::report::comparison::{Change, CheckChange, Comparison, Side};
use crate::report::{Finding, Status};
use crate::text::printable::printable;
use crate::text::time::{second, span};

/// How many changes are shown without `-v`.
const SHOWN: usize = 12;

/// Renders a comparison.
pub fn render(comparison: &Comparison, layout: &Layout) -> String {
    let mut out = head(comparison, layout);
    out.push_str(&findings(comparison, layout));
    out.push_str(&changes(comparison, layout));
    out.push('\n');
    out.push_str(&foot(comparison, layout));
    out
}

/// Which two looks, and how far apart.
fn head(comparison: &Comparison, layout: &Layout) -> String {
    let Comparison { before, after, .. } = comparison;
    let apart = after.at.duration_since(before.at);
    let later = match apart.is_negative() {
        true => format!("{} earlier: the files may have changed places", span(-apart)),
        false => format!("{} later", span(apart)),
    };
    let row = |name: &str, side: &Side, more: &str| {
        let version = |name: &str, version: &Option<String>| {
            version.as_ref().map(|version| format!(", {name} {version}")).unwrap_or_default()
        };
        let versions = version("OpenClaw", &side.openclaw) + &version("Ollama", &side.ollama);
        let text = format!("{}, {}{more}{versions}: {}", side.file, second(side.at), side.verdict.word());
        filled(&text, &format!("{name:<8}"), "        ", layout)
    };
    row("before", before, "") + &row("after", after, &format!(", {later}"))
}

fn findings(comparison: &Comparison, layout: &Layout) -> String {
    let rows = |findings: &[Finding], title: &str| {
        if findings.is_empty() {
            return String::new();
        }
        let rows = findings.iter().map(|finding| {
            let text = format!("{} ({}:{})", finding.message, finding.check_id, finding.cause);
            filled(
                &text,
                &format!("  {} ", glyph(Status::Fail, finding.severity, layout.unicode)),
                "    ",
                layout,
            )
        });
        format!("\n{}\n{}", title.bold(), rows.collect::<String>())
    };
    rows(&comparison.came, "Came")
        + &rows(&comparison.went, "Gone")
        + &rows(&comparison.hidden, "Cannot be seen now")
        + &rows(&comparison.stayed, "Still there")
        + &checks(comparison, layout)
}

/// Checks that look otherwise now, without a finding.
fn checks(comparison: &Comparison, layout: &Layout) -> String {
    if comparison.checks.is_empty() {
        return String::new();
    }
    let word = |status: Status| match status {
        Status::Pass => "fine",
        Status::Skipped => "does not apply",
        Status::Unknown => "could not be determined",
        Status::Fail => "fails",
    };
    let row = |one: &CheckChange| {
        filled(&format!("{}: {}, then {}", one.id, word(one.before), word(one.after)), "  ", "    ", layout)
    };
    format!("\n{}\n{}", "Checks".bold(), comparison.checks.iter().map(row).collect::<String>())
}

fn changes(comparison: &Comparison, layout: &Layout) -> String {
    if comparison.changes.is_empty() {
        return String::new();
    }
    let shown = if layout.verbose > 0 { usize::MAX } else { SHOWN };
    let mut out = format!("\n{}\n", "What changed, first what those findings rest on".bold());
    for change in comparison.changes.iter().take(shown) {
        out.push_str(&one(change, layout));
    }
    let left = comparison.changes.len().saturating_sub(shown) + comparison.more;
    if left > 0 {
        out.push_str(&format!("  and {left} more (-v, --format json)\n"));
    }
    out
}

fn one(change: &Change, layout: &Layout) -> String {
    let checks = match change.checks.is_empty() {
        true => String::new(),
        false => format!("   {}", change.checks.join(", ")),
    };
    let title = filled(&format!("{}{checks}", change.fact.trim_start_matches('/')), "  ", "    ", layout);
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "not there".into());
    let row = |name: &str, text: &Option<String>| {
        filled(&value(text), &format!("    {name:<7}"), "           ", layout)
    };
    title + &row("before", &change.before) + &row("after", &change.after)
}

/// The counts, and how the newer look is read.
fn foot(comparison: &Comparison, layout: &Layout) -> String {
    let Comparison { came, went, stayed, after, .. } = comparison;
    let counts =
        format!("{} came, {} went, {} stayed.", plural(came.len(), "finding"), went.len(), stayed.len());
    let file = shlex::try_quote(&after.file).unwrap_or_default();
    filled(&counts, "", "", layout)
        + &format!("How to fix what is there now:  openclaw-doctor diagnose {file}\n")
}

fn filled(text: &str, first: &str, rest: &str, layout: &Layout) -> String {
    let options = wrapping(layout.width).break_words(true).initial_indent(first).subsequent_indent(rest);
    textwrap::fill(&printable(text), options) + "\n"
}
