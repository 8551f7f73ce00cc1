//! The GitHub Action: its shell steps as a runner runs them, with files of ours
//! in place of the runner's.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::doctor::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/doctor")
}

fn action() -> Value {
    let text = std::fs::read_to_string(folder().join("action.yml")).expect("the action");
    serde_saphyr::from_str(&text).expect("YAML")
}

fn steps(action: &Value) -> &[Value] {
    list(&action["runs"]["steps"])
}

/// A runner with an empty home, whose OpenClaw uses an Ollama that is not there.
struct Runner {
    temp: TempDir,
    inputs: BTreeMap<String, String>,
}

/// How a step ended, what it printed, and the summary and the outputs by then.
struct Done {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    summary: String,
    outputs: String,
}

impl Runner {
    fn new(inputs: &[(&str, &str)]) -> Runner {
        let temp = TempDir::new().expect("a folder");
        for folder in ["home/.openclaw", "bin"] {
            std::fs::create_dir_all(temp.path().join(folder)).expect("a folder");
        }
        let config = config("http://127.0.9.6:1", "ollama/llama3.2:3b").to_string();
        std::fs::write(temp.path().join("home/.openclaw/openclaw.json"), config).expect("a config");
        symlink(env!("CARGO_BIN_EXE_openclaw-doctor"), temp.path().join("bin/openclaw-doctor"))
            .expect("a link");
        let default = |(name, input): (&String, &Value)| (name.clone(), text(&input["default"]).to_string());
        let mut all: BTreeMap<String, String> =
            action()["inputs"].as_object().expect("inputs").iter().map(default).collect();
        all.extend(inputs.iter().map(|(name, value)| (name.to_string(), value.to_string())));
        Runner { temp, inputs: all }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    /// Runs a step as `shell: bash` does.
    fn run(&self, step: &Value) -> Done {
        assert_eq!(step["shell"], "bash");
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", text(&step["run"])]).env_clear();
        bash.current_dir(self.temp.path()).env("RUNNER_TEMP", self.temp.path());
        bash.env("GITHUB_ACTION_PATH", folder());
        bash.env("PATH", format!("{}:/usr/bin:/bin", self.path("bin").display()));
        for name in ["HOME", "OPENCLAW_HOME"] {
            bash.env(name, self.path("home"));
        }
        for (name, file) in
            [("GITHUB_STEP_SUMMARY", "summary"), ("GITHUB_OUTPUT", "outputs"), ("GITHUB_PATH", "paths")]
        {
            bash.env(name, self.path(file));
        }
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            let expression = text(value).strip_prefix("${{ ").and_then(|rest| rest.strip_suffix(" }}"));
            let value = match expression.expect("an expression").split_once('.').expect("a name") {
                ("inputs", input) => self.inputs[input].clone(),
                // What GitHub says of a workflow that uses the action from another repository.
                (_, "action_repository") => "releases".into(),
                (_, "repository") => "somebody/else".into(),
                (_, "server_url") => format!("file://{}", self.path("server").display()),
                (of, name) => panic!("{of}.{name} is not known"),
            };
            bash.env(name, value);
        }
        let output = bash.output().expect("bash");
        let read = |name: &str| std::fs::read_to_string(self.path(name)).unwrap_or_default();
        Done {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            summary: read("summary"),
            outputs: read("outputs"),
        }
    }

    fn look(&self) -> Done {
        self.run(&steps(&action())[1])
    }
}

#[test]
fn no_step_has_an_expression_in_its_script() {
    let action = action();
    assert_eq!(action["runs"]["using"], "composite");
    for step in steps(&action).iter().filter(|step| step["run"].is_string()) {
        assert!(!text(&step["run"]).contains("${{"), "what an input says would be run: {step}");
        let doctor = Doctor::new().file("step.sh", text(&step["run"]));
        let checked =
            Command::new("shellcheck").arg("--shell=bash").arg(doctor.home().join("step.sh")).output();
        match checked {
            Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
            Err(_) => left_out("shellcheck, which is not installed"),
        }
    }
}

#[test]
fn a_finding_is_an_annotation_a_summary_and_a_report() {
    let runner = Runner::new(&[]);
    let done = runner.look();
    assert_eq!((done.code, &*done.stderr), (Some(1), ""), "{}", done.stdout);
    assert!(done.stdout.starts_with("::error title="), "{}", done.stdout);
    assert!(done.summary.starts_with("## openclaw-doctor: "), "{}", done.summary);
    let report = done.outputs.lines().find_map(|line| line.strip_prefix("report=")).expect("the output");
    let report: Value =
        serde_json::from_str(&std::fs::read_to_string(report).expect("a file")).expect("JSON");
    assert_eq!(report["ok"], false);
}

#[test]
fn inputs_choose_what_fails_and_what_is_written() {
    let runner =
        Runner::new(&[("fail-on", "never"), ("format", "sarif"), ("skip", "dns\n openclaw/model-costs ")]);
    let done = runner.look();
    assert_eq!((done.code, &*done.stderr), (Some(0), ""), "{}", done.stdout);
    assert!(done.outputs.contains("openclaw-doctor.sarif\n"), "{}", done.outputs);
    let done = Runner::new(&[("only", "openclaw/gateway-mode openclaw/config-parse")]).look();
    assert_eq!(done.code, Some(0), "{}", done.stdout);
    assert!(done.summary.contains("Nothing to fix"), "{}", done.summary);
}

#[test]
fn what_stands_in_an_input_is_never_run() {
    for (name, value) in [
        ("only", "$(touch${IFS}made)"),
        ("only", "x; touch made"),
        ("skip", "`touch made`"),
        ("format", "json; touch made"),
        ("format", "../made"),
        ("fail-on", "error --output made.json"),
    ] {
        let runner = Runner::new(&[(name, value)]);
        let done = runner.look();
        assert_eq!(done.code, Some(2), "{name}: {value}: {}", done.stdout);
        assert!(done.summary.is_empty() && done.outputs.is_empty(), "{value}");
        assert!(!runner.path("made").exists() && !runner.path("made.json").exists(), "{value}");
    }
}

#[test]
fn every_format_is_taken_by_its_name_and_alerts_are_written_for_code_scanning() {
    for format in FORMATS.into_iter().chain(["xml"]) {
        let done = Runner::new(&[("format", format), ("fail-on", "never")]).look();
        assert_eq!((done.code, &*done.stderr), (Some(0), ""), "{format}: {}", done.stdout);
        let output = |name: &str| done.outputs.lines().find_map(|line| line.strip_prefix(name)).is_some();
        assert!(output("report=") && output("alerts="), "{format}: {}", done.outputs);
    }
    let action = action();
    let upload = &steps(&action)[2];
    assert!(text(&upload["uses"]).starts_with("github/codeql-action/upload-sarif@"));
    assert!(text(&upload["if"]).starts_with("always() && inputs.upload-sarif == 'true'"));
    assert_eq!(upload["with"]["sarif_file"], "${{ steps.look.outputs.alerts }}");
}

/// A runner without the program, and with a `cargo` that writes down how it was called.
fn bare() -> Runner {
    let runner = Runner::new(&[]);
    std::fs::remove_file(runner.path("bin/openclaw-doctor")).expect("the link");
    program(&runner, "bin/cargo", "#!/bin/sh\nprintf '%s\\n' \"$@\" >called\n");
    runner
}

fn program(runner: &Runner, path: &str, script: &str) {
    let file = runner.path(path);
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("it");
    std::fs::write(&file, script).expect("a program");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("its mode");
}

#[test]
fn a_released_program_is_fetched_from_the_repository_of_the_action() {
    let runner = bare();
    let release = concat!("server/releases/releases/download/v", env!("CARGO_PKG_VERSION"), "/install.sh");
    let install = "mkdir -p \"$OPENCLAW_DOCTOR_BIN\"; echo \"$OPENCLAW_DOCTOR_FROM\" >fetched";
    program(&runner, release, install);
    let done = runner.run(&steps(&action())[0]);
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    let from = std::fs::read_to_string(runner.path("fetched")).expect("the installer ran");
    assert!(from.trim_end().ends_with(release.strip_suffix("/install.sh").expect("a folder")), "{from}");
    assert!(!runner.path("called").exists(), "it is built all the same");
    let paths = std::fs::read_to_string(runner.path("paths")).expect("PATH");
    assert_eq!(paths.trim_end(), runner.path("openclaw-doctor/bin").display().to_string());
}

#[test]
fn it_is_built_from_its_own_repository_where_it_is_neither_installed_nor_released() {
    let action = action();
    let build = &steps(&action)[0];
    let installed = Runner::new(&[]);
    assert_eq!(installed.run(build).code, Some(0));
    assert!(!installed.path("paths").exists(), "it is installed");
    let runner = bare();
    let done = runner.run(build);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let called = std::fs::read_to_string(runner.path("called")).expect("the call");
    let source = called.lines().skip_while(|word| *word != "--path").nth(1).expect("a path");
    let root = std::fs::canonicalize(source).expect("a folder");
    assert_eq!(root, std::fs::canonicalize(env!("CARGO_MANIFEST_DIR")).expect("ours"));
    let paths = std::fs::read_to_string(runner.path("paths")).expect("PATH");
    assert_eq!(paths.trim_end(), runner.path("openclaw-doctor/bin").display().to_string());
}
