//! `openclaw/gateway-mode` and `openclaw/gateway-running`, as far as a machine without a gateway shows them.

use serde_json::{Value, json};

use crate::doctor::*;
use crate::standin::Standin;

fn with_mode(ollama: &Standin, mode: Value) -> Report {
    let mut config = config(&ollama.url(), "ollama/llama3.2:3b");
    config["gateway"] = mode;
    Doctor::new().config(&config.to_string()).report()
}

#[test]
fn a_gateway_mode_that_blocks_the_gateway_is_found() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    for gateway in [json!({}), json!({ "port": 18789 })] {
        let report = with_mode(&ollama, gateway);
        // Nothing of a gateway is here: that is no fault of a machine for `openclaw agent --local`.
        assert_eq!(report.cause(GATEWAY_MODE), "unset-unused", "{}", report.short());
        assert_eq!((report.run.code, &report.json["verdict"]), (0, &json!("info")));
        assert_eq!(report.steps(GATEWAY_MODE, "set"), ["openclaw config set gateway.mode local"]);
        assert_eq!(report.json["startHere"], GATEWAY_MODE);
        assert_eq!(report.findings().len(), 1, "{}", report.short());
    }
    for word in ["lokal", "LOCAL", "", "\u{1b}[31mlocal"] {
        let report = with_mode(&ollama, json!({ "mode": word }));
        report.fails(GATEWAY_MODE, "invalid");
        // `openclaw config set` is refused while the config is invalid.
        assert_eq!(report.steps(GATEWAY_MODE, "edit"), [""; 0]);
    }
    for word in ["local", "remote"] {
        with_mode(&ollama, json!({ "mode": word })).is_healthy();
    }
}

#[test]
fn without_a_config_the_primary_is_told_and_the_mode_waits() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    let report = Doctor::new().args(&["--base-url", &ollama.url()]).report();
    assert_eq!(report.status(GATEWAY_MODE), "skipped");
    report.fails(PRIMARY_MODEL, "unset");
    let steps = report.steps(PRIMARY_MODEL, "select");
    assert!(steps.contains(&"openclaw config set gateway.mode local"), "{steps:?}");
}

#[test]
fn where_there_is_no_gateway_and_no_service_that_is_worth_knowing() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    let run = Doctor::with(&ollama.url(), "ollama/llama3.2:3b").args(&["--format", "json"]).run();
    let json: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let finding = &json["findings"][0];
    let seen = (&finding["checkId"], &finding["cause"], &finding["severity"], &json["verdict"]);
    let expected = (&json!(GATEWAY_RUNNING), &json!("none"), &json!("info"), &json!("info"));
    assert_eq!((seen, run.code), (expected, 0), "{}", run.stdout);
    assert_eq!(finding["fixes"][0]["run"], json!(["openclaw gateway install"]));
}

#[test]
fn a_unit_that_allows_it_needs_no_mode() {
    if !std::path::Path::new("/run/systemd/system").is_dir() {
        left_out("what needs systemd: a unit file without it is no service");
        return;
    }
    let ollama = Standin::with(&["llama3.2:3b"]);
    let unit = ".config/systemd/user/openclaw-gateway.service";
    let plain = "[Service]\nExecStart=/usr/bin/node index.js gateway\n";
    let continued = "[Service]\nExecStart=/usr/bin/node index.js gateway \\\n  --allow-unconfigured\n";
    let drop_in = "[Service]\nExecStart=\nExecStart=/usr/bin/node index.js gateway --allow-unconfigured\n";
    for (text, more, status) in
        [(plain, None, "fail"), (continued, None, "pass"), (plain, Some(drop_in), "pass")]
    {
        let mut config = config(&ollama.url(), "ollama/llama3.2:3b");
        config["gateway"] = json!({});
        let mut doctor = Doctor::new().config(&config.to_string()).file(unit, text);
        if let Some(more) = more {
            doctor = doctor.file(&format!("{unit}.d/allow.conf"), more);
        }
        let report = doctor.report();
        assert_eq!(report.status(GATEWAY_MODE), status, "{}", report.short());
    }
}

#[test]
fn a_unit_without_a_process_is_a_stopped_gateway_where_systemd_runs() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    let unit = "[Service]\nExecStart=/usr/bin/node index.js gateway --port 19001\n";
    let report = Doctor::with(&ollama.url(), "ollama/llama3.2:3b")
        .file(".config/systemd/user/openclaw-gateway.service", unit)
        .report();
    if !std::path::Path::new("/run/systemd/system").is_dir() {
        assert_eq!(report.status(GATEWAY_RUNNING), "skipped", "a unit file without systemd is no service");
        return;
    }
    assert_eq!(report.status(GATEWAY_RUNNING), "fail", "{}", report.short());
    assert!(["stopped", "logged-out"].contains(&report.cause(GATEWAY_RUNNING)), "{}", report.short());
    assert!(report.evidence(GATEWAY_RUNNING).contains("port: 19001"), "{}", report.short());
}
