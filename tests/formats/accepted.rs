//! Whether those accept a format who made it: the schemas, `xmllint`,
//! `promtool`. A program that is not installed is said and left out; `.ci/run`
//! installs it.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use clap::ValueEnum;
use openclaw_doctor::render::format::Format;
use openclaw_doctor::report::Report;
use serde_json::Value;

use crate::{golden, rendered, reports, root};

/// Whether a program is here. Not by eprintln!, which the test runner swallows where a test passes.
pub fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_err() {
        let message = format!("left out: {program} is not installed\n");
        std::io::stderr().write_all(message.as_bytes()).unwrap();
    }
    found.is_ok()
}

/// What fails by itself, what is unknown, what is ignored, what is wrong with the settings file.
fn things_to_tell(report: &Report) -> usize {
    let warnings = report.settings.as_ref().map_or(0, |settings| settings.warnings.len());
    report.roots().count() + report.counts.unknown + report.ignored.len() + warnings
}

/// Every format shows it, and none counts it.
#[test]
fn what_is_ignored_is_in_every_format() {
    let (before, report) = (&reports()["hostile"], &reports()["ignored"]);
    assert_eq!((report.ignored.len(), before.findings.len()), (1, report.findings.len() + 1));
    assert!(before.findings.iter().all(|one| one.check_id != "openclaw/model-costs") && report.fails);
    assert!(report.findings.iter().all(|one| one.check_id != "openclaw/primary-model"));
    for format in Format::value_variants() {
        let text = rendered(report, *format);
        assert!(text.contains("openclaw/primary-model"), "{format:?}: {text}");
        assert!(text.contains("2027-01-31"), "{format:?}: {text}");
        let is_metric = *format == Format::Prometheus;
        assert!(is_metric || text.contains("/etc/passwd"), "{format:?} has no reason: {text}");
    }
}

#[test]
fn junit_fits_the_schema_of_jenkins() {
    if !has("xmllint") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "--nonet", "--schema"]).arg(root().join("formats/junit-10.xsd"));
    for (name, report) in reports() {
        let file = folder.path().join(name.replace('/', "."));
        std::fs::write(&file, rendered(report, Format::Junit)).unwrap();
        xmllint.arg(file);
    }
    let done = xmllint.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr).replace(" validates\n", ""));
}

#[test]
fn sarif_fits_its_schema_and_every_result_has_a_place() {
    // Two patterns have a bracket too many, which makes them no regular expressions.
    let schema =
        std::fs::read_to_string(root().join("formats/sarif-2.1.0.json")).unwrap().replace("]?$", "?$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, report) in reports() {
        let sarif: Value = serde_json::from_str(&rendered(report, Format::Sarif)).unwrap();
        let errors: Vec<String> = validator.iter_errors(&sarif).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let run = &sarif["runs"][0];
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), report.findings.len() + report.ignored.len(), "{name}");
        let mut fingerprints = BTreeSet::new();
        for result in results {
            let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            assert!(!uri.is_empty(), "{name}");
            assert!(result["locations"][0]["physicalLocation"]["region"]["startLine"].is_u64(), "{name}");
            let rule = &run["tool"]["driver"]["rules"]
                [usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(rule["id"], result["ruleId"], "{name}");
            let fingerprint = result["partialFingerprints"]["openclawDoctor/v1"].as_str().unwrap();
            assert!(fingerprints.insert(fingerprint.to_string()), "{name}: {fingerprint} twice");
            let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap();
            assert!(fingerprints.insert(hash.to_string()), "{name}: {hash} twice");
        }
        for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
            let text = rule["fullDescription"]["text"].as_str().unwrap();
            assert!((20..=1024).contains(&text.chars().count()), "{name}: {text}");
        }
    }
}

/// GitHub's own rules for what it takes into code scanning, as Microsoft's tool has them.
#[test]
fn sarif_is_what_code_scanning_accepts() {
    if !has("sarif-multitool") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut tool = Command::new("sarif-multitool");
    // Without this it looks for a library that a bare machine has not.
    tool.env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1");
    tool.arg("validate");
    for name in golden::CASES {
        let file = folder.path().join(format!("{}.sarif", name.replace('/', ".")));
        std::fs::write(&file, rendered(&reports()[*name], Format::Sarif)).unwrap();
        tool.arg(file);
    }
    // It is started by a script that hands its words to a shell.
    let done = tool.args(["--rule-kind", "'Sarif;Ghas'", "--level", "Error"]).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    let scanned = format!("Done. {} files scanned.", golden::CASES.len());
    assert!(
        done.status.success() && said.contains(&scanned),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(!said.contains(": error "), "{said}");
}

/// The entries that GitLab documents as required. It shows one of those that share a fingerprint.
#[test]
fn gitlab_fits_its_schema_and_tells_its_entries_apart() {
    let schema = std::fs::read_to_string(root().join("formats/gitlab-code-quality.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    for (name, report) in reports() {
        let entries: Value = serde_json::from_str(&rendered(report, Format::Gitlab)).unwrap();
        let errors: Vec<String> = validator.iter_errors(&entries).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let entries = entries.as_array().unwrap();
        assert_eq!(entries.len(), things_to_tell(report), "{name}");
        let fingerprints: BTreeSet<&str> =
            entries.iter().map(|entry| entry["fingerprint"].as_str().unwrap()).collect();
        assert_eq!(fingerprints.len(), entries.len(), "{name}");
    }
}

/// GitLab counts one of the test cases that share their name and class, and Jenkins' plugin for attachments
/// copies the file that `[[ATTACHMENT|path]]` names.
#[test]
fn junit_names_each_test_case_once_and_no_file() {
    for (name, report) in reports() {
        let xml = rendered(report, Format::Junit);
        assert!(!xml.contains("[[ATTACHMENT"), "{name}: {xml}");
        let cases = xml.lines().filter_map(|line| line.trim().strip_prefix("<testcase "));
        let cases: Vec<&str> = cases.map(|line| line.split('>').next().unwrap()).collect();
        assert!(cases.iter().all(|case| case.contains("classname=\"openclaw-doctor.")), "{name}");
        let distinct: BTreeSet<&&str> = cases.iter().collect();
        assert_eq!((cases.len(), distinct.len()), (report.checks.len(), report.checks.len()), "{name}");
    }
}

#[test]
fn prometheus_is_what_promtool_accepts() {
    if !has("promtool") {
        return;
    }
    let texts: BTreeSet<String> =
        reports().values().map(|report| rendered(report, Format::Prometheus)).collect();
    for text in texts {
        let mut promtool = Command::new("promtool");
        promtool
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut promtool = promtool.spawn().unwrap();
        promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let done = promtool.wait_with_output().unwrap();
        let said =
            String::from_utf8_lossy(&done.stderr).into_owned() + &String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success() && said.is_empty(), "{said}\n{text}");
    }
}

/// As the runner reads a line: `::command properties::data`, or words for a person.
#[test]
fn github_has_one_command_a_line_and_as_many_as_things_to_tell() {
    for (name, report) in reports() {
        let text = rendered(report, Format::Github);
        let (last, commands) = text.trim_end().rsplit_once('\n').map_or((&*text, ""), |(a, b)| (b, a));
        assert!(!last.contains("::"), "{name}: {last}");
        assert_eq!(commands.lines().count(), things_to_tell(report), "{name}: {text}");
        for line in commands.lines() {
            let (properties, data) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            let (command, properties) = properties.split_once(' ').unwrap();
            assert!(["error", "warning", "notice"].contains(&command), "{name}: {line}");
            for property in properties.split(',') {
                let (key, value) = property.split_once('=').unwrap();
                assert!(["title", "file", "line", "col"].contains(&key), "{name}: {line}");
                assert!(!value.contains([':', ',']), "{name}: {line}");
            }
            assert!(!data.is_empty(), "{name}: {line}");
        }
    }
}

/// Text, one bar, performance data (Monitoring Plugins Development Guidelines).
#[test]
fn nagios_has_performance_data_after_the_one_bar() {
    for (name, report) in reports() {
        let text = rendered(report, Format::Nagios);
        assert_eq!(text.matches('|').count(), 1, "{name}: {text}");
        let (said, data) = text.lines().next().unwrap().split_once(" | ").unwrap();
        let word = said.strip_prefix("OPENCLAW ").unwrap().split(' ').next().unwrap();
        let code = openclaw_doctor::render::nagios::exit_code(report);
        assert_eq!(word, ["OK", "WARNING", "CRITICAL", "UNKNOWN"][usize::from(code)], "{name}");
        for part in data.split(' ') {
            let (_, value) = part.split_once('=').unwrap();
            let number = value.split(';').next().unwrap().trim_end_matches("ms");
            assert!(number.parse::<u64>().is_ok(), "{name}: {part}");
        }
    }
}

#[test]
fn line_has_a_line_for_each_thing_to_tell() {
    for (name, report) in reports() {
        let text = rendered(report, Format::Line);
        assert_eq!(text.lines().count(), things_to_tell(report), "{name}: {text}");
    }
}
