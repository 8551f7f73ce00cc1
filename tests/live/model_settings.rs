//! The API mode, the context and the costs that a config gives to models.

use serde_json::{Value, json};

use crate::doctor::*;
use crate::servers::{Server, answer, json_answer, send};
use crate::standin::{Spec, Standin};

const API_MODE: &str = "openclaw/api-mode";
const CONTEXT: &str = "openclaw/context-window";
const COSTS: &str = "openclaw/model-costs";
const PRIMARY: &str = "ollama/llama3.2:3b";

/// A doctor whose OpenClaw lists this model, `llama3.2:3b` where it has no `id`.
fn listing(ollama: &Standin, fields: Value) -> Report {
    let mut entry = json!({ "id": "llama3.2:3b", "name": "x" });
    entry.as_object_mut().expect("an object").append(&mut fields.as_object().expect("an object").clone());
    let mut config = config(&ollama.url(), PRIMARY);
    config["models"]["providers"]["ollama"]["models"] = json!([entry]);
    Doctor::new().config(&config.to_string()).report()
}

#[test]
fn a_window_is_judged_against_config_model_and_server() {
    let ollama = Standin::with(&["llama3.2:3b", "qwen3:8b"]);
    for (fields, cause, severity) in [
        (json!({ "contextWindow": 2048 }), "guard-config", "error"),
        (json!({ "contextTokens": 8192 }), "small-config", "warning"),
        (json!({ "contextTokens": 32_768, "params": { "num_ctx": 2048 } }), "num-ctx", "warning"),
        (json!({ "contextTokens": 262_144 }), "larger-than-model", "warning"),
        (
            json!({ "contextWindow": 131_072, "params": { "num_ctx": 32_768 } }),
            "larger-than-server",
            "warning",
        ),
    ] {
        let report = listing(&ollama, fields.clone());
        assert_eq!(report.status(CONTEXT), "fail", "{fields}: {}", report.short());
        assert_eq!(
            (report.cause(CONTEXT), text(&report.finding(CONTEXT)["severity"])),
            (cause, severity),
            "{fields}"
        );
    }
    let report = listing(&ollama, json!({ "contextWindow": 131_072, "contextTokens": 32_768 }));
    assert_eq!(report.status(CONTEXT), "pass", "{}", report.short());
    // Nothing is asked for, and this server was started by hand.
    for fields in [json!({ "contextWindow": 131_072 }), json!({})] {
        let report = listing(&ollama, fields);
        assert_eq!(report.status(CONTEXT), "unknown", "{}", report.short());
        assert!(text(&report.row(CONTEXT)["error"]).contains("ollama ps"), "{}", report.short());
    }
}

#[test]
fn what_was_discovered_passes_unless_the_model_is_too_small() {
    let ollama = Standin::with(&["llama3.2:3b", "bigctx", "noctx"]);
    for (model, status) in [("llama3.2:3b", "pass"), ("noctx", "pass"), ("bigctx", "fail")] {
        let report = Doctor::with(&ollama.url(), &format!("ollama/{model}")).report();
        assert_eq!(report.status(CONTEXT), status, "{model}: {}", report.short());
    }
    let report = Doctor::with(&ollama.url(), "ollama/bigctx").report();
    assert_eq!(report.cause(CONTEXT), "small-model");
    let steps = report.steps(CONTEXT, "openclaw/primary-model#select");
    assert_eq!(steps, ["openclaw config set agents.defaults.model.primary ollama/llama3.2:3b"]);
}

#[test]
fn a_loaded_model_shows_what_the_server_gives() {
    let variables = [("OLLAMA_CONTEXT_LENGTH", "65536")];
    let ollama = Spec { models: &["llama3.2:3b"], variables: &variables, ..Spec::default() }.start();
    let fields = json!({ "contextWindow": 65_536 });
    assert_eq!(listing(&ollama, fields.clone()).status(CONTEXT), "unknown");
    let load = json!({ "model": "llama3.2:3b", "messages": [] }).to_string();
    let request = format!(
        "POST /api/chat HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{load}",
        ollama.address,
        load.len()
    );
    let mut stream = std::net::TcpStream::connect(&ollama.address).expect("the stand-in");
    send(&mut stream, request.as_bytes());
    crate::servers::wait_for_end(&mut stream);
    let report = listing(&ollama, fields);
    assert_eq!(report.status(CONTEXT), "pass", "{}", report.short());
}

#[test]
fn a_provider_of_another_name_is_known_by_what_answers() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    let config = |url: &str, streaming: bool| {
        json!({
            "gateway": { "mode": "local" },
            "models": { "providers": { "local": { "baseUrl": url, "apiKey": "canary-key-of-nobody", "models": [
                { "id": "llama3.2:3b", "name": "x", "contextTokens": 32_768, "params": { "streaming": streaming } },
            ] } } },
            "agents": { "defaults": { "model": { "primary": "local/llama3.2:3b" } } },
        })
        .to_string()
    };
    let url = format!("{}/v1", ollama.url());
    let report = Doctor::new().config(&config(&url, true)).report();
    assert_eq!(report.cause(API_MODE), "openai-format", "{}", report.short());
    let expected = [
        format!("openclaw config set models.providers.local.baseUrl {}", ollama.url()),
        "openclaw config set models.providers.local.api ollama".to_string(),
    ];
    assert_eq!(report.steps(API_MODE, "native"), expected);
    let report = Doctor::new().config(&config(&url, false)).report();
    assert_eq!(report.status(API_MODE), "pass");
    assert!(report.said(API_MODE).contains("without streaming"), "{}", report.said(API_MODE));
    let other = Server::http(|_, stream| send(stream, &answer("404 Not Found", "text/plain", "no")));
    let report = Doctor::new().config(&config(&format!("{}/v1", other.url()), true)).report();
    assert_eq!(report.status(API_MODE), "pass", "{}", report.short());
    assert!(other.requests().iter().all(|request| request.path() == "/api/version"));
    assert!(other.requests().iter().all(|request| !request.head.contains("canary")));
}

#[test]
fn a_service_on_the_internet_is_not_asked() {
    let server = Server::http(|_, stream| send(stream, &json_answer(&json!({ "version": "0.32.15" }))));
    let url = format!("http://openai.example.com:{}/v1", server.address.port());
    let config = json!({
        "models": { "providers": { "x": { "baseUrl": url, "models": [{ "id": "m", "name": "m" }] } } },
        "agents": { "defaults": { "model": { "primary": "x/m" } } },
    });
    let report = Doctor::new().config(&config.to_string()).report();
    assert_eq!(report.status(API_MODE), "pass", "{}", report.short());
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_price_on_an_own_model_is_told() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    let free = json!({ "contextTokens": 32_768, "cost": { "input": 0, "output": 0 } });
    let report = listing(&ollama, free);
    assert_eq!(report.status(COSTS), "pass", "{}", report.short());
    let report = listing(&ollama, json!({ "contextTokens": 32_768, "cost": { "input": 0.5, "output": 0 } }));
    assert_eq!((report.cause(COSTS), text(&report.finding(COSTS)["severity"])), ("not-zero", "info"));
    assert_eq!((report.run.code, &report.json["verdict"]), (0, &json!("info")), "{}", report.short());
}
