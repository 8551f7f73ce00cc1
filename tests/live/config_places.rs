//! Where the config, what it includes and its variables are found.

use serde_json::json;

use crate::doctor::*;
use crate::servers::{Server, shown};

const PRIMARY: &str = "ollama/llama3.2:3b";

fn ollama() -> Server {
    Server::ollama(json!([{ "name": "llama3.2:3b" }]), |_| shown(&["completion", "tools"]))
}

/// A config that is told from others by its base URL, which leads nowhere.
fn marked(port: u16) -> String {
    config(&format!("http://127.0.9.1:{port}"), PRIMARY).to_string()
}

struct Place {
    name: &'static str,
    /// A file with a config below the home.
    file: &'static str,
    variables: &'static [(&'static str, &'static str)],
    arguments: &'static [&'static str],
    /// `openclaw.because`.
    because: &'static str,
}

fn places() -> Vec<Place> {
    let place =
        |name, file, variables, arguments, because| Place { name, file, variables, arguments, because };
    let by_environment = "named by OPENCLAW_";
    vec![
        place(
            "a file by variable",
            "x/my.json",
            &[("OPENCLAW_CONFIG_PATH", "HOME/x/my.json")],
            &[],
            by_environment,
        ),
        place(
            "the same with ~",
            "x/my.json",
            &[("OPENCLAW_CONFIG_PATH", "~/x/my.json")],
            &[],
            by_environment,
        ),
        place(
            "a state directory",
            "st/openclaw.json",
            &[("OPENCLAW_STATE_DIR", "HOME/st")],
            &[],
            by_environment,
        ),
        place("its old name", "st/clawdbot.json", &[("OPENCLAW_STATE_DIR", "~/st")], &[], by_environment),
        place(
            "another home",
            "h/.openclaw/openclaw.json",
            &[("OPENCLAW_HOME", "HOME/h")],
            &[],
            by_environment,
        ),
        place("an old home", "h/.clawdbot/clawdbot.json", &[("OPENCLAW_HOME", "~/h")], &[], by_environment),
        place(
            "blank variables",
            ".openclaw/openclaw.json",
            &[("OPENCLAW_CONFIG_PATH", " "), ("OPENCLAW_STATE_DIR", "undefined")],
            &[],
            "",
        ),
        place("a profile", ".openclaw-dev/openclaw.json", &[], &["--profile", "dev"], "named by a flag"),
        place(
            "the default profile",
            ".openclaw/openclaw.json",
            &[],
            &["--profile", "default"],
            "named by a flag",
        ),
        place("a file by flag", "y/z.json", &[], &["--config", "y/z.json"], "named by a flag"),
        place(
            "a flag before variables",
            "y/z.json",
            &[("OPENCLAW_CONFIG_PATH", "/nowhere")],
            &["--config", "y/z.json"],
            "named by a flag",
        ),
    ]
}

#[test]
fn the_config_is_found_by_openclaws_rules() {
    for place in places() {
        // A config at the usual place, which must not be taken unless it is the one.
        let mut doctor = Doctor::new().config(&marked(1)).file(place.file, &marked(2)).args(place.arguments);
        let home = doctor.home().display().to_string();
        if place.variables.iter().any(|(name, _)| *name == "OPENCLAW_HOME") {
            doctor = doctor.without_env("OPENCLAW_HOME");
        }
        for (name, value) in place.variables {
            doctor = doctor.env(name, &value.replace("HOME", &home));
        }
        let report = doctor.args(&["--offline"]).report();
        let name = place.name;
        assert_eq!(
            report.json["target"]["baseUrl"], "http://127.0.9.1:2",
            "{name}: {}",
            report.json["openclaw"]
        );
        let because = text(&report.json["openclaw"]["because"]);
        assert!(because.starts_with(place.because), "{name}: {because}");
        assert!(text(&report.json["openclaw"]["config"]).ends_with(place.file), "{name}");
    }
}

#[test]
fn a_state_directory_without_a_config_is_no_reason_to_take_another() {
    let doctor = Doctor::new().config(&marked(1));
    let state = doctor.home().join("empty").display().to_string();
    let report = doctor.env("OPENCLAW_STATE_DIR", &state).args(&["--offline"]).report();
    assert_eq!(report.json["target"]["from"], "default");
    assert!(report.said(CONFIG_PARSE).contains("no config at"));
}

#[test]
fn a_named_config_that_is_not_there_is_said_to_be_missing() {
    let doctor = Doctor::new().env("OPENCLAW_CONFIG_PATH", "/nowhere/openclaw.json");
    let report = doctor.args(&["--only", CONFIG_PARSE]).report();
    assert!(report.said(CONFIG_PARSE).contains("no config at /nowhere/openclaw.json"), "{}", report.short());
}

#[test]
fn the_home_is_that_of_the_environment() {
    let server = ollama();
    let gateway_runs = std::fs::read_dir("/proc").expect("/proc").flatten().any(|process| {
        std::fs::read_to_string(process.path().join("comm"))
            .is_ok_and(|name| name.starts_with("openclaw-gatew"))
    });
    if gateway_runs {
        return left_out("the plain home: a gateway runs on this machine, and counts more");
    }
    let report = Doctor::with(&server.url(), PRIMARY).without_env("OPENCLAW_HOME").report();
    report.is_healthy();
    assert!(
        text(&report.json["openclaw"]["because"]).starts_with("the home of "),
        "{}",
        report.json["openclaw"]
    );
    // As for OpenClaw, the home is that of the user where HOME is not set.
    let none = Doctor::new().without_env("HOME").without_env("OPENCLAW_HOME");
    let none = none.args(&["--offline", "--only", CONFIG_PARSE]).report();
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).ok().flatten().expect("a user");
    let config = std::path::PathBuf::from(text(&none.json["openclaw"]["config"]));
    assert!(config.starts_with(&user.dir), "{}", config.display());
}

#[test]
fn included_files_are_merged_and_siblings_override() {
    let server = ollama();
    let providers =
        json!({ "ollama": { "baseUrl": server.url(), "api": "ollama", "models": [] } }).to_string();
    let main = format!(
        "{{ $include: ['./parts/agents.json5', 'b.json'], models: {{ providers: {{ $include: 'parts/providers.json' }} }},\
         agents: {{ defaults: {{ model: {{ primary: '{PRIMARY}' }} }} }} }}"
    );
    let report = Doctor::new()
        .config(&main)
        .file(
            ".openclaw/parts/agents.json5",
            "{ agents: { defaults: { model: { primary: 'ollama/other:1' } } }, }",
        )
        .file(
            ".openclaw/b.json",
            "{ gateway: { mode: 'local' }, env: { vars: { OLLAMA_API_KEY: 'ollama-local' } } }",
        )
        .file(".openclaw/parts/providers.json", &providers)
        .report();
    report.is_healthy();
    assert!(
        report.said(CONFIG_PARSE).contains("3 included files can be read"),
        "{}",
        report.said(CONFIG_PARSE)
    );
}

#[test]
fn an_include_that_cannot_be_carried_out_is_told() {
    for (text, cause, place) in [
        ("{ $include: 'missing.json' }", "include", "missing.json does not exist"),
        ("{ $include: 'openclaw.json' }", "include", "includes itself"),
        ("{ $include: 'a.json' }", "include", "includes itself"),
        ("{ $include: '../../outside.json' }", "include", "is outside of"),
        ("{ $include: '/etc/hostname' }", "include", "is outside of"),
        ("{ $include: 7 }", "include", "$include must be"),
        ("{ $include: ['b2.json', 7] }", "include", "$include"),
        ("{ agents: { $include: 'list.json', defaults: {} } }", "include", "$include"),
        ("{ $include: 'bad.json' }", "syntax", "syntax error at line 2"),
        ("{ $include: 'list.json' }", "wrong-type", "must be one object"),
        ("{ $include: '.' }", "not-a-file", "no regular file"),
    ] {
        let doctor = Doctor::new()
            .config(text)
            .file(".openclaw/a.json", "{ x: { $include: 'b.json' } }")
            .file(".openclaw/b.json", "{ $include: 'a.json' }")
            .file(".openclaw/bad.json", "{\n a b 'sk-canary' }")
            .file(".openclaw/list.json", "[]")
            .file(".openclaw/b2.json", "{}");
        let report = doctor.report();
        assert_eq!(report.status(CONFIG_PARSE), "fail", "{text}: {}", report.short());
        report.fails(CONFIG_PARSE, cause);
        assert!(report.message(CONFIG_PARSE).contains(place), "{text}: {}", report.message(CONFIG_PARSE));
        assert!(!report.run.stdout.contains("canary"));
        assert!(report.run.took < std::time::Duration::from_secs(3), "{text}: {:?}", report.run.took);
    }
    let report =
        Doctor::new().config("{ $include: 'bad.json' }").file(".openclaw/bad.json", "{\n a b }").report();
    assert!(
        text(&report.finding(CONFIG_PARSE)["path"]).ends_with("bad.json"),
        "the file with the error is named"
    );
}

#[test]
fn an_included_file_may_hold_any_value() {
    let server = ollama();
    let mut whole = config(&server.url(), PRIMARY);
    whole["agents"]["defaults"]["model"]["fallbacks"] = json!({ "$include": "list.json" });
    let doctor =
        Doctor::new().config(&whole.to_string()).file(".openclaw/list.json", &format!("['{PRIMARY}']"));
    doctor.report().is_healthy();
}

#[test]
fn a_link_that_leads_out_of_the_config_directory_is_not_followed_by_an_include() {
    let doctor = Doctor::new().config("{ $include: 'link.json' }").file("outside.json", "{ a: 1 }");
    let (home, link) = (doctor.home(), doctor.home().join(".openclaw/link.json"));
    std::os::unix::fs::symlink(home.join("outside.json"), link).expect("a link");
    // OpenClaw compares real paths (`config/includes`).
    doctor.report().fails(CONFIG_PARSE, "include");
}

#[test]
fn variables_come_from_the_environment_then_dotenv_then_the_config() {
    let server = ollama();
    let port = server.address.port();
    let with = |vars: &str| {
        format!(
            "{{ gateway: {{ mode: 'local' }}, env: {{ vars: {{ OLLAMA_API_KEY: 'ollama-local', {vars} }} }}, agents: {{ defaults: {{ model: '{PRIMARY}' }} }},\
             models: {{ providers: {{ ollama: {{ baseUrl: 'http://${{BOX}}:{port}', api: 'ollama', models: [] }} }} }} }}"
        )
    };
    let (right, wrong) = ("127.0.0.1", "127.0.9.2");
    let dotenv = |host: &str| format!("# hosts\nexport BOX=\"{host}\" # here\n");
    let from_config = Doctor::new().config(&with(&format!("BOX: '{right}'")));
    let from_dotenv =
        Doctor::new().config(&with(&format!("BOX: '{wrong}'"))).file(".openclaw/.env", &dotenv(right));
    let from_environment =
        Doctor::new().config(&with("")).file(".openclaw/.env", &dotenv(wrong)).env("BOX", right);
    for doctor in [from_config, from_dotenv, from_environment] {
        doctor.report().is_healthy();
    }
    // Without a value the reference stays, and is no host.
    Doctor::new().config(&with("")).report().fails(CONFIG_PARSE, "base-url");
}
