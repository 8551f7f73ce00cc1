//! `openclaw/fallback-models` and `openclaw/per-agent-model` on a real server.

use serde_json::{Value, json};

use crate::doctor::*;
use crate::standin::Standin;

const INSTALLED: [&str; 4] = ["llama3.2:3b", "mistral:latest", "tinyllama:latest", "qwen3:8b"];

fn report(ollama: &Standin, change: impl Fn(&mut Value)) -> Report {
    let mut config = config(&ollama.url(), "ollama/llama3.2:3b");
    change(&mut config);
    Doctor::new().config(&config.to_string()).report()
}

fn with_fallbacks(ollama: &Standin, fallbacks: &[&str]) -> Report {
    report(ollama, |config| config["agents"]["defaults"]["model"]["fallbacks"] = json!(fallbacks))
}

fn with_agents(ollama: &Standin, agents: Value) -> Report {
    report(ollama, |config| config["agents"]["entries"] = agents.clone())
}

/// That only this check fails, for this cause, below an error.
fn tells(report: &Report, id: &str, cause: &str, severity: &str) {
    assert_eq!(report.findings().len(), 1, "{}", report.short());
    assert_eq!((report.cause(id), &report.finding(id)["severity"]), (cause, &json!(severity)));
    assert_eq!((report.run.code, &report.json["verdict"]), (0, &json!(severity)));
}

#[test]
fn fallbacks_that_can_take_over_are_fine() {
    let ollama = Standin::with(&INSTALLED);
    with_fallbacks(&ollama, &["ollama/qwen3:8b", "ollama/mistral", "mistral"]).is_healthy();
    let alias = |config: &mut Value| {
        config["agents"]["defaults"]["model"]["fallbacks"] = json!(["Quick"]);
        config["agents"]["defaults"]["models"] = json!({ "ollama/qwen3:8b": { "alias": "quick" } });
        config["agents"]["defaults"]["modelPolicy"] = json!({});
    };
    report(&ollama, alias).is_healthy();
}

#[test]
fn each_wrong_fallback_has_its_cause_and_its_command() {
    let ollama = Standin::with(&INSTALLED);
    let rows = [
        ("ollama/llama3.3", "not-installed", "ollama pull llama3.3:latest"),
        ("nosuch:1b", "not-installed", "ollama pull nosuch:1b"),
        ("ollama/tinyllama", "no-tools", "openclaw models fallbacks remove ollama/tinyllama"),
        ("olama/qwen3:8b", "unknown-provider", "openclaw models fallbacks remove olama/qwen3:8b"),
        ("ollama/$(reboot)", "invalid-name", "openclaw models fallbacks remove 'ollama/$(reboot)'"),
    ];
    for (fallback, cause, step) in rows {
        let report = with_fallbacks(&ollama, &["ollama/qwen3:8b", fallback]);
        tells(&report, FALLBACK_MODELS, cause, "warning");
        let first = report.fixes(FALLBACK_MODELS)[0].to_string();
        assert_eq!(report.steps(FALLBACK_MODELS, &first), [step]);
        assert_eq!(report.finding(FALLBACK_MODELS)["path"], "agents.defaults.model.fallbacks.1");
    }
    let report = with_fallbacks(&ollama, &["anthropic/claude-opus-4-6"]);
    tells(&report, FALLBACK_MODELS, "paid", "info");
}

#[test]
fn an_agents_own_model_is_judged_as_strictly_as_the_primary() {
    let ollama = Standin::with(&INSTALLED);
    let fine = with_agents(&ollama, json!({ "main": {}, "coder": { "model": "ollama/qwen3:8b" } }));
    fine.is_healthy();
    assert!(fine.said(PER_AGENT_MODEL).contains("coder has ollama/qwen3:8b"));
    let rows = [
        ("ollama/llama3.3", "not-installed", "pull"),
        ("ollama/tinyllama", "no-tools", "set"),
        ("qwen3:8b", "no-provider", "set"),
        ("olama/qwen3:8b", "unknown-provider", "set"),
        ("ollama/-x", "invalid-name", "set"),
    ];
    for (model, cause, fix) in rows {
        for own in [json!(model), json!({ "primary": model }), json!({ "fallbacks": [model] })] {
            let report = with_agents(&ollama, json!({ "coder": { "model": own } }));
            tells(&report, PER_AGENT_MODEL, cause, "warning");
            assert_eq!(report.fixes(PER_AGENT_MODEL)[0], fix);
            let key = report.finding(PER_AGENT_MODEL)["path"].clone();
            let set = report.steps(PER_AGENT_MODEL, "set")[0].to_string();
            assert!(set.starts_with(&format!("openclaw config set {} ollama/", text(&key))), "{set}");
        }
    }
}

#[test]
fn an_allowlist_without_the_primary_is_told() {
    let ollama = Standin::with(&INSTALLED);
    let policy = |allow: Value| {
        report(&ollama, |config| config["agents"]["defaults"]["modelPolicy"] = json!({ "allow": allow }))
    };
    for fine in [json!([]), json!(["ollama/*"]), json!(["openai/*", "ollama/llama3.2:3b"])] {
        policy(fine).is_healthy();
    }
    let report = policy(json!(["openai/*", "ollama/qwen3:8b"]));
    tells(&report, PER_AGENT_MODEL, "excluded", "warning");
    let expected = "openclaw config set agents.defaults.modelPolicy.allow \
                    '[\"openai/*\",\"ollama/qwen3:8b\",\"ollama/llama3.2:3b\"]' --strict-json";
    assert_eq!(report.steps(PER_AGENT_MODEL, "allow"), [expected]);
}
