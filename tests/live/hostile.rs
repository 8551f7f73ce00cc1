//! Names and texts that try to do something: no command that is printed does
//! anything but what it says, and nothing steers the terminal.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::doctor::*;
use crate::servers::{Server, answer, json_answer, send, shown};
use crate::standin::Standin;

/// Programs that the commands may run.
const PROGRAMS: [&str; 12] = [
    "sudo",
    "ollama",
    "openclaw",
    "systemctl",
    "ss",
    "curl",
    "grep",
    "journalctl",
    "tee",
    "mkdir",
    "rm",
    "sh",
];
/// Programs that only a name could bring in.
const TRAPS: [&str; 3] = ["touch", "reboot", "id"];

const NAMES: [&str; 16] = [
    "$(touch canary)",
    "`touch canary`",
    "x; touch canary",
    "x' ; touch canary ; '",
    "x\" ; touch canary ; \"",
    "x && reboot",
    "x\ntouch canary",
    "x\r\ntouch canary #",
    "x > canary",
    "--help",
    "-rf /",
    "../../../etc/passwd",
    "x\u{1b}[2J\u{1b}]0;canary\u{7}",
    "x\u{202e}yz\u{200b}",
    "x\u{9b}31m",
    "${IFS}$IFS$9touch canary",
];

/// Stubs in place of programs, each of which writes down that it ran, and how.
struct Stubs {
    dir: TempDir,
}

impl Stubs {
    fn new() -> Stubs {
        let dir = TempDir::new().expect("a directory");
        std::fs::create_dir(dir.path().join("bin")).expect("a directory");
        let (stub, log) = (dir.path().join("stub"), dir.path().join("log").display().to_string());
        // One write, so that the calls of a pipeline do not mix.
        let script = "#!/bin/sh\ncall=${0##*/}\nfor word in \"$@\"; do call=\"$call <$word>\"; done\n";
        let script = format!("{script}printf '%s\\n' \"$call\" >> {log}\n");
        // Another process writes it, for the reason that `standin::copy` gives.
        let write = "printf '%s' \"$1\" > \"$2\" && chmod 755 \"$2\"";
        let status = Command::new("/bin/sh").args(["-c", write, "sh", &script]).arg(&stub).status();
        assert!(status.is_ok_and(|status| status.success()), "the stub cannot be written");
        for program in PROGRAMS.iter().chain(&TRAPS) {
            std::os::unix::fs::symlink(&stub, dir.path().join("bin").join(program)).expect("a link");
        }
        std::fs::create_dir(dir.path().join("cwd")).expect("a directory");
        Stubs { dir }
    }

    /// Runs a command and gives the calls that it made, sorted.
    fn run(&self, command: &str) -> Vec<String> {
        let log = self.dir.path().join("log");
        // There is none before the first command.
        let _ = std::fs::remove_file(&log);
        let status = Command::new("/bin/sh")
            .args(["-c", command])
            .env_clear()
            .env("PATH", self.dir.path().join("bin"))
            .current_dir(self.dir.path().join("cwd"))
            .stdin(std::process::Stdio::null())
            .output();
        assert!(status.is_ok(), "{command}");
        let mut calls: Vec<String> =
            std::fs::read_to_string(&log).unwrap_or_default().lines().map(str::to_string).collect();
        calls.sort();
        calls
    }

    /// That a command runs only what it may, and leaves no file behind.
    fn expect_harmless(&self, command: &str) {
        let control =
            command.chars().find(|c| is_unsafe(*c) && !(*c == '\n' && command.contains("<< 'EOF'")));
        assert_eq!(control, None, "a raw control character: {command:?}");
        for call in self.run(command) {
            let program = call.split(' ').next().unwrap_or_default();
            assert!(PROGRAMS.contains(&program), "{command:?} ran {call:?}");
        }
        let left: Vec<_> = std::fs::read_dir(self.dir.path().join("cwd")).expect("a directory").collect();
        assert!(left.is_empty(), "{command:?} left {left:?}");
    }
}

/// Looks with this config, judges every command, and sees that no text format
/// lets a control character through.
fn expect_harmless(stubs: &Stubs, config: &Value) -> Report {
    let config = config.to_string();
    let report = Doctor::new().config(&config).args(&["--offline"]).report();
    for command in report.commands() {
        stubs.expect_harmless(&command);
    }
    steers_nothing(&Doctor::new().config(&config).args(&["--offline", "-vv"]).run());
    report
}

fn steers_nothing(run: &Run) {
    let raw = run.stdout.chars().find(|c| *c != '\n' && is_unsafe(*c));
    assert_eq!(raw, None, "{:?}", run.stdout);
}

#[test]
fn the_stubs_see_what_a_bad_command_would_do() {
    let stubs = Stubs::new();
    assert_eq!(stubs.run("ollama pull $(touch canary)"), ["ollama <pull>", "touch <canary>"]);
    assert_eq!(stubs.run("sudo systemctl start ollama"), ["sudo <systemctl> <start> <ollama>"]);
    assert!(!Path::new("canary").exists());
}

#[test]
fn a_hostile_primary_gets_into_no_command() {
    let ollama = Standin::with(&["llama3.2:3b", "tinyllama"]);
    let stubs = Stubs::new();
    for name in NAMES {
        for primary in [name.to_string(), format!("ollama/{name}"), format!("{name}/x")] {
            let report = expect_harmless(&stubs, &config(&ollama.url(), &primary));
            if primary.starts_with("ollama/") {
                assert_eq!(report.cause(PRIMARY_MODEL), "invalid-name", "{primary:?}");
            }
            let commands = report.commands().join("\n");
            assert!(!commands.contains(name), "{primary:?}: {commands}");
            if primary == name {
                steers_nothing(&Doctor::with(&ollama.url(), &primary).args(&["-q"]).run());
            }
        }
    }
}

#[test]
fn the_names_that_a_server_lists_get_into_no_command_and_steer_nothing() {
    let stubs = Stubs::new();
    let models: Vec<Value> = NAMES.iter().map(|name| json!({ "name": name })).collect();
    let with_tools = Server::ollama(json!(models), |_| shown(&["completion", "tools"]));
    let without = Server::ollama(json!(models), |_| shown(&["\u{1b}[31mred", "$(touch canary)"]));
    for server in [&with_tools, &without] {
        for primary in ["ollama/qwen3:8b", "qwen3", "olama/qwen3:8b"] {
            let report = expect_harmless(&stubs, &config(&server.url(), primary));
            assert_eq!(report.status(API_TAGS), "pass");
            assert!(
                report.commands().iter().all(|command| !command.contains("canary")),
                "{:?}",
                report.commands()
            );
        }
    }
}

#[test]
fn hostile_base_urls_and_providers_are_one_word_of_a_command() {
    let stubs = Stubs::new();
    for name in NAMES {
        let url = format!("127.0.0.1:11434/{name}");
        expect_harmless(&stubs, &config(&url, "ollama/qwen3:8b"));
        expect_harmless(&stubs, &config(&format!("http://{name}:11434"), "ollama/qwen3:8b"));
        let mut odd = config("", "");
        odd["models"]["providers"] =
            json!({ name: { "api": "ollama", "baseUrl": "127.0.0.1:1", "models": [] } });
        odd["agents"]["defaults"]["model"] = json!(format!("{name}/qwen3:8b"));
        expect_harmless(&stubs, &odd);
    }
}

#[test]
fn a_hostile_provider_is_one_word_of_the_command_that_points_it_elsewhere() {
    if !alone!() {
        return;
    }
    let stubs = Stubs::new();
    let ollama = Server::http(|_, stream| {
        send(stream, &json_answer(&json!({ "version": "\u{1b}[31m$(touch canary)" })))
    });
    let url = format!("http://127.0.0.2:{}", ollama.address.port());
    for name in NAMES {
        let mut odd = config("", "");
        odd["models"]["providers"] = json!({ name: { "api": "ollama", "baseUrl": url, "models": [] } });
        let report = expect_harmless(&stubs, &odd);
        assert_eq!(report.cause(BIND_ADDRESS), "other-address", "{name:?}: {}", report.short());
    }
}

#[test]
fn what_a_server_says_steers_no_terminal() {
    let stubs = Stubs::new();
    let escape = "\u{1b}[2J\u{1b}]8;;http://evil/\u{7}click\u{202e}\u{9b}31m\u{7f}";
    for bytes in [
        answer("500 Internal Server Error", "text/plain", escape),
        answer("200 OK", "text/html", escape),
        answer("403 Forbidden", "text/html", escape),
        format!("HTTP/1.1 302 Found\r\nLocation: http://x/{}\r\nContent-Length: 0\r\n\r\n", "\u{202e}\u{9b}")
            .into_bytes(),
        "HTTP/1.1 404 Not Found\r\nServer: a\u{202e}b\u{200b}\r\nContent-Length: 0\r\n\r\n".into(),
        json_answer(&json!({ "version": escape, "models": [{ "name": escape }] })),
    ] {
        let server = Server::saying(bytes);
        let report = expect_harmless(&stubs, &config(&server.url(), "ollama/qwen3:8b"));
        assert_eq!(report.run.code, 1);
    }
}

#[test]
fn a_hostile_line_of_a_config_is_shown_masked_and_tame() {
    for text in ["{ a: '\u{1b}[2J\u{202e}' b }", "{ \u{1b}]0;canary\u{7} }", "{ models: { \u{9b}31m x y } }"]
    {
        for arguments in [&["-vv"][..], &["--format", "json"]] {
            let run = Doctor::new().config(text).args(arguments).run();
            let raw = run.stdout.chars().find(|c| *c != '\n' && is_unsafe(*c));
            assert_eq!((raw, run.code), (None, 1), "{:?}", run.stdout);
            assert!(!run.stdout.contains("canary"));
        }
    }
}
