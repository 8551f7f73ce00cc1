//! Runs the program in a scrubbed environment and reads its report.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use openclaw_doctor::checks::{self, Judge};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::namespace::Namespace;

/// All formats of a report, by their names.
pub const FORMATS: [&str; 12] = [
    "text",
    "line",
    "json",
    "junit",
    "github",
    "gitlab",
    "sarif",
    "markdown",
    "html",
    "prometheus",
    "nagios",
    "sh",
];

pub const CONFIG_PARSE: &str = "openclaw/config-parse";
pub const CONFIG_ACCEPTED: &str = "openclaw/config-accepted";
pub const PROVIDER_ENABLED: &str = "openclaw/provider-enabled";
pub const BASE_URL: &str = "openclaw/base-url";
pub const BIND_ADDRESS: &str = "ollama/bind-address";
pub const PORT_REACHABLE: &str = "ollama/port-reachable";
pub const API_TAGS: &str = "ollama/api-tags";
pub const MODEL_READABLE: &str = "ollama/model-readable";
pub const TOOL_MODELS: &str = "ollama/tool-models";
pub const PRIMARY_MODEL: &str = "openclaw/primary-model";
pub const EXPLICIT_PROVIDER: &str = "openclaw/explicit-provider";
pub const CPU_INFERENCE: &str = "ollama/cpu-inference";
pub const EXPOSURE: &str = "ollama/exposure";
pub const GATEWAY_MODE: &str = "openclaw/gateway-mode";
pub const FALLBACK_MODELS: &str = "openclaw/fallback-models";
pub const PER_AGENT_MODEL: &str = "openclaw/per-agent-model";
pub const GATEWAY_RUNNING: &str = "openclaw/gateway-running";
pub const RESOLVED_CRASH: &str = "dns/resolved-crash";
pub const NAMES: &str = "dns/names";
pub const RESOLVER: &str = "dns/resolver";
pub const CONTEXT_MEMORY: &str = "ollama/context-memory";
pub const THINKING: &str = "openclaw/thinking";
pub const ENVIRONMENT: &str = "ollama/environment";
pub const CONTAINER: &str = "openclaw/container";
pub const INSTANCES: &str = "ollama/instances";
pub const DISK_SPACE: &str = "host/disk-space";
/// The ids of all checks, in report order.
pub static ALL: LazyLock<Vec<&str>> = LazyLock::new(|| checks::ALL.iter().map(|check| check.id).collect());

/// Longer than any `--timeout` here; a run that takes this long hangs.
const GUARD: Duration = Duration::from_secs(25);

/// A doctor that is about to run: its home, its arguments, its environment.
pub struct Doctor {
    home: TempDir,
    program: PathBuf,
    prefix: Vec<String>,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    names: bool,
}

/// What a run came to.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

impl Run {
    /// What a program came to that was started then.
    pub fn of(output: Output, started: Instant) -> Run {
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            took: started.elapsed(),
        }
    }
}

/// A run and the report that it printed.
pub struct Report {
    pub run: Run,
    pub json: Value,
}

impl Doctor {
    /// A doctor with an empty home. `OPENCLAW_HOME` keeps a gateway that runs on
    /// this machine from being judged instead.
    pub fn new() -> Doctor {
        let home = TempDir::new().expect("a temporary home");
        std::fs::set_permissions(home.path(), PermissionsExt::from_mode(0o755)).expect("its mode");
        std::fs::create_dir_all(home.path().join(".openclaw")).expect("a state directory");
        std::fs::set_permissions(home.path().join(".openclaw"), PermissionsExt::from_mode(0o700))
            .expect("its mode");
        std::fs::create_dir_all(home.path().join("bin")).expect("a directory for PATH");
        let text = |path: &Path| path.display().to_string();
        let variables = [
            ("HOME", text(home.path())),
            ("OPENCLAW_HOME", text(home.path())),
            ("PATH", text(&home.path().join("bin"))),
            ("LANG", "C.UTF-8".to_string()),
        ];
        Doctor {
            program: PathBuf::from(env!("CARGO_BIN_EXE_openclaw-doctor")),
            prefix: Vec::new(),
            names: false,
            arguments: Vec::new(),
            variables: variables.map(|(name, value)| (name.to_string(), value)).into(),
            home,
        }
    }

    /// A doctor whose OpenClaw uses the Ollama at `base_url` and has `primary`.
    pub fn with(base_url: &str, primary: &str) -> Doctor {
        Doctor::new().config(&config(base_url, primary).to_string())
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes the config.
    pub fn config(self, text: &str) -> Doctor {
        self.file(".openclaw/openclaw.json", text)
    }

    /// Writes a file below the home.
    pub fn file(self, path: &str, text: &str) -> Doctor {
        let file = self.home().join(path);
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("a directory");
        std::fs::write(&file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self
    }

    /// Puts a program that does nothing on PATH.
    pub fn program_on_path(self, name: &str) -> Doctor {
        symlink("/bin/true", self.home().join("bin").join(name)).expect("a link");
        self
    }

    pub fn args(mut self, arguments: &[&str]) -> Doctor {
        self.arguments.extend(arguments.iter().map(|argument| argument.to_string()));
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Doctor {
        self.variables.push((name.to_string(), value.to_string()));
        self
    }

    pub fn without_env(mut self, name: &str) -> Doctor {
        self.variables.retain(|(known, _)| known != name);
        // Where nothing names an OpenClaw, a gateway in a container is looked for: another test has one.
        if name == "OPENCLAW_HOME" && nix::unistd::geteuid().is_root() {
            let apart = ["/usr/bin/unshare", "-p", "-f", "--mount-proc"];
            self.prefix.splice(0..0, apart.map(str::to_string));
        }
        self
    }

    /// Judges the names that Ollama needs too.
    pub fn with_names(mut self) -> Doctor {
        self.names = true;
        self
    }

    /// Runs in that network namespace.
    pub fn inside(mut self, namespace: &Namespace) -> Doctor {
        self.prefix.splice(0..0, namespace.enter());
        self
    }

    /// Runs behind these words, which end in running what follows them.
    pub fn behind(mut self, words: &[String]) -> Doctor {
        self.prefix.splice(0..0, words.iter().cloned());
        self
    }

    /// Runs as `nobody`, which only root can do; `None` where we are not, and says so.
    pub fn unprivileged(mut self) -> Option<Doctor> {
        let setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].into_iter().find(|path| Path::new(path).exists());
        let Some(setpriv) = setpriv.filter(|_| nix::unistd::geteuid().is_root()) else {
            left_out("running as another user, which takes root and setpriv");
            return None;
        };
        std::fs::set_permissions(self.home().join(".openclaw"), PermissionsExt::from_mode(0o755))
            .expect("its mode");
        // The build directory may be closed to others.
        let copy = self.home().join("openclaw-doctor");
        crate::standin::copy(&self.program, &copy);
        self.program = copy;
        let words = [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"];
        self.prefix.extend(words.map(str::to_string));
        Some(self)
    }

    fn command(&self) -> Command {
        let mut words = self.prefix.clone();
        words.push(self.program.display().to_string());
        words.extend(self.arguments.clone());
        // The machine of the tests may know no names. A test of its own looks at that check (`resolver.rs`).
        let is_run = self.arguments.first().is_none_or(|first| first.starts_with('-') || first == "run");
        if is_run && !self.names && !self.arguments.iter().any(|one| one == "--only") {
            words.extend(["--skip", NAMES].map(str::to_string));
        }
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env_clear().current_dir(self.home());
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command
    }

    /// Runs and waits for the end.
    pub fn run(&self) -> Run {
        let started = Instant::now();
        let output = assert_cmd::Command::from_std(self.command())
            .timeout(GUARD)
            .output()
            .unwrap_or_else(|error| panic!("the doctor cannot be started: {error}"));
        let run = Run::of(output, started);
        assert!(run.took < GUARD, "the doctor hangs: {:?}", self.arguments);
        run
    }

    /// Runs and reads the report.
    pub fn report(self) -> Report {
        Report::read(self.args(&["--format", "json"]).run())
    }

    /// Starts, for those who want to interrupt it.
    pub fn spawn(&self) -> Child {
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the doctor starts")
    }
}

impl Report {
    /// Reads a report and sees that it agrees with itself.
    pub fn read(run: Run) -> Report {
        assert_eq!(run.stderr, "", "stderr, stdout: {}", run.stdout);
        let json: Value = serde_json::from_str(&run.stdout)
            .unwrap_or_else(|error| panic!("{error}, exit code {}: {}", run.code, run.stdout));
        let unsafe_one = run.stdout.chars().find(|c| *c != '\n' && is_unsafe(*c));
        assert_eq!(unsafe_one, None, "a raw control character: {:?}", run.stdout);
        let mut report = Report { run, json };
        report.agrees_with_itself();
        report.set_gateway_aside();
        report
    }

    /// The machine of these tests has no gateway, of which every report says so, as worth knowing. The tests see
    /// their reports without it; one of its own looks at the finding (`gateway.rs`).
    fn set_gateway_aside(&mut self) {
        let is_it = |finding: &Value| finding["checkId"] == GATEWAY_RUNNING && finding["cause"] == "none";
        let Some(found) = self.findings().iter().position(is_it) else { return };
        self.json["findings"].as_array_mut().expect("a list").remove(found);
        let first = self.findings().first().map_or(Value::Null, |first| first["checkId"].clone());
        self.json["startHere"] = first;
        if self.json["verdict"] == "info" && self.findings().is_empty() {
            self.json["verdict"] = json!("ok");
        }
        let rows = self.json["checks"].as_array_mut().expect("a list");
        let row = rows.iter_mut().find(|row| row["id"] == GATEWAY_RUNNING).expect("its row");
        *row = json!({ "id": GATEWAY_RUNNING, "status": "skipped", "reason": "no gateway runs here, and none is set up" });
        for (count, by) in [("fail", -1), ("skipped", 1)] {
            let old = self.json["counts"][count].as_i64().expect("a number");
            self.json["counts"][count] = json!(old + by);
        }
    }

    fn agrees_with_itself(&self) {
        let ids: Vec<&str> = self.rows().iter().map(|row| text(&row["id"])).collect();
        assert_eq!(ids, *ALL, "every check is in every report");
        let count = |status: &str| self.rows().iter().filter(|row| row["status"] == *status).count();
        let counts = json!({ "pass": count("pass"), "fail": count("fail"), "skipped": count("skipped"), "unknown": count("unknown") });
        assert_eq!(self.json["counts"], counts);
        if [0, 1, 3].contains(&self.run.code) {
            assert_eq!(self.json["ok"], self.run.code == 0, "exit code {}", self.run.code);
        }
        let first = self.findings().first().map_or(Value::Null, |first| first["checkId"].clone());
        assert_eq!(self.json["startHere"], first);
        for row in self.rows() {
            let why = ["seen", "error", "because", "reason"].iter().find(|key| row[**key].is_string());
            assert!(row["status"] == "fail" || why.is_some(), "no word on why: {row}");
        }
        for finding in self.findings() {
            let id = text(&finding["checkId"]);
            assert_eq!(self.status(id), "fail", "a finding of a check that does not fail");
            assert!(!text(&finding["message"]).is_empty() && !list(&finding["evidence"]).is_empty(), "{id}");
            for evidence in list(&finding["evidence"]) {
                assert!(text(&evidence["fact"]).starts_with('/'), "{evidence}");
            }
        }
    }

    pub fn rows(&self) -> &[Value] {
        list(&self.json["checks"])
    }

    pub fn findings(&self) -> &[Value] {
        list(&self.json["findings"])
    }

    pub fn row(&self, id: &str) -> &Value {
        self.rows().iter().find(|row| row["id"] == *id).unwrap_or_else(|| panic!("no row {id}"))
    }

    pub fn status(&self, id: &str) -> &str {
        text(&self.row(id)["status"])
    }

    /// The report in a few lines, for the message of a test that fails.
    pub fn short(&self) -> String {
        let row = |row: &Value| {
            format!("\n  {} {} {}", text(&row["status"]), text(&row["id"]), self.said(text(&row["id"])))
        };
        let finding = |one: &Value| {
            format!("\n  {}:{} {} {}", one["checkId"], one["cause"], one["message"], one["evidence"])
        };
        let rows: String = self.rows().iter().map(row).collect();
        format!("exit {}{rows}{}", self.run.code, self.findings().iter().map(finding).collect::<String>())
    }

    /// What a row says beside its status.
    pub fn said(&self, id: &str) -> String {
        let row = self.row(id);
        let words = ["seen", "error", "reason", "because"].map(|key| row[key].as_str().unwrap_or_default());
        words.join(" ").trim().to_string()
    }

    pub fn finding(&self, id: &str) -> &Value {
        let found = self.findings().iter().find(|finding| finding["checkId"] == *id);
        found.unwrap_or_else(|| panic!("no finding of {id}: {}", self.short()))
    }

    pub fn cause(&self, id: &str) -> &str {
        text(&self.finding(id)["cause"])
    }

    pub fn message(&self, id: &str) -> &str {
        text(&self.finding(id)["message"])
    }

    /// Evidence of a finding in one text: `label: seen (note), expected …`.
    pub fn evidence(&self, id: &str) -> String {
        let line = |one: &Value| {
            let word = |key: &str| one[key].as_str().unwrap_or_default();
            format!("{}: {} ({}), expected {}\n", word("label"), word("seen"), word("note"), word("expected"))
        };
        list(&self.finding(id)["evidence"]).iter().map(line).collect()
    }

    pub fn fixes(&self, id: &str) -> Vec<&str> {
        list(&self.finding(id)["fixes"]).iter().map(|fix| text(&fix["key"])).collect()
    }

    /// The steps of the fix of that key.
    pub fn steps(&self, id: &str, key: &str) -> Vec<&str> {
        let fixes = list(&self.finding(id)["fixes"]);
        let fix = fixes.iter().find(|fix| fix["key"] == *key).unwrap_or_else(|| panic!("no fix {key}"));
        list(&fix["run"]).iter().map(text).collect()
    }

    /// Every command that the report offers.
    pub fn commands(&self) -> Vec<String> {
        let fixes = self.findings().iter().flat_map(|finding| list(&finding["fixes"]));
        let all = fixes.flat_map(|fix| ["run", "verify", "undo"].into_iter().flat_map(|key| list(&fix[key])));
        all.map(|command| text(command).to_string()).collect()
    }

    /// That the check fails for this cause, as an error, and that this is exit code 1.
    pub fn fails(&self, id: &str, cause: &str) {
        assert_eq!(self.status(id), "fail", "{}", self.short());
        assert_eq!((self.status(id), self.cause(id)), ("fail", cause), "{}", self.short());
        assert_eq!(self.finding(id)["severity"], "error");
        assert_eq!((self.run.code, &self.json["verdict"]), (1, &json!("error")));
    }

    /// That the checks are skipped because of one check, under one root.
    pub fn waits(&self, ids: &[&str], because: &str, root: &str) {
        for id in ids {
            let row = self.row(id);
            assert_eq!(
                (text(&row["status"]), row["because"].as_str(), row["root"].as_str()),
                ("skipped", Some(because), Some(root)),
                "{id}: {}",
                self.short()
            );
        }
    }

    /// That nothing fails and nothing is unknown. What depends on this machine,
    /// as `dns/resolved-crash` and `ollama/cpu-inference`, and on a gateway, which no
    /// test has, is left aside, and so are `ollama/answers`, which takes `--deep`, and
    /// the logs of this machine's services.
    pub fn is_healthy(&self) {
        // It may have no GPU.
        let others = self.findings().iter().filter(|finding| finding["checkId"] != CPU_INFERENCE);
        assert_eq!(others.count(), 0, "{}", self.short());
        let of_gateway =
            [GATEWAY_RUNNING, "openclaw/gateway-user", "openclaw/linger", "openclaw/node-version"];
        let of_machine = [NAMES, RESOLVED_CRASH, CPU_INFERENCE, CONTEXT_MEMORY, "ollama/answers"];
        let aside = [of_gateway.as_slice(), of_machine.as_slice()].concat();
        let reads_log = |id: &str| checks::find(id).is_some_and(|check| matches!(check.judge, Judge::Log));
        for id in ALL.iter().filter(|id| !aside.contains(id) && !reads_log(id)) {
            // What does not apply is no fault: nothing uses Ollama, or the config does not name the address.
            let beside = [
                "no agent uses a model of Ollama",
                "the base URL was given by --base-url",
                "the primary model is not one of an Ollama",
                // The servers of the tests have other names, and an endpoint leads to them.
                "no Ollama listens on this machine",
                "the settings of Ollama are not seen",
                "whether 127.0.0.1:",
                "thinking is sent to Ollama's own API only",
                "OpenClaw does not ask Ollama for its models",
                "this machine has no network but loopback",
                "no Ollama runs on this machine itself",
                "no ollama.service runs here",
                "there is no ollama.service here",
                "systemd does not run this machine",
                "no gateway of this OpenClaw runs here",
                "no gateway runs here, and none is set up",
                "no service in a user's own systemd",
                "no service of this OpenClaw names a Node",
                "neither a gateway that runs nor a unit that starts one",
                "no model of the provider ollama is used",
                "which version of OpenClaw is installed could not be seen",
                "of the Ollama here that can be seen, OpenClaw uses none",
            ];
            let said = self.said(id);
            let is_beside = said.ends_with("which is not asked") && self.status(id) == "skipped";
            let expected =
                if is_beside || beside.iter().any(|why| said.starts_with(why)) { "skipped" } else { "pass" };
            assert_eq!(self.status(id), expected, "{id}: {}", self.short());
        }
        assert_eq!(self.run.code, 0);
    }
}

/// The config of an OpenClaw that uses one Ollama.
pub fn config(base_url: &str, primary: &str) -> Value {
    json!({
        "gateway": { "mode": "local" },
        "env": { "vars": { "OLLAMA_API_KEY": "ollama-local" } },
        "models": { "providers": { "ollama": { "baseUrl": base_url, "api": "ollama", "models": [] } } },
        "agents": { "defaults": { "model": { "primary": primary } } },
    })
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no string: {value}"))
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

/// Characters that can do more to a terminal or a reader than be seen.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Says what this machine cannot show. Unlike `eprintln!` it is seen when the test passes.
pub fn left_out(what: &str) {
    use std::io::Write;
    let name = std::thread::current().name().unwrap_or_default().to_string();
    // A closed stderr is no reason to fail.
    let _ = writeln!(std::io::stderr(), "left out in {name}: {what}");
}
