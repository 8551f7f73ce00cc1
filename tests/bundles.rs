//! A bundle is judged as the machine was: for every case, with names and without.

use std::sync::OnceLock;
use std::time::Duration;

use openclaw_doctor::bundle::{self, Bundled, StandIns};
use openclaw_doctor::facts::Facts;
use openclaw_doctor::report::{self, Report};
use openclaw_doctor::scope::Scope;
use openclaw_doctor::text::scrub::scrub_for_others;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::{Case, cases, judge_with};

fn scope() -> Scope {
    Scope { timeout: Duration::from_secs(10), ..Scope::default() }
}

/// What somebody sends without names from a machine whose names and addresses are theirs.
struct Anonymous {
    case: &'static Case,
    facts: Facts,
    /// What that machine says of itself.
    live: Report,
    text: String,
    bundled: Bundled,
}

/// One for every case, written once for all tests.
fn anonymous() -> &'static [Anonymous] {
    static ALL: OnceLock<Vec<Anonymous>> = OnceLock::new();
    ALL.get_or_init(|| cases().par_iter().map(anonymous_of).collect())
}

fn anonymous_of(case: &'static Case) -> Anonymous {
    let facts = personal(&case.facts);
    let text = bundle::render(&facts, &scope(), 0, false).unwrap();
    let bundled = bundle::parse(text.as_bytes()).unwrap();
    Anonymous { case, live: judge_with(&facts, StandIns::none()), facts, text, bundled }
}

/// The case on a machine whose names and addresses are somebody's.
fn personal(facts: &Value) -> Facts {
    let mut text = facts.to_string();
    for (ours, theirs) in [
        ("/home/openclaw", "/home/ann.canary"),
        ("\"openclaw\"", "\"ann.canary\""),
        ("runs as openclaw", "runs as ann.canary"),
        ("\"vps\"", "\"canarybox\""),
        ("10.0.0.5", "62.113.7.44"),
        ("10.0.0.7", "2a01:4f8:1:2::77"),
        ("gpu-box", "canarygpu"),
        ("ollama-host", "gpu.canary.example"),
    ] {
        text = text.replace(ours, theirs);
    }
    text = text
        .replace("\"2a01:4f8:1:2::77:", "\"[2a01:4f8:1:2::77]:")
        .replace("//2a01:4f8:1:2::77", "//[2a01:4f8:1:2::77]");
    serde_json::from_str(&text).unwrap()
}

/// What two reports on the same machine agree in, whoever's names are shown.
fn gist(report: &Report) -> Value {
    let findings = report.findings.iter().map(|finding| {
        let fixes: Vec<Value> = finding
            .fixes
            .iter()
            .map(|fix| json!([fix.key, fix.run.len(), fix.verify.len(), fix.undo.len(), fix.on.is_some()]))
            .collect();
        json!([finding.check_id, finding.cause, finding.severity, finding.caused_by, finding.clears, fixes])
    });
    let rows =
        report.checks.iter().map(|row| json!([row.id, row.status, row.severity, row.because, row.root]));
    json!([report.ok, report.verdict, findings.collect::<Vec<_>>(), rows.collect::<Vec<_>>()])
}

#[test]
fn a_bundle_with_names_gives_the_very_same_report() {
    cases().par_iter().for_each(|case| {
        // Words of logs that are drawn by lot, such as the number of a run, are kept in no bundle.
        let mut facts = case.facts.clone();
        for log in ["ollama", "gateway", "resolved"] {
            let lines = facts.pointer_mut(&format!("/logs/{log}/lines")).and_then(Value::as_array_mut);
            for line in lines.into_iter().flatten() {
                line["text"] = json!(scrub_for_others(line["text"].as_str().unwrap()));
            }
        }
        let facts: Facts = serde_json::from_value(facts).unwrap();
        let text = bundle::render(&facts, &scope(), 0, true).unwrap();
        let bundled = bundle::parse(text.as_bytes()).unwrap();
        assert_eq!(bundled.facts, facts, "{}", case.path.display());
        let again = judge_with(&bundled.facts, &bundled.stand_ins);
        assert_eq!(json!(again), json!(judge_with(&facts, StandIns::none())), "{}", case.path.display());
    });
}

#[test]
fn a_bundle_without_names_gives_the_same_report_and_names_nobody() {
    anonymous().par_iter().for_each(|Anonymous { case, live, text, bundled, .. }| {
        for name in ["canary", "62.113.7.44", "2a01:4f8"] {
            assert!(!text.contains(name), "{}: {name} in\n{text}", case.path.display());
        }
        let again = judge_with(&bundled.facts, &bundled.stand_ins);
        assert_eq!(gist(&again), gist(live), "{}", case.path.display());
        // A stand-in is for rules, and never for a reader.
        let again = json!(again).to_string();
        for stand_in in ["openclaw-doctor-host", "25.100.100", "3ffe:ffff"] {
            assert!(!again.contains(stand_in), "{}: {stand_in} in {again}", case.path.display());
        }
    });
}

fn assert_valid(case: &Case, schema: &jsonschema::Validator, value: &Value) {
    // Whether it is valid is told many times faster than why it is not.
    if !schema.is_valid(value) {
        let errors = schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path()));
        panic!("{}:\n{}", case.path.display(), errors.collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn bundles_and_reports_are_of_their_schemas() {
    let of_bundle = jsonschema::validator_for(bundle::schema().as_value()).unwrap();
    let of_report = jsonschema::validator_for(report::schema().as_value()).unwrap();
    anonymous().par_iter().for_each(|Anonymous { case, facts, text, .. }| {
        let with_names = bundle::render(facts, &scope(), 0, true).unwrap();
        for text in [&with_names, text] {
            assert_valid(case, &of_bundle, &serde_json::from_str(text).unwrap());
        }
        assert_valid(case, &of_report, &json!(case.report));
    });
}

#[test]
fn what_an_older_bundle_lacks_is_absent() {
    let facts = json!({ "at": "2026-11-22T12:00:00Z" });
    let text =
        json!({ "format": bundle::FORMAT, "formatVersion": 1, "facts": facts, "more": [1] }).to_string();
    let bundled = bundle::parse(text.as_bytes()).unwrap();
    let report = judge_with(&bundled.facts, &bundled.stand_ins);
    let old = report
        .checks
        .iter()
        .filter(|row| row.reason.as_deref() == Some("the bundle is older than this check"));
    assert!(old.count() > 5 && report.findings.is_empty(), "{report:?}");
}

#[test]
fn what_is_no_bundle_is_refused_with_a_reason() {
    let whole = bundle::render(&personal(&cases()[0].facts), &scope(), 0, false).unwrap();
    let newer = whole.replace("\"formatVersion\": 1", "\"formatVersion\": 2");
    let foreign = whole.replace("\"hostname\": \"<host-1>\"", "\"hostname\": 7");
    let report = json!(cases()[0].report).to_string();
    for (text, why) in [
        ("", "it is empty"),
        (" \n", "it is empty"),
        (&whole[..whole.len() / 2], "it is cut short"),
        ("hello", "it is no bundle"),
        ("[]", "it is no bundle of openclaw-doctor"),
        ("{\"format\":\"x\",\"formatVersion\":1}", "it is no bundle of openclaw-doctor"),
        (&*report, "it is a report"),
        (&*newer, "it has format 2"),
        (&*foreign, "its facts, written by openclaw-doctor"),
        (&*"[".repeat(200_000), "it is no bundle"),
    ] {
        let refused = bundle::parse(text.as_bytes()).map(drop).unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
}
