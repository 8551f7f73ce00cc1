//! A line of a config that cannot be parsed, fit to be shown: its shape and the
//! words we know stay, everything else is masked, since it may be a secret.

/// Keys and words of OpenClaw's config that say nothing about anybody.
const KNOWN: &[&str] = &[
    "agents",
    "api",
    "apiKey",
    "baseUrl",
    "contextTokens",
    "contextWindow",
    "cost",
    "defaults",
    "entries",
    "env",
    "fallbacks",
    "false",
    "gateway",
    "headers",
    "http",
    "https",
    "id",
    "input",
    "local",
    "maxTokens",
    "mode",
    "model",
    "models",
    "name",
    "null",
    "ollama",
    "params",
    "primary",
    "providers",
    "reasoning",
    "remote",
    "text",
    "true",
    "vars",
];

/// Longest line that is shown, in characters.
const LONGEST: usize = 160;

/// The line with everything but punctuation and known words masked by `*`, so
/// that columns stay where they are.
pub fn masked(line: &str) -> String {
    let mut shown = String::new();
    let mut word = String::new();
    for c in line.chars().take(LONGEST) {
        if c.is_alphanumeric() || "_-+/=.@%~$".contains(c) {
            word.push(c);
        } else {
            flush(&mut word, &mut shown);
            shown.push(if c.is_control() { ' ' } else { c });
        }
    }
    flush(&mut word, &mut shown);
    shown.trim_end().to_string()
}

fn flush(word: &mut String, shown: &mut String) {
    if KNOWN.contains(&word.as_str()) || word.chars().all(|c| !c.is_alphanumeric()) {
        shown.push_str(word);
    } else {
        shown.extend(std::iter::repeat_n('*', word.chars().count()));
    }
    word.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_stay_and_the_rest_is_masked_in_place() {
        assert_eq!(
            masked("  ollama: { apiKey: \"sk-canary\" baseUrl"),
            "  ollama: { apiKey: \"*********\" baseUrl"
        );
        assert_eq!(masked("token sk-canary,"), "***** *********,");
    }
}
