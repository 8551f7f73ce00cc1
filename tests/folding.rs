//! What else fails in a case, and what follows from what: declared in the case, so that
//! a golden names no check but its own, and proven here.
//!
//! - `beside`: exactly what fails beside the owner, `ID` or `ID under ROOT`. Where it
//!   does not stand in the case, every other check is silent.
//! - `under`: the root that the owner's finding follows from.
//! - `waits`: the check that the owner waits for.
//! - `startHere`: the first finding, where there are several roots.
//! - `elsewhere`: cases of other checks in which the owner fails too. A new check says so
//!   in a case of its own, and leaves theirs alone.
//!
//! `UPDATE=1 cargo test --test cases folding` writes all but `elsewhere`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use openclaw_doctor::report::{CheckRow, Finding};
use serde_json::{Map, Value, json};

use super::{Case, case_named, cases, read, root};

/// What a case says, or should say, of other checks.
#[derive(Debug, PartialEq)]
struct Relations {
    start_here: Option<String>,
    under: Option<String>,
    waits: Option<String>,
    beside: Vec<String>,
}

fn line(finding: &Finding) -> String {
    match &finding.caused_by {
        Some(root) => format!("{} under {root}", finding.check_id),
        None => finding.check_id.clone(),
    }
}

/// By case: the checks that say in a case of their own that they fail there too.
fn elsewhere() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for case in cases() {
        for name in &case.file.elsewhere {
            all.entry(name).or_default().insert(&case.owner);
        }
    }
    all
}

fn declared(case: &Case) -> Relations {
    let file = &case.file;
    Relations {
        start_here: file.start_here.clone(),
        under: file.under.clone(),
        waits: file.waits.clone(),
        beside: file.beside.clone(),
    }
}

fn actual(case: &Case, elsewhere: &BTreeSet<&str>) -> Relations {
    let counts = |finding: &&Finding| !elsewhere.contains(&*finding.check_id);
    let roots: BTreeSet<&str> = case.report.roots().filter(counts).map(|root| &*root.check_id).collect();
    let mut beside = Vec::new();
    for finding in case.report.findings.iter().filter(counts) {
        if finding.check_id != case.owner && !beside.contains(&line(finding)) {
            beside.push(line(finding));
        }
    }
    Relations {
        start_here: case.report.start_here.clone().filter(|_| roots.len() > 1),
        under: case.own_findings().find_map(|finding| finding.caused_by.clone()),
        waits: case.own_row().because.clone(),
        beside,
    }
}

/// The lines of a case's file that say it.
fn lines(relations: &Relations) -> String {
    let fields = json!({
        "startHere": relations.start_here,
        "under": relations.under,
        "waits": relations.waits,
        "beside": relations.beside,
    });
    let Value::Object(fields) = super::goldens::compact(fields) else { return String::new() };
    let text = serde_json::to_string_pretty(&fields).unwrap();
    let inner = text.trim_start_matches('{').trim_end_matches('}').trim_matches('\n');
    if inner.is_empty() { String::new() } else { format!("{inner},\n") }
}

/// Writes the relations between what a case is about and its patch.
fn write(path: &Path, relations: &Relations) {
    let old: Map<String, Value> = serde_json::from_value(read(path)).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let (about, rest) = text.split_once(",\n").unwrap();
    let patch = &rest[rest.find("  \"patch\"").unwrap()..];
    let elsewhere =
        old.get("elsewhere").map(|list| format!("  \"elsewhere\": {list},\n")).unwrap_or_default();
    std::fs::write(path, format!("{about},\n{}{elsewhere}{patch}", lines(relations))).unwrap();
}

#[test]
fn every_case_says_what_else_fails_and_what_follows_from_what() {
    let (elsewhere, nowhere) = (elsewhere(), BTreeSet::new());
    let mut wrong = Vec::new();
    for case in cases() {
        let actual = actual(case, elsewhere.get(&*case.name()).unwrap_or(&nowhere));
        if actual == declared(case) {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            write(&case.path, &actual);
        } else {
            wrong.push(format!("{} should say\n{}", case.path.display(), lines(&actual)));
        }
    }
    assert!(wrong.is_empty(), "{}\nor a new check says in a case of its own: elsewhere", wrong.join("\n"));
}

#[test]
fn what_fails_elsewhere_does_fail_there() {
    for (name, owners) in elsewhere() {
        let case = case_named(name);
        for owner in owners {
            let fails = case.report.findings.iter().any(|finding| finding.check_id == owner);
            assert!(fails && case.owner != owner, "elsewhere: {owner} does not fail in {name}");
        }
    }
}

/// `waiting.json`: for what is waited for, a case and who waits in it. At least these: a
/// new check proves with a case of its own that it waits.
#[test]
fn checks_wait_for_what_they_need() {
    let waiting: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> =
        serde_json::from_value(read(&root().join("waiting.json"))).unwrap();
    for (because, examples) in waiting {
        for (name, expected) in examples {
            let waits = |row: &&CheckRow| row.because.as_ref() == Some(&because);
            let actual: BTreeSet<String> =
                case_named(&name).report.checks.iter().filter(waits).map(|row| row.id.clone()).collect();
            let lost: Vec<_> = expected.difference(&actual).collect();
            assert!(lost.is_empty(), "in {name} these do not wait for {because}: {lost:?}");
        }
    }
}
