//! Every format over every case: golden texts of some, and for all of them that
//! whoever reads the format accepts it.
//!
//! `INSTA_UPDATE=always cargo test --test formats` writes the golden texts. The
//! schemas beside this file are copies: `junit-10.xsd` of Jenkins' xunit plugin
//! as pytest 9.2.0 carries it, `sarif-2.1.0.json` of OASIS as the crate
//! serde-sarif 0.8.0 carries it. GitLab publishes none for its Code Quality reports:
//! `gitlab-code-quality.json` is the table "Code Quality report format" of its documentation.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod accepted;
mod golden;
mod html;
mod schema;
mod screen;
mod scripts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap::ValueEnum;
use openclaw_doctor::catalogue::Catalogue;
use openclaw_doctor::diagnosis::ignore::Ignore;
use openclaw_doctor::diagnosis::selection::Selection;
use openclaw_doctor::facts::Facts;
use openclaw_doctor::render::format::Format;
use openclaw_doctor::render::{self, steps::Reader, text::Layout};
use openclaw_doctor::report::{Report, SettingsLine, Severity};
use openclaw_doctor::text::printable::is_unsafe;
use openclaw_doctor::{Request, diagnose};
use serde_json::Value;

/// The machine that the facts of the cases are from.
const HOST: &str = "vps";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| Catalogue::load(openclaw_doctor::checks::pages()).unwrap())
}

/// What somebody writes into the settings file who would like to write into a report.
fn ignores() -> Vec<Ignore> {
    let reason =
        "`@team` #1 |<b>[x](y)</b> [[ATTACHMENT|/etc/passwd]] ::error::a \" ' \\ \u{202e}\u{1b}[31m\nb";
    let ignore = Ignore {
        check: "openclaw/primary-model".into(),
        cause: None,
        target: None,
        reason: reason.into(),
        until: jiff::civil::date(2027, 1, 31),
    };
    vec![ignore]
}

fn judge(facts: Value) -> Report {
    judge_without(facts, &[])
}

fn judge_without(facts: Value, ignores: &[Ignore]) -> Report {
    let facts: Facts = serde_json::from_value(facts).unwrap();
    let all = Selection::default();
    let request = Request { ignores, fail_on: Some(Severity::Error), ..Request::plain(&all, "live", 41) };
    let mut report = diagnose(&facts, catalogue(), &request);
    if !ignores.is_empty() {
        let warnings = vec![format!("openclaw-doctor.toml: the entry for {}", ignores[0].reason)];
        report.settings = Some(SettingsLine { file: Some("openclaw-doctor.toml".into()), warnings });
    }
    report
}

/// Reports of all cases by name, of the healthy machine and of the hostile one.
fn reports() -> &'static BTreeMap<String, Report> {
    static REPORTS: OnceLock<BTreeMap<String, Report>> = OnceLock::new();
    REPORTS.get_or_init(|| {
        let healthy = read(&root().join("cases/healthy.json"));
        let mut reports = BTreeMap::from([("healthy".to_string(), judge(healthy.clone()))]);
        let mut add = |name: String, path: &Path| {
            let patch: json_patch::Patch = serde_json::from_value(read(path)["patch"].clone()).unwrap();
            let mut facts = healthy.clone();
            json_patch::patch(&mut facts, &patch).unwrap();
            let ignores = if name == "ignored" { ignores() } else { Vec::new() };
            reports.insert(name, judge_without(facts, &ignores));
        };
        add("hostile".into(), &root().join("formats/hostile.json"));
        add("ignored".into(), &root().join("formats/hostile.json"));
        let cases = root().join("cases");
        for area in folders(&cases) {
            for check in folders(&area) {
                for case in entries(&check).filter(|path| path.extension().is_some_and(|e| e == "json")) {
                    let name = case.strip_prefix(&cases).unwrap().with_extension("");
                    add(name.display().to_string(), &case);
                }
            }
        }
        reports
    })
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path())
}

fn folders(folder: &Path) -> impl Iterator<Item = PathBuf> {
    entries(folder).filter(|path| path.is_dir())
}

fn rendered(report: &Report, format: Format) -> String {
    colored::control::set_override(false);
    let layout = Layout::of_a_file(Reader::named("root"));
    render::report(report, catalogue(), format, &layout, Some(HOST)).unwrap()
}

/// What must hold whatever a name is made of.
#[test]
fn no_format_lets_a_control_or_bidirectional_character_through() {
    for (name, report) in reports() {
        for format in Format::value_variants() {
            let text = rendered(report, *format);
            let found = text.chars().find(|c| *c != '\n' && is_unsafe(*c));
            assert_eq!(found, None, "{name} as {format:?}");
            assert!(text.is_empty() || text.ends_with('\n'), "{name} as {format:?} ends within a line");
        }
    }
}
