//! Ends before the end: deadlines, signals, a reader that goes away.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::doctor::*;
use crate::servers::{Server, json_answer, send, shown, wait_for_end};

const PRIMARY: &str = "ollama/llama3.2:3b";

/// Lists models and then says nothing about any of them.
fn hangs_at_show() -> Server {
    Server::http(|request, stream| match request.path() {
        "/api/show" => wait_for_end(stream),
        _ => send(
            stream,
            &json_answer(&json!({ "version": "0.32.15", "models": [{ "name": "llama3.2:3b" }] })),
        ),
    })
}

fn wait(child: &mut Child) -> ExitStatus {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
        assert!(Instant::now() < until, "the doctor does not end");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn output(child: &mut Child) -> (String, String) {
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().expect("a pipe").read_to_string(&mut stdout).expect("UTF-8");
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("UTF-8");
    (stdout, stderr)
}

#[test]
fn a_signal_ends_the_look_and_what_is_known_is_printed() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let server = hangs_at_show();
        let doctor = Doctor::with(&server.url(), PRIMARY).args(&["--format", "json"]);
        let mut child = doctor.spawn();
        server.wait_for_request("/api/show");
        let sent = Instant::now();
        kill(Pid::from_raw(i32::try_from(child.id()).expect("a pid")), signal).expect("the doctor runs");
        let status = wait(&mut child);
        assert!(sent.elapsed() < Duration::from_secs(2), "{signal}: {:?}", sent.elapsed());
        let (stdout, stderr) = output(&mut child);
        assert_eq!((status.code(), &*stderr), (Some(code), ""), "{signal}");
        let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"));
        let row =
            |id: &str| list(&report["checks"]).iter().find(|row| row["id"] == *id).expect("a row").clone();
        assert_eq!(
            (&row(API_TAGS)["status"], &row(TOOL_MODELS)["status"]),
            (&json!("pass"), &json!("unknown"))
        );
        assert_eq!(row(TOOL_MODELS)["error"], "interrupted");
    }
}

#[test]
fn a_signal_ends_the_wait_between_two_looks() {
    let doctor = Doctor::with("http://127.0.9.5:11995", PRIMARY).args(&["--wait", "60s", "-q"]);
    let mut child = doctor.spawn();
    // Long enough for the first look to be over.
    std::thread::sleep(Duration::from_millis(500));
    kill(Pid::from_raw(i32::try_from(child.id()).expect("a pid")), Signal::SIGINT).expect("the doctor runs");
    let status = wait(&mut child);
    let (stdout, _) = output(&mut child);
    assert_eq!(status.code(), Some(130));
    assert!(!stdout.is_empty(), "the first look is reported");
}

#[test]
fn every_hang_ends_within_the_timeout_with_a_report() {
    let silent = || Server::http(|_, stream| wait_for_end(stream));
    for (server, cause) in [(silent(), Some("timed-out")), (hangs_at_show(), None)] {
        let report = Doctor::with(&server.url(), PRIMARY).args(&["--timeout", "700ms"]).report();
        assert!(report.run.took < Duration::from_millis(2200), "{:?}", report.run.took);
        match cause {
            Some(cause) => report.fails(API_TAGS, cause),
            None => assert_eq!(report.status(TOOL_MODELS), "unknown", "{}", report.short()),
        }
    }
}

#[test]
fn a_listener_beside_the_target_that_hangs_holds_nothing_up() {
    if !alone!() {
        return;
    }
    let hangs = Server::http(|_, stream| wait_for_end(stream));
    let port = hangs.address.port();
    let report = Doctor::with(&format!("http://127.0.0.2:{port}"), PRIMARY).report();
    assert!(report.run.took < Duration::from_secs(4), "{:?}", report.run.took);
    assert_eq!(report.status(PORT_REACHABLE), "fail");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let server = Server::ollama(json!([{ "name": "llama3.2:3b" }]), |_| shown(&["tools"]));
    for arguments in [&["-vv"][..], &["--format", "json"], &["-q"]] {
        let doctor = Doctor::with(&server.url(), PRIMARY).args(arguments);
        let mut child = doctor.spawn();
        drop(child.stdout.take());
        let status = wait(&mut child);
        let mut stderr = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("UTF-8");
        assert_eq!((status.code(), &*stderr), (Some(0), ""), "{arguments:?}");
    }
    for verb in [&["list"][..], &["explain", PRIMARY_MODEL]] {
        let doctor = Doctor::new().args(verb);
        let mut child = doctor.spawn();
        // As `head -1` does: one line, and no more.
        let mut line = String::new();
        let mut stdout = BufReader::with_capacity(1, child.stdout.take().expect("a pipe"));
        stdout.read_line(&mut line).expect("a line");
        drop(stdout);
        assert_eq!(wait(&mut child).code(), Some(0), "{verb:?}");
        let mut stderr = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("UTF-8");
        assert_eq!(stderr, "", "{verb:?}");
    }
}

#[test]
fn a_stdout_that_cannot_be_written_is_told() {
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else {
        return left_out("a full disk: there is no /dev/full");
    };
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_openclaw-doctor"))
        .arg("list")
        .env_clear()
        .stdout(full)
        .stderr(std::process::Stdio::piped())
        .output()
        .expect("the doctor starts");
    assert_eq!(status.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&status.stderr).contains("stdout cannot be written"));
}
