//! `openclaw/provider-enabled`, `openclaw/base-url` and `openclaw/explicit-provider` on real files and sockets.
//! Where a key is no key is told row by row in `tests/credentials.rs`.

use serde_json::{Value, json};

use crate::doctor::*;
use crate::standin::Standin;

const PRIMARY: &str = "ollama/llama3.2:3b";

/// The config without its key.
fn without_key(base_url: &str) -> Value {
    let mut config = config(base_url, PRIMARY);
    config["env"] = json!({});
    config
}

fn with_models(base_url: &str, ids: &[&str]) -> Value {
    let mut config = config(base_url, PRIMARY);
    let models: Vec<Value> = ids.iter().map(|id| json!({ "id": id, "name": id })).collect();
    config["models"]["providers"]["ollama"]["models"] = json!(models);
    config
}

fn ollama() -> Standin {
    Standin::with(&["llama3.2:3b", "qwen3:8b", "tinyllama:latest"])
}

#[test]
fn without_a_key_the_places_are_named_and_the_command_sets_one() {
    let ollama = ollama();
    let report = Doctor::new().config(&without_key(&ollama.url()).to_string()).report();
    report.fails(PROVIDER_ENABLED, "no-key");
    assert_eq!(report.json["startHere"], PROVIDER_ENABLED);
    let enable = "openclaw config set env.vars.OLLAMA_API_KEY ollama-local";
    assert_eq!(report.steps(PROVIDER_ENABLED, "enable"), [enable]);
    let evidence = report.evidence(PROVIDER_ENABLED);
    for place in ["this shell", ".env file", "env.vars"] {
        assert!(evidence.contains(place), "{evidence}");
    }
    assert_eq!(report.status(TOOL_MODELS), "pass", "what Ollama has is looked at all the same");
}

#[test]
fn a_key_in_any_file_of_openclaw_or_in_the_shell_enables() {
    let ollama = ollama();
    let plain = || Doctor::new().config(&without_key(&ollama.url()).to_string());
    let line = "OLLAMA_API_KEY=canary-key\n";
    for doctor in [
        plain().file(".openclaw/.env", line),
        plain().file(".config/openclaw/gateway.env", line),
        plain().env("OLLAMA_API_KEY", "canary-key"),
        plain().file(
            ".config/systemd/user/openclaw-gateway.service",
            "[Service]\nEnvironment=OLLAMA_API_KEY=canary-key\n",
        ),
    ] {
        let report = doctor.report();
        assert_eq!(report.status(PROVIDER_ENABLED), "pass", "{}", report.short());
        assert!(!report.run.stdout.contains("canary"), "a value is shown");
    }
}

#[test]
fn a_unit_without_the_key_makes_the_one_of_the_shell_count_for_nothing() {
    let ollama = ollama();
    let unit = ".config/systemd/user/openclaw-gateway.service";
    let doctor = Doctor::new().config(&without_key(&ollama.url()).to_string());
    let doctor = doctor.file(unit, "[Service]\nEnvironmentFile=-%h/key.env\nEnvironment=HOME=/x\n");
    let doctor = doctor.env("OLLAMA_API_KEY", "canary-key");
    let home = doctor.home().to_path_buf();
    let report = Report::read(doctor.args(&["--format", "json"]).run());
    report.fails(PROVIDER_ENABLED, "shell-only");
    assert!(!report.run.stdout.contains("canary"), "a value is shown");
    // The file that the unit names has it.
    let doctor = Doctor::new().config(&without_key(&ollama.url()).to_string());
    let file = home.join("key.env");
    std::fs::create_dir_all(&home).expect("the folder");
    std::fs::write(&file, "OLLAMA_API_KEY=x\n").expect("a file");
    let doctor = doctor.file(unit, &format!("[Service]\nEnvironmentFile={}\n", file.display()));
    assert_eq!(doctor.report().status(PROVIDER_ENABLED), "pass");
    std::fs::remove_dir_all(home).expect("the folder goes");
}

#[test]
fn each_way_to_turn_the_plugin_off_is_told() {
    let ollama = ollama();
    for (plugins, key, fixes) in [
        (json!({ "enabled": false }), "plugins.enabled", "enable-plugins"),
        (json!({ "deny": ["x", "ollama"] }), "plugins.deny.1", "undeny-plugin"),
        (
            json!({ "entries": { "ollama": { "enabled": false } } }),
            "plugins.entries.ollama.enabled",
            "enable-plugin",
        ),
    ] {
        let mut config = config(&ollama.url(), PRIMARY);
        config["plugins"] = plugins;
        let report = Doctor::new().config(&config.to_string()).report();
        report.fails(PROVIDER_ENABLED, "plugin-disabled");
        assert_eq!(report.finding(PROVIDER_ENABLED)["path"], key);
        assert_eq!(report.fixes(PROVIDER_ENABLED), [fixes]);
    }
    let mut config = config(&ollama.url(), PRIMARY);
    config["plugins"] = json!({ "allow": ["telegram"], "entries": { "ollama": { "enabled": true } } });
    Doctor::new().config(&config.to_string()).report().is_healthy();
}

#[test]
fn a_base_url_that_leads_nowhere_is_the_root_and_its_repair_is_printed() {
    let ollama = ollama();
    let url = ollama.url();
    let https = url.replace("http://", "https://");
    for (written, cause, folded) in [
        (format!("{url}/api"), "extra-path", "not-ollama"),
        (format!("{url}/v1/chat"), "extra-path", "not-ollama"),
        (https, "https-plain", "tls"),
    ] {
        let report = Doctor::with(&written, PRIMARY).report();
        report.fails(BASE_URL, cause);
        assert_eq!(report.json["startHere"], BASE_URL, "{written}");
        assert_eq!(report.finding(API_TAGS)["causedBy"], BASE_URL);
        assert_eq!(report.cause(API_TAGS), folded);
        let set = format!("openclaw config set models.providers.ollama.baseUrl {url}");
        assert_eq!(report.steps(BASE_URL, "set"), [set], "{written}");
    }
}

#[test]
fn a_base_url_that_works_by_luck_is_a_warning() {
    let ollama = ollama();
    let report = Doctor::with(&format!("{}/v1/", ollama.url()), PRIMARY).report();
    assert_eq!((report.cause(BASE_URL), report.run.code), ("v1-suffix", 0), "{}", report.short());
    let set = format!("openclaw config set models.providers.ollama.baseUrl {}", ollama.url());
    assert_eq!(report.steps(BASE_URL, "set"), [set]);
    let wildcard = ollama.url().replace("127.0.0.1", "0.0.0.0");
    let report = Doctor::with(&wildcard, PRIMARY).report();
    assert_eq!((report.cause(BASE_URL), report.run.code), ("wildcard", 0), "{}", report.short());
}

#[test]
fn openai_mode_needs_v1_and_the_native_api_does_not() {
    let ollama = ollama();
    let mut config = config(&ollama.url(), PRIMARY);
    config["models"]["providers"]["ollama"]["api"] = json!("openai-completions");
    let report = Doctor::new().config(&config.to_string()).report();
    report.fails(BASE_URL, "native-openai");
    assert_eq!(report.steps(BASE_URL, "native"), ["openclaw config set models.providers.ollama.api ollama"]);
    config["models"]["providers"]["ollama"]["baseUrl"] = json!(format!("{}/v1", ollama.url()));
    assert_eq!(Doctor::new().config(&config.to_string()).report().status(BASE_URL), "pass");
}

#[test]
fn a_list_is_compared_with_what_is_installed() {
    let ollama = ollama();
    let report_on =
        |ids: &[&str]| Doctor::new().config(&with_models(&ollama.url(), ids).to_string()).report();
    let fails = |ids: &[&str], cause: &str, severity: &str| {
        let report = report_on(ids);
        assert_eq!(report.cause(EXPLICIT_PROVIDER), cause, "{ids:?}: {}", report.short());
        assert_eq!(report.finding(EXPLICIT_PROVIDER)["severity"], severity);
        assert_eq!(report.run.code, 0);
    };
    fails(&["llama3.2:3b", "qwen3:8b", "mistral:7b"], "not-installed", "warning");
    fails(&["ollama/llama3.2:3b", "qwen3:8b"], "prefixed", "warning");
    fails(&["llama3.2:3b"], "unlisted", "info");
    report_on(&["llama3.2:3b", "qwen3:8b", "TinyLlama", "kimi-k2.5:cloud"]).is_healthy();
    // What the primary names is told by its own check alone.
    let mut config = with_models(&ollama.url(), &["llama3.2:3b", "qwen3:8b", "nosuch:1b"]);
    config["agents"]["defaults"]["model"]["primary"] = json!("ollama/nosuch:1b");
    let report = Doctor::new().config(&config.to_string()).report();
    assert_eq!(report.cause(PRIMARY_MODEL), "not-installed");
    assert_eq!(report.status(EXPLICIT_PROVIDER), "pass");
}
