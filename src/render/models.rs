//! The models of one Ollama for a person: grouped by whether OpenClaw offers
//! them and why, one line each.

use std::fmt::Write;

use colored::Colorize;
use unicode_width::UnicodeWidthStr;

use super::text::{Layout, header, wrapping};
use crate::report::Report;
use crate::rules::openclaw::by_version::Rules;
use crate::rules::openclaw::discovery::{Cost, Discovery, Model, Offer};
use crate::text::printable::printable;

/// Columns of everything but the name, with the blank before each.
const REST: usize = 56;

/// Renders the table; `primary` says what became of the primary model.
pub fn render(offer: &Offer, rules: Rules, report: &Report, primary: &str, layout: &Layout) -> String {
    let mut out = header(report, layout);
    out.push_str(&wrapped(primary, layout));
    out.push_str(&wrapped(&format!("rules: {}", report.versions.rules), layout));
    out.push_str(&wrapped(&source(offer, rules), layout));
    let names = layout.width.saturating_sub(REST).max(16);
    for (index, group) in groups(&offer.models).into_iter().enumerate() {
        if index == 0 {
            let _ = writeln!(out, "\n{}", titles(names).dimmed());
        } else {
            out.push('\n');
        }
        out.push_str(&heading(&group, layout));
        for model in group {
            out.push_str(&row(model, names));
        }
    }
    let _ = writeln!(out);
    out.push_str(&wrapped(&summary(offer), layout));
    out
}

/// Text of one paragraph, broken at blanks.
pub fn wrapped(text: &str, layout: &Layout) -> String {
    let lines = textwrap::wrap(text.trim_end(), wrapping(layout.width).subsequent_indent("  "));
    lines.iter().fold(String::new(), |text, line| text + &printable(line) + "\n")
}

fn source(offer: &Offer, rules: Rules) -> String {
    let other = match rules {
        Rules::Documented => "installed",
        Rules::Installed => "documented",
    };
    let source = match &offer.discovery {
        Discovery::On => "OpenClaw asks this Ollama for its models".to_string(),
        Discovery::Listed => "OpenClaw takes the list in its config and asks for no others".to_string(),
        Discovery::Off(why) => format!("OpenClaw looks for no models here: {why}"),
    };
    format!("{source}; --rules {other} shows the other rules")
}

/// Those that need no word first, then what is offered; the same words stand together.
fn groups(models: &[Model]) -> Vec<Vec<&Model>> {
    let mut groups: Vec<Vec<&Model>> = Vec::new();
    for model in models {
        match groups.iter_mut().find(|group| group[0].offered == model.offered && group[0].why == model.why) {
            Some(group) => group.push(model),
            None => groups.push(vec![model]),
        }
    }
    groups.sort_by_key(|group| (!group[0].offered, !group.iter().all(|model| is_fine(model))));
    groups
}

/// Offered, with tools, and there.
fn is_fine(model: &Model) -> bool {
    model.offered && model.tools == Some(true) && model.size_bytes.is_some()
}

fn heading(group: &[&Model], layout: &Layout) -> String {
    let model = group[0];
    let is_fine = group.iter().all(|model| is_fine(model));
    let (unicode, ascii) = match (model.offered, is_fine) {
        (true, true) => ("✔", "ok"),
        (true, false) => ("▲", "!"),
        (false, _) => ("○", "-"),
    };
    let mark = if layout.unicode { unicode } else { ascii };
    let verdict = if model.offered { "offered" } else { "not offered" };
    let options = wrapping(layout.width.saturating_sub(mark.width() + 1)).break_words(true);
    let text = printable(&format!("{verdict}: {}", model.why));
    let lines: Vec<_> =
        textwrap::wrap(&text, options).into_iter().map(std::borrow::Cow::into_owned).collect();
    let mark = match (model.offered, is_fine) {
        (true, true) => mark.green(),
        (true, false) => mark.yellow().bold(),
        (false, _) => mark.dimmed(),
    };
    let indent = " ".repeat(mark.input.width() + 1);
    let mut out = format!("{mark} {}\n", lines[0].bold());
    for line in &lines[1..] {
        let _ = writeln!(out, "{indent}{}", line.bold());
    }
    out
}

fn titles(names: usize) -> String {
    columns("MODEL", names, ["TOOLS", "VISION", "REASONS", "CONTEXT", "ANSWER", "SIZE", "LOADED"])
}

fn row(model: &Model, names: usize) -> String {
    let yes = |value: Option<bool>| match value {
        Some(true) => "yes",
        Some(false) => "-",
        None => "?",
    };
    let context = match (model.context_tokens, model.context_window) {
        (Some(used), Some(window)) if used != window => format!("{}/{}", tokens(used), tokens(window)),
        (used, window) => used.or(window).map_or("?".into(), tokens),
    };
    let answer = model.max_tokens.map_or("?".into(), tokens);
    let size = model.size_bytes.map_or("none".into(), size);
    let rest = [
        yes(model.tools),
        yes(model.vision),
        yes(model.reasoning),
        &context,
        &answer,
        &size,
        yes(model.loaded),
    ];
    let name = printable(&model.id);
    if name.width() <= names {
        return format!("{}\n", columns(&name, names, rest));
    }
    // A long name has lines of its own.
    let options = textwrap::Options::new(names + REST - 4).initial_indent("  ").subsequent_indent("    ");
    let lines = textwrap::wrap(&name, options);
    let name = lines.iter().fold(String::new(), |text, line| text + line + "\n");
    format!("{name}{}\n", columns("", names, rest))
}

fn columns(name: &str, names: usize, rest: [&str; 7]) -> String {
    let [tools, vision, reasons, context, answer, size, loaded] = rest;
    let pad = " ".repeat(names.saturating_sub(name.width()));
    let line = format!(
        "  {name}{pad} {tools:<5} {vision:<6} {reasons:<7} {context:>9} {answer:>6} {size:>7} {loaded:<6}"
    );
    line.trim_end().to_string()
}

/// As OpenClaw's own list has it: thousands, rounded.
fn tokens(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..10_000_000 => format!("{}k", (count + 500) / 1_000),
        _ => format!("{}M", (count + 500_000) / 1_000_000),
    }
}

/// As `ollama list` has it.
fn size(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss)]
    let bytes = bytes as f64;
    match bytes {
        ..1e6 => format!("{:.0} KB", bytes / 1e3),
        ..1e9 => format!("{:.0} MB", bytes / 1e6),
        ..1e11 => format!("{:.1} GB", bytes / 1e9),
        _ => format!("{:.0} GB", bytes / 1e9),
    }
}

fn summary(offer: &Offer) -> String {
    let installed = offer.models.iter().filter(|model| model.size_bytes.is_some()).count();
    let offered = offer.models.iter().filter(|model| model.offered).count();
    let costs: Vec<String> = offer
        .models
        .iter()
        .filter(|model| model.cost != Cost::default())
        .map(|model| {
            let Cost { input, output, cache_read, cache_write } = model.cost;
            format!(
                "{} has a price in the config: {input} in, {output} out, {cache_read} and {cache_write} cached",
                model.id
            )
        })
        .collect();
    let costs = match costs.is_empty() {
        true => "all costs are 0".to_string(),
        false => format!("{} (dollars per million tokens)", costs.join("; ")),
    };
    format!("{offered} offered, {installed} installed; {costs}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([1, 999, 2_048, 131_072, 1_048_576].map(tokens), ["1", "999", "2k", "131k", "1049k"]);
        assert_eq!(tokens(13_107_200), "13M");
        let sizes = [384, 637_700_138, 2_019_393_189, 130_000_000_000].map(size);
        assert_eq!(sizes, ["0 KB", "638 MB", "2.0 GB", "130 GB"]);
    }
}
