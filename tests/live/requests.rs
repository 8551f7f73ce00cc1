//! What a request carries and where it goes: keys and headers to the configured
//! origin only, and no proxy.

use serde_json::{Value, json};

use crate::doctor::*;
use crate::servers::{Server, answer, json_answer, send, shown};

const PRIMARY: &str = "ollama/llama3.2:3b";
const KEY: &str = "sk-canary-0123456789abcdef";

fn ollama() -> Server {
    Server::ollama(json!([{ "name": "llama3.2:3b" }]), |_| shown(&["completion", "tools"]))
}

/// A doctor whose provider has these settings besides its base URL.
fn doctor(server: &Server, provider: &Value) -> Doctor {
    let mut config = config(&server.url(), PRIMARY);
    for (key, value) in provider.as_object().expect("an object") {
        config["models"]["providers"]["ollama"][key] = value.clone();
    }
    Doctor::new().config(&config.to_string())
}

/// The `Authorization` of every request, which must be the same for all.
fn authorization(server: &Server) -> Option<String> {
    let requests = server.requests();
    assert!(requests.len() >= 4, "{requests:?}");
    let mut all: Vec<Option<&str>> = requests.iter().map(|request| request.header("authorization")).collect();
    all.dedup();
    assert_eq!(all.len(), 1, "not the same for all requests: {all:?}");
    all[0].map(str::to_string)
}

#[test]
fn a_real_key_is_sent_and_a_marker_is_not() {
    let reference = json!({ "source": "env", "provider": "default", "id": "MY_KEY" });
    for (key, sent) in [
        (json!(KEY), true),
        (json!("${MY_KEY}"), true),
        (json!("$MY_KEY"), true),
        (reference, true),
        (json!("ollama-local"), false),
        (json!("${NOT_SET}"), false),
        (json!(""), false),
    ] {
        let server = ollama();
        let doctor =
            doctor(&server, &json!({ "apiKey": key })).file(".openclaw/.env", &format!("MY_KEY={KEY}\n"));
        let report = doctor.report();
        // A reference without a value is a finding of its own.
        let faults = if key == "${NOT_SET}" { 1 } else { 0 };
        assert_eq!(report.findings().len(), faults, "{key}: {}", report.short());
        let expected = sent.then(|| format!("Bearer {KEY}"));
        assert_eq!(authorization(&server), expected, "{key}");
        assert!(!report.run.stdout.contains("canary"), "{key}");
    }
}

#[test]
fn configured_headers_are_sent() {
    let server = ollama();
    let headers = json!({ "X-Gateway": "blue", "X-Token": "${MY_KEY}", "Authorization": "Basic Y2FuYXJ5" });
    let report = doctor(&server, &json!({ "headers": headers })).env("MY_KEY", KEY).report();
    assert_eq!(report.findings().len(), 0, "{}", report.short());
    for request in server.requests() {
        assert_eq!(request.header("x-gateway"), Some("blue"), "{request:?}");
        assert_eq!(request.header("x-token"), Some(KEY));
        assert_eq!(request.header("authorization"), Some("Basic Y2FuYXJ5"));
        assert!(request.header("host").is_some_and(|host| host == server.address.to_string()));
    }
    assert!(!report.run.stdout.contains("canary") && !report.run.stdout.contains("Y2Fu"));
}

#[test]
fn a_header_that_cannot_be_sent_is_told_without_its_value() {
    for headers in [json!({ "X-A": "canary\nX-B: 1" }), json!({ "bad name": "canary" })] {
        let server = ollama();
        let report = doctor(&server, &json!({ "headers": headers })).report();
        assert_eq!(
            (report.status(PORT_REACHABLE), report.status(API_TAGS)),
            ("pass", "unknown"),
            "{}",
            report.short()
        );
        assert!(!report.run.stdout.contains("canary"));
        assert!(server.requests().is_empty());
    }
}

#[test]
fn a_key_stays_with_its_origin() {
    if !alone!() {
        return;
    }
    // An Ollama that listens elsewhere on the same port is asked for its version only.
    let elsewhere = Server::http(|_, stream| send(stream, &json_answer(&json!({ "version": "0.32.15" }))));
    let mut config = config(&format!("http://127.0.0.2:{}", elsewhere.address.port()), PRIMARY);
    let provider = &mut config["models"]["providers"]["ollama"];
    (provider["apiKey"], provider["headers"]) = (json!(KEY), json!({ "X-Token": "canary" }));
    let report = Doctor::new().config(&config.to_string()).report();
    report.fails(BIND_ADDRESS, "other-address");
    assert_eq!(elsewhere.requests().len(), 1);
    assert!(!elsewhere.requests()[0].head.contains("canary"), "{:?}", elsewhere.requests());
}

#[test]
fn an_ollama_named_by_a_flag_gets_no_key_of_another() {
    let (configured, flagged) = (ollama(), ollama());
    let doctor = doctor(&configured, &json!({ "apiKey": KEY, "headers": { "X-Token": "canary" } }));
    let report = doctor.args(&["--base-url", &flagged.url()]).report();
    report.is_healthy();
    assert_eq!(report.json["target"]["from"], "--base-url");
    assert_eq!(authorization(&flagged), None);
    assert!(flagged.requests().iter().all(|request| !request.head.contains("canary")));
    assert_eq!(configured.connections(), 0);
}

#[test]
fn no_proxy_of_the_environment_is_used() {
    let (server, proxy) = (ollama(), Server::http(|_, _| {}));
    let mut doctor = doctor(&server, &json!({}));
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        doctor = doctor.env(name, &proxy.url());
    }
    doctor.report().is_healthy();
    assert_eq!(proxy.connections(), 0);
    assert!(server.requests().iter().all(|request| request.path().starts_with("/api/")));
}

#[test]
fn nothing_is_asked_that_loads_or_changes_a_model() {
    let server = ollama();
    doctor(&server, &json!({})).report().is_healthy();
    let mut asked: Vec<String> = server
        .requests()
        .iter()
        .map(|request| request.head.split(" HTTP/").next().unwrap_or_default().to_string())
        .collect();
    asked.sort();
    assert_eq!(asked, ["GET /api/ps", "GET /api/tags", "GET /api/version", "POST /api/show"]);
    let show = server.requests().into_iter().find(|request| request.path() == "/api/show").expect("a show");
    assert_eq!(serde_json::from_str::<Value>(&show.body).expect("JSON"), json!({ "model": "llama3.2:3b" }));
}

#[test]
fn a_server_that_repeats_the_key_does_not_bring_it_into_the_report() {
    const KEY: &str = "sk-canary-1234567890";
    let body = format!("{}Incorrect API key provided: Bearer {KEY} and {KEY}", "x".repeat(180));
    let server = Server::saying(answer("400 Bad Request", "text/plain", &body));
    let mut config = config(&server.url(), PRIMARY);
    config["models"]["providers"]["ollama"]["apiKey"] = json!(KEY);
    let doctor = Doctor::new().config(&config.to_string()).args(&["--format", "json", "-vv"]);
    let run = doctor.run();
    assert!(!(run.stdout.clone() + &run.stderr).contains("canary"), "{}", run.stdout);
}
