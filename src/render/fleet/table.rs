//! Several machines on a screen.

use colored::{ColoredString, Colorize};
use unicode_width::UnicodeWidthStr;

use super::machines::{Fleet, rank, summary};
use crate::render::text::Layout;
use crate::report::{Overall, TOOL};

impl Fleet {
    /// The table, for a person.
    pub(super) fn render(&mut self, layout: &Layout) -> String {
        self.sort();
        let mut out = format!("{} {} {} bundles\n\n", TOOL.name, TOOL.version, self.count());
        let files = self.rows.iter().map(|row| row.file.width()).max().unwrap_or_default();
        for row in self.rows.iter().filter(|row| !layout.quiet || rank(row.verdict) > 0) {
            let name = format!("{}{}", row.file, " ".repeat(files - row.file.width()));
            let line = format!("{} {name}  {}", mark(row.verdict, layout), summary(row));
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out.push_str(&self.table());
        if !layout.quiet {
            out.push_str(&format!("\n{}\n", self.total()));
        }
        out
    }
}

fn mark(verdict: Overall, layout: &Layout) -> ColoredString {
    let (unicode, ascii) = match verdict {
        Overall::Ok => ("✔", "ok"),
        Overall::Incomplete => ("?", "?"),
        Overall::Info => ("●", "i"),
        Overall::Warning => ("▲", "!"),
        Overall::Error => ("✖", "x"),
    };
    // Two columns in ASCII, for "ok" has two.
    let mark = if layout.unicode { unicode.to_string() } else { format!("{ascii:<2}") };
    match verdict {
        Overall::Ok => mark.green(),
        Overall::Incomplete | Overall::Warning => mark.yellow().bold(),
        Overall::Info => mark.blue().bold(),
        Overall::Error => mark.red().bold(),
    }
}
