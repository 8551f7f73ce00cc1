//! The path of the request, a row for each link.

use colored::Colorize;

use unicode_width::UnicodeWidthStr;

use super::Text;
use crate::report::{PathRow, Status};
use crate::text::printable::printable;
use crate::types::link::Link;

impl Text<'_> {
    /// The rows of the path; of those that nobody looked at, `waiting` at most.
    pub(super) fn path(&mut self, waiting: usize) {
        let report = self.report;
        let mut unseen = 0;
        for row in &report.path {
            let is_unseen = row.state == Status::Skipped;
            unseen += usize::from(is_unseen);
            if !is_unseen || unseen <= waiting {
                self.path_row(row);
            }
        }
    }

    pub(super) fn path_row(&mut self, row: &PathRow) {
        let mark = match (row.state, row.severity) {
            (Status::Skipped, _) => if self.layout.unicode { "·" } else { "-" }.dimmed(),
            (state, severity) => self.mark(state, severity.unwrap_or(crate::report::Severity::Info)),
        };
        let name = name(row);
        let lead = format!("  {mark} {name:<10} ");
        let room = self.layout.width.saturating_sub(15);
        let seen = fit(&printable(&row.seen), room, self.layout.unicode);
        self.line(&format!("{lead}{seen}"));
    }
}

/// The link; where OpenClaw is not there at all, there is no config to speak of.
fn name(row: &PathRow) -> &'static str {
    match row.link {
        Link::Config if row.state == Status::Fail && row.check == "openclaw/installed" => "OpenClaw",
        link => link.word(),
    }
}

/// The text up to where a thought of it ends, where that fits and is most of what fits.
fn whole_part(text: &str, room: usize) -> Option<&str> {
    let ends = ["; ", ": "].iter().flat_map(|end| text.match_indices(end)).map(|(index, _)| &text[..index]);
    ends.filter(|part| part.width() <= room && part.width() * 2 > room).max_by_key(|part| part.len())
}

/// As much of the text as fits, by whole words.
fn fit(text: &str, room: usize, unicode: bool) -> String {
    if text.width() <= room {
        return text.to_string();
    }
    if let Some(whole) = whole_part(text, room) {
        return whole.to_string();
    }
    let dots = if unicode { "…" } else { "..." };
    let first = textwrap::wrap(text, super::wrapping(room - dots.width()).break_words(true));
    first.first().map(|line| format!("{}{dots}", line.trim_end_matches([',', ';', ':']))).unwrap_or_default()
}
