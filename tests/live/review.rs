//! What a review found: secrets that reached the wrong place, and rules of
//! OpenClaw that were read otherwise than OpenClaw reads them.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::doctor::*;
use crate::namespace::Namespace;
use crate::servers::{Server, answer, send, shown};

const PRIMARY: &str = "ollama/llama3.2:3b";
const KEY: &str = "sk-canary-0123456789abcdef";
const NOBODY: u32 = 65534;

fn ollama() -> Server {
    Server::ollama(json!([{ "name": "llama3.2:3b" }]), |_| shown(&["completion", "tools"]))
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("its mode");
}

/// A machine on which only `nobody` has a gateway, called as `title` says, and
/// root runs the doctor. `None` where that cannot be had, after saying so.
struct OtherGateway {
    /// The home of `nobody`.
    theirs: TempDir,
    /// The home of root.
    ours: TempDir,
    /// How the gateway is started, in bash.
    start: String,
    variables: Vec<(String, String)>,
}

impl OtherGateway {
    fn new(server: &Server, api_key: &str) -> OtherGateway {
        let (theirs, ours) = (TempDir::new().expect("a home"), TempDir::new().expect("a home"));
        set_mode(theirs.path(), 0o755);
        let mut config = config(&server.url(), PRIMARY);
        config["models"]["providers"]["ollama"]["apiKey"] = json!(api_key);
        std::fs::create_dir_all(theirs.path().join(".openclaw")).expect("a directory");
        std::fs::create_dir_all(ours.path().join(".openclaw")).expect("a directory");
        std::fs::write(theirs.path().join(".openclaw/openclaw.json"), config.to_string()).expect("a config");
        std::fs::write(ours.path().join(".openclaw/.env"), format!("ROOT_KEY={KEY}\n")).expect("a file");
        set_mode(&ours.path().join(".openclaw/.env"), 0o600);
        let home = theirs.path().display().to_string();
        let node = program_named_node(theirs.path(), "/bin/sleep");
        OtherGateway {
            theirs,
            ours,
            start: format!("exec -a openclaw-gateway {node} 60"),
            variables: vec![("HOME".into(), home)],
        }
    }

    fn with(mut self, name: &str, value: &Path) -> OtherGateway {
        self.variables.push((name.into(), value.display().to_string()));
        self
    }

    fn report(&self, arguments: &[&str]) -> Option<Report> {
        if !nix::unistd::geteuid().is_root() || !Path::new("/bin/bash").exists() {
            left_out("a gateway of another user, which takes root and bash");
            return None;
        }
        let variables: String =
            self.variables.iter().map(|(name, value)| format!("{name}='{value}' ")).collect();
        let script = format!(
            "setpriv --reuid=65534 --regid=65534 --clear-groups env -i {variables} /bin/bash -c '{}' \
             </dev/null >/dev/null 2>&1 &\nfor i in 1 2 3 4 5 6 7 8 9; do sleep 0.1; pgrep -u 65534 'node|sleep' >/dev/null && break; done\n\
             sleep 0.2; exec \"$@\"",
            self.start.replace('\'', "'\\''")
        );
        let started = Instant::now();
        let output = Command::new("unshare")
            .args(["-m", "-p", "-f", "--mount-proc", "/bin/bash", "-c", &script, "bash"])
            .arg(env!("CARGO_BIN_EXE_openclaw-doctor"))
            .args(arguments)
            .args(["--format", "json", "--skip", NAMES])
            .env_clear()
            .env("HOME", self.ours.path())
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null())
            .output()
            .expect("unshare");
        let run = Run::of(output, started);
        if run.stderr.starts_with("unshare") {
            left_out(&format!("a gateway of another user: {}", run.stderr));
            return None;
        }
        Some(Report::read(run))
    }
}

/// A copy of a program that is called as the one that OpenClaw runs on: a gateway is known by it.
fn program_named_node(home: &Path, program: &str) -> String {
    let dir = home.join(Path::new(program).file_name().expect("a name"));
    std::fs::create_dir_all(&dir).expect("a directory");
    let node = dir.join("node");
    std::fs::copy(program, &node).expect("a program");
    set_mode(&node, 0o755);
    node.display().to_string()
}

fn has_sent_a_key(server: &Server) -> bool {
    server.requests().iter().any(|request| request.head.contains("canary"))
}

#[test]
fn the_keys_of_root_are_not_sent_where_another_users_gateway_wants_them() {
    let server = ollama();
    let gateway = OtherGateway::new(&server, "${ROOT_KEY}");
    let config = gateway.theirs.path().join(".openclaw/openclaw.json");
    let state = gateway.ours.path().join(".openclaw");
    let gateway = gateway.with("OPENCLAW_CONFIG_PATH", &config).with("OPENCLAW_STATE_DIR", &state);
    let Some(report) = gateway.report(&[]) else { return };
    assert_eq!(report.json["openclaw"]["because"], "the gateway runs as nobody");
    assert!(!has_sent_a_key(&server) && !report.run.stdout.contains("canary"));
    assert_eq!(report.status(CONFIG_PARSE), "unknown", "{}", report.short());
    assert!(report.said(CONFIG_PARSE).contains(".env is not read: nobody"), "{}", report.short());
    // Nor by a link, nor by an include.
    let gateway = OtherGateway::new(&server, "${ROOT_KEY}");
    let link = gateway.theirs.path().join(".openclaw/.env");
    std::os::unix::fs::symlink(gateway.ours.path().join(".openclaw/.env"), link).expect("a link");
    let Some(report) = gateway.report(&[]) else { return };
    assert_eq!(report.status(CONFIG_PARSE), "unknown", "{}", report.short());
    assert!(!has_sent_a_key(&server) && server.connections() == 0);
}

#[test]
fn the_gateway_of_another_user_is_judged_by_what_he_may_read() {
    let server = ollama();
    let gateway = OtherGateway::new(&server, "${THEIR_KEY}");
    let dotenv = gateway.theirs.path().join(".openclaw/.env");
    std::fs::write(&dotenv, format!("THEIR_KEY={KEY}\n")).expect("a file");
    set_mode(&dotenv, 0o600);
    chown_to_nobody(&dotenv);
    for path in [".openclaw", ".openclaw/openclaw.json"] {
        chown_to_nobody(&gateway.theirs.path().join(path));
    }
    let Some(report) = gateway.report(&[]) else { return };
    assert_eq!(report.findings().len(), 0, "{}", report.short());
    assert!(has_sent_a_key(&server));
    assert!(!report.run.stdout.contains("canary"));
}

fn chown_to_nobody(path: &Path) {
    if nix::unistd::geteuid().is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("another owner");
    }
}

#[test]
fn a_config_of_another_user_gets_no_keys_of_root_by_a_flag_either() {
    if !nix::unistd::geteuid().is_root() {
        return left_out("a config of another user, which takes root");
    }
    let server = ollama();
    let mut config = config(&server.url(), PRIMARY);
    config["models"]["providers"]["ollama"]["apiKey"] = json!("${ROOT_KEY}");
    let doctor = |config: &Value| {
        let doctor =
            Doctor::new().file("theirs/c.json", &config.to_string()).args(&["--config", "theirs/c.json"]);
        chown_to_nobody(&doctor.home().join("theirs/c.json"));
        doctor
    };
    let from_file = doctor(&config).file(".openclaw/.env", &format!("ROOT_KEY={KEY}\n"));
    set_mode(&from_file.home().join(".openclaw/.env"), 0o600);
    let report = from_file.report();
    assert_eq!(report.status(CONFIG_PARSE), "unknown", "{}", report.short());
    let report = doctor(&config).env("ROOT_KEY", KEY).report();
    assert_eq!(report.status(CONFIG_PARSE), "pass", "{}", report.short());
    assert!(!has_sent_a_key(&server));
}

#[test]
fn a_password_in_a_base_url_is_shown_nowhere_and_put_into_no_command() {
    for url in [
        "http://user:pa/canary@h:1",
        "http:/u:canary@127.0.0.1:1/",
        "http:///u:canary@127.0.0.1:1",
        "http://u:can#canary@127.0.0.1",
        "http:\\\\u:canary@127.0.0.1:1",
        " http://127.0.0.1:1?key=canary",
        "127.0.0.1:1/#canary",
        "u:canary@127.0.0.1:1",
    ] {
        let report = Doctor::with(url, PRIMARY).args(&["--offline"]).report();
        assert!(!report.run.stdout.contains("canary"), "{url}: {}", report.run.stdout);
        assert_eq!(report.status(CONFIG_PARSE), "fail", "{url}: {}", report.short());
        assert!(
            !report.commands().iter().any(|command| command.contains("baseUrl")),
            "{url}: {}",
            report.short()
        );
        let text = Doctor::with(url, PRIMARY).args(&["--offline", "-vv"]).run();
        assert!(!text.stdout.contains("canary"), "{url}: {}", text.stdout);
    }
}

/// A config whose provider `written` has these settings, and a primary of `provider`.
fn with_provider(written: &str, settings: &Value, primary: &str) -> String {
    json!({
        "gateway": { "mode": "local" },
        "env": { "vars": { "OLLAMA_API_KEY": "ollama-local" } },
        "models": { "providers": { written: settings } },
        "agents": { "defaults": { "model": { "primary": primary } } },
    })
    .to_string()
}

#[test]
fn a_key_of_the_environment_goes_to_another_host_and_not_to_a_local_one() {
    if !alone!() {
        return;
    }
    // OpenClaw takes 127.0.0.1 for a server that needs no key, and one of Tailscale's addresses for one that does.
    let words = ["addr", "add", "100.64.0.1/32", "dev", "lo"];
    assert!(Command::new("ip").args(words).status().is_ok_and(|status| status.success()));
    for (host, sent) in [("127.0.0.1", false), ("100.64.0.1", true)] {
        for (provider, sent) in [("ollama", sent), ("box", false)] {
            let models = json!([{ "name": "llama3.2:3b" }]);
            let server = Server::ollama_on(&format!("{host}:0"), models, |_| shown(&["completion", "tools"]));
            let url = server.url();
            let settings = json!({ "baseUrl": url, "api": "ollama", "models": [] });
            let config = with_provider(provider, &settings, &format!("{provider}/llama3.2:3b"));
            let doctor =
                Doctor::new().config(&config).file(".openclaw/.env", &format!("OLLAMA_API_KEY={KEY}\n"));
            let report = doctor.report();
            assert_eq!(report.status(API_TAGS), "pass", "{}", report.short());
            assert_eq!(has_sent_a_key(&server), sent, "{provider} at {host}");
        }
    }
}

#[test]
fn an_answer_that_asks_for_a_key_is_unknown_where_only_openclaw_has_it() {
    let server = Server::http(|_, stream| send(stream, &answer("401 Unauthorized", "text/plain", "no")));
    let of = |source: &str| json!({ "source": source, "provider": "default", "id": "K" });
    for (key, status) in [
        (of("file"), "unknown"),
        (of("exec"), "unknown"),
        (of("store"), "unknown"),
        (json!("abc123"), "fail"),
        (json!("ollama-local"), "fail"),
    ] {
        let settings = json!({ "baseUrl": server.url(), "api": "ollama", "apiKey": key, "models": [] });
        let report = Doctor::new().config(&with_provider("ollama", &settings, PRIMARY)).report();
        assert_eq!(report.status(API_TAGS), status, "{key}: {}", report.short());
    }
}

#[test]
fn provider_ids_are_compared_as_openclaw_does() {
    let server = ollama();
    let settings = json!({ "baseUrl": server.url(), "api": "ollama", "models": [] });
    for (written, primary) in
        [("Ollama", "ollama/llama3.2:3b"), ("ollama", "OLLAMA/llama3.2:3b"), ("Box", "bOX/llama3.2:3b")]
    {
        let report = Doctor::new().config(&with_provider(written, &settings, primary)).report();
        assert_eq!(report.status(PRIMARY_MODEL), "pass", "{written}: {}", report.short());
        assert_eq!(report.json["target"]["from"], format!("models.providers.{written}.baseUrl"));
    }
}

#[test]
fn a_command_names_the_provider_as_it_is_written() {
    let settings = json!({ "baseUrl": "10.0.0.5:11434", "api": "ollama", "models": [] });
    let report =
        Doctor::new().config(&with_provider("Ollama", &settings, PRIMARY)).args(&["--offline"]).report();
    let steps = report.steps(CONFIG_PARSE, "set-base-url").join("");
    assert!(steps.starts_with("openclaw config set models.providers.Ollama.baseUrl "), "{steps}");
    let report = Doctor::new().config(&with_provider("my.box", &settings, "my.box/x:1")).report();
    // What is no plain word stands in brackets, as `openclaw config set` takes it.
    let steps = report.steps(CONFIG_PARSE, "set-base-url").join("");
    assert!(steps.starts_with("openclaw config set 'models.providers[\"my.box\"].baseUrl' "), "{steps}");
    let hostile = Doctor::new().config(&with_provider("$(x)\"]", &settings, PRIMARY)).args(&["--offline"]);
    assert_eq!(hostile.report().fixes(CONFIG_PARSE), ["edit"]);
    assert_eq!(report.finding(CONFIG_PARSE)["path"], "models.providers[\"my.box\"].baseUrl");
    let Some(namespace) = Namespace::new(&[]) else { return };
    let spec = crate::standin::Spec {
        host: "127.0.0.1:11434",
        program: "ollama",
        inside: Some(&namespace),
        ..crate::standin::Spec::default()
    };
    let _ollama = spec.start();
    for (written, step) in [("my.box", "[\"my.box\"]"), ("my-Box", ".my-Box")] {
        let settings = json!({ "baseUrl": "http://127.0.0.2:11434", "api": "ollama", "models": [] });
        let config = with_provider(written, &settings, &format!("{written}/x:1"));
        let report = Doctor::new().config(&config).inside(&namespace).report();
        let key = format!("models.providers{step}.baseUrl");
        let set = |command: &&String| command.starts_with("openclaw config set ") && command.contains(&key);
        let found = report.commands().iter().filter(set).count();
        assert_eq!(found, 1, "{written}: {}", report.short());
    }
}

#[test]
fn settings_that_are_not_judged_may_hold_anything_that_openclaw_takes() {
    let server = ollama();
    let listed = json!([{ "id": "llama3.2:3b", "name": "x", "cost": { "input": 0, "output": "0", "tieredPricing": [{ "upTo": 1 }] },
        "params": { "streaming": "yes" }, "compat": { "supportsTools": "maybe" } }, { "id": "y", "cost": [], "params": 7, "compat": [] }]);
    let settings = json!({ "baseUrl": server.url(), "api": "ollama", "models": listed });
    let report = Doctor::new().config(&with_provider("ollama", &settings, PRIMARY)).report();
    assert_eq!(report.status(CONFIG_PARSE), "pass", "{}", report.short());
}

#[test]
fn a_value_of_an_included_list_is_not_placed_in_the_main_file() {
    let main = "{\n $include: 'b.json',\n models: { providers: { ollama: { models: [\n { id: 7 } ] } } } }";
    let listed = json!({ "models": { "providers": { "ollama": { "models": [{ "id": "a" }] } } } });
    let report = Doctor::new().config(main).file(".openclaw/b.json", &listed.to_string()).report();
    let finding = report.finding(CONFIG_PARSE);
    // OpenClaw puts included items first.
    assert_eq!(
        (&finding["path"], &finding["line"]),
        (&json!("models.providers.ollama.models.1.id"), &Value::Null)
    );
}

#[test]
fn offline_the_address_of_all_interfaces_is_this_machine() {
    let server = ollama();
    for host in ["0.0.0.0", "[::ffff:127.0.0.1]"] {
        let url = format!("http://{host}:{}", server.address.port());
        let report = Doctor::with(&url, PRIMARY).args(&["--offline"]).report();
        assert_eq!((report.run.code, report.status(PRIMARY_MODEL)), (0, "pass"), "{}", report.short());
    }
}

#[test]
fn a_config_that_is_named_must_be_there() {
    let run = Doctor::new().args(&["--config", "typo.json"]).run();
    assert_eq!((run.code, &*run.stdout), (2, ""), "{}", run.stderr);
    assert!(run.stderr.contains("typo.json, which --config names, does not exist"), "{}", run.stderr);
}

#[test]
fn a_relative_config_includes_what_lies_beside_it() {
    let server = ollama();
    let doctor = Doctor::new()
        .file("x/c.json", "{ $include: 'd.json' }")
        .file("x/d.json", &config(&server.url(), PRIMARY).to_string());
    doctor.args(&["--config", "x/../x/c.json"]).report().is_healthy();
    let doctor =
        Doctor::new().env("OPENCLAW_CONFIG_PATH", "c.json").file("c.json", "{ $include: './d.json' }");
    doctor.file("d.json", &config(&server.url(), PRIMARY).to_string()).report().is_healthy();
}

#[test]
fn includes_may_lie_where_the_environment_says() {
    let server = ollama();
    let doctor = || {
        let doctor = Doctor::new().file("more/d.json", &config(&server.url(), PRIMARY).to_string());
        let text = json!({ "$include": doctor.home().join("more/d.json") }).to_string();
        doctor.config(&text)
    };
    doctor().report().fails(CONFIG_PARSE, "include");
    doctor().env("OPENCLAW_INCLUDE_ROOTS", " /nowhere : ~/more").report().is_healthy();
}

#[test]
fn a_gateway_has_the_version_of_its_own_package() {
    let server = ollama();
    let mut gateway = OtherGateway::new(&server, "abc123");
    let package = gateway.theirs.path().join("lib/openclaw/dist");
    std::fs::create_dir_all(&package).expect("a directory");
    let meta = json!({ "name": "openclaw", "version": "2026.8.1" }).to_string();
    std::fs::write(package.join("../package.json"), meta).expect("a package");
    std::fs::write(package.join("index.js"), "sleep 60; :\n").expect("a script");
    // A call of the command line is no gateway, though it names one.
    let script = package.join("index.js").display().to_string();
    let node = program_named_node(gateway.theirs.path(), "/bin/bash");
    gateway.start =
        format!("({node} {script} gateway status) & cd /tmp; exec {node} {script} gateway --port 18789");
    let Some(report) = gateway.report(&[]) else { return };
    assert_eq!(report.json["openclaw"]["because"], "the gateway runs as nobody");
    assert_eq!(report.json["versions"]["openclaw"], "2026.8.1");
    for none in [format!("exec {node} {script} gateway status"), "exec -a openclaw-gateway sleep 60".into()] {
        gateway.start = none;
        let Some(report) = gateway.report(&[]) else { return };
        assert_ne!(report.json["openclaw"]["because"], "the gateway runs as nobody", "{}", gateway.start);
    }
}
