//! `models`: what OpenClaw offers, against what OpenClaw 2026.9.6 itself said; the table, the JSON and the config.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::doctor::*;
use crate::servers::{Server, answer, json_answer, send};
use crate::standin::{Spec, Standin};

const KINDS: [&str; 6] =
    ["llama3.2:3b", "qwen3:8b", "gemma3:4b", "nomic-embed-text", "bigctx", "gpt-oss:120b-cloud"];

/// Runs `models --format json`.
fn models(doctor: Doctor, arguments: &[&str]) -> (Run, Value) {
    let run = doctor.args(&["models", "--format", "json"]).args(arguments).run();
    assert_eq!(run.stderr, "");
    let json = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout));
    (run, json)
}

fn with_key(doctor: Doctor) -> Doctor {
    doctor.file(".openclaw/.env", "OLLAMA_API_KEY=ollama-local\n")
}

/// A doctor whose OpenClaw discovers the models of the Ollama at `url`.
fn discovering(url: &str) -> Doctor {
    with_key(Doctor::with(url, "ollama/llama3.2:3b"))
}

fn ids(json: &Value, offered: bool) -> Vec<&str> {
    list(&json["models"]).iter().filter(|one| one["offered"] == offered).map(|one| text(&one["id"])).collect()
}

fn model<'a>(json: &'a Value, id: &str) -> &'a Value {
    list(&json["models"]).iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("no {id}: {json}"))
}

/// An Ollama that says again what it said when OpenClaw was asked (`tests/lab/models --save`).
fn replay(now: &Arc<Mutex<Value>>, at: &str) -> Server {
    let now = Arc::clone(now);
    Server::http_on(at, move |request, stream| {
        let situation = now.lock().expect("the lock").clone();
        let bytes = match request.path() {
            "/api/tags" => json_answer(&json!({ "models": situation["tags"] })),
            "/api/version" => json_answer(&json!({ "version": "0.32.15" })),
            "/api/ps" => json_answer(&json!({ "models": [] })),
            _ => {
                let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
                match &situation["shows"][body["model"].as_str().unwrap_or_default()] {
                    Value::Number(status) => answer(&format!("{status} No"), "application/json", "{}"),
                    Value::Null => answer("404 Not Found", "application/json", "{}"),
                    shown => json_answer(shown),
                }
            }
        };
        send(stream, &bytes);
    })
}

#[test]
fn openclaw_itself_offers_the_same_models_with_the_same_fields() {
    // The default address must be free for the replay.
    if !alone!() {
        return;
    }
    let said: Value = serde_json::from_str(include_str!("../cases/models-2026.9.6.json")).expect("JSON");
    assert!(list(&said).len() > 10);
    let now = Arc::default();
    let _servers = ["127.0.0.1:11434", "127.0.0.1:11501"].map(|at| replay(&now, at));
    for situation in list(&said) {
        let name = text(&situation["name"]);
        now.lock().expect("the lock").clone_from(situation);
        let doctor = Doctor::new().config(&situation["config"].to_string());
        let doctor = if situation["key"] == true { with_key(doctor) } else { doctor };
        let (_, json) = models(doctor, &["--rules", "installed"]);
        let theirs: Vec<&str> = list(&situation["openclaw"]).iter().map(|one| text(&one["id"])).collect();
        let (mut ours, mut sorted) = (ids(&json, true), theirs.clone());
        ours.sort_unstable();
        sorted.sort_unstable();
        assert_eq!(ours, sorted, "{name}");
        for theirs in list(&situation["openclaw"]) {
            let ours = model(&json, text(&theirs["id"]));
            let is_elsewhere = text(&ours["why"]).contains("ollama.com");
            let asked = |field: &str| !(is_elsewhere && ours[field].is_null());
            for (field, value) in
                theirs.as_object().expect("an object").iter().filter(|(field, _)| asked(field))
            {
                assert_eq!(same(&ours[field]), same(value), "{name}: {field} of {}", theirs["id"]);
            }
        }
    }
}

/// A number is the same with and without a point.
fn same(value: &Value) -> Value {
    match value {
        Value::Object(all) => all.iter().map(|(key, value)| (key.clone(), same(value))).collect(),
        Value::Number(number) => json!(number.as_f64()),
        other => other.clone(),
    }
}

#[test]
fn the_json_has_every_field_and_the_exit_code_is_0() {
    let ollama = Standin::with(&KINDS);
    let (run, json) = models(discovering(&ollama.url()), &[]);
    assert_eq!(run.code, 0);
    assert_eq!((&json["rules"], &json["discovery"]), (&json!("installed"), &json!("on")));
    assert_eq!((&json["schemaVersion"], &json["provider"]), (&json!(1), &json!("ollama")));
    let llama = json!({
        "id": "llama3.2:3b", "offered": true, "why": "it can chat and call tools",
        "tools": true, "vision": false, "reasoning": false,
        "contextWindow": 131_072, "contextTokens": 32_768, "maxTokens": 8_192,
        "cost": { "input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0 },
        "sizeBytes": model(&json, "llama3.2:3b")["sizeBytes"], "loaded": false,
    });
    assert_eq!(*model(&json, "llama3.2:3b"), llama);
    assert_eq!(ids(&json, false), ["nomic-embed-text:latest"]);
    assert!(!ollama.requests().iter().any(|request| request.contains("chat")), "nothing is loaded");
}

#[test]
fn the_page_s_rules_can_be_asked_for_and_are_taken_for_an_old_openclaw() {
    let ollama = Standin::with(&KINDS);
    let old = |version: &str| {
        // Without an entry for the provider; the page's rules ask only then.
        let doctor = with_key(Doctor::new()).config("{ gateway: { mode: 'local' } }");
        let package = format!(r#"{{ "name": "openclaw", "version": "{version}" }}"#);
        let doctor = doctor.file("lib/openclaw/package.json", &package).file("lib/openclaw/openclaw.mjs", "");
        let script = doctor.home().join("lib/openclaw/openclaw.mjs");
        std::os::unix::fs::symlink(script, doctor.home().join("bin/openclaw")).expect("a link");
        doctor
    };
    for (doctor, flags, rules) in [
        (old("2026.2.26"), &[][..], "documented"),
        (old("2026.9.6"), &[], "installed"),
        (old("2026.9.6"), &["--rules", "documented"], "documented"),
        (old("2026.2.26"), &["--rules", "installed"], "installed"),
    ] {
        let (_, json) = models(doctor, &[&["--base-url", &ollama.url()], flags].concat());
        assert_eq!(json["rules"], rules, "{flags:?}: {}", json["versions"]);
        let offered = ids(&json, true);
        if rules == "documented" {
            assert_eq!(offered.len(), 3, "{offered:?}");
            let bigctx = model(&json, "bigctx:latest");
            assert_eq!((&bigctx["contextWindow"], &bigctx["maxTokens"]), (&json!(8192), &json!(81_920)));
        } else {
            assert_eq!(offered.len(), 5, "{offered:?}");
        }
    }
}

#[test]
fn a_list_by_hand_shows_what_is_listed_and_what_is_not() {
    let ollama = Standin::with(&["llama3.2:3b", "qwen3:8b"]);
    let config = json!({ "models": { "providers": { "ollama": {
        "baseUrl": ollama.url(), "api": "ollama", "apiKey": "ollama-local",
        "models": [{ "id": "llama3.2:3b", "name": "L", "cost": { "input": 3 } }, { "id": "gone:1b", "name": "G" }],
    } } } });
    let (run, json) = models(Doctor::new().config(&config.to_string()), &[]);
    assert_eq!((run.code, &json["discovery"]), (0, &json!("listed")));
    assert_eq!((ids(&json, true), ids(&json, false)), (vec!["llama3.2:3b", "gone:1b"], vec!["qwen3:8b"]));
    assert_eq!(model(&json, "gone:1b")["sizeBytes"], Value::Null);
    let table = Doctor::new().config(&config.to_string()).args(&["models"]).run().stdout;
    let flat = table.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "offered: models.providers.ollama.models lists it ",
        "lists it, but it is not installed",
        "not offered: models.providers.ollama.models does not list it",
        "llama3.2:3b has a price in the config: 3 in",
    ] {
        assert!(flat.contains(words), "{words}: {table}");
    }
}

#[test]
fn the_table_keeps_to_eighty_columns_and_hostile_names_are_tamed() {
    let long = format!("hf.co/someone/{}:q4_K_M", "very-long-name-".repeat(9));
    let names = json!([{ "name": long }, { "name": "\u{1b}[31mred\u{202e}" }, { "name": "a\"b\n" }]);
    let odd =
        Server::ollama(names, |_| json_answer(&json!({ "details": {}, "capabilities": ["completion"] })));
    let kinds =
        Spec { models: &KINDS, variables: &[("STANDIN_TOTAL_MODELS", "30")], ..Spec::default() }.start();
    for url in [odd.url(), kinds.url()] {
        for arguments in [&["models"][..], &["models", "--rules", "documented"]] {
            for locale in ["C", "C.UTF-8"] {
                let run = discovering(&url).env("LANG", locale).args(arguments).run();
                assert_eq!((run.code, &*run.stderr), (0, ""));
                assert_eq!(run.stdout.chars().find(|c| *c != '\n' && is_unsafe(*c)), None);
                for line in run.stdout.lines() {
                    assert!(line.width() <= 80 && line.trim_end() == line, "{line:?}");
                }
                assert_eq!(locale == "C", run.stdout.is_ascii(), "{}", run.stdout);
            }
        }
    }
    let config = discovering(&odd.url()).args(&["models", "--print-config"]).run();
    assert_eq!(config.stdout.chars().find(|c| *c != '\n' && is_unsafe(*c)), None);
    let parsed: Value = json5::from_str(&config.stdout).expect("JSON5");
    let names: Vec<&str> = entry(&parsed).iter().map(|one| text(&one["id"])).collect();
    assert_eq!(names, [&*long, "\u{1b}[31mred\u{202e}", "a\"b\n"]);
}

/// The models of a printed provider entry.
fn entry(config: &Value) -> &[Value] {
    list(&config["models"]["providers"]["ollama"]["models"])
}

#[test]
fn the_printed_config_makes_the_doctor_s_run_green_and_offers_the_same_models() {
    let ollama = Standin::with(&KINDS);
    for rules in ["installed", "documented"] {
        let doctor = with_key(Doctor::new()).config("{ gateway: { mode: 'local' } }");
        let asked = ["--rules", rules, "--base-url", &ollama.url()];
        let run = doctor.args(&["models", "--print-config"]).args(&asked).run();
        assert_eq!((run.code, &*run.stderr), (0, ""));
        let (_, before) = models(with_key(Doctor::new()).config("{}"), &asked);
        let mut config: Value = json5::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}"));
        let command = run.stdout.lines().find_map(|line| line.split_once("model.primary ollama/"));
        let (_, primary) = command.unwrap_or_else(|| panic!("no command: {}", run.stdout));
        assert!(run.stdout.contains("//   openclaw config get agents.defaults.model.primary"));
        config["gateway"] = json!({ "mode": "local" });
        config["agents"] = json!({ "defaults": { "model": { "primary": format!("ollama/{primary}") } } });
        let text = config.to_string();
        let report = Doctor::new().config(&text).report();
        // A warning about the model that was selected is no fault of the entry.
        assert_eq!((report.run.code, report.status(PRIMARY_MODEL)), (0, "pass"), "{}", report.short());
        let (_, after) = models(Doctor::new().config(&text), &["--rules", rules]);
        assert_eq!(after["discovery"], "listed");
        assert_eq!(ids(&after, true), ids(&before, true));
        for id in ids(&before, true) {
            for field in
                ["tools", "vision", "reasoning", "contextWindow", "contextTokens", "maxTokens", "cost"]
            {
                assert_eq!(model(&after, id)[field], model(&before, id)[field], "{rules}: {field} of {id}");
            }
        }
    }
}

#[test]
fn where_openclaw_does_not_look_the_config_has_what_it_would_find() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    let config = json!({
        "plugins": { "entries": { "ollama": { "config": { "discovery": { "enabled": false } } } } },
        "models": { "providers": { "ollama": { "baseUrl": ollama.url(), "apiKey": "canary-canary-canary" } } },
    });
    let doctor = || Doctor::new().config(&config.to_string());
    let (run, json) = models(doctor(), &[]);
    assert_eq!((run.code, &json["discovery"], ids(&json, true).len()), (0, &json!("off"), 0));
    assert!(text(&model(&json, "llama3.2:3b")["why"]).contains("discovery.enabled"));
    let printed = doctor().args(&["models", "--print-config"]).run().stdout;
    assert!(printed.starts_with("// OpenClaw looks for no models now"), "{printed}");
    let parsed: Value = json5::from_str(&printed).expect("JSON5");
    assert_eq!(entry(&parsed).len(), 1);
    assert_eq!(parsed["models"]["providers"]["ollama"]["apiKey"], "${OLLAMA_API_KEY}");
    assert!(!printed.contains("canary"));
}

#[test]
fn without_an_answer_it_says_why_as_the_report_does() {
    let silent = Server::saying(answer("502 Bad Gateway", "text/html", "no"));
    let run = discovering(&silent.url()).args(&["models"]).run();
    assert_eq!((run.code, &*run.stderr), (1, ""));
    assert!(run.stdout.contains(API_TAGS) && !run.stdout.contains("MODEL"), "{}", run.stdout);
    let (run, json) = models(discovering(&silent.url()), &[]);
    let report = discovering(&silent.url()).report();
    assert_eq!((run.code, list(&json["models"]).len()), (1, 0));
    assert_eq!(
        (&json["error"]["checkId"], &json["error"]["message"]),
        (&json!(API_TAGS), &report.finding(API_TAGS)["message"])
    );
    let (run, json) = models(Doctor::new().config("{ broken"), &[]);
    assert_eq!((run.code, &json["error"]["checkId"]), (1, &json!(CONFIG_PARSE)));
    let (run, json) = models(Doctor::new(), &["--base-url", "http://203.0.113.9:11434", "--offline"]);
    assert_eq!(run.code, 1);
    assert!(text(&json["error"]["message"]).contains("--offline"), "{json}");
}

#[test]
fn bad_flags_of_models_are_refused() {
    for (arguments, hint) in [
        (&["models", "--rules", "old"][..], "documented"),
        (&["models", "--print-config", "--format", "json"], "--format"),
        (&["models", "--base-url", "h:1"], "http://"),
        (&["models", "--only", "ollama"], "--only"),
        (&["models", "--timeout", "soon"], "10s"),
        (&["models", "extra"], "extra"),
    ] {
        let run = Doctor::new().args(arguments).run();
        assert_eq!((run.code, &*run.stdout), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains(hint), "{arguments:?}: {}", run.stderr);
    }
}
