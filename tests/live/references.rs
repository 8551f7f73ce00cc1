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
    // OpenClaw wants to be told whose several agents are.
    let several = agents.as_object().is_some_and(|agents| agents.len() > 1);
    report(ollama, |config| {
        config["agents"]["entries"] = agents.clone();
        if several {
            config["agents"]["ownership"] = json!("explicit");
        }
    })
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
fn every_broken_reference_is_told_with_its_place() {
    let ollama = Standin::with(&INSTALLED);
    let places = |report: &Report, id: &str| -> Vec<String> {
        let all = report.findings().iter().filter(|finding| finding["checkId"] == id);
        all.map(|finding| format!("{} {}", text(&finding["cause"]), text(&finding["path"]))).collect()
    };
    let fallbacks = ["ollama/llama3.3", "ollama/qwen3:8b", "olama/qwen3:8b", "anthropic/claude-opus-4-6"];
    let report = with_fallbacks(&ollama, &fallbacks);
    assert_eq!(
        places(&report, FALLBACK_MODELS),
        [
            "not-installed agents.defaults.model.fallbacks.0",
            "unknown-provider agents.defaults.model.fallbacks.2",
            "paid agents.defaults.model.fallbacks.3",
        ]
    );
    assert_eq!(report.json["verdict"], "warning");
    let list = json!([
        { "id": "coder", "model": "ollama/qwen3:14b" },
        { "id": "writer", "model": { "primary": "ollama/llama3.2:3b", "fallbacks": ["ollama/phi4"] },
          "modelPolicy": { "allow": ["ollama/qwen3:8b"] } },
    ]);
    let report = report_of_list(&ollama, &list);
    assert_eq!(
        places(&report, PER_AGENT_MODEL),
        [
            "not-installed agents.list.0.model",
            "not-installed agents.list.1.model.fallbacks.0",
            "excluded agents.list.1.modelPolicy.allow",
        ]
    );
    // OpenClaw keeps the older list below `agents.entries`.
    let commands = report.commands();
    for command in [
        "openclaw config set agents.entries.coder.model ollama/qwen3:8b",
        "openclaw config set agents.entries.writer.model.fallbacks.0",
        "openclaw config set agents.entries.writer.modelPolicy.allow",
    ] {
        assert!(commands.iter().any(|one| one.starts_with(command)), "{command}: {commands:#?}");
    }
}

fn report_of_list(ollama: &Standin, list: &Value) -> Report {
    report(ollama, |config| config["agents"]["list"] = list.clone())
}

#[test]
fn each_provider_of_an_ollama_is_judged_and_one_of_any_name_gets_commands() {
    let ollama = Standin::with(&INSTALLED);
    let entry = |models: Value| json!({ "api": "ollama", "baseUrl": ollama.url(), "apiKey": "abc123", "models": models });
    let listed =
        |id: &str| json!({ "id": id, "name": id, "contextTokens": 32_768, "contextWindow": 131_072 });
    let two = report(&ollama, |config| {
        config["models"]["providers"]["my.box"] = entry(json!([listed("phi4"), listed("llama3.3")]));
    });
    let paths: Vec<&str> = two.findings().iter().map(|finding| text(&finding["path"])).collect();
    assert_eq!(
        paths,
        ["models.providers[\"my.box\"].models.0.id", "models.providers[\"my.box\"].models.1.id"],
        "{}",
        two.short()
    );
    let empty = report(&ollama, |config| {
        config["agents"]["defaults"]["model"]["primary"] = json!("my.box/llama3.2:3b");
        config["models"]["providers"] = json!({ "my.box": entry(json!([])) });
    });
    assert!(empty.said(EXPLICIT_PROVIDER).contains("none is offered"), "{}", empty.short());
    assert!(empty.findings().is_empty(), "{}", empty.short());
    let small = report(&ollama, |config| {
        config["agents"]["defaults"]["model"]["primary"] = json!("my.box/llama3.2:3b");
        let mut model = listed("llama3.2:3b");
        model["contextTokens"] = json!(8192);
        config["models"]["providers"] = json!({ "my.box": entry(json!([model])) });
    });
    let step = small.steps("openclaw/context-window", "tokens")[0].to_string();
    assert!(step.starts_with("openclaw config set 'models.providers[\"my.box\"].models' "), "{step}");
    let off = report(&ollama, |config| {
        config["plugins"] =
            json!({ "entries": { "ollama": { "config": { "discovery": { "enabled": false } } } } });
        config["agents"]["defaults"]["model"]["primary"] = json!("anthropic/claude-opus-5");
    });
    assert_eq!(off.status(EXPLICIT_PROVIDER), "pass", "{}", off.short());
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
            let report = with_agents(&ollama, json!({ "main": {}, "coder": { "model": own } }));
            tells(&report, PER_AGENT_MODEL, cause, "warning");
            assert_eq!(report.fixes(PER_AGENT_MODEL)[0], fix);
            let key = report.finding(PER_AGENT_MODEL)["path"].clone();
            let set = report.steps(PER_AGENT_MODEL, "set")[0].to_string();
            assert!(set.starts_with(&format!("openclaw config set {} ollama/", text(&key))), "{set}");
        }
    }
    // Nobody else answers.
    let sole = with_agents(&ollama, json!({ "coder": { "model": "ollama/llama3.3" } }));
    sole.fails(PER_AGENT_MODEL, "sole-agent");
    assert_eq!(sole.run.code, 1);
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
