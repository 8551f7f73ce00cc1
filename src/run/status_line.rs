//! One line on stderr that says what goes on, where a terminal shows it, and is gone when the report comes.

use std::io::{IsTerminal, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// To the first column, and everything behind it away.
const ERASE: &str = "\r\u{1b}[K";

/// The line; dropped, it is erased.
#[derive(Debug, Default)]
pub struct StatusLine {
    is_shown: bool,
}

impl StatusLine {
    /// Shows these words in place of those before, cut to the width of the terminal.
    pub fn show(&mut self, words: &str) {
        let stderr = std::io::stderr();
        if !stderr.is_terminal() {
            return;
        }
        let columns = terminal_size::terminal_size_of(&stderr).map_or(80, |(width, _)| usize::from(width.0));
        self.write(&format!("{ERASE}{}", cut(words, columns.saturating_sub(1))));
        self.is_shown = true;
    }

    fn write(&self, text: &str) {
        let mut stderr = std::io::stderr();
        // A closed stderr is no reason to stop.
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }
}

impl Drop for StatusLine {
    fn drop(&mut self) {
        if self.is_shown {
            self.write(ERASE);
        }
    }
}

/// As much of the words as fits on one line.
fn cut(words: &str, columns: usize) -> String {
    if words.width() <= columns {
        return words.to_string();
    }
    let mut used = 1;
    let fits = words.chars().take_while(|c| {
        used += c.width().unwrap_or_default();
        used <= columns
    });
    fits.collect::<String>() + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_to_the_line() {
        assert_eq!(cut("still looking", 13), "still looking");
        assert_eq!(cut("still looking", 6), "still…");
        assert_eq!(cut("名前名前", 5), "名前…");
    }
}
