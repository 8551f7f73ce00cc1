//! What openclaw-doctor itself wrote: the only files that it replaces without being told to.

use crate::checks;

/// Whether a text begins as a report or a bundle of any format. In an empty file nothing is lost.
pub fn is_former(head: &str) -> bool {
    let near: String = head.chars().take(400).collect();
    match head.trim_start().chars().next() {
        None => true,
        // A config may name us anywhere, but not as what it is.
        Some('{') => is_json(&near),
        Some('[') => is_gitlab(head),
        Some(':') => is_annotation(&near),
        Some('<') => {
            near.contains("<testsuites name=\"openclaw-doctor\"")
                || near.contains("<meta name=\"generator\" content=\"openclaw-doctor\">")
        }
        Some('#') => {
            near.starts_with("# HELP openclaw_doctor")
                || is_script(head)
                || near.starts_with("## openclaw-doctor")
        }
        _ => near.starts_with("openclaw-doctor ") || near.starts_with("OPENCLAW ") || is_line(&near),
    }
}

fn is_json(near: &str) -> bool {
    let packed: String = near.split_whitespace().collect();
    let of_report = packed.starts_with("{\"schemaVersion\":")
        && packed.contains("\"tool\":{\"name\":\"openclaw-doctor\"");
    let of_sarif =
        packed.starts_with("{\"$schema\":") && packed.contains("\"driver\":{\"name\":\"openclaw-doctor\"");
    packed.starts_with("{\"format\":\"openclaw-doctorbundle\"") || of_report || of_sarif
}

/// Entries of GitLab's Code Quality whose first one names a check; without an entry nothing is lost.
fn is_gitlab(head: &str) -> bool {
    let named = head.split_once("\"check_name\": \"").and_then(|(_, rest)| rest.split('"').next());
    head.trim() == "[]" || named.is_some_and(|id| checks::find(id).is_some())
}

/// An annotation of GitHub whose title is a check.
fn is_annotation(near: &str) -> bool {
    let title = near.split_once(" title=").map_or("", |(_, rest)| rest);
    let id = title.split([' ', ',', ':']).next().unwrap_or_default();
    near.starts_with("::") && checks::find(id).is_some()
}

fn is_script(head: &str) -> bool {
    head.starts_with("#!/bin/sh\n#") && head.contains("Made by openclaw-doctor")
}

/// A finding of a report that has nothing else: a mark and the id of a check, with the name of a bundle before them
/// where there are several.
fn is_line(near: &str) -> bool {
    let first = near.lines().next().unwrap_or_default();
    let mut ids = first.split_whitespace().take(3).filter_map(|word| word.split(':').next());
    ids.any(|id| checks::find(id).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_else_wrote_is_not_ours() {
        for text in [
            "{ gateway: { mode: 'local' }, agents: { list: [{ id: 'openclaw-doctor' }] } }",
            "{\"name\":\"openclaw-doctor\"}",
            "# openclaw-doctor on our machines\n",
            "#!/bin/sh\nopenclaw-doctor bundle\n",
            "<html>openclaw-doctor</html>",
            "dear openclaw-doctor",
            "see what it says of ollama/start",
            "[{ \"description\": \"x\", \"check_name\": \"no-unused-vars\" }]",
            "::error title=lint::x",
        ] {
            assert!(!is_former(text), "{text}");
        }
        assert!(is_former("✖ openclaw/primary-model: no primary model is set"));
        assert!(is_former("::error title=ollama/start,file=x::y") && is_former("OPENCLAW OK - x | y"));
        assert!(is_former("[\n  {\n    \"description\": \"x\",\n    \"check_name\": \"ollama/start\",\n"));
        assert!(is_former("") && is_former("\n") && is_former("[]\n"));
    }
}
