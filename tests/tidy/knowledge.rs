//! What OpenClaw and Ollama do is written in `rules/`, once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::{files, read, root};

/// Numbers and names of OpenClaw and Ollama that have a constant: the words, and the file that may write them.
/// There are two where two things have the same number.
const WRITTEN_ONCE: [(&str, &[&str]); 13] = [
    // OpenClaw asks for so much at most, and Ollama's default on a GPU is as much.
    (r"\b32_?768\b", &["rules/ollama/context.rs", "rules/openclaw/context_window.rs"]),
    (r"\b16_?384\b", &["rules/openclaw/context_window.rs"]),
    // A window that nothing tells, and the longest answer.
    (r"\b8_?192\b", &["rules/openclaw/context_window.rs", "rules/openclaw/discovery.rs"]),
    (r"\b128_?000\b", &["rules/openclaw/context_window.rs"]),
    (r"\b13_?000\b", &["rules/openclaw/context_window.rs"]),
    (r"\b18_?789\b", &["rules/openclaw/gateway.rs"]),
    (r"\b11_?434;", &["types/ollama_env.rs"]),
    (r#""http://127\.0\.0\.1:11434"#, &["rules/openclaw/base_url.rs"]),
    (r#""ollama\.service""#, &["rules/ollama/service.rs"]),
    (r#""snap\.ollama\.listener\.service""#, &["rules/ollama/service.rs"]),
    (r#""(?:host\.docker\.internal|host\.containers\.internal)""#, &["types/host_class.rs"]),
    (r#""ollama-local""#, &["types/ollama_env.rs"]),
    (r#""docker-proxy""#, &["facts/machine.rs"]),
];

/// Files whose own subject has a slash: addresses with a network's length, and pages of the documentation.
const OTHER_SLASHES: [&str; 3] =
    ["rules/openclaw/primary.rs", "rules/openclaw/proxies.rs", "catalogue/citation.rs"];

/// The source files without comments and tests, by their path below `src/`.
fn sources() -> Vec<(PathBuf, String)> {
    let source = root().join("src");
    let comments = Regex::new(r"(?m)//.*$").unwrap();
    let inner = |file: &PathBuf| file.strip_prefix(&source).unwrap().to_path_buf();
    files(&source, "rs")
        .iter()
        .filter(|file| !file.ends_with("tests.rs"))
        .map(|file| {
            let text = read(file);
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            // A URL is no comment.
            let text = text.replace("://", ":\u{0}");
            (inner(file), comments.replace_all(&text, "").replace(":\u{0}", "://"))
        })
        .collect()
}

#[test]
fn numbers_and_names_of_openclaw_and_ollama_are_written_once() {
    let sources = sources();
    for (words, homes) in WRITTEN_ONCE {
        let homes: BTreeSet<&Path> = homes.iter().map(Path::new).collect();
        let pattern = Regex::new(words).unwrap();
        let found: BTreeSet<&Path> =
            sources.iter().filter(|(_, text)| pattern.is_match(text)).map(|(file, _)| &**file).collect();
        assert_eq!(found, homes, "{words} is written elsewhere too");
    }
}

#[test]
fn only_one_file_splits_a_model_reference() {
    for (file, text) in sources() {
        let may = OTHER_SLASHES.iter().any(|name| file == Path::new(name));
        let splits = text.contains("split_once('/')") || text.contains("splitn(2, '/')");
        assert!(may || !splits, "{} splits at a slash; ask rules/openclaw/primary.rs", file.display());
    }
}

/// A file among the checks is a check: it is in the list, and its one public function is `judge`.
#[test]
fn no_helper_stands_among_the_checks() {
    let list = read(&root().join("src/checks/mod.rs"));
    for (file, text) in sources().iter().filter(|(file, _)| file.starts_with("checks")) {
        let parts: Vec<_> = file.iter().map(|part| part.to_string_lossy()).collect();
        let [_, area, name] = parts.as_slice() else { continue };
        if area == "shared" || name == "mod.rs" {
            continue;
        }
        let listed = format!("({area}::{})", name.trim_end_matches(".rs"));
        assert!(list.contains(&listed), "{} is no check of the list", file.display());
        let public = text.lines().filter(|line| line.starts_with("pub ")).collect::<Vec<_>>();
        assert!(
            public.len() == 1 && public[0].starts_with("pub fn judge("),
            "{} has more for others than its check: {public:?}",
            file.display()
        );
    }
}

/// A function fits a screen.
#[test]
fn functions_are_short() {
    const LONGEST: usize = 40;
    let head = Regex::new(r"^(\s*)(?:pub(?:\(\w+\))? )?(?:const )?(?:async )?fn (\w+)").unwrap();
    let mut long = Vec::new();
    for file in files(&root().join("src"), "rs") {
        // A test may be one long table.
        let text = read(&file);
        let text = text.split("mod tests {").next().unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (start, found) in
            lines.iter().enumerate().filter_map(|(at, line)| Some((at, head.captures(line)?)))
        {
            let end = format!("{}}}", &found[1]);
            let length = lines[start..].iter().position(|line| **line == *end).map_or(1, |length| length + 1);
            if length > LONGEST {
                long.push(format!("{}: {} has {length} lines", file.display(), &found[2]));
            }
        }
    }
    assert!(long.is_empty(), "longer than {LONGEST} lines: {long:#?}");
}
