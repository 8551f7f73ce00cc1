//! What stands in `.github/recipes` works with this program: each is run, or read by who reads it.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::doctor::*;
use crate::servers::{Server, answer};

fn recipe(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/recipes").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(recipe(name)).expect(name)
}

fn yaml(name: &str) -> Value {
    serde_saphyr::from_str(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A machine with the program on its PATH, whose OpenClaw uses an Ollama that is not there.
fn machine() -> TempDir {
    let temp = TempDir::new().expect("a folder");
    for folder in ["home/.openclaw", "bin"] {
        std::fs::create_dir_all(temp.path().join(folder)).expect("a folder");
    }
    let config = config("http://127.0.9.10:1", "ollama/llama3.2:3b").to_string();
    std::fs::write(temp.path().join("home/.openclaw/openclaw.json"), config).expect("a config");
    symlink(env!("CARGO_BIN_EXE_openclaw-doctor"), temp.path().join("bin/openclaw-doctor")).expect("a link");
    temp
}

/// Runs a program there, with these variables too.
fn run(machine: &TempDir, words: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new("/usr/bin/env");
    command.arg("--").args(words).current_dir(machine.path()).env_clear();
    command.env("PATH", format!("{}:/usr/bin:/bin", machine.path().join("bin").display()));
    command.env("LANG", "C.UTF-8").envs(variables.iter().copied());
    for name in ["HOME", "OPENCLAW_HOME"] {
        command.env(name, machine.path().join("home"));
    }
    command.output().expect("it starts")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn gitlab_finds_its_reports() {
    let job = &yaml("gitlab-ci.yml")["openclaw"];
    let machine = machine();
    for line in list(&job["script"]) {
        let done = run(&machine, &["sh", "-ec", text(line)], &[]);
        assert_eq!(done.status.code(), Some(1), "{}", said(&done));
    }
    assert_eq!(job["artifacts"]["when"], "always");
    let report = |kind: &str| {
        let file = machine.path().join(text(&job["artifacts"]["reports"][kind]));
        std::fs::read_to_string(file).expect(kind)
    };
    let entries: Value = serde_json::from_str(&report("codequality")).expect("JSON");
    assert!(list(&entries).iter().any(|entry| entry["severity"] == "critical"), "{entries}");
    assert!(report("junit").contains("<testsuites name=\"openclaw-doctor\""));
}

#[test]
fn jenkins_finds_its_report() {
    let pipeline = read("Jenkinsfile");
    let script = pipeline.split("'''").nth(1).expect("a script");
    let machine = machine();
    let done = run(&machine, &["sh", "-xe", "-c", script], &[]);
    assert_eq!(done.status.code(), Some(1), "{}", said(&done));
    let file = pipeline.split("junit '").nth(1).and_then(|rest| rest.split('\'').next()).expect("a file");
    assert!(std::fs::read_to_string(machine.path().join(file)).expect("a report").contains("<failure"));
}

#[test]
fn github_names_the_action_and_inputs_that_it_has() {
    let step = &yaml("github.yml")["jobs"]["doctor"]["steps"][0];
    let uses = text(&step["uses"]);
    let version = concat!("/.github/actions/doctor@v", env!("CARGO_PKG_VERSION"));
    assert!(uses.ends_with(version), "{uses}");
    let action: Value = serde_saphyr::from_str(
        &std::fs::read_to_string(recipe("../actions/doctor/action.yml")).expect("the action"),
    )
    .expect("YAML");
    for input in step["with"].as_object().expect("inputs").keys() {
        assert!(action["inputs"][input].is_object(), "{input}");
    }
    assert_eq!(yaml("github.yml")["permissions"]["security-events"], "write");
}

#[test]
fn compose_hears_whether_it_is_healthy() {
    let check = yaml("compose.yaml")["services"]["openclaw"]["healthcheck"].clone();
    let (kind, words) = list(&check["test"]).split_first().expect("a command");
    assert_eq!(kind, "CMD");
    let words: Vec<&str> = words.iter().map(text).collect();
    let done = run(&machine(), &words, &[]);
    // Docker knows 0 and 1, keeps 4 kB, and kills what takes longer than its own time-out.
    assert!(done.status.code() == Some(1) && said(&done).len() < 4096, "{}", said(&done));
    let seconds = |text: &str| text.trim_end_matches('s').parse::<u64>().expect("seconds");
    let own = words.iter().skip_while(|word| **word != "--timeout").nth(1).expect("a time-out");
    assert!(seconds(own) + 5 < seconds(text(&check["timeout"])));
}

#[test]
fn a_webhook_hears_of_changes_only() {
    if run(&machine(), &["curl", "--version"], &[]).status.code() != Some(0) {
        return left_out("a webhook, which takes curl");
    }
    let server = Server::saying(answer("200 OK", "text/plain", ""));
    let machine = machine();
    let state = machine.path().join("state");
    std::fs::create_dir(&state).expect("a folder");
    let url = server.url();
    let variables = [("STATE_DIRECTORY", state.to_str().expect("UTF-8")), ("WEBHOOK", &*url)];
    let look = |arguments: &[&str]| {
        let file = format!("{}/bundle.json", state.display());
        let words = [&["openclaw-doctor", "bundle", "--offline"], arguments, &[&*file]].concat();
        assert_eq!(run(&machine, &words, &[]).status.code(), Some(0));
        let script = recipe("webhook");
        let done = run(&machine, &[script.to_str().expect("UTF-8")], &variables);
        assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    };
    look(&[]);
    look(&[]);
    assert_eq!(server.requests().len(), 1, "the second look found the same");
    let report: Value = serde_json::from_str(&server.requests()[0].body).expect("JSON");
    assert_eq!(report["verdict"], "error");
    std::fs::write(machine.path().join("home/.openclaw/openclaw.json"), "{ gateway: {").expect("a config");
    look(&[]);
    assert_eq!(server.requests().len(), 2);
    // Nobody heard it, so it is told again.
    std::fs::remove_file(state.join("causes")).expect("it");
    let script = recipe("webhook");
    let deaf = [variables[0], ("WEBHOOK", "http://127.0.9.10:1/")];
    assert_ne!(run(&machine, &[script.to_str().expect("UTF-8")], &deaf).status.code(), Some(0));
    look(&[]);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn prometheus_takes_the_rules_and_the_program_writes_their_series() {
    let done = Command::new("promtool").args(["test", "rules"]).arg(recipe("alerts.test.yml")).output();
    match done {
        Ok(done) => assert!(done.status.success(), "{}", said(&done)),
        Err(_) => left_out("promtool, which is not installed"),
    }
    let written = run(&machine(), &["openclaw-doctor", "--offline", "--format", "prometheus"], &[]);
    let written = said(&written);
    let rules = yaml("alerts.yml");
    for rule in list(&rules["groups"][0]["rules"]) {
        let names = text(&rule["expr"]).split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        for name in names.filter(|name| name.starts_with("openclaw_doctor_")) {
            assert!(written.contains(&format!("# TYPE {name} gauge")), "{name}");
        }
    }
}

#[test]
fn nagios_gets_its_codes() {
    let config = read("nagios.cfg");
    let line = config.lines().find_map(|line| line.trim().strip_prefix("command_line")).expect("a command");
    let done = run(&machine(), &["sh", "-c", line.trim()], &[]);
    assert!(
        done.status.code() == Some(2) && said(&done).starts_with("OPENCLAW CRITICAL - "),
        "{}",
        said(&done)
    );
}

#[test]
fn systemd_takes_the_service_and_its_timer() {
    let machine = machine();
    let units = ["service", "timer"].map(|part| {
        let unit = run(&machine, &["openclaw-doctor", "unit", part], &[]);
        let file = machine.path().join(format!("openclaw-doctor.{part}"));
        std::fs::write(&file, unit.stdout).expect("a unit");
        file
    });
    match Command::new("systemd-analyze").args(["verify", "--man=no"]).args(units).output() {
        Ok(done) => assert!(done.status.success(), "{}", said(&done)),
        Err(_) => left_out("systemd-analyze, which is not installed"),
    }
}
