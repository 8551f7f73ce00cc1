//! What meets a config of whom: no value of root's reaches a server that another user's config names.

use std::os::unix::fs::{PermissionsExt, chown};

use serde_json::{Value, json};

use crate::doctor::*;
use crate::machines::with_mounts;
use crate::servers::{Server, shown};

const PRIMARY: &str = "ollama/llama3.2:3b";
const NOBODY: u32 = 65534;
/// Root's own gateway, closed to everybody else, with a key in each of its files.
const UNIT: &str = "mount -t tmpfs tmpfs /etc/systemd/system && cd /etc/systemd/system && umask 077 && \
                    echo FROM_FILE=canary-in-a-file >gateway.env && printf '[Service]\\nExecStart=/usr/bin/node gateway\\n\
                    Environment=FROM_UNIT=canary-in-a-unit\\nEnvironmentFile=/etc/systemd/system/gateway.env\\n' \
                    >openclaw-gateway.service && cd $HOME";

fn ollama() -> Server {
    Server::ollama(json!([{ "name": "llama3.2:3b" }]), |_| shown(&["completion", "tools"]))
}

/// A config that wants all that root has, for its server and for the report.
fn greedy(url: &str) -> Value {
    let mut config = config(url, PRIMARY);
    let ollama = &mut config["models"]["providers"]["ollama"];
    ollama["apiKey"] = json!("${FROM_FILE}");
    ollama["headers"] =
        json!({ "x-a": "${FROM_UNIT}", "x-b": "Bearer ${FROM_ENVIRONMENT}", "x-c": "${FROM_DOT_ENV}" });
    config
}

fn doctor(config: &Value) -> Doctor {
    let doctor =
        Doctor::new().file("theirs/c.json", &config.to_string()).env("FROM_ENVIRONMENT", "canary-in-root");
    std::fs::set_permissions(doctor.home().join("theirs"), PermissionsExt::from_mode(0o755))
        .expect("its mode");
    doctor.args(&["--config", "theirs/c.json"])
}

fn has_sent_a_canary(server: &Server) -> bool {
    server.requests().iter().any(|request| request.head.contains("canary"))
}

#[test]
fn a_config_of_another_user_is_filled_with_nothing_that_he_could_not_read() {
    let Some(words) = with_mounts(UNIT) else { return };
    let server = ollama();
    let doctor = doctor(&greedy(&server.url())).behind(&words);
    chown(doctor.home().join("theirs/c.json"), Some(NOBODY), Some(NOBODY)).expect("another owner");
    let report = doctor.report();
    assert!(server.connections() > 0 && !has_sent_a_canary(&server), "{:?}", server.requests()[0].head);
    assert!(!report.run.stdout.contains("canary"), "{}", report.run.stdout);
    assert_eq!(report.status(CONFIG_PARSE), "pass", "{}", report.short());
    assert!(report.said(CONFIG_PARSE).contains("is not filled in"), "{}", report.said(CONFIG_PARSE));
    assert_eq!(report.status(PROVIDER_ENABLED), "pass", "{}", report.short());
}

#[test]
fn a_value_that_decides_something_is_not_printed_either() {
    let server = ollama();
    let mut config = greedy(&server.url());
    config["models"]["providers"]["ollama"]["baseUrl"] = json!(format!("{}/${{FROM_UNIT}}", server.url()));
    config["agents"]["defaults"]["model"] = json!({ "primary": "ollama/${FROM_FILE}" });
    for format in ["text", "json"] {
        let Some(words) = with_mounts(UNIT) else { return };
        let doctor = doctor(&config).behind(&words).args(&["-vv", "--format", format]);
        chown(doctor.home().join("theirs/c.json"), Some(NOBODY), Some(NOBODY)).expect("another owner");
        let run = doctor.run();
        assert!(!run.stdout.contains("canary") && run.stdout.contains("is not filled in"), "{}", run.stdout);
        assert_eq!(server.connections(), 0);
    }
}

#[test]
fn a_config_of_no_openclaw_here_is_filled_with_nothing_of_ours() {
    let server = ollama();
    let dot_env = "FROM_DOT_ENV=canary-in-dot-env\n";
    let mailed = doctor(&greedy(&server.url())).file(".openclaw/.env", dot_env);
    let report = mailed.report();
    assert!(server.connections() > 0 && !has_sent_a_canary(&server), "{:?}", server.requests()[0].head);
    let said = report.said(CONFIG_PARSE);
    assert!(said.contains("is of no OpenClaw here") && said.contains("OPENCLAW_CONFIG_PATH"), "{said}");
    // It is his who says so, and who names the one of his home.
    let own = Doctor::new().config(&greedy(&server.url()).to_string()).file(".openclaw/.env", dot_env);
    let own = own.env("FROM_ENVIRONMENT", "canary-in-own").args(&["--config", ".openclaw/openclaw.json"]);
    assert!(!own.report().said(CONFIG_PARSE).contains("not filled in"));
    assert!(has_sent_a_canary(&server));
    let server = ollama();
    let doctor = doctor(&greedy(&server.url())).file(".openclaw/.env", dot_env);
    let named = doctor.home().join("theirs/c.json").display().to_string();
    doctor.env("OPENCLAW_CONFIG_PATH", &named).report();
    assert!(has_sent_a_canary(&server));
}
