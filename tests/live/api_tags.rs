//! `ollama/api-tags`: whatever else may answer on Ollama's port.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::doctor::*;
use crate::servers::{Request, Server, answer, json_answer, reset, send, shown, wait_for_end};

const PRIMARY: &str = "ollama/llama3.2:3b";
const NGINX: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center>nginx</center>\r\n</body></html>";

type Behave = Box<dyn Fn(&Request, &mut TcpStream) + Send + Sync>;

struct Row {
    name: &'static str,
    behave: Behave,
    cause: &'static str,
    fix: &'static str,
    /// Words of the evidence.
    seen: &'static str,
}

fn behaving(
    name: &'static str,
    cause: &'static str,
    fix: &'static str,
    seen: &'static str,
    behave: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static,
) -> Row {
    Row { name, behave: Box::new(behave), cause, fix, seen }
}

fn saying(
    name: &'static str,
    cause: &'static str,
    fix: &'static str,
    seen: &'static str,
    bytes: impl Into<Vec<u8>>,
) -> Row {
    let bytes = bytes.into();
    behaving(name, cause, fix, seen, move |_, stream| send(stream, &bytes))
}

fn other_services() -> Vec<Row> {
    let ok = |kind: &str, body: &str| answer("200 OK", kind, body);
    let who = |name, seen, bytes| saying(name, "not-ollama", "who", seen, bytes);
    vec![
        who("a web page", "<title>Welcome</title>", ok("text/html", "<html><title>Welcome</title></html>")),
        who("an empty page", "/api/tags", ok("text/html", "")),
        who("other JSON", "no `models`", ok("application/json", r#"{"status":"ok","tags":[]}"#)),
        who("a JSON list", "no `models`", ok("application/json", "[1,2,3]")),
        who("a JSON string", "no `models`", ok("application/json", "\"hello\"")),
        who("models that are null", "`models` is no list", ok("application/json", r#"{"models":null}"#)),
        who("models by name", "`models` is no list", ok("application/json", r#"{"models":{"a":1}}"#)),
        who("not found", "404", answer("404 Not Found", "text/plain", "404 page not found")),
        who("a method that is refused", "405", answer("405 Method Not Allowed", "text/plain", "no")),
        who("too many requests", "429", answer("429 Too Many Requests", "text/plain", "slow down")),
        who("no HTTP at all", "no HTTP answer", b"hello, who is there?\n".to_vec()),
        who("bytes", "no HTTP answer", vec![0xff, 0x00, 0x1b, 0x9b, 0x0a, 0x0a]),
    ]
}

fn refusals() -> Vec<Row> {
    let with = |name, cause, fix, seen, status, body| {
        saying(name, cause, fix, seen, answer(status, "text/html", body))
    };
    let gateway = |name, seen, status| with(name, "bad-gateway", "behind-proxy", seen, status, NGINX);
    vec![
        with("401", "unauthorized", "key", "401", "401 Unauthorized", r#"{"error":"unauthorized"}"#),
        with("401 without a body", "unauthorized", "key", "empty body", "401 Unauthorized", ""),
        with("403 without a body", "host-check", "host-header", "empty body", "403 Forbidden", ""),
        with("403", "forbidden", "who", "403: <h1>Forbidden</h1>", "403 Forbidden", "<h1>Forbidden</h1>"),
        with(
            "500",
            "server-error",
            "log",
            "500: {\"error\":\"x\"}",
            "500 Internal Server Error",
            "{\"error\":\"x\"}",
        ),
        with("501", "server-error", "log", "501", "501 Not Implemented", "no"),
        gateway("502", "502: <html> <head><title>502 Bad Gateway", "502 Bad Gateway"),
        gateway("503", "503: ", "503 Service Unavailable"),
        gateway("504", "504: ", "504 Gateway Time-out"),
    ]
}

fn broken_answers() -> Vec<Row> {
    let ok = |body: &str| answer("200 OK", "application/json", body);
    let nested = "[".repeat(200_000);
    let cut_in_a_chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"models\":[";
    vec![
        saying("JSON cut short", "broken-json", "log", "line 1 column", ok(r#"{"models":[{"name":"a""#)),
        saying("brackets without end", "broken-json", "log", "line 1 column", ok(&nested)),
        saying(
            "brackets in models",
            "broken-json",
            "log",
            "line 1 column",
            ok(&format!("{{\"models\":{nested}")),
        ),
        saying(
            "closed mid-body",
            "cut-off",
            "log",
            "connection closed",
            &b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{\"mod"[..],
        ),
        saying("closed mid-chunk", "cut-off", "log", "connection closed", cut_in_a_chunk),
        saying(
            "closed in the headers",
            "cut-off",
            "log",
            "connection closed",
            &b"HTTP/1.1 200 OK\r\nContent-Le"[..],
        ),
        saying("closed without a word", "cut-off", "log", "connection closed", Vec::new()),
        behaving("reset mid-body", "cut-off", "log", "connection closed", |_, stream| {
            send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{\"models\":[");
            reset(stream);
        }),
        behaving("reset at once", "cut-off", "log", "connection closed", |_, stream| reset(stream)),
        behaving("a body without end", "too-large", "log", "8388608 bytes or more", |_, stream| {
            use std::io::Write;
            send(stream, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"models\":[");
            let row = "{\"name\":\"llama3.2:3b\"},".repeat(4096);
            while stream.write_all(row.as_bytes()).is_ok() {}
        }),
    ]
}

fn slow_answers() -> Vec<Row> {
    let slow = |name, seen, behave| Row { name, behave, cause: "timed-out", fix: "who", seen };
    vec![
        slow("no answer", "nothing after", Box::new(|_, stream| wait_for_end(stream))),
        slow(
            "headers and no body",
            "headers, but no end after",
            Box::new(|_, stream| {
                send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n");
                wait_for_end(stream);
            }),
        ),
        slow(
            "half of the headers",
            "nothing after",
            Box::new(|_, stream| {
                send(stream, b"HTTP/1.1 200 OK\r\nContent-Le");
                wait_for_end(stream);
            }),
        ),
        slow(
            "one byte at a time",
            "headers, but no end after",
            Box::new(|_, stream| {
                use std::io::Write;
                send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n");
                while stream.write_all(b" ").is_ok() {
                    std::thread::sleep(Duration::from_millis(10));
                }
            }),
        ),
    ]
}

/// The row's server, and what the doctor makes of it.
fn check(row: Row, arguments: &[&str], at_most: Duration) {
    let (name, behave) = (row.name, row.behave);
    let server = Server::http(behave);
    let report = Doctor::with(&server.url(), PRIMARY).args(arguments).report();
    assert!(report.run.took < at_most, "{name}: {:?}", report.run.took);
    assert_eq!((report.status(API_TAGS), report.status(PORT_REACHABLE)), ("fail", "pass"), "{name}");
    report.fails(API_TAGS, row.cause);
    let evidence = report.evidence(API_TAGS);
    assert!(evidence.contains(row.seen), "{name}: {evidence}");
    assert!(evidence.contains(&format!("openclaw uses: {}", server.url())), "{name}: {evidence}");
    // Without Ollama's unit there is none to restart; which fix takes its place is for the page.
    let fixes = report.fixes(API_TAGS);
    assert!(fixes.first().is_some_and(|fix| row.fix.starts_with(fix)), "{name}: {fixes:?}, not {}", row.fix);
    report.waits(&[TOOL_MODELS, PRIMARY_MODEL], API_TAGS, API_TAGS);
    assert_eq!(report.json["startHere"], API_TAGS);
}

#[test]
fn another_service_is_no_ollama() {
    for row in other_services() {
        check(row, &[], Duration::from_secs(5));
    }
}

#[test]
fn refusals_are_told_apart() {
    for row in refusals() {
        check(row, &[], Duration::from_secs(5));
    }
}

#[test]
fn broken_answers_are_told_apart() {
    for row in broken_answers() {
        check(row, &[], Duration::from_secs(10));
    }
}

#[test]
fn slow_answers_end_within_the_timeout() {
    for row in slow_answers() {
        check(row, &["--timeout", "1s"], Duration::from_millis(2500));
    }
}

#[test]
fn a_hang_is_never_taken_for_a_failed_look_of_ours() {
    for milliseconds in [200, 250, 300, 350, 400, 450, 500, 550] {
        let at_most = Duration::from_millis(milliseconds + 1500);
        check(slow_answers().remove(0), &["--timeout", &format!("{milliseconds}ms")], at_most);
    }
}

#[test]
fn a_server_that_hangs_is_granted_what_openclaw_grants_it() {
    let row = slow_answers().remove(0);
    let started = Instant::now();
    check(row, &[], Duration::from_secs(10));
    assert!(started.elapsed() >= Duration::from_secs(5));
}

#[test]
fn a_banner_that_comes_unasked_is_no_ollama() {
    let server = Server::tcp_on("127.0.0.1:0", |mut stream| {
        send(&mut stream, b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
        wait_for_end(&mut stream);
    });
    // Whether the banner or the request comes first is a race, which must not matter.
    for _ in 0..8 {
        let report = Doctor::with(&server.url(), PRIMARY).args(&["--timeout", "4s"]).report();
        report.fails(API_TAGS, "not-ollama");
        assert!(report.message(API_TAGS).contains("does not speak HTTP"));
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Server::saying(json_answer(&json!({ "models": [] })));
    let other = format!("http://u:canary@{}/api/tags?key=canary", elsewhere.address);
    let places =
        [("301 Moved Permanently", "/login"), ("302 Found", &other), ("307 Temporary Redirect", &other)];
    for (status, to) in places.iter().chain(&[("308 Permanent Redirect", "")]) {
        let location = if to.is_empty() { String::new() } else { format!("Location: {to}\r\n") };
        let server = Server::saying(format!("HTTP/1.1 {status}\r\n{location}Content-Length: 0\r\n\r\n"));
        let mut config = config(&server.url(), PRIMARY);
        config["models"]["providers"]["ollama"]["apiKey"] = json!("sk-canary-0123456789");
        let report = Doctor::new().config(&config.to_string()).report();
        report.fails(API_TAGS, "redirected");
        assert_eq!(report.fixes(API_TAGS), ["base-url"]);
        assert!(report.evidence(API_TAGS).contains(&format!("{}, Location: ", &status[..3])));
        assert!(!report.run.stdout.contains("canary"), "{}", report.short());
        let asked = server.requests().iter().filter(|request| request.path() == "/api/tags").count();
        assert_eq!(asked, 1, "{status}");
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn https_on_a_plain_port_is_told_from_another_service() {
    // Go's server answers a handshake in plain HTTP, and so does nginx.
    let plain = Server::tcp_on("127.0.0.1:0", |mut stream| {
        use std::io::Read;
        let _ = stream.read(&mut [0; 4096]);
        send(&mut stream, &answer("400 Bad Request", "text/plain", "400 Bad Request"));
    });
    let ends = Server::tcp_on("127.0.0.1:0", |_| {});
    for address in [plain.address, ends.address] {
        let report = Doctor::with(&format!("https://{address}"), PRIMARY).args(&["--timeout", "4s"]).report();
        report.fails(API_TAGS, "tls");
        assert_eq!(report.fixes(API_TAGS), ["plain-http"]);
    }
}

#[test]
fn what_ollama_may_say_and_no_test_of_it_would() {
    for (name, body, seen) in [
        (
            "duplicate keys",
            r#"{"models":[{"name":"no:1"}],"models":[{"name":"x","name":"llama3.2:3b"}]}"#,
            "1 model",
        ),
        (
            "rows without names",
            r#"{"models":[null,7,"x",{},{"name":""},{"name":7},{"name":"llama3.2:3b"}]}"#,
            "1 model",
        ),
        ("numbers out of range", r#"{"models":[{"name":"llama3.2:3b","size":1e400}]}"#, ""),
        ("strange numbers", r#"{"models":[{"name":"llama3.2:3b","size":-1.5,"details":7}]}"#, "1 model"),
        ("an escape too many", r#"{"models":[{"name":"llama3.2:3b"},{"name":"\ud83d\ude00"}]}"#, "2 models"),
    ] {
        let bytes = answer("200 OK", "application/json", body);
        let server = Server::http(move |request, stream| match request.path() {
            "/api/tags" => send(stream, &bytes),
            "/api/show" => send(stream, &shown(&["completion", "tools"])),
            _ => send(stream, &json_answer(&json!({ "version": "0.32.15", "models": [] }))),
        });
        let report = Doctor::with(&server.url(), PRIMARY).report();
        if seen.is_empty() {
            assert_eq!(report.cause(API_TAGS), "broken-json", "{name}");
            continue;
        }
        assert!(
            report.said(API_TAGS).contains(&format!("lists {seen} ")),
            "{name}: {}",
            report.said(API_TAGS)
        );
        assert_eq!(report.status(PRIMARY_MODEL), "pass", "{name}");
    }
}

#[test]
fn a_path_in_the_base_url_comes_before_the_api() {
    let server = Server::http(|request, stream| match request.path() {
        "/ollama/api/tags" => send(stream, &json_answer(&json!({ "models": [] }))),
        _ => send(stream, &answer("404 Not Found", "text/plain", "no")),
    });
    for path in ["/ollama", "/ollama/", "/ollama/v1"] {
        let report = Doctor::with(&format!("{}{path}", server.url()), PRIMARY).report();
        assert_eq!(report.status(API_TAGS), "pass", "{path}");
    }
}

#[test]
fn a_header_that_only_openclaw_can_look_up_leaves_a_401_undecided() {
    let proxy = Server::http(|request, stream| {
        let known = request.header("x-key") == Some("right");
        let status = if known { "200 OK" } else { "401 Unauthorized" };
        send(stream, &answer(status, "application/json", r#"{"models":[]}"#));
    });
    let with = |header: Value| {
        let mut config = config(&proxy.url(), "ollama/llama3.2:3b");
        config["models"]["providers"]["ollama"]["headers"] = json!({ "X-Key": header });
        Doctor::new().config(&config.to_string()).report()
    };
    let elsewhere = with(json!({ "source": "exec", "provider": "vault", "id": "ollama/key" }));
    assert_eq!(elsewhere.status(API_TAGS), "unknown", "{}", elsewhere.short());
    // A header that went along was wrong.
    assert_eq!(with(json!("wrong")).cause(API_TAGS), "unauthorized");
    // A variable that nobody set has no value for OpenClaw either.
    let unset = json!({ "source": "env", "provider": "default", "id": "OLLAMA_PROXY_KEY" });
    assert_eq!(with(unset).cause(API_TAGS), "unauthorized");
}
