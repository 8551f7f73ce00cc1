//! Facts that nobody would think of: those of the cases with random parts
//! exchanged. Whatever they are, a report agrees with itself (design.md §5).
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod invariants;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::ValueEnum;
use openclaw_doctor::catalogue::Catalogue;
use openclaw_doctor::diagnosis::selection::Selection;
use openclaw_doctor::facts::Facts;
use openclaw_doctor::render::format::Format;
use openclaw_doctor::render::{self, text};
use openclaw_doctor::report::{Report, Severity, Status};
use openclaw_doctor::text::{json, printable::is_unsafe};
use openclaw_doctor::{Request, diagnose};
use proptest::prelude::*;
use serde_json::{Value, json};

/// How many machines are made up; `PROPTEST_CASES` says otherwise.
fn machines_to_make() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1000)
}

/// One change of one place: which place, and what becomes of it.
#[derive(Debug, Clone)]
enum Change {
    /// As a bundle that is older than the observation.
    Remove,
    /// Another value of the same type, or of any.
    Replace(Value),
    /// What stands at another place.
    Copy(usize),
    /// Once more, where it is in a list.
    Repeat,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        1 => Just(Change::Remove),
        6 => value().prop_map(Change::Replace),
        3 => any::<usize>().prop_map(Change::Copy),
        1 => Just(Change::Repeat),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(vec![
            json!(null),
            json!([]),
            json!({}),
            json!(true),
            json!(false),
            json!(0),
            json!(-1),
            json!(1),
            json!(u64::MAX),
            json!(1e308),
            json!(4096),
            json!("1970-01-01T00:00:00Z"),
            json!("-009999-01-02T01:59:59Z"),
            json!("9999-12-30T22:00:00.999999999Z"),
            json!("127.0.0.1"),
            json!("::"),
            json!("203.0.113.9:11434"),
            json!("2026.9.6"),
            json!("2026.2.1-beta.1"),
            json!("ollama/llama3.2:3b"),
            json!("active"),
            json!("failed"),
            json!("not-found"),
            json!({"unseen": "blocked", "by": "connect"}),
            json!({"unseen": "unknown", "error": "the look failed"}),
            json!({"unseen": "notApplicable", "why": "there is none"}),
            json!({"unseen": "withheld", "why": "--offline"}),
            json!({"unseen": "notAsked", "flag": "--deep"}),
            json!({"unseen": "absent"}),
        ]),
        "\\PC{0,40}".prop_map(Value::String),
        any::<String>().prop_map(Value::String),
        any::<u64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
    ]
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The facts of every case.
fn machines() -> &'static [Value] {
    static MACHINES: OnceLock<Vec<Value>> = OnceLock::new();
    MACHINES.get_or_init(|| {
        let healthy = read(&root().join("healthy.json"));
        let areas = std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
        let folders = areas.filter(|path| path.is_dir()).flat_map(|area| std::fs::read_dir(area).unwrap());
        let mut files: Vec<PathBuf> = folders
            .flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap())
            .map(|file| file.unwrap().path())
            .filter(|file| file.extension().is_some_and(|extension| extension == "json"))
            .collect();
        files.sort();
        let facts = |file: &PathBuf| {
            let patch: json_patch::Patch = serde_json::from_value(read(file)["patch"].clone()).unwrap();
            let mut facts = healthy.clone();
            json_patch::patch(&mut facts, &patch).unwrap();
            facts
        };
        files.iter().map(facts).collect()
    })
}

/// JSON Pointers to everything below the top.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (escaped(key), value)).collect(),
        Value::Array(list) => {
            list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => return,
    };
    for (step, value) in below {
        let at = format!("{at}/{step}");
        places(value, &at, found);
        found.push(at);
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn apply(facts: &mut Value, place: usize, change: &Change) {
    let mut all = Vec::new();
    places(facts, "", &mut all);
    let Some(at) = all.get(place % all.len().max(1)).cloned() else { return };
    let (above, last) = at.rsplit_once('/').unwrap();
    match change {
        Change::Replace(value) => *facts.pointer_mut(&at).unwrap() = value.clone(),
        Change::Copy(from) => {
            let value = facts.pointer(&all[from % all.len()]).unwrap().clone();
            *facts.pointer_mut(&at).unwrap() = value;
        }
        Change::Remove => match facts.pointer_mut(above).unwrap() {
            Value::Object(map) => drop(map.remove(&last.replace("~1", "/").replace("~0", "~"))),
            Value::Array(list) => drop(list.remove(last.parse().unwrap())),
            _ => {}
        },
        Change::Repeat => {
            if let Value::Array(list) = facts.pointer_mut(above).unwrap() {
                let again = list[last.parse::<usize>().unwrap()].clone();
                list.push(again);
            }
        }
    }
}

/// Applies those changes that leave facts that can be read.
fn changed(machine: usize, changes: &[(usize, Change)]) -> Facts {
    let mut facts = machines()[machine % machines().len()].clone();
    for (place, change) in changes {
        let mut next = facts.clone();
        apply(&mut next, *place, change);
        if serde_json::from_value::<Facts>(next.clone()).is_ok() {
            facts = next;
        }
    }
    serde_json::from_value(facts).unwrap()
}

fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| Catalogue::load(openclaw_doctor::checks::pages()).unwrap())
}

fn judge(facts: &Facts) -> Report {
    let selection = Selection::default();
    let request = Request { fail_on: Some(Severity::Error), ..Request::plain(&selection, "live", 0) };
    diagnose(facts, catalogue(), &request)
}

fn shown(report: &Report) -> Vec<String> {
    let layout = |width| text::Layout {
        width,
        unicode: width > 60,
        verbose: 2,
        ..text::Layout::of_a_file(openclaw_doctor::render::steps::Reader::named("root"))
    };
    let one =
        |format: &Format| render::report(report, catalogue(), *format, &layout(80), Some("vps")).unwrap();
    let all = Format::value_variants().iter().map(one);
    all.chain([text::render(report, &layout(40))]).collect()
}

/// What was seen before comes after now then, or lies farther back than anything can.
#[test]
fn a_clock_that_was_set_crashes_no_check_and_no_time_is_negative() {
    for machine in machines() {
        for at in ["-009999-01-02T01:59:59Z", "1970-01-01T00:00:00Z", "9999-12-30T22:00:00.999999999Z"] {
            let mut machine = machine.clone();
            machine["at"] = json!(at);
            let facts: Facts = serde_json::from_value(machine).unwrap();
            let report = judge(&facts);
            assert_eq!(invariants::hold(&facts, &report), Ok(()));
            for row in &report.checks {
                let said = [&row.seen, &row.error, &row.reason]
                    .map(|text| text.clone().unwrap_or_default())
                    .join(" ");
                assert!(
                    !said.contains("a bug of openclaw-doctor") && !is_negative(&said),
                    "{at}: {}: {said}",
                    row.id
                );
            }
            for finding in &report.findings {
                let evidence = finding.evidence.iter().map(|one| format!(" {} {:?}", one.seen, one.note));
                let said = finding.message.clone() + &evidence.collect::<String>();
                assert!(!is_negative(&said), "{at}: {}: {said}", finding.check_id);
            }
        }
    }
}

/// Whether a text has a number below zero with a unit of time behind it.
fn is_negative(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).any(|pair| {
        let number = pair[0].strip_prefix('-').is_some_and(|rest| rest.parse::<f64>().is_ok());
        number && ["s", "ms", "min", "minutes", "hours", "days", "an"].contains(&pair[1])
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: machines_to_make(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_facts_a_report_agrees_with_itself(
        machine in any::<usize>(),
        changes in prop::collection::vec((any::<usize>(), change()), 1..8),
    ) {
        let facts = changed(machine, &changes);
        let report = judge(&facts);
        prop_assert_eq!(invariants::hold(&facts, &report), Ok(()));
        for row in report.checks.iter().filter(|row| row.status == Status::Unknown) {
            let error = row.error.as_deref().unwrap_or_default();
            prop_assert!(!error.contains("crashed"), "{}: {}", row.id, error);
        }
        for text in shown(&report) {
            let raw = text.chars().find(|c| *c != '\n' && is_unsafe(*c));
            prop_assert_eq!(raw, None, "{:?}", text);
        }
        // A bundle is facts in a file, and is judged as they are.
        let again: Facts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
        prop_assert!(again == facts, "the facts are not those that were written");
        prop_assert!(json::render(&judge(&again)) == json::render(&report), "the bundle is judged otherwise");
    }
}
