//! `ollama/tool-models`, and what is asked of each model.

use std::collections::HashMap;

use serde_json::json;

use crate::doctor::*;
use crate::servers::{Server, answer, json_answer, send, shown, wait_for_end};
use crate::standin::{Spec, Standin};

#[test]
fn one_model_with_tools_is_enough() {
    let ollama = Standin::with(&["tinyllama", "llama3.2:3b", "nomic-embed-text"]);
    let report = Doctor::with(&ollama.url(), "ollama/llama3.2:3b").report();
    report.is_healthy();
    assert_eq!(report.said(TOOL_MODELS), "1 of 3 models can call tools, llama3.2:3b among them");
    assert_eq!(report.json["versions"]["ollama"], "0.32.15");
}

#[test]
fn without_tools_a_model_that_has_them_is_pulled() {
    let ollama = Standin::with(&["tinyllama", "deepseek-r1:32b", "gemma3:4b"]);
    for (primary, fixes, first) in [
        ("ollama/tinyllama", vec!["pull"], "ollama pull gpt-oss:20b"),
        ("ollama/qwen3:8b", vec!["pull-primary", "pull"], "ollama pull qwen3:8b"),
        ("anthropic/claude-opus-4-6", vec!["pull"], "ollama pull gpt-oss:20b"),
    ] {
        let report = Doctor::with(&ollama.url(), primary).args(&["--offline"]).report();
        report.fails(TOOL_MODELS, "none-with-tools");
        assert_eq!(report.fixes(TOOL_MODELS), fixes, "{primary}");
        assert_eq!(report.steps(TOOL_MODELS, fixes[0]), [first]);
        let evidence = report.evidence(TOOL_MODELS);
        assert!(evidence.contains("completion, thinking (deepseek-r1:32b), expected tools"), "{evidence}");
        assert_eq!(report.json["startHere"], TOOL_MODELS, "{primary}");
    }
}

#[test]
fn an_ollama_without_models_is_the_root_of_a_primary_that_is_not_installed() {
    let ollama = Standin::with(&[]);
    let report = Doctor::with(&ollama.url(), "ollama/qwen3:8b").args(&["--offline"]).report();
    report.fails(TOOL_MODELS, "no-models");
    assert_eq!(report.status(API_TAGS), "pass");
    assert_eq!(report.cause(PRIMARY_MODEL), "not-installed");
    assert_eq!(report.finding(PRIMARY_MODEL)["causedBy"], TOOL_MODELS);
    assert_eq!(report.steps(TOOL_MODELS, "pull-primary"), ["ollama pull qwen3:8b"]);
}

#[test]
fn an_ollama_from_before_capabilities_is_told_from_one_without_tools() {
    for (version, is_old) in [("0.6.2", true), ("0.6.3", true), ("0.6.4", false), ("0.6.4-rc0", false)] {
        let variables = &[("STANDIN_VERSION", version)];
        let ollama = Spec { models: &["llama3.2:3b"], variables, ..Spec::default() }.start();
        let report = Doctor::with(&ollama.url(), "ollama/llama3.2:3b").report();
        assert_eq!(report.json["versions"]["ollama"], version);
        if !is_old {
            assert_eq!(report.status(TOOL_MODELS), "pass", "{version}: {}", report.short());
            continue;
        }
        report.fails(TOOL_MODELS, "server-too-old");
        assert!(report.evidence(TOOL_MODELS).contains(&format!("{version} (), expected 0.6.4 or newer")));
        assert_eq!(report.steps(TOOL_MODELS, "upgrade"), ["curl -fsSL https://ollama.com/install.sh | sh"]);
        assert_eq!(report.status(PRIMARY_MODEL), "unknown");
    }
}

#[test]
fn a_show_that_is_refused_is_a_failure_in_the_words_of_the_server() {
    let models = json!([{ "name": "llama3.2:3b" }, { "name": "qwen3:8b" }]);
    let body = r#"{"error":"invalid file magic"}"#;
    let ollama =
        Server::ollama(models, move |_| answer("500 Internal Server Error", "application/json", body));
    let report = Doctor::with(&ollama.url(), "ollama/llama3.2:3b").report();
    report.fails(MODEL_READABLE, "damaged");
    assert!(
        report.message(MODEL_READABLE).ends_with(": invalid file magic"),
        "{}",
        report.message(MODEL_READABLE)
    );
    report.waits(&[TOOL_MODELS, PRIMARY_MODEL], MODEL_READABLE, MODEL_READABLE);
    let again = ["ollama rm llama3.2:3b", "ollama pull llama3.2:3b"];
    assert_eq!((report.steps(MODEL_READABLE, "again"), report.run.code), (again.to_vec(), 1));
}

#[test]
fn one_model_that_fails_or_hangs_does_not_hide_the_others() {
    let models = json!([{ "name": "broken:1" }, { "name": "hangs:1" }, { "name": "llama3.2:3b" }]);
    let ollama =
        Server::http(move |request, stream| match (request.path(), request.body.contains("hangs:1")) {
            ("/api/show", true) => wait_for_end(stream),
            ("/api/show", _) if request.body.contains("broken:1") => {
                send(stream, &answer("500 Internal Server Error", "application/json", "{}"));
            }
            ("/api/show", _) => send(stream, &shown(&["tools"])),
            ("/api/version", _) => send(stream, &json_answer(&json!({ "version": "0.32.15" }))),
            _ => send(stream, &json_answer(&json!({ "models": models }))),
        });
    // What OpenClaw grants each /api/show is 3 s; the second deadline is shorter.
    for (timeout, at_most) in [("10s", 5.0), ("1s", 2.5)] {
        let doctor = Doctor::with(&ollama.url(), "ollama/llama3.2:3b").args(&["--timeout", timeout]);
        let report = doctor.report();
        assert_eq!(
            (report.status(TOOL_MODELS), report.status(PRIMARY_MODEL)),
            ("pass", "pass"),
            "{timeout}: {}",
            report.short()
        );
        assert!(report.run.took.as_secs_f64() < at_most, "{timeout}: {:?}", report.run.took);
    }
}

#[test]
fn cloud_models_are_never_asked_about() {
    let models = json!([
        { "name": "kimi-k2.5:cloud", "size": 384 },
        { "name": "gpt-oss:120b-cloud", "size": 384, "remote_host": "https://ollama.com:443" },
        { "name": "renamed:latest", "size": 384, "remote_host": "https://ollama.com:443" },
    ]);
    let ollama = Server::ollama(models, |_| shown(&["tools"]));
    for primary in ["ollama/kimi-k2.5:cloud", "ollama/gpt-oss:120b-cloud", "ollama/renamed"] {
        let report = Doctor::with(&ollama.url(), primary).report();
        assert_eq!(report.status(TOOL_MODELS), "skipped", "{}", report.short());
        assert!(report.said(TOOL_MODELS).contains("only cloud models"));
        assert_eq!(report.findings().len(), 0, "{}", report.short());
    }
    assert!(ollama.requests().iter().all(|request| request.path() != "/api/show"), "{:?}", ollama.requests());
}

#[test]
fn a_healthy_ollama_is_asked_no_more_than_it_takes() {
    let ollama = Standin::with(&["llama3.2:3b", "qwen3:8b", "gemma3:4b", "gpt-oss:120b-cloud"]);
    Doctor::with(&ollama.url(), "ollama/qwen3:8b").report().is_healthy();
    let mut count: HashMap<String, usize> = HashMap::new();
    for request in ollama.requests() {
        *count.entry(request).or_default() += 1;
    }
    assert!(count.remove("GET /api/ps").unwrap_or(0) <= 1);
    let wanted = [("GET /api/version", 1), ("GET /api/tags", 1), ("POST /api/show", 3)];
    assert_eq!(count, wanted.map(|(request, times)| (request.to_string(), times)).into());
}

#[test]
fn many_models_are_asked_a_few_at_a_time() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let models: Vec<_> = (0..60).map(|index| json!({ "name": format!("m{index}:1") })).collect();
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, highest) = (Arc::clone(&now), Arc::clone(&most));
    let ollama = Server::ollama(json!(models), move |_| {
        highest.fetch_max(counted.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(std::time::Duration::from_millis(5));
        counted.fetch_sub(1, Ordering::SeqCst);
        shown(&["completion", "tools"])
    });
    let report = Doctor::with(&ollama.url(), "ollama/m59:1").report();
    report.is_healthy();
    let shows = ollama.requests().iter().filter(|request| request.path() == "/api/show").count();
    assert_eq!((shows, report.said(TOOL_MODELS).starts_with("60 of 60")), (60, true));
    assert!((2..=8).contains(&most.load(Ordering::SeqCst)), "{most:?} at once");
}
