//! What the models of a config ask of the server and the machine: memory for their
//! context, thinking, time.

use serde_json::{Value, json};

use crate::doctor::*;
use crate::servers::{Server, json_answer, send};
use crate::standin::Standin;

/// An Ollama with one model of a few bytes, whose context takes 40 KB a token.
fn narrow(extra: Value) -> Server {
    Server::http(move |request, stream| {
        let mut info = json!({
            "general.architecture": "llama", "general.parameter_count": 1_000_000,
            "llama.context_length": 1_000_000_000, "llama.block_count": 10, "llama.embedding_length": 1024,
            "llama.attention.head_count": 8, "llama.attention.head_count_kv": 8,
        });
        info.as_object_mut().unwrap().append(&mut extra.as_object().unwrap().clone());
        let answer = match request.path() {
            "/api/version" => json!({ "version": "0.32.15" }),
            "/api/tags" => json!({ "models": [{ "name": "m:1", "size": 1000 }] }),
            "/api/ps" => json!({ "models": [] }),
            _ => json!({ "capabilities": ["completion", "tools"], "model_info": info }),
        };
        send(stream, &json_answer(&answer));
    })
}

fn listing(url: &str, primary: &str, fields: Value, defaults: Value) -> Report {
    let mut entry = json!({ "id": primary, "name": "x", "contextWindow": 131_072 });
    entry.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
    let mut config = config(url, &format!("ollama/{primary}"));
    config["models"]["providers"]["ollama"]["models"] = json!([entry]);
    let agents = config["agents"]["defaults"].as_object_mut().unwrap();
    agents.append(&mut defaults.as_object().unwrap().clone());
    Doctor::new().config(&config.to_string()).report()
}

#[test]
fn a_context_that_no_machine_has_memory_for_is_told_with_its_arithmetic() {
    let ollama = narrow(json!({}));
    let asked = json!({ "contextTokens": 32_768, "params": { "num_ctx": 900_000_000 } });
    let report = listing(&ollama.url(), "m:1", asked, json!({}));
    if report.said(CONTEXT_MEMORY).contains("GPU") {
        return left_out("memory for a context, on a machine with a GPU");
    }
    report.fails(CONTEXT_MEMORY, "num-ctx");
    assert!(
        report.evidence(CONTEXT_MEMORY).contains("10 layers × 8 KV heads × 256 × 2 bytes × 900000000 tokens"),
        "{}",
        report.evidence(CONTEXT_MEMORY)
    );
    let step = text(&report.finding(CONTEXT_MEMORY)["fixes"][0]["run"][0]).to_string();
    assert!(step.ends_with("config set models.providers.ollama.models.0.params.num_ctx 32768"), "{step}");
    let of_agents = json!({ "models": { "ollama/m:1": { "params": { "num_ctx": 900_000_000 } } } });
    listing(&ollama.url(), "m:1", json!({}), of_agents).fails(CONTEXT_MEMORY, "num-ctx");
    let report = listing(&ollama.url(), "m:1", json!({ "contextTokens": 900_000_000 }), json!({}));
    report.fails(CONTEXT_MEMORY, "context-tokens");
}

#[test]
fn what_fits_passes_and_what_cannot_be_reckoned_is_left_alone() {
    let ollama = narrow(json!({}));
    let report = listing(&ollama.url(), "m:1", json!({ "contextTokens": 32_768 }), json!({}));
    if report.said(CONTEXT_MEMORY).contains("GPU") {
        return left_out("memory for a context, on a machine with a GPU");
    }
    assert_eq!(report.status(CONTEXT_MEMORY), "pass", "{}", report.short());
    assert!(report.said(CONTEXT_MEMORY).contains("for 32768 tokens of context"), "{}", report.short());
    for sign in ["llama.ssm.state_size", "llama.attention.kv_lora_rank", "llama.attention.sliding_window"] {
        let ollama = narrow(json!({ sign: 128 }));
        let asked = json!({ "params": { "num_ctx": 900_000_000 } });
        let report = listing(&ollama.url(), "m:1", asked, json!({}));
        assert_eq!(report.status(CONTEXT_MEMORY), "skipped", "{sign}: {}", report.short());
    }
}

#[test]
fn thinking_is_judged_by_what_show_says() {
    let ollama = Standin::with(&["llama3.2:3b", "qwen3:8b"]);
    let on = json!({ "thinkingDefault": "low" });
    let tokens = |fields: Value| {
        let mut all = json!({ "contextTokens": 32_768 });
        all.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
        all
    };
    for (model, fields, defaults, cause) in [
        ("llama3.2:3b", json!({ "reasoning": true }), &on, "not-supported"),
        (
            "llama3.2:3b",
            json!({ "reasoning": true, "params": { "think": true } }),
            &json!({}),
            "not-supported",
        ),
        ("llama3.2:3b", json!({ "reasoning": true }), &json!({}), "marked"),
        ("qwen3:8b", json!({ "params": { "thinking": "low" } }), &json!({}), "dropped"),
    ] {
        let report = listing(&ollama.url(), model, tokens(fields), defaults.clone());
        assert_eq!(report.cause(THINKING), cause, "{model}: {}", report.short());
    }
    for (model, fields, defaults) in [
        ("llama3.2:3b", json!({}), &on),
        ("llama3.2:3b", json!({ "reasoning": false, "params": { "thinking": "low" } }), &json!({})),
        ("qwen3:8b", json!({ "reasoning": true, "params": { "thinking": "low" } }), &on),
        ("qwen3:8b", json!({ "params": { "thinking": false } }), &json!({})),
        ("qwen3:8b", json!({}), &on),
    ] {
        let report = listing(&ollama.url(), model, tokens(fields.clone()), defaults.clone());
        assert_eq!(report.status(THINKING), "pass", "{model} {fields}: {}", report.short());
    }
}

/// An Ollama whose answer about one model takes that long; its list tells no capabilities.
fn slow_to_tell(wait: std::time::Duration, told: bool) -> Server {
    Server::http(move |request, stream| {
        let mut tag = json!({ "name": "slow:1", "size": 1000, "details": { "parameter_size": "1M" } });
        if told {
            tag["capabilities"] = json!(["completion", "tools"]);
        }
        let shown = json!({
            "capabilities": ["completion", "tools"],
            "model_info": { "general.architecture": "llama", "llama.context_length": 131_072 },
        });
        let body = request.body.clone();
        let answer = match request.path() {
            "/api/version" => json!({ "version": "0.20.0" }),
            "/api/tags" => json!({ "models": [{ "name": "m:1", "size": 1000 }, tag] }),
            "/api/ps" => json!({ "models": [] }),
            _ => {
                if body.contains("slow:1") {
                    std::thread::sleep(wait);
                }
                shown
            }
        };
        send(stream, &json_answer(&answer));
    })
}

#[test]
fn a_model_that_is_described_too_late_has_no_tools() {
    const SHOW_SLOW: &str = "ollama/show-slow";
    let late = std::time::Duration::from_millis(3300);
    let report = Doctor::with(&slow_to_tell(late, false).url(), "ollama/m:1").report();
    assert_eq!(report.cause(SHOW_SLOW), "timed-out", "{}", report.short());
    assert!(report.message(SHOW_SLOW).contains("slow:1"), "{}", report.short());
    let step = text(&report.finding(SHOW_SLOW)["fixes"][0]["run"][0]).to_string();
    assert!(step.contains(r#"{"id":"slow:1","name":"slow:1","contextTokens":32768}"#), "{step}");
    assert!(step.contains(r#""id":"m:1""#), "the others stay offered: {step}");
    let told = Doctor::with(&slow_to_tell(late, true).url(), "ollama/m:1").report();
    assert_eq!(told.status(SHOW_SLOW), "pass", "{}", told.short());
    let quick = std::time::Duration::from_millis(50);
    let report = Doctor::with(&slow_to_tell(quick, false).url(), "ollama/m:1").report();
    assert_eq!(report.status(SHOW_SLOW), "pass", "{}", report.short());
}

#[test]
fn models_of_side_tasks_are_followed_to_the_server() {
    const REFERENCES: &str = "openclaw/model-references";
    let ollama = Standin::with(&["llama3.2:3b", "qwen3:8b", "gemma3:4b"]);
    let look =
        |defaults: Value| listing(&ollama.url(), "llama3.2:3b", json!({ "contextTokens": 32_768 }), defaults);
    for (defaults, cause) in [
        (json!({ "heartbeat": { "model": "ollama/qwen3:4b" } }), "not-installed"),
        (json!({ "subagents": { "model": { "primary": "olama/qwen3:8b" } } }), "unknown-provider"),
        (json!({ "subagents": { "model": "ollama/gemma3:4b" } }), "no-tools"),
        (json!({ "imageModel": { "primary": "ollama/qwen3:8b" } }), "no-vision"),
        (json!({ "imageModel": "ollama/qwen2.5vl:7b" }), "not-installed"),
    ] {
        let report = look(defaults.clone());
        assert_eq!(report.cause(REFERENCES), cause, "{defaults}: {}", report.short());
    }
    for defaults in [
        json!({ "heartbeat": { "model": "ollama/QWEN3:8b" }, "imageModel": "ollama/gemma3:4b" }),
        json!({ "compaction": { "model": "ollama/gemma3:4b" }, "utilityModel": "openai/gpt-6" }),
        json!({}),
    ] {
        let report = look(defaults.clone());
        assert_eq!(report.status(REFERENCES), "pass", "{defaults}: {}", report.short());
    }
}

#[test]
fn a_cloud_model_without_a_key_of_its_own_is_told_and_ollama_com_is_not_asked() {
    const CLOUD: &str = "ollama/cloud-models";
    let ollama = Standin::with(&["llama3.2:3b"]);
    let report = Doctor::with(&ollama.url(), "ollama-cloud/kimi-k3").report();
    report.fails(CLOUD, "no-key");
    let report = Doctor::with(&ollama.url(), "ollama/kimi-k3:cloud").report();
    assert_eq!(report.status(CLOUD), "skipped", "{}", report.short());
    assert!(report.said(CLOUD).contains("`ollama signin` there tells"), "{}", report.short());
    assert!(ollama.requests().iter().all(|request| !request.contains("/api/me")), "{:?}", ollama.requests());
    let mut config = config(&ollama.url(), "ollama/llama3.2:3b");
    config["models"]["providers"]["ollama-cloud"] = json!({
        "baseUrl": "https://ai.ollama.com", "api": "ollama", "apiKey": "canary-of-a-key-0123456789", "models": [],
    });
    Doctor::new().config(&config.to_string()).report().fails(CLOUD, "retired");
}

#[test]
fn chat_without_tools_may_be_chosen_and_a_model_for_embeddings_may_not() {
    let ollama = Standin::with(&["gemma3:4b", "nomic-embed-text"]);
    let tokens = json!({ "contextTokens": 32_768 });
    let report = listing(&ollama.url(), "gemma3:4b", tokens.clone(), json!({}));
    report.fails(PRIMARY_MODEL, "no-tools");
    let chosen = json!({ "contextTokens": 32_768, "compat": { "supportsTools": false } });
    let report = listing(&ollama.url(), "gemma3:4b", chosen, json!({}));
    assert_eq!(report.status(PRIMARY_MODEL), "pass", "{}", report.short());
    let report = listing(&ollama.url(), "nomic-embed-text", tokens, json!({}));
    report.fails(PRIMARY_MODEL, "no-tools");
    assert!(report.message(PRIMARY_MODEL).contains("only makes embeddings"), "{}", report.short());
}

#[test]
fn a_num_ctx_that_agents_set_for_a_model_counts_for_its_window() {
    const CONTEXT: &str = "openclaw/context-window";
    let ollama = Standin::with(&["llama3.2:3b"]);
    for (num_ctx, status) in [(2048, "fail"), (20_000, "pass")] {
        let mut config = config(&ollama.url(), "ollama/llama3.2:3b");
        config["agents"]["defaults"]["models"] =
            json!({ "ollama/llama3.2:3b": { "params": { "num_ctx": num_ctx } } });
        let report = Doctor::new().config(&config.to_string()).report();
        assert_eq!(report.status(CONTEXT), status, "{}", report.short());
    }
}
