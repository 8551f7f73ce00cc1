//! `openclaw/primary-model`: every way in which a primary is none that Ollama can serve.

use serde_json::{Value, json};

use crate::doctor::*;
use crate::standin::Standin;

const INSTALLED: [&str; 4] = ["llama3.2:3b", "mistral:latest", "tinyllama:latest", "qwen3:8b"];

/// The report on a primary, which is what `agents.defaults.model` holds.
fn report_on(ollama: &Standin, model: &Value, change: impl Fn(&mut Value)) -> Report {
    let mut config = config(&ollama.url(), "");
    config["agents"]["defaults"]["model"] = model.clone();
    change(&mut config);
    // Whether a pull comes first depends on whether the registry's name resolves.
    Doctor::new().config(&config.to_string()).args(&["--offline"]).report()
}

fn on(ollama: &Standin, primary: &str) -> Report {
    report_on(ollama, &json!({ "primary": primary }), |_| {})
}

#[test]
fn primaries_that_are_served_pass_and_say_by_whom() {
    let ollama = Standin::with(&INSTALLED);
    for (primary, said) in [
        ("ollama/llama3.2:3b", "can call tools"),
        ("ollama/mistral", "can call tools"),
        ("ollama/Mistral:LATEST", "can call tools"),
        ("ollama/library/mistral", "can call tools"),
        ("ollama/registry.ollama.ai/library/mistral:latest", "can call tools"),
        ("ollama/ollama/llama3.2:3b", "can call tools"),
        ("ollama/kimi-k2.5:cloud", "runs on ollama.com, which is not asked"),
    ] {
        let report = on(&ollama, primary);
        report.is_healthy();
        assert!(report.said(PRIMARY_MODEL).contains(said), "{primary}: {}", report.said(PRIMARY_MODEL));
    }
    // The model as a plain string.
    report_on(&ollama, &json!("ollama/llama3.2:3b"), |_| {}).is_healthy();
}

#[test]
fn a_primary_of_another_provider_beside_an_ollama_with_models_is_said() {
    let ollama = Standin::with(&INSTALLED);
    for primary in ["anthropic/claude-opus-4-6", "openrouter/meta-llama/llama-3:free"] {
        let report = on(&ollama, primary);
        assert_eq!(
            (report.run.code, report.cause(PRIMARY_MODEL)),
            (0, "other-provider"),
            "{}",
            report.short()
        );
        assert!(report.steps(PRIMARY_MODEL, "select")[0].starts_with("openclaw config set"));
        let text = Doctor::new().config(&config(&ollama.url(), primary).to_string()).run().stdout;
        assert!(text.contains("Nothing fails; not seen to be good: "), "{text}");
        let empty = Standin::with(&[]);
        assert_eq!(on(&empty, primary).status(PRIMARY_MODEL), "skipped", "there is nothing to select");
    }
}

struct Row {
    model: Value,
    cause: &'static str,
    message: &'static str,
    fixes: &'static [&'static str],
    /// The last command of the first fix.
    last: &'static str,
}

fn rows() -> Vec<Row> {
    let row = |model, cause, message, fixes, last| Row { model, cause, message, fixes, last };
    let set = "openclaw config set agents.defaults.model.primary";
    assert_eq!(set.len(), 49);
    vec![
        row(Value::Null, "unset", "no primary model is set", &["select"], "ollama/"),
        row(json!({ "fallbacks": ["ollama/qwen3:8b"] }), "unset", "no primary", &["select"], "ollama/"),
        row(json!("llama3.2:3b"), "no-provider", "openai/llama3.2:3b", &["select"], "ollama/llama3.2:3b"),
        row(json!("qwen3"), "no-provider", "openai/qwen3", &["select"], "ollama/qwen3:8b"),
        row(json!("olama/qwen3:8b"), "unknown-provider", "olama", &["select"], "ollama/qwen3:8b"),
        row(json!("Ollamaa/qwen3:8b"), "unknown-provider", "Ollamaa", &["select"], "ollama/qwen3:8b"),
        row(
            json!("ollama/llama3.2"),
            "not-installed",
            "llama3.2:latest",
            &["pull", "select"],
            "ollama pull llama3.2:latest",
        ),
        row(
            json!("ollama/qwen3:14b"),
            "not-installed",
            "qwen3:14b",
            &["pull", "select"],
            "ollama pull qwen3:14b",
        ),
        row(
            json!("ollama/user/mistral"),
            "not-installed",
            "user/mistral",
            &["pull", "select"],
            "ollama pull user/mistral:latest",
        ),
        row(
            json!("ollama/tinyllama"),
            "no-tools",
            "tinyllama",
            &["select", "ollama/tool-models#pull"],
            "ollama/",
        ),
        row(json!("ollama/"), "invalid-name", "", &["select"], "ollama/"),
        row(json!("ollama/a b"), "invalid-name", "a b", &["select"], "ollama/"),
        row(json!("ollama/-x"), "invalid-name", "-x", &["select"], "ollama/"),
    ]
}

#[test]
fn each_wrong_primary_has_its_cause_and_its_command() {
    let ollama = Standin::with(&INSTALLED);
    for row in rows() {
        let report = report_on(&ollama, &row.model, |_| {});
        assert_eq!(report.status(PRIMARY_MODEL), "fail", "{}: {}", row.model, report.short());
        report.fails(PRIMARY_MODEL, row.cause);
        assert!(report.message(PRIMARY_MODEL).contains(row.message), "{}", report.message(PRIMARY_MODEL));
        assert_eq!(report.fixes(PRIMARY_MODEL), row.fixes, "{}", row.model);
        let steps = report.steps(PRIMARY_MODEL, row.fixes[0]);
        assert!(steps.last().is_some_and(|last| last.contains(row.last)), "{}: {steps:?}", row.model);
        if row.fixes[0] == "select" {
            assert_eq!(steps.len(), 1, "the key and the mode are set already: {steps:?}");
        }
        // A config that OpenClaw refuses is mended before what stands in it.
        let first = if row.model.is_null() { "openclaw/config-accepted" } else { PRIMARY_MODEL };
        assert_eq!(report.json["startHere"], first, "{}: {}", row.model, report.short());
        assert!(!report.run.stdout.contains("config set provider"), "OpenClaw refuses it");
    }
}

#[test]
fn the_nearest_installed_models_are_named() {
    let ollama = Standin::with(&INSTALLED);
    let report = on(&ollama, "ollama/llama3.2");
    let evidence = report.evidence(PRIMARY_MODEL);
    assert!(evidence.contains("installed: llama3.2:3b"), "{evidence}");
    assert!(evidence.contains("nearest of 4"), "{evidence}");
    let select = report.steps(PRIMARY_MODEL, "select");
    assert_eq!(select[0], "openclaw config set agents.defaults.model.primary ollama/llama3.2:3b");
    let finding = report.finding(PRIMARY_MODEL);
    assert_eq!(finding["path"], "agents.defaults.model.primary");
    let verify = "openclaw config get agents.defaults.model.primary | grep -Fx ollama/llama3.2:3b";
    assert_eq!(finding["fixes"][1]["verify"], json!([verify]));
}

#[test]
fn only_the_steps_that_are_not_taken_yet_are_told() {
    let ollama = Standin::with(&INSTALLED);
    let no_key = |config: &mut Value| config["env"] = json!({});
    let remote = |config: &mut Value| config["gateway"]["mode"] = json!("remote");
    let no_mode = |config: &mut Value| config["gateway"] = json!({});
    let neither = |config: &mut Value| (no_key(config), no_mode(config)).0;
    let set_key = "openclaw config set env.vars.OLLAMA_API_KEY ollama-local";
    let set_mode = "openclaw config set gateway.mode local";
    let set_primary = "openclaw config set agents.defaults.model.primary ollama/qwen3:8b";
    let steps = |change: &dyn Fn(&mut Value), key: &str| {
        let report = report_on(&ollama, &json!("olama/qwen3:8b"), change);
        report.steps(PRIMARY_MODEL, key).iter().map(|step| step.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(steps(&no_key, "select"), [set_key, set_primary]);
    assert_eq!(steps(&no_mode, "select"), [set_mode, set_primary]);
    assert_eq!(steps(&neither, "select"), [set_key, set_mode, set_primary]);
    assert_eq!(steps(&remote, "select"), [set_primary]);
    assert_eq!(steps(&|_| {}, "select"), [set_primary]);
}

#[test]
fn the_provider_that_speaks_ollama_may_have_any_name() {
    let ollama = Standin::with(&INSTALLED);
    let rename = |config: &mut Value| {
        config["models"]["providers"] =
            json!({ "box": { "api": "ollama", "baseUrl": ollama.url(), "apiKey": "a key", "models": [] } });
    };
    report_on(&ollama, &json!("box/llama3.2:3b"), rename).is_healthy();
    let report = report_on(&ollama, &json!("bix/llama3.2:3b"), rename);
    report.fails(PRIMARY_MODEL, "unknown-provider");
    let select = report.steps(PRIMARY_MODEL, "select");
    assert_eq!(select[0], "openclaw config set agents.defaults.model.primary box/llama3.2:3b");
}

#[test]
fn without_any_model_to_select_there_is_no_command() {
    let ollama = Standin::with(&["tinyllama"]);
    let report = on(&ollama, "qwen3:8b");
    assert_eq!(report.cause(PRIMARY_MODEL), "no-provider");
    assert_eq!(report.fixes(PRIMARY_MODEL), ["by-hand"]);
    assert_eq!(report.steps(PRIMARY_MODEL, "by-hand"), [""; 0]);
}
