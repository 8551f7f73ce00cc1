//! The script of `--format sh`: shells can read it, it runs what the fix says
//! with each value as one word, and it stops where it does not belong.

use std::path::Path;
use std::process::{Command, Output};

use openclaw_doctor::render::format::Format;
use openclaw_doctor::render::sh;
use openclaw_doctor::report::Report;

use crate::{HOST, rendered, reports};

fn script(name: &str) -> String {
    rendered(&reports()[name], Format::Sh)
}

#[test]
fn shells_can_read_every_script() {
    let folder = tempfile::tempdir().unwrap();
    for (name, report) in reports() {
        let file = folder.path().join("script");
        std::fs::write(&file, rendered(report, Format::Sh)).unwrap();
        for shell in ["sh", "bash"] {
            let done = Command::new(shell).arg("-n").arg(&file).output().unwrap();
            assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
        }
    }
}

/// Runs a script where nothing but programs that write down how they were called can be found.
fn run(script: &str) -> (Output, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    // One write, so that the calls of a pipeline do not mix.
    let call = "#!/bin/sh\ncall=${0##*/}\nfor word; do call=\"$call<$word>\"; done\nprintf '%s\\n' \"$call\" >> \"$LOG\"\n";
    for program in
        ["sudo", "systemctl", "openclaw", "ollama", "ss", "grep", "sleep", "journalctl", "env", "reboot"]
    {
        program_at(&folder.path().join(program), call);
    }
    program_at(&folder.path().join("uname"), "#!/bin/sh\necho another-machine\n");
    program_at(&folder.path().join("id"), "#!/bin/sh\necho root\n");
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().env("PATH", folder.path()).env("LOG", &log).args(["-c", script]);
    let output = shell.output().unwrap();
    let calls = std::fs::read_to_string(&log).unwrap_or_default();
    (output, calls.lines().map(String::from).collect())
}

/// Another process writes it: a file that a child of this one still has open for
/// writing cannot be run.
fn program_at(path: &Path, text: &str) {
    let write = "printf '%s' \"$1\" > \"$2\" && chmod 755 \"$2\"";
    let done = Command::new("/bin/sh").args(["-c", write, "sh", text]).arg(path).status();
    assert!(done.unwrap().success(), "{} cannot be written", path.display());
}

fn end_of(report: &Report, user: &str, host: &str) -> (Option<i32>, Vec<String>) {
    let (output, calls) =
        run(&sh::render(report, &openclaw_doctor::render::steps::Reader::named(user), Some(host)));
    (output.status.code(), calls)
}

#[test]
fn it_runs_the_steps_and_then_the_checks() {
    let (output, calls) = run(&script("ollama/bind-address/loopback-only-not-reloaded"));
    assert!(output.status.success(), "{output:?}");
    // The check is a pipe, whose ends start in any order.
    let programs: Vec<&str> = calls[..3].iter().map(|call| call.split('<').next().unwrap()).collect();
    assert_eq!(programs, ["systemctl", "systemctl", "sleep"], "root needs no sudo");
    assert!(
        calls[3..].contains(&"grep<no>".into())
            && calls[3..].iter().any(|call| call.ends_with("<NeedDaemonReload>")),
        "{calls:?}"
    );
    assert_eq!(calls[0], "systemctl<daemon-reload>");
}

#[test]
fn values_are_one_word_whatever_they_are_made_of() {
    let (output, calls) = run(&script("hostile"));
    assert!(output.status.success(), "{output:?}");
    let config = "OPENCLAW_CONFIG_PATH=/home/o'p/$(reboot) \"q\" `id` |<b> @team #2, 100%/openclaw.json";
    let first = format!(
        "sudo<-Hu><o'p $(id)><env><{config}><openclaw><config><set><env.vars.OLLAMA_API_KEY><ollama-local>"
    );
    assert_eq!(calls[0], first);
    assert!(calls.iter().all(|call| !call.starts_with("reboot")), "{calls:?}");
}

#[test]
fn nothing_to_fix_is_said_and_is_no_error() {
    let (output, calls) = run(&script("healthy"));
    assert!(output.status.success() && calls.is_empty(), "{output:?} {calls:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "openclaw-doctor found nothing to fix.\n");
}

#[test]
fn words_are_said_and_nothing_is_claimed() {
    let (output, calls) = run(&script("openclaw/gateway-mode/invalid"));
    assert_eq!((output.status.code(), calls.is_empty()), (Some(1), true), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("Write local or remote"), "{output:?}");
}

#[test]
fn what_belongs_on_another_machine_does_not_run_here() {
    let report = &reports()["ollama/port-reachable/refused-remote"];
    assert!(report.findings[0].fixes[0].on.is_some());
    let (code, calls) = end_of(report, "root", "another-machine");
    assert_eq!((code, calls.len()), (Some(1), 0), "{calls:?}");
    let (code, calls) = end_of(report, "root", HOST);
    assert!(code == Some(0) && !calls.is_empty(), "{calls:?}");
}

#[test]
fn what_the_gateways_user_was_told_runs_as_that_user_only() {
    let report = &reports()["openclaw/primary-model/no-provider"];
    assert_eq!(report.findings[0].fixes[0].user.as_deref(), Some("openclaw"));
    let (code, calls) = end_of(report, "openclaw", HOST);
    assert_eq!((code, calls.len()), (Some(1), 0), "{calls:?}");
    let (code, calls) = end_of(report, "root", HOST);
    assert!(code == Some(0) && calls[0].starts_with("sudo<-iu><openclaw><openclaw><config>"), "{calls:?}");
}
