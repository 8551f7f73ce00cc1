//! Facts in, report out: `tests/cases/healthy.json` with a small patch (RFC 6902)
//! per case. A case is `tests/cases/<area>/<check>/<name>.json`, and its folder says
//! whose case it is.
//!
//! What a case proves stands in three places, so that neither a new check nor a word on a
//! page touches a file of another check:
//! - `goldens`: what the owner says, in `<name>.snap` beside the case;
//! - `fixes`: the fixes of a page, filled in, in `fixes.snap` in the folder;
//! - `folding`: what else fails, and what follows from what, in the case itself; and
//!   `effects`: that each `explains` of a page takes effect.
//!
//! To accept new goldens: `INSTA_UPDATE=always INSTA_FORCE_PASS=1 cargo test --test
//! cases every_case`, and new relations: `UPDATE=1 cargo test --test cases folding`.
//! Then read the diff.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bundles;
mod contradictions;
mod effects;
mod fixes;
mod folding;
mod goldens;
mod invariants;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use openclaw_doctor::bundle::StandIns;
use openclaw_doctor::catalogue::Catalogue;
use openclaw_doctor::diagnosis::selection::Selection;
use openclaw_doctor::facts::Facts;
use openclaw_doctor::report::{CheckRow, Finding, Overall, Report, Severity, Status};
use openclaw_doctor::{Request, checks, diagnose};
use rayon::prelude::*;
use serde_json::Value;

struct Case {
    path: PathBuf,
    /// The check that it belongs to, by its folder.
    owner: String,
    file: File,
    facts: Value,
    report: Report,
}

impl Case {
    /// `<area>/<check>/<name>`.
    fn name(&self) -> String {
        format!("{}/{}", self.owner, self.stem())
    }

    fn stem(&self) -> String {
        self.path.file_stem().unwrap().to_string_lossy().into_owned()
    }

    /// The findings of the check that the case belongs to.
    fn own_findings(&self) -> impl Iterator<Item = &Finding> {
        self.report.findings.iter().filter(|finding| finding.check_id == self.owner)
    }

    /// The row of the check that the case belongs to.
    fn own_row(&self) -> &CheckRow {
        let row = self.report.checks.iter().find(|row| row.id == self.owner);
        row.unwrap_or_else(|| panic!("{} belongs to no check", self.path.display()))
    }
}

/// A case as it stands in its file. A misspelt field is an error: it would prove nothing.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    about: String,
    /// What fails beside the owner, in report order: `ID`, or `ID under ROOT`.
    #[serde(default)]
    beside: Vec<String>,
    /// The root that the owner's finding follows from.
    under: Option<String>,
    /// The check that the owner waits for.
    waits: Option<String>,
    /// The first finding, where there are several roots.
    start_here: Option<String>,
    /// Cases of other checks in which the owner fails too, so that a new check need not touch them.
    #[serde(default)]
    elsewhere: Vec<String>,
    patch: json_patch::Patch,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn judge(facts: &Value) -> Report {
    judge_with(&serde_json::from_value(facts.clone()).unwrap(), StandIns::none())
}

fn judge_with(facts: &Facts, stand_ins: &StandIns) -> Report {
    let all = Selection::default();
    let request = Request { fail_on: Some(Severity::Error), stand_ins, ..Request::plain(&all, "live", 0) };
    diagnose(facts, catalogue(), &request)
}

/// Every page, read once for all tests.
fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| Catalogue::load(checks::pages()).unwrap())
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_in_order(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files
}

fn files_in_order(dir: &Path) -> Vec<PathBuf> {
    let mut all = files(dir);
    all.sort();
    all
}

/// Every case, judged once for all tests.
fn cases() -> &'static [Case] {
    static CASES: OnceLock<Vec<Case>> = OnceLock::new();
    CASES.get_or_init(|| {
        let healthy = read(&root().join("healthy.json"));
        // What lies beside the folders is no case.
        let files = files_in_order(&root()).into_iter().filter(|path| path.parent() != Some(&root()));
        files.collect::<Vec<_>>().into_par_iter().map(|path| case(&healthy, path)).collect()
    })
}

/// The case `<area>/<check>/<name>`.
fn case_named(name: &str) -> &'static Case {
    cases().iter().find(|case| case.name() == name).unwrap_or_else(|| panic!("there is no case {name}"))
}

fn case(healthy: &Value, path: PathBuf) -> Case {
    let file: File =
        serde_json::from_value(read(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut facts = healthy.clone();
    json_patch::patch(&mut facts, &file.patch).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(!file.about.is_empty(), "{} does not say what it is about", path.display());
    let owner = path.parent().unwrap().strip_prefix(root()).unwrap().display().to_string();
    Case { report: judge(&facts), file, owner, facts, path }
}

#[test]
fn healthy_has_no_finding_and_nothing_unknown() {
    let report = judge(&read(&root().join("healthy.json")));
    assert_eq!(report.verdict, Overall::Ok);
    assert!(report.findings.is_empty() && report.start_here.is_none() && report.ok);
    for row in &report.checks {
        assert_eq!(row.status, Status::Pass, "{}", row.id);
    }
}

#[test]
fn every_cause_has_a_failing_case_and_every_check_a_skipped_one() {
    let (mut causes, mut skipped) = (BTreeSet::new(), BTreeSet::new());
    for case in cases() {
        if case.own_row().status == Status::Skipped {
            skipped.insert(case.owner.clone());
        }
        causes.extend(case.own_findings().map(|finding| format!("{}:{}", case.owner, finding.cause)));
    }
    for page in catalogue().pages() {
        for cause in page.data.cause.keys() {
            let cause = format!("{}:{cause}", page.id);
            assert!(causes.contains(&cause), "no case fails for {cause}");
        }
        assert!(skipped.contains(&page.id), "no case skips {}", page.id);
    }
}

#[test]
fn every_report_agrees_with_itself_and_with_the_facts() {
    for case in cases() {
        let facts: Facts = serde_json::from_value(case.facts.clone()).unwrap();
        invariants::hold(&facts, &case.report)
            .unwrap_or_else(|error| panic!("{}: {error}", case.path.display()));
    }
}

/// A sample names the scenarios of the lab that provoke its line anew, each after program and version, or says why
/// none does. Lines of other versions stand beside those.
fn provoked(name: &str, sample: &Value) {
    let scenarios = sample["provoked"].as_array().into_iter().flatten().map(|one| one.as_str().unwrap());
    let named: Vec<&str> = scenarios.map(|one| one.rsplit_once(", ").unwrap().1).collect();
    let why = sample["notProvoked"].as_str();
    assert_eq!(why.is_some(), named.is_empty(), "{name} has scenarios, or says why it has none");
    for scenario in named {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/lab/scenarios/{scenario}.toml"));
        assert!(path.is_file(), "{name}: {scenario} is no scenario of the lab");
    }
}

/// `signatures.json`: for every cause of a page with a `unit` the lines that tell
/// of it, and lines beside it that do not.
#[test]
fn every_signature_has_a_line_and_a_near_miss() {
    let samples = read(&root().join("signatures.json"));
    for page in catalogue().pages() {
        let is_log = matches!(checks::find(&page.id).unwrap().judge, checks::Judge::Log);
        assert_eq!(is_log, page.data.unit.is_some(), "{}: a page with a unit is judged by its log", page.id);
        for (key, cause) in &page.data.cause {
            let name = format!("{}:{key}", page.id);
            assert_eq!(is_log, cause.say.is_some() && !cause.signature.is_empty(), "{name}");
            let lines = |what: &str| -> Vec<String> {
                let lines = samples.get(&name).map(|one| one[what].as_array().unwrap().clone());
                lines.into_iter().flatten().map(|line| line.as_str().unwrap().to_string()).collect()
            };
            let (tells, tells_not) = (lines("tells"), lines("tellsNot"));
            if is_log {
                provoked(&name, &samples[&name]);
            }
            assert_eq!(
                is_log,
                !tells.is_empty() && !tells_not.is_empty(),
                "{name}: no lines in signatures.json"
            );
            let matches = |line: &String| cause.signature.iter().any(|one| one.pattern.is_match(line));
            let unknown: Vec<_> = tells.iter().filter(|line| !matches(line)).collect();
            assert!(unknown.is_empty(), "{name} does not know {unknown:?}");
            let taken_in: Vec<_> = tells_not.iter().filter(|line| matches(line)).collect();
            assert!(taken_in.is_empty(), "{name} is taken in by {taken_in:?}");
            for signature in &cause.signature {
                let used = tells.iter().any(|line| signature.pattern.is_match(line));
                assert!(used, "{name}: no line for {}", signature.pattern.as_str());
                assert!(signature.pattern.as_str().starts_with('^'), "{name}: a pattern may match anywhere");
            }
        }
    }
}

#[test]
fn a_page_with_a_product_is_judged_by_versions_and_no_other_names_them() {
    for page in catalogue().pages() {
        let is_version = matches!(checks::find(&page.id).unwrap().judge, checks::Judge::Version);
        assert_eq!(is_version, page.data.product.is_some(), "{}", page.id);
        for (key, cause) in &page.data.cause {
            let names_versions = !cause.versions.is_empty() && cause.when.is_some() && cause.say.is_some();
            let names_any = cause.openclaw.is_some() || !cause.models.is_empty() || cause.when.is_some();
            assert_eq!(is_version, names_versions, "{}:{key}", page.id);
            assert!(is_version || !names_any, "{}:{key}", page.id);
        }
    }
}

#[test]
fn facts_survive_a_round_trip() {
    for case in cases() {
        let facts: Facts = serde_json::from_value(case.facts.clone()).unwrap();
        let text = serde_json::to_string(&facts).unwrap();
        assert_eq!(serde_json::from_str::<Facts>(&text).unwrap(), facts, "{}", case.path.display());
    }
}
