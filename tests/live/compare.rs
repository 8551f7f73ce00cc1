//! `compare` as a program: two bundles of a machine, and what changed between them.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::doctor::{Doctor, list, text};
use crate::standin::Standin;

/// Two bundles of one machine, before and after its models were deleted; they lie in the home of that doctor.
fn two_looks(doctor: Doctor) -> (Doctor, Value, PathBuf, PathBuf) {
    let folder = doctor.home().to_path_buf();
    let (before, after) = (folder.join("before.json"), folder.join("after.json"));
    let looks = [(&["llama3.2:3b", "qwen3:8b"][..], &before), (&["qwen3:8b"], &after)];
    for (models, file) in looks {
        let ollama = Standin::with(models);
        let config = crate::doctor::config(&ollama.url(), "ollama/llama3.2:3b");
        let look = Doctor::new().config(&config.to_string()).args(&["bundle", &file.display().to_string()]);
        let run = look.run();
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    let paths = [before.display().to_string(), after.display().to_string()];
    let run = Doctor::new().args(&["compare", &paths[0], &paths[1], "--format", "json"]).run();
    assert_eq!((run.code, &*run.stderr), (1, ""), "a finding came");
    let json = serde_json::from_str(&run.stdout).expect("JSON");
    (doctor, json, before, after)
}

#[test]
fn a_finding_that_came_stands_with_the_fact_that_changed() {
    let (doctor, json, before, after) = two_looks(Doctor::new());
    let came: Vec<&str> = list(&json["came"]).iter().map(|finding| text(&finding["checkId"])).collect();
    assert!(came.contains(&"openclaw/primary-model"), "{came:?}");
    let gone = list(&json["changes"])
        .iter()
        .find(|change| text(&change["fact"]).ends_with("/tags/outcome/understood/llama3.2:3b/size"));
    assert!(gone.is_some_and(|change| change["after"] == Value::Null), "{}", json["changes"]);
    let (before, after) = (before.display().to_string(), after.display().to_string());
    let run = Doctor::new().args(&["compare", &before, &after]).run();
    for words in ["Came", "openclaw/primary-model", "What changed", "openclaw-doctor diagnose"] {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
    assert!(run.stdout.lines().all(|line| line.chars().count() <= 100), "{}", run.stdout);
    // The other way round the same is gone, and nothing that came makes it fail.
    let back = Doctor::new().args(&["compare", &after, &before, "--format", "json"]).run();
    let back: Value = serde_json::from_str(&back.stdout).expect("JSON");
    assert_eq!(back["went"], json["came"], "what came one way went the other");
    let html = Doctor::new().args(&["compare", &before, &after, "--format", "html"]).run();
    assert!(html.stdout.starts_with("<!DOCTYPE html>") && html.stdout.contains("openclaw/primary-model"));
    drop(doctor);
}

#[test]
fn a_look_is_like_itself_and_what_is_no_bundle_is_refused() {
    let (doctor, _, before, _) = two_looks(Doctor::new());
    let before = before.display().to_string();
    let run = Doctor::new().args(&["compare", &before, &before, "--format", "json"]).run();
    let json: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((run.code, &json["came"], &json["changes"]), (0, &json!([]), &json!([])), "{json}");
    let broken = doctor.file("broken.json", "{");
    let broken = broken.home().join("broken.json").display().to_string();
    let run = Doctor::new().args(&["compare", &before, &broken]).run();
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("broken.json cannot be compared"), "{}", run.stderr);
}
