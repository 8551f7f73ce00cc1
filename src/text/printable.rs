//! Makes text of servers, logs and configs safe to show.

/// Text without escape sequences; any control character that is left, and any
/// that changes the direction of writing, is replaced by `?`.
pub fn printable(text: &str) -> String {
    let stripped = anstream::adapter::strip_str(text).to_string();
    stripped.chars().map(|c| if is_unsafe(c) { '?' } else { c }).collect()
}

/// Whether a character can do more to a terminal or a reader than be seen.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        assert_eq!(printable("a\u{1b}[31mred\u{1b}[0m"), "ared");
        assert_eq!(printable("a\u{1b}]0;title\u{7}b"), "ab");
        let hostile = "x\u{202e}y\u{200b}z\u{7f}\u{9b}31m\n\t\r\u{2066}";
        assert!(printable(hostile).chars().all(|c| !is_unsafe(c)), "{:?}", printable(hostile));
        assert_eq!(printable("llama3.2:3b – é 模"), "llama3.2:3b – é 模");
    }
}
