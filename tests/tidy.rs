//! The rules of the house, each kept by a test.
//!
//! `UPDATE=1 cargo test --test tidy` writes what is generated: the index of
//! `checks/` and the table of checks in the README.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/knowledge.rs"]
mod knowledge;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use openclaw_doctor::catalogue::{Catalogue, Fix, PROVIDER_PAGE_HEADINGS, Page, Step};
use openclaw_doctor::checks;
use openclaw_doctor::types::versions::Range;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn catalogue() -> Catalogue {
    Catalogue::load(checks::pages()).unwrap_or_else(|error| panic!("{error}"))
}

fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.file_name().unwrap().to_string_lossy().starts_with('.') {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn all_fixes(page: &Page) -> impl Iterator<Item = (String, &Fix)> {
    page.data.fix.iter().map(|(key, fix)| (format!("{}#{key}", page.id), fix))
}

fn commands(fix: &Fix) -> impl Iterator<Item = &str> {
    fix.run.iter().map(Step::command).chain(fix.verify.iter().chain(&fix.undo).map(String::as_str))
}

#[test]
fn every_page_has_a_check() {
    let dir = root().join("checks");
    for page in files(&dir, "md") {
        let id = page.strip_prefix(&dir).unwrap().with_extension("").display().to_string();
        assert!(id == "README" || checks::find(&id).is_some(), "checks/{id}.md has no check");
    }
}

#[test]
fn every_page_explains_itself() {
    for page in catalogue().pages() {
        for heading in ["## What it means", "## How it is found", "## If the fix does not help"] {
            assert!(page.body.contains(heading), "checks/{}.md has no section {heading:?}", page.id);
        }
        let longest = page.body.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= 82, "checks/{}.md has a line of {longest} columns", page.id);
    }
}

#[test]
fn every_page_explains_its_causes_by_name() {
    for page in catalogue().pages() {
        for name in page.data.cause.keys() {
            assert!(
                page.body.contains(&format!("**{name}**")),
                "checks/{}.md does not explain {name}",
                page.id
            );
        }
    }
}

#[test]
fn causes_name_fixes_and_effects_that_exist() {
    let catalogue = catalogue();
    for page in catalogue.pages() {
        for (key, cause) in &page.data.cause {
            assert!(!cause.fix.is_empty(), "{}:{key} has no fix", page.id);
            for fix in &cause.fix {
                assert!(catalogue.fix(&page.id, fix).is_some(), "{}:{key} names the fix {fix}", page.id);
            }
            for effect in &cause.explains {
                let (id, cause) = effect.split_once(':').unwrap_or((effect, ""));
                let effect_page =
                    catalogue.page(id).unwrap_or_else(|| panic!("{}:{key} explains {id}", page.id));
                let exists = cause.is_empty() || effect_page.data.cause.contains_key(cause);
                assert!(exists && id != page.id, "{}:{key} explains {effect}", page.id);
            }
        }
    }
}

#[test]
fn every_fix_is_used_and_cited_and_its_versions_can_be_read() {
    let catalogue = catalogue();
    let used: BTreeSet<String> = catalogue
        .pages()
        .flat_map(|page| page.data.cause.values().flat_map(|cause| &cause.fix).map(move |key| (page, key)))
        .map(|(page, key)| if key.contains('#') { key.clone() } else { format!("{}#{key}", page.id) })
        .collect();
    for (name, fix) in catalogue.pages().flat_map(all_fixes) {
        assert!(used.contains(&name), "no cause names {name}");
        assert!(!fix.cite.is_empty(), "{name} cites nothing");
        for range in [&fix.openclaw, &fix.ollama].into_iter().flatten() {
            assert!(range.parse::<Range>().is_ok(), "{name}: {range}");
        }
    }
}

/// A value is a word of its own: blanks or the ends of a line around it, and no
/// quotes anywhere on its line, since the library quotes it.
#[test]
fn values_in_commands_are_words_of_their_own() {
    let catalogue = catalogue();
    for (name, fix) in catalogue.pages().flat_map(all_fixes) {
        for line in commands(fix).flat_map(|command| command.lines()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let placeholders = words.iter().filter(|word| word.contains('{') && word.contains('}'));
            for word in placeholders.filter(|word| !word.contains("${")) {
                let inner = word.strip_prefix('{').and_then(|word| word.strip_suffix('}'));
                let is_word =
                    inner.is_some_and(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
                assert!(is_word && !line.contains(['"', '\'']), "{name}: {line}");
            }
        }
    }
}

#[test]
fn no_fix_sets_a_provider_key() {
    // Refused by every OpenClaw from 2026.6: `Unrecognized key: "provider"`.
    let catalogue = catalogue();
    for (name, fix) in catalogue.pages().flat_map(all_fixes) {
        assert!(commands(fix).all(|command| !command.contains("config set provider")), "{name}");
    }
}

#[test]
fn checks_and_rules_are_pure_and_hold_no_command() {
    const IMPURE: [&str; 9] = [
        "std::fs",
        "std::env",
        "std::process",
        "std::net::Tcp",
        "std::net::Udp",
        "tokio",
        "reqwest",
        "::now(",
        "Instant",
    ];
    const COMMANDS: [&str; 6] =
        ["sudo ", "systemctl ", "ollama pull", "ollama serve\"", "openclaw config", "curl "];
    let (checks, rules) = (root().join("src/checks"), root().join("src/rules"));
    for file in files(&checks, "rs").into_iter().chain(files(&rules, "rs")) {
        let text = read(&file);
        for word in IMPURE {
            assert!(!text.contains(word), "{} does input, output or reads a clock: {word}", file.display());
        }
        for command in COMMANDS {
            assert!(!text.contains(command), "{} holds a command: {command}", file.display());
        }
    }
}

/// A program that is started anywhere else may inherit what is root's.
#[test]
fn programs_are_started_in_one_place_only() {
    let starts = ["Command::new", "process::Command", "Exec::", "execv", "posix_spawn", "fork("];
    for file in files(&root().join("src"), "rs") {
        let text = read(&file);
        let found = starts.iter().find(|word| text.contains(**word));
        let is_the_place = file.ends_with("src/probes/process.rs");
        assert!(is_the_place || found.is_none(), "{}: {found:?}", file.display());
    }
    let place = read(&root().join("src/probes/process.rs"));
    assert_eq!(place.matches("Command::new").count(), 1, "one function makes every command");
}

#[test]
fn files_are_small() {
    for file in files(&root().join("src"), "rs").into_iter().chain(files(&root().join("tests"), "rs")) {
        let lines = read(&file).lines().count();
        let path = file.strip_prefix(root()).unwrap();
        let parts = path.components().count();
        let is_check = parts == 4 && path.starts_with("src/checks") && !path.starts_with("src/checks/shared");
        let most = if is_check { 200 } else { 500 };
        assert!(lines <= most, "{} has {lines} lines, and may have {most}", path.display());
    }
}

/// A golden that named another check would have to be rewritten with it. What follows
/// from what stands in the case, by hand. A fix may be borrowed: the owner's page says so.
#[test]
fn a_golden_names_no_other_check() {
    let (cases, catalogue) = (root().join("tests/cases"), catalogue());
    for check in checks::ALL {
        let page = catalogue.page(check.id).unwrap();
        let borrowed: Vec<&String> = page.data.cause.values().flat_map(|cause| &cause.fix).collect();
        for golden in files(&cases.join(check.id), "snap") {
            // The head of a snapshot names the case.
            let text = read(&golden);
            let (_, text) = text.split_once("\n---\n").unwrap();
            let is_part = |c: char| !(c.is_ascii_alphanumeric() || "/-#.".contains(c));
            let named = text.split(is_part).filter(|word| {
                let id = word.split('#').next().unwrap().trim_end_matches('.');
                id != check.id && checks::find(id).is_some()
            });
            let named: Vec<&str> = named.filter(|word| !borrowed.iter().any(|key| key == word)).collect();
            assert!(named.is_empty(), "{} names {named:?}", golden.display());
        }
    }
}

#[test]
fn every_golden_has_a_case() {
    let cases = root().join("tests/cases");
    for check in checks::ALL {
        for golden in files(&cases.join(check.id), "snap") {
            let is_left = golden.file_stem().unwrap() != "fixes" && !golden.with_extension("json").exists();
            assert!(!is_left, "{} is left over", golden.display());
        }
    }
}

#[test]
fn no_test_is_ignored_and_nothing_is_left_undone() {
    // Written in two parts, so that this file does not find itself.
    let marks = [
        concat!("#[", "ignore"),
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
        concat!("FIX", "ME"),
    ];
    for file in files(&root().join("src"), "rs").into_iter().chain(files(&root().join("tests"), "rs")) {
        let text = read(&file);
        for mark in marks {
            assert!(!text.contains(mark), "{} has {mark}", file.display());
        }
    }
}

#[test]
fn the_root_holds_what_the_design_says() {
    let output = Command::new("git").args(["ls-files"]).current_dir(root()).output();
    let Ok(output) = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()) else {
        panic!("git is needed to list the files of the repository");
    };
    let allowed = ["Cargo.toml", "Cargo.lock", "src", "checks", "tests", "README.md", "LICENSE"];
    for name in output.lines().filter_map(|path| path.split('/').next()) {
        assert!(name.starts_with('.') || allowed.contains(&name), "{name} does not belong into the root");
    }
}

fn index() -> String {
    let mut text = String::from(
        "# Checks\n\nOne page a check: what it means, how it is found, and the documented fixes.\n\
         Generated by `UPDATE=1 cargo test --test tidy`.\n\n",
    );
    text.push_str(&table("."));
    text
}

fn table(to: &str) -> String {
    let catalogue = catalogue();
    let mut table = String::from("| check | severity | what is wrong |\n|---|---|---|\n");
    for page in checks::ALL.iter().filter_map(|check| catalogue.page(check.id)) {
        let (id, severity, title) = (&page.id, page.data.severity.word(), &page.title);
        table.push_str(&format!("| [`{id}`]({to}/{id}.md) | {severity} | {title} |\n"));
    }
    table
}

fn assert_generated(path: &str, expected: &str) {
    let file = root().join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, expected).unwrap();
    }
    assert!(read(&file) == expected, "{path} is stale; run UPDATE=1 cargo test --test tidy");
}

#[test]
fn the_index_of_checks_is_fresh() {
    assert_generated("checks/README.md", &index());
}

#[test]
fn the_readme_is_short_and_leads_to_the_index() {
    let readme = read(&root().join("README.md"));
    assert!(readme.lines().count() < 200, "{} lines", readme.lines().count());
    assert!(readme.contains("(checks/README.md)"));
}

#[test]
fn every_dependency_is_justified() {
    let manifest: toml::Table = read(&root().join("Cargo.toml")).parse().unwrap();
    let contributing = read(&root().join(".github/CONTRIBUTING.md"));
    let (_, table) = contributing.split_once("## Dependencies").unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" | "));
    let justified: BTreeSet<String> =
        rows.flat_map(|(names, _)| names.split(", ")).map(|name| name.replace('`', "")).collect();
    let used: BTreeSet<String> = manifest["dependencies"].as_table().unwrap().keys().cloned().collect();
    assert_eq!(justified, used, "the table of dependencies in .github/CONTRIBUTING.md");
}

/// The documentation beside the checkout; without it the citations are left out.
fn docs() -> Option<PathBuf> {
    let docs = root().parent()?.join("shared/docs");
    if !docs.is_dir() {
        // Not by eprintln!, which the test runner swallows where a test passes.
        let message = format!("left out: there is no documentation in {}\n", docs.display());
        std::io::stderr().write_all(message.as_bytes()).unwrap();
        return None;
    }
    Some(docs)
}

/// A page of the documentation, or one that the npm package of OpenClaw 2026.9.6
/// has and the documentation beside the checkout lacks.
fn documentation(docs: &Path, page: &str) -> Option<PathBuf> {
    let beside = ["md", "mdx"].map(|extension| docs.join(format!("{page}.{extension}")));
    let own = root().join("tests/docs").join(format!("{page}.md"));
    beside.into_iter().chain([own]).find(|file| file.exists())
}

/// The anchor that a heading, or the title of a tab, step or accordion, gets.
fn slug(heading: &str) -> String {
    let lower = heading.to_lowercase().replace('`', "");
    lower
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-' || *c == '_')
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// The heading on a line: Markdown's, or the title of a component.
fn heading(line: &str) -> Option<&str> {
    let line = line.trim();
    if line.starts_with('#') {
        return line.split_once(' ').map(|(_, heading)| heading.trim());
    }
    let is_component = ["<Accordion ", "<Tab ", "<Step "].iter().any(|tag| line.starts_with(tag));
    is_component.then(|| line.split("title=\"").nth(1)?.split('"').next()).flatten()
}

/// The text from the heading with that anchor to the next one of its kind,
/// outside of code: the titles of components stand within a section.
fn section(text: &str, anchor: &str) -> Option<String> {
    let mut ends_at_component = None;
    let mut in_code = false;
    let mut section = String::new();
    for line in text.lines() {
        in_code ^= line.trim_start().starts_with("```");
        let is_component = !line.trim_start().starts_with('#');
        match (heading(line).filter(|_| !in_code), ends_at_component) {
            (Some(heading), None) if slug(heading) == anchor => ends_at_component = Some(is_component),
            (Some(_), Some(ends_at_component)) if ends_at_component || !is_component => break,
            _ => {}
        }
        if ends_at_component.is_some() {
            section.push_str(line);
            section.push('\n');
        }
    }
    ends_at_component.map(|_| section)
}

#[test]
fn citations_stand_in_the_documentation() {
    let Some(docs) = docs() else { return };
    let catalogue = catalogue();
    for (name, fix) in catalogue.pages().flat_map(all_fixes) {
        for (target, words) in &fix.cite {
            let (page, anchor) =
                target.split_once('#').unwrap_or_else(|| panic!("{name}: {target} has no anchor"));
            let file = documentation(&docs, page).unwrap_or_else(|| panic!("{name}: no page {page}"));
            let section =
                section(&read(&file), anchor).unwrap_or_else(|| panic!("{name}: {page} has no #{anchor}"));
            assert!(section.contains(words), "{name}: {words:?} does not stand in {target}");
        }
    }
}

#[test]
fn the_headings_of_the_provider_page_are_its_own() {
    let Some(docs) = docs() else { return };
    let page = read(&docs.join("ollama-provider.md"));
    for (anchor, heading) in PROVIDER_PAGE_HEADINGS {
        assert_eq!(slug(heading), *anchor);
        assert!(page.lines().any(|line| line.trim_start_matches('#').trim() == *heading), "{heading}");
    }
}
