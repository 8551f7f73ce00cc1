//! Files of an OpenClaw that were left by others: keys, catalogues, marks, owners.

use std::os::unix::fs::{PermissionsExt, chown, symlink};

use serde_json::json;

use crate::doctor::*;
use crate::standin::Standin;

const KEYS: &str = "openclaw/config-accepted";
const CACHE: &str = "openclaw/model-cache";
const FILES: &str = "openclaw/config-files";
const PRIMARY: &str = "ollama/llama3.2:3b";

#[test]
fn a_key_that_openclaw_refuses_is_found_with_its_place() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    let mut config = config(&ollama.url(), PRIMARY);
    config["provider"] = json!("ollama");
    let report = Doctor::new().config(&serde_json::to_string_pretty(&config).unwrap()).report();
    report.fails(KEYS, "unknown-key");
    assert_eq!(report.finding(KEYS)["path"], "provider");
    assert!(report.finding(KEYS)["line"].is_number(), "{}", report.short());
    config.as_object_mut().unwrap().remove("provider");
    config["agents"]["list"] = json!([{ "id": "main" }]);
    assert_eq!(Doctor::new().config(&config.to_string()).report().status(KEYS), "pass");
    config["hooks"] = json!({ "token": "__OPENCLAW_REDACTED__" });
    let report = Doctor::new().config(&config.to_string()).report();
    assert_eq!(report.cause(KEYS), "redacted", "{}", report.short());
    assert_eq!(report.finding(KEYS)["path"], "hooks.token");
    config.as_object_mut().unwrap().remove("hooks");
    config["gateway"]["auth"] = json!({ "token": "***" });
    let report = Doctor::new().config(&config.to_string()).report();
    assert_eq!(report.finding(KEYS)["path"], "gateway.auth.token", "{}", report.short());
}

#[test]
fn an_older_catalogue_counts_where_the_config_names_no_address() {
    let cache =
        |url: &str| json!({ "providers": { "ollama": { "baseUrl": url, "models": [] } } }).to_string();
    let ambient = json!({
        "gateway": { "mode": "local" },
        "env": { "vars": { "OLLAMA_API_KEY": "ollama-local" } },
        "agents": { "defaults": { "model": { "primary": PRIMARY } } },
    });
    let look = |config: &str, url: &str| {
        let file = ".openclaw/agents/main/agent/models.json";
        Doctor::new().config(config).file(file, &cache(url)).args(&["--only", CACHE]).report()
    };
    look(&ambient.to_string(), "http://user:canary@10.0.0.9:11434").fails(CACHE, "other-address");
    assert_eq!(look(&ambient.to_string(), "http://localhost:11434/v1").status(CACHE), "pass");
    let written = config("http://127.0.0.1:11434", PRIMARY).to_string();
    assert_eq!(look(&written, "http://10.0.0.9:11434").status(CACHE), "pass");
    let report = look(&ambient.to_string(), "http://user:canary@10.0.0.9:11434");
    assert!(!report.run.stdout.contains("canary"));
}

#[test]
fn what_openclaw_keeps_beside_a_broken_config_is_named() {
    let look = |file: &str| {
        let doctor = Doctor::new().config("{ gateway: { mode: \"local\" } agents: {} }");
        doctor.file(&format!(".openclaw/{file}"), "{ gateway: { mode: \"local\" } }").report()
    };
    let kept = |report: &Report| {
        let evidence = list(&report.finding(CONFIG_PARSE)["evidence"]).to_vec();
        evidence.iter().filter(|one| one["label"] == "kept beside it").count()
    };
    assert_eq!(kept(&look("openclaw.json.bak")), 1);
    assert_eq!(kept(&look("openclaw.json.rejected.2026-11-20T07-49-00-000Z")), 1);
    assert_eq!(kept(&look("other.json.bak")), 0);
}

#[test]
fn files_of_another_user_are_found_and_links_are_not_followed() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    let Some(doctor) = Doctor::with(&ollama.url(), PRIMARY).unprivileged() else { return };
    let state = doctor.home().join(".openclaw");
    let nobody = |path: &std::path::Path| chown(path, Some(65534), Some(65534)).expect("root may");
    nobody(&state);
    nobody(&state.join("openclaw.json"));
    symlink("/root", state.join("agents")).expect("a link");
    let report = doctor.report();
    assert_eq!(report.status(FILES), "pass", "{}", report.short());
    let Some(doctor) = Doctor::with(&ollama.url(), PRIMARY).unprivileged() else { return };
    let state = doctor.home().join(".openclaw");
    nobody(&state);
    std::fs::set_permissions(state.join("openclaw.json"), PermissionsExt::from_mode(0o600)).expect("a mode");
    let report = doctor.report();
    report.fails(FILES, "closed");
    assert_eq!(report.finding(FILES)["fixes"][0]["as"], "root");
}
