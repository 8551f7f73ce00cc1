//! What the doctor says of each row of `tests/cases/credentials.json`, whose
//! outcomes `tests/lab/credentials` saw with real turns of the real OpenClaw.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

/// The checks that tell why a turn fails before Ollama is asked.
const JUDGES: [&str; 2] = ["openclaw/provider-enabled", "openclaw/config-parse"];

fn data() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/credentials.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn merge(under: &mut Value, over: &Value) {
    let Some(over) = over.as_object() else { return };
    for (key, value) in over {
        let place = under.as_object_mut().unwrap().entry(key.clone()).or_insert_with(|| json!({}));
        if value.is_object() {
            merge(place, value);
        } else {
            *place = value.clone();
        }
    }
}

fn variables(value: &Value) -> Vec<(String, String)> {
    let all = value.as_object().into_iter().flatten();
    all.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_string())).collect()
}

/// The report on a home as the row says it is.
fn report(base: &Value, row: &Value) -> Value {
    let home = TempDir::new().unwrap();
    let state = home.path().join(".openclaw");
    std::fs::create_dir(&state).unwrap();
    let mut config = base.clone();
    merge(&mut config, &row["config"]);
    if row["profile"].is_string() {
        // What `openclaw models auth paste-api-key` writes beside the key.
        let profile = json!({ "ollama:manual": { "provider": "ollama", "mode": "api_key" } });
        merge(&mut config, &json!({ "auth": { "profiles": profile } }));
    }
    std::fs::write(state.join("openclaw.json"), config.to_string()).unwrap();
    let lines = variables(&row["dotenv"]).into_iter().map(|(name, value)| format!("{name}={value}\n"));
    std::fs::write(state.join(".env"), lines.collect::<String>()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_openclaw-doctor"))
        .args(["--format", "json", "--offline"])
        .env_clear()
        .envs([("HOME", home.path()), ("OPENCLAW_HOME", home.path()), ("PATH", home.path())])
        .envs(variables(&row["env"]))
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_row_is_judged_as_the_real_openclaw_behaves() {
    let data = data();
    let rows = data["rows"].as_array().unwrap();
    assert!(rows.len() > 70 && data["openclaw"].is_string());
    let mut wrong = Vec::new();
    for row in rows {
        let report = report(&data["base"], row);
        let findings = report["findings"].as_array().unwrap().iter();
        let found: Vec<String> = findings
            .filter(|finding| JUDGES.iter().any(|id| finding["checkId"] == *id))
            .map(|one| format!("{}:{}", one["checkId"].as_str().unwrap(), one["cause"].as_str().unwrap()))
            .collect();
        let expected: Vec<String> = row["found"].as_str().map(str::to_string).into_iter().collect();
        if found != expected || row["works"] != expected.is_empty() {
            wrong
                .push(format!("{}: works {}, found {found:?}, not {expected:?}", row["about"], row["works"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_value_of_a_key_is_printed() {
    let data = data();
    for row in data["rows"].as_array().unwrap() {
        let text = report(&data["base"], row).to_string();
        assert!(!text.contains("abc123"), "{}", row["about"]);
    }
}
