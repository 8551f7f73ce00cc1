//! `diagnose` of many: folders, archives, streams, and every format for several.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use crate::doctor::*;

/// The bundle of a machine whose Ollama does not answer.
fn bundle() -> String {
    let arguments = ["bundle", "--offline", "-"];
    Doctor::with("http://127.0.9.9:1", "ollama/llama3.2:3b").args(&arguments).run().stdout
}

/// A home with `fleet/a.json`, `fleet/deep/b.json`, `fleet/many.jsonl` with two, `fleet/more.tar.gz` with two.
fn fleet() -> Doctor {
    let bundle = bundle();
    let line: Value = serde_json::from_str(&bundle).expect("a bundle");
    let doctor = Doctor::new()
        .file("fleet/a.json", &bundle)
        .file("fleet/deep/b.json", &bundle)
        .file("fleet/notes.txt", "not a bundle")
        .file("fleet/many.jsonl", &format!("{line}\n{line}\n"));
    archive(&doctor.home().join("fleet/more.tar.gz"), &bundle);
    doctor
}

fn archive(path: &Path, bundle: &str) {
    let mut tar = tar::Builder::new(GzEncoder::new(File::create(path).expect("a file"), Compression::fast()));
    let long = format!("{}/c.json", "long-".repeat(30));
    for (name, text) in [("c.json", bundle), (&*long, bundle), ("readme.md", "# no bundle")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, text.as_bytes()).expect("an entry");
    }
    tar.into_inner().and_then(GzEncoder::finish).expect("an archive");
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr))
}

#[test]
fn a_folder_an_archive_and_a_stream_are_read() {
    let doctor = fleet();
    let run = doctor.args(&["diagnose", "fleet", "--json"]).run();
    let report = json(&run);
    assert_eq!((run.code, &*run.stderr), (1, ""));
    let files: Vec<&str> = list(&report["reports"]).iter().map(|one| text(&one["file"])).collect();
    assert_eq!(files[..4], ["fleet/a.json", "fleet/deep/b.json", "fleet/many.jsonl#1", "fleet/many.jsonl#2"]);
    assert!(files[4] == "fleet/more.tar.gz/c.json" && files.len() == 6, "{files:?}");
    assert!(
        files[5].starts_with("fleet/more.tar.gz/long-long-") && files[5].ends_with("/c.json"),
        "{files:?}"
    );
    let one = bundle();
    let many = format!("{one}{one}\n{one}");
    let script = "cat many | exec \"$0\" diagnose - --json";
    let doctor = Doctor::new().file("many", &many);
    let done = Command::new("/bin/sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_openclaw-doctor")])
        .current_dir(doctor.home())
        .output()
        .expect("a shell");
    let report: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let files: Vec<&str> = list(&report["reports"]).iter().map(|one| text(&one["file"])).collect();
    assert_eq!(files, ["-#1", "-#2", "-#3"]);
}

#[test]
fn what_is_no_bundle_in_it_is_told_by_name() {
    let doctor = fleet().file("empty/notes.txt", "x").file("fleet/bad.json", "{}").file("fleet/cut.tgz", "x");
    // A few kilobytes, unpacked 40 MB.
    archive(&doctor.home().join("fleet/bomb.tgz"), &"\0".repeat(20 << 20));
    let run = doctor.args(&["diagnose", "fleet", "empty", "--json"]).run();
    assert_eq!(run.code, 2, "{}", run.stderr);
    for words in [
        "fleet/bad.json cannot be judged: it is no bundle",
        "fleet/cut.tgz cannot",
        "empty cannot",
        "larger than 16 MB",
    ] {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
    assert_eq!((list(&json(&run)["reports"]).len(), list(&json(&run)["errors"]).len()), (6, 5));
}

#[test]
fn every_format_is_written_of_several() {
    let mut doctor = fleet().args(&["diagnose", "fleet", "--format", "line"]);
    for format in FORMATS {
        doctor = doctor.args(&["-o", &format!("{format}=all.{format}")]);
    }
    // A second time each replaces its former one.
    for _ in 0..2 {
        let run = doctor.run();
        assert_eq!((run.code, &*run.stderr), (1, ""));
        assert!(run.stdout.lines().all(|line| line.starts_with("fleet/")), "{}", run.stdout);
    }
    let read =
        |format: &str| std::fs::read_to_string(doctor.home().join(format!("all.{format}"))).expect(format);
    for format in FORMATS {
        assert!(read(format).contains("fleet/deep/b.json"), "{format}: {}", read(format));
        assert!(read(format).chars().all(|c| c == '\n' || !is_unsafe(c)), "{format}");
    }
    let sarif: Value = serde_json::from_str(&read("sarif")).expect("SARIF");
    let results = list(&sarif["runs"][0]["results"]);
    let rules = list(&sarif["runs"][0]["tool"]["driver"]["rules"]);
    let mut hashes: Vec<&str> =
        results.iter().map(|one| text(&one["partialFingerprints"]["primaryLocationLineHash"])).collect();
    let count = hashes.len();
    hashes.sort();
    hashes.dedup();
    assert!(count >= 6 && hashes.len() == count && rules.len() == ALL.len(), "{count} {}", hashes.len());
    let rule = |one: &Value| &rules[usize::try_from(one["ruleIndex"].as_u64().expect("a rule")).expect("it")];
    assert!(results.iter().all(|one| rule(one)["id"] == one["ruleId"]));
    let gitlab: Value = serde_json::from_str(&read("gitlab")).expect("JSON");
    let mut prints: Vec<&str> = list(&gitlab).iter().map(|one| text(&one["fingerprint"])).collect();
    let count = prints.len();
    prints.sort();
    prints.dedup();
    assert_eq!(prints.len(), count);
    assert!(read("nagios").starts_with("OPENCLAW CRITICAL - 6 bundles: 6 error | "), "{}", read("nagios"));
    accepted(&doctor, "xmllint", &["--noout", "--nonet", "--schema", &schema(), "all.junit"], None);
    accepted(&doctor, "promtool", &["check", "metrics"], Some("all.prometheus"));
    accepted(&doctor, "sh", &["-n", "all.sh"], None);
    let named = Command::new("sh").arg("all.sh").current_dir(doctor.home()).output().expect("a shell");
    let said = String::from_utf8_lossy(&named.stderr);
    assert!(named.status.code() == Some(2) && said.contains("  fleet/deep/b.json\n"), "{said}");
}

fn schema() -> String {
    format!("{}/tests/formats/junit-10.xsd", env!("CARGO_MANIFEST_DIR"))
}

/// That a program takes what was written; where it is not installed, `tests/formats` says so.
fn accepted(doctor: &Doctor, program: &str, arguments: &[&str], input: Option<&str>) {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(doctor.home());
    if let Some(input) = input {
        command.stdin(File::open(doctor.home().join(input)).expect("it"));
    }
    if let Ok(done) = command.output() {
        assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

#[test]
fn machines_are_counted_by_what_is_asked() {
    let doctor = fleet().args(&["diagnose", "fleet", "--group-by", "version"]);
    let run = doctor.run();
    let unknown = "       6  OpenClaw unknown, Ollama unknown  6 error";
    assert!(run.stdout.contains("machines  version") && run.stdout.contains(unknown), "{}", run.stdout);
    let run = fleet().args(&["diagnose", "fleet", "--group-by", "user", "--json"]).run();
    let group = &json(&run)["groups"][0];
    assert_eq!((&group["machines"], &group["error"]), (&6.into(), &6.into()), "{group}");
    let run = fleet().args(&["diagnose", "fleet", "--group-by", "hostname"]).run();
    assert_eq!(run.code, 2);
}

#[test]
fn no_report_replaces_a_bundle_and_ignores_count_for_all() {
    let run = fleet().args(&["diagnose", "fleet", "-o", "fleet/a.json"]).run();
    assert!(run.code == 2 && run.stderr.contains("named twice"), "{}", run.stderr);
    let ignore = |target: &str| {
        format!(
            "[[ignore]]\ncheck = \"openclaw/gateway-running\"\n{target}reason = \"x\"\nuntil = 2999-01-01\n"
        )
    };
    let doctor = fleet().file("openclaw-doctor.toml", &ignore(""));
    let run = doctor.args(&["diagnose", "fleet", "--json"]).run();
    let report = json(&run);
    assert!(
        list(&report["reports"]).iter().all(|one| one["ignored"][0]["checkId"] == "openclaw/gateway-running")
    );
    assert_eq!(run.stderr, "");
    let doctor = fleet().file("openclaw-doctor.toml", &ignore("target = \"elsewhere\"\n"));
    let run = doctor.args(&["diagnose", "fleet"]).run();
    assert_eq!(run.stderr.matches("ignores nothing").count(), 1, "{}", run.stderr);
}
