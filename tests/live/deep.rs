//! `--deep`: one question, asked as OpenClaw asks it, and every way in which the answer can go wrong.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::doctor::*;
use crate::servers::{Server, answer, json_answer, send, wait_for_end};
use crate::standin::{Spec, Standin};

const ANSWERS: &str = "ollama/answers";
const PRIMARY: &str = "ollama/llama3.2:3b";

/// An Ollama with one model that can call tools, and this for the answer to `/api/chat`.
fn answering(chat: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Server {
    let shown = json!({
        "capabilities": ["completion", "tools"], "model_info": { "llama.context_length": 131_072 },
    });
    Server::http(move |request, stream| match request.path() {
        "/api/chat" => chat(stream),
        "/api/show" => send(stream, &json_answer(&shown)),
        _ => send(
            stream,
            &json_answer(&json!({ "version": "0.32.15", "models": [{ "name": "llama3.2:3b" }] })),
        ),
    })
}

fn saying(bytes: Vec<u8>) -> Server {
    answering(move |stream| send(stream, &bytes))
}

fn lines(lines: &[Value]) -> Vec<u8> {
    let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
    answer("200 OK", "application/x-ndjson", &body)
}

fn deep(server: &Server) -> Doctor {
    Doctor::with(&server.url(), PRIMARY).args(&["--deep"])
}

/// The body of the one question that came.
fn asked(server: &Server, path: &str) -> Value {
    let all: Vec<_> = server.requests().into_iter().filter(|request| request.path() == path).collect();
    assert_eq!(all.len(), 1);
    serde_json::from_str(&all[0].body).expect("JSON")
}

#[test]
fn nothing_is_asked_and_nothing_is_missing_without_the_flag() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    let report = Doctor::with(&ollama.url(), PRIMARY).args(&["--strict", "--skip", "dns"]).report();
    assert_eq!(report.row(ANSWERS)["reason"], "not asked (--deep)");
    assert_eq!((report.run.code, &report.json["verdict"]), (0, &json!("ok")), "{}", report.short());
    assert!(ollama.requests().iter().all(|request| !request.contains("chat")));
}

#[test]
fn a_model_that_calls_the_tool_works_with_numbers() {
    for (version, place) in [("0.32.15", "current_time: "), ("0.20.0", "current_time in line 1")] {
        let variables = [("STANDIN_VERSION", version)];
        let ollama = Spec { models: &["llama3.2:3b"], variables: &variables, ..Spec::default() }.start();
        let report = Doctor::with(&ollama.url(), PRIMARY).args(&["--deep"]).report();
        assert_eq!(report.status(ANSWERS), "pass", "{}", report.short());
        let said = report.said(ANSWERS);
        assert!(said.contains(&format!("called the tool {place}")), "{said}");
        for word in ["first token after", "prompt 1000 tokens/s", "context 32768", "on the CPU"] {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
}

#[test]
fn the_question_is_that_of_openclaw() {
    let call =
        json!({ "message": { "tool_calls": [{ "function": { "name": "current_time" } }] }, "done": true });
    let server = saying(lines(&[call]));
    let report = deep(&server).report();
    assert_eq!(report.status(ANSWERS), "pass", "{}", report.short());
    let body = asked(&server, "/api/chat");
    // Ollama would have the same prompt ready the second time, and pass for fast.
    let again = saying(lines(&[json!({ "message": { "content": "hello" }, "done": true })]));
    deep(&again).report();
    let other = asked(&again, "/api/chat");
    for begins in ["/messages/0/content", "/tools/0/function/description"] {
        let start =
            |body: &Value| body.pointer(begins).and_then(Value::as_str).map(|text| text[..30].to_string());
        assert!(start(&body).is_some() && start(&body) != start(&other), "{begins}");
    }
    for (key, value) in [("stream", true), ("truncate", false), ("shift", false), ("think", false)] {
        assert_eq!(body[key], value, "{body}");
    }
    assert_eq!((&body["options"]["num_ctx"], &body["model"]), (&json!(32_768), &json!("llama3.2:3b")));
    assert_eq!(list(&body["tools"]).len(), 1);
    assert!(body["keep_alive"].is_null());
    let chat = server.requests().into_iter().find(|request| request.path() == "/api/chat").expect("a chat");
    assert_eq!(chat.header("authorization"), Some("Bearer ollama-local"));
}

#[test]
fn the_older_format_streams_with_the_tool_too() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    let mut config = config(&format!("{}/v1", ollama.url()), PRIMARY);
    let provider = &mut config["models"]["providers"]["ollama"];
    (provider["api"], provider["models"]) =
        (json!("openai-completions"), json!([{ "id": "llama3.2:3b", "name": "x" }]));
    let report = Doctor::new().config(&config.to_string()).args(&["--deep"]).report();
    assert_eq!(report.status(ANSWERS), "pass", "{}", report.short());
    assert!(
        report.said(ANSWERS).contains("called the tool current_time in line"),
        "{}",
        report.said(ANSWERS)
    );
    assert!(ollama.requests().contains(&"POST /v1/chat/completions".to_string()));
    assert_eq!(report.cause("openclaw/api-mode"), "openai-format");
}

#[test]
fn every_refusal_has_its_cause() {
    let error = |text: &str| json!({ "error": text }).to_string();
    for (status, body, cause) in [
        ("400 Bad Request", error("registry.ollama.ai/library/x:latest does not support tools"), "no-tools"),
        ("404 Not Found", error("model 'llama3.2:3b' not found"), "not-found"),
        ("404 Not Found", "404 page not found".into(), "no-such-path"),
        ("503 Service Unavailable", error("server busy, please try again."), "busy"),
        ("500 Internal Server Error", error("llama-server reported out-of-memory"), "out-of-memory"),
        ("500 Internal Server Error", error("model requires more system memory (9 GiB)"), "out-of-memory"),
        ("500 Internal Server Error", error("exit status 2"), "server-error"),
        ("504 Gateway Time-out", "<html>".into(), "proxy"),
        ("401 Unauthorized", error("unauthorized"), "refused-key"),
    ] {
        let server = saying(answer(status, "application/json", &body));
        deep(&server).report().fails(ANSWERS, cause);
    }
}

#[test]
fn what_goes_wrong_in_a_stream_is_told() {
    let word = |text: &str| json!({ "message": { "content": text }, "done": false });
    let done = json!({ "message": { "content": "" }, "done": true });
    let call = r#"{"name": "current_time", "arguments": {"zone": "UTC"}}"#;
    for (bytes, cause) in [
        (lines(&[word("a"), json!({ "error": "signal: killed" })]), "out-of-memory"),
        (lines(&[word("a"), json!({ "error": "unexpected EOF" })]), "server-error"),
        (lines(&[word("a")]), "cut-off"),
        (lines(&[word(call), done.clone()]), "call-as-text"),
        (lines(&[done]), "empty"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n".to_vec(), "cut-off"),
        (answer("200 OK", "text/html", "<html>\x1b[2J</html>"), "cut-off"),
        (answer("200 OK", "text/plain", &"x".repeat(3 << 20)), "cut-off"),
    ] {
        deep(&saying(bytes)).report().fails(ANSWERS, cause);
    }
}

#[test]
fn what_is_slower_than_openclaw_waits_fails_and_a_short_question_does_not_know() {
    let server = answering(wait_for_end);
    let mut config = config(&server.url(), PRIMARY);
    config["models"]["providers"]["ollama"]["timeoutSeconds"] = json!(1);
    let doctor = Doctor::new().config(&config.to_string());
    // The end of the whole run is before that of the question.
    let report = doctor.args(&["--deep", "--deep-timeout", "1500ms", "--timeout", "1s"]).report();
    report.fails(ANSWERS, "too-slow");
    assert!(report.message(ANSWERS).contains("OpenClaw waits 1 s"), "{}", report.short());
    let report = deep(&server).args(&["--deep-timeout", "500ms"]).report();
    assert_eq!(report.status(ANSWERS), "unknown", "{}", report.short());
}

#[test]
fn an_interruption_ends_the_question_and_the_rest_is_printed() {
    let server = answering(wait_for_end);
    let doctor = deep(&server).args(&["--format", "json"]);
    let child = doctor.spawn();
    server.wait_for_request("/api/chat");
    let sent = Instant::now();
    kill(Pid::from_raw(i32::try_from(child.id()).expect("a pid")), Signal::SIGINT).expect("the doctor runs");
    let output = child.wait_with_output().expect("it ends");
    assert!(sent.elapsed() < Duration::from_secs(2), "{:?}", sent.elapsed());
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(output.status.code(), Some(130));
    let row = |id: &str| list(&report["checks"]).iter().find(|row| row["id"] == *id).expect("a row").clone();
    assert_eq!((&row(ANSWERS)["status"], &row(API_TAGS)["status"]), (&json!("unknown"), &json!("pass")));
}
