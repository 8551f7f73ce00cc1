//! Servers that take what they can get: whatever one does, a report comes
//! within the timeout, and the doctor stays small.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use serde_json::json;

use crate::doctor::*;
use crate::servers::{Request, Server, json_answer, send, shown};

const PRIMARY: &str = "ollama/llama3.2:3b";
/// What a run may take, in megabytes.
const MOST: i64 = 64;
const TIMEOUT: Duration = Duration::from_secs(3);

type Behave = Box<dyn Fn(&Request, &mut TcpStream) + Send + Sync>;

struct Row {
    name: &'static str,
    behave: Behave,
    /// The check that names the layer, and its status.
    check: &'static str,
    status: &'static str,
    /// Its cause, where it fails.
    cause: &'static str,
}

fn row(
    name: &'static str,
    (check, status, cause): (&'static str, &'static str, &'static str),
    behave: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static,
) -> Row {
    Row { name, behave: Box::new(behave), check, status, cause }
}

/// An Ollama but for the answer to one path.
fn but_for(
    path: &'static str,
    answer: impl Fn(&mut TcpStream) + Send + Sync + 'static,
) -> impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static {
    move |request, stream| match request.path() {
        asked if asked == path => answer(stream),
        "/api/show" => send(stream, &shown(&["completion", "tools"])),
        _ => send(
            stream,
            &json_answer(&json!({ "version": "0.32.15", "models": [{ "name": "llama3.2:3b" }] })),
        ),
    }
}

/// A body of about this size made of one piece, said to be JSON. It is written
/// block by block: the memory of the one that starts a child counts as the child's.
fn repeated(head: &'static str, piece: &'static str, bytes: usize) -> impl Fn(&mut TcpStream) {
    move |stream| {
        let block = piece.repeat(65536 / piece.len());
        let blocks = bytes / block.len();
        let length = head.len() + blocks * block.len();
        send(stream, format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{head}").as_bytes());
        for _ in 0..blocks {
            send(stream, block.as_bytes());
        }
    }
}

const LIST_FAILS: fn(&'static str) -> (&'static str, &'static str, &'static str) =
    |cause| (API_TAGS, "fail", cause);

fn without_end() -> Vec<Row> {
    vec![
        row("headers without end", LIST_FAILS("not-ollama"), |_, stream| {
            send(stream, b"HTTP/1.1 200 OK\r\n");
            let line = format!("X-Header: {}\r\n", "x".repeat(1000));
            while stream.write_all(line.as_bytes()).is_ok() {}
        }),
        row("one header without end", LIST_FAILS("not-ollama"), |_, stream| {
            send(stream, b"HTTP/1.1 200 OK\r\nX-Header: ");
            while stream.write_all(&[b'x'; 65536]).is_ok() {}
        }),
        row("chunks without end", LIST_FAILS("too-large"), |_, stream| {
            send(stream, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            let chunk = format!("10000\r\n{}\r\n", "[".repeat(65536));
            while stream.write_all(chunk.as_bytes()).is_ok() {}
        }),
        row("interim answers without end", LIST_FAILS("timed-out"), |_, stream| {
            // As fast as a network is, which a program built for debugging keeps up with.
            while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {
                std::thread::sleep(Duration::from_micros(20));
            }
        }),
    ]
}

/// What is small on the wire and large in memory.
fn bombs() -> Vec<Row> {
    let gzip = |stream: &mut TcpStream| {
        // The start of 10 GB of zeros; nothing here unpacks what it did not ask for.
        let mut body = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3];
        body.extend([0xec, 0xc1, 0x01, 0x01].repeat(1000));
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        send(stream, &[head.into_bytes(), body].concat());
    };
    let list = |piece| but_for("/api/tags", repeated("{\"models\":[", piece, 7 << 20));
    vec![
        row("a gzip bomb", LIST_FAILS("not-ollama"), but_for("/api/tags", gzip)),
        row("seven megabytes of objects", LIST_FAILS("too-large"), list("{},")),
        row("seven megabytes of numbers", LIST_FAILS("too-large"), list("1,")),
        row("seven megabytes of texts", LIST_FAILS("too-large"), list("\"\",")),
        row("seven megabytes of models", LIST_FAILS("too-large"), list("{\"name\":\"x\"},")),
        row(
            "objects for a version",
            (API_TAGS, "pass", ""),
            but_for("/api/version", repeated("[", "{},", 9 << 20)),
        ),
        row(
            "objects for what runs",
            (API_TAGS, "pass", ""),
            but_for("/api/ps", repeated("{\"models\":[", "{\"name\":\"x\"},", 9 << 20)),
        ),
        row(
            "objects for a model",
            (TOOL_MODELS, "unknown", ""),
            but_for("/api/show", repeated("{\"model_info\":[", "{},", 9 << 20)),
        ),
    ]
}

fn no_http() -> Vec<Row> {
    vec![
        row("HTTP/0.9", LIST_FAILS("not-ollama"), |_, stream| send(stream, b"{\"models\":[]}")),
        row("HTTP/2", LIST_FAILS("not-ollama"), |_, stream| {
            send(stream, b"\x00\x00\x12\x04\x00\x00\x00\x00\x00");
        }),
        row("TLS on a plain port", LIST_FAILS("not-ollama"), |_, stream| {
            send(stream, b"\x15\x03\x01\x00\x02\x02\x46");
        }),
        row("a status line of numbers", LIST_FAILS("not-ollama"), |_, stream| {
            send(stream, b"HTTP/1.1 99999999999999999999 OK\r\n\r\n");
        }),
        row("two lengths", LIST_FAILS("not-ollama"), |_, stream| {
            send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}");
        }),
        row("a length of 9 exabytes", LIST_FAILS("cut-off"), |_, stream| {
            send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n{}");
        }),
        row("a redirect to itself", LIST_FAILS("redirected"), |_, stream| {
            send(stream, b"HTTP/1.1 302 Found\r\nLocation: /api/tags\r\nContent-Length: 0\r\n\r\n");
        }),
    ]
}

/// Ten thousand models, each written as it is made, for the same reason.
fn ten_thousand_models(stream: &mut TcpStream) {
    send(
        stream,
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"models\":[",
    );
    for index in 0..10_000 {
        let model = json!({ "name": format!("model-{index}:latest"), "model": format!("model-{index}:latest"),
            "modified_at": "2026-11-22T18:17:31.747279965Z", "size": 274_302_450, "digest": "2".repeat(64),
            "details": { "parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"],
                "parameter_size": "137M", "quantization_level": "F16", "context_length": 2048 },
            "capabilities": ["completion", "tools"] });
        send(stream, format!("{model},").as_bytes());
    }
    send(stream, b"{\"name\":\"llama3.2:3b\"}]}");
}

fn large_names(stream: &mut TcpStream) {
    let models = json!([{ "name": "x".repeat(3 << 20) }, { "name": "llama3.2:3b" },
        { "name": "y", "capabilities": vec!["z".repeat(1 << 20); 2] }]);
    send(stream, &json_answer(&json!({ "models": models })));
}

fn many_and_large() -> Vec<Row> {
    vec![
        row("ten thousand models", (API_TAGS, "pass", ""), but_for("/api/tags", ten_thousand_models)),
        row("names of megabytes", (API_TAGS, "pass", ""), but_for("/api/tags", large_names)),
    ]
}

/// Only runs of the doctor are children here, so the largest child is one of them.
fn peak_in_megabytes() -> i64 {
    getrusage(UsageWho::RUSAGE_CHILDREN).expect("the usage of children").max_rss() / 1024
}

fn check(rows: Vec<Row>) {
    for row in rows {
        let server = Server::http(row.behave);
        let report = Doctor::with(&server.url(), PRIMARY).args(&["--timeout", "3s"]).report();
        let (name, took) = (row.name, report.run.took);
        assert!(took < TIMEOUT + Duration::from_millis(1500), "{name}: {took:?}");
        assert_eq!(report.status(row.check), row.status, "{name}: {}", report.short());
        if !row.cause.is_empty() {
            assert_eq!(report.cause(row.check), row.cause, "{name}: {}", report.short());
        }
        assert!(report.run.stdout.len() < 1 << 20, "{name}: a report of {} bytes", report.run.stdout.len());
        let peak = peak_in_megabytes();
        assert!(peak < MOST, "{name}: {peak} MB");
    }
}

#[test]
fn what_never_ends_is_ended() {
    if alone!() {
        check(without_end());
    }
}

#[test]
fn what_is_large_in_memory_is_refused() {
    if alone!() {
        check(bombs());
    }
}

#[test]
fn what_is_no_http_is_told() {
    if alone!() {
        check(no_http());
    }
}

#[test]
fn many_models_and_large_names_are_judged() {
    if alone!() {
        check(many_and_large());
    }
}
