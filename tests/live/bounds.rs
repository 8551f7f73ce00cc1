//! What is larger than anybody's is bounded in time and memory, and says where it was cut.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::doctor::*;
use crate::servers::{Server, shown};

/// What the doctor says, with no more address space than that many kilobytes.
fn within_memory(kilobytes: u32, arguments: &[&str]) -> (Option<i32>, String) {
    let script = format!("ulimit -v {kilobytes}; exec \"$0\" \"$@\"");
    let output = Command::new("/bin/sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_openclaw-doctor")])
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .expect("the doctor starts");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn thousands_of_models_are_listed_some_are_described_and_how_many_is_said() {
    let models: Vec<Value> = (0..8000).map(|number| json!({ "name": format!("m{number}:latest") })).collect();
    let server = Server::ollama(Value::from(models), |_| shown(&["completion", "tools"]));
    let report = Doctor::with(&server.url(), "ollama/m7000").args(&["--timeout", "10s"]).report();
    assert!(report.run.took < Duration::from_secs(16), "{:?}", report.run.took);
    assert_eq!(report.status(PRIMARY_MODEL), "pass", "it is asked first: {}", report.short());
    let seen = report.row(TOOL_MODELS)["seen"].as_str().unwrap_or_default().to_string();
    assert!(seen.contains(" asked, of 8000 models, can call tools, m7000:latest among them"), "{seen}");
}

#[test]
fn a_bundle_that_would_take_gigabytes_is_refused() {
    let dir = TempDir::new().expect("a directory");
    let head = "{\"format\":\"openclaw-doctor bundle\",\"formatVersion\":1,\"facts\":[";
    for (name, row) in [("objects", "{\"\":1},"), ("lists", "[[[]]],"), ("texts", "\"\",")] {
        let file = dir.path().join(format!("{name}.json"));
        let text = format!("{head}{}1]}}", row.repeat((15 << 20) / row.len()));
        std::fs::write(&file, text).expect("a file");
        let (code, stderr) = within_memory(400_000, &["diagnose", &file.display().to_string()]);
        assert_eq!(code, Some(2), "{name}: {stderr}");
        assert!(stderr.contains("would take more than 24 MB of memory"), "{name}: {stderr}");
    }
}

#[test]
fn a_bundle_of_very_many_placeholders_is_judged_at_once() {
    let healthy = include_str!("../cases/healthy.json");
    let mut facts: Value = serde_json::from_str(healthy).expect("facts");
    let names: Vec<Value> =
        (1..60_000).map(|number| json!(format!("<host-{number}> <public-ip-{number}>"))).collect();
    facts["notOfThisVersion"] = Value::from(names);
    let bundle = json!({ "format": "openclaw-doctor bundle", "formatVersion": 1, "facts": facts });
    let dir = TempDir::new().expect("a directory");
    let file = dir.path().join("many.json");
    std::fs::write(&file, bundle.to_string()).expect("a file");
    let started = Instant::now();
    let (code, stderr) = within_memory(600_000, &["diagnose", &file.display().to_string()]);
    assert_eq!((code, &*stderr), (Some(0), ""));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}
