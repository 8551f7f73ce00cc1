//! Keys of OpenClaw's config, and ids in it.

/// A provider id as OpenClaw compares it (`provider-id` of the npm package).
pub fn provider_id(written: &str) -> String {
    written.trim().to_lowercase()
}

/// A config key from its steps. What is no plain word stands in brackets, so
/// that a dot within it parts nothing.
pub fn config_key(steps: &[&str]) -> String {
    let mut key = String::new();
    for step in steps {
        if !is_plain_step(step) {
            key.push_str(&format!("[{step:?}]"));
        } else if key.is_empty() {
            key.push_str(step);
        } else {
            key.push_str(&format!(".{step}"));
        }
    }
    key
}

/// Whether a command can name a config key: plain steps, and quoted ones in brackets with what OpenClaw was seen
/// to take there (2026.9.6; `cli/config`, Paths).
pub fn is_typable_config_key(key: &str) -> bool {
    let is_quiet = |c: char| c.is_ascii_alphanumeric() || "_-.:/ ".contains(c);
    let mut rest = key;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        if !is_plain_step(&rest[..end]) && !is_agent_of_bundle(&rest[..end]) {
            return false;
        }
        rest = &rest[end..];
        while let Some(quoted) = rest.strip_prefix("[\"") {
            match quoted.split_once("\"]") {
                Some((step, after)) if !step.is_empty() && step.chars().all(is_quiet) => rest = after,
                _ => return false,
            }
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None => return rest.is_empty(),
        }
    }
}

/// What a bundle has in the place of an agent's id, which its reader knows.
fn is_agent_of_bundle(step: &str) -> bool {
    let number = step.strip_prefix("<agent-").and_then(|rest| rest.strip_suffix('>'));
    number.is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

fn is_plain_step(step: &str) -> bool {
    !step.is_empty() && step.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_no_command_can_name_is_told_from_one_that_can() {
        assert_eq!(
            config_key(&["models", "providers", "ollama-2", "baseUrl"]),
            "models.providers.ollama-2.baseUrl"
        );
        assert_eq!(
            config_key(&["models", "providers", "my.box", "baseUrl"]),
            "models.providers[\"my.box\"].baseUrl"
        );
        for key in
            ["models.providers.ollama_2.baseUrl", "models.providers[\"my.box\"].baseUrl", "a[\"b\"][\"c d\"]"]
        {
            assert!(is_typable_config_key(key), "{key}");
        }
        for key in [
            "a..b",
            "",
            "a.b c",
            "a.$(x)",
            "a[\"$(x)\"]",
            "a[\"b",
            "a[\"\"]",
            "a[0]",
            "a[\"b\"]c",
            "a.",
            "[\"a\"]",
        ] {
            assert!(!is_typable_config_key(key), "{key}");
        }
    }
}
