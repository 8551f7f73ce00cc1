//! `ollama/bind-address`: Ollama listens, but not where OpenClaw connects.

use crate::doctor::*;
use crate::namespace::{Namespace, OWN_ADDRESS};
use crate::servers::{Server, answer, json_answer, send};
use crate::standin::Spec;

const PRIMARY: &str = "ollama/llama3.2:3b";

struct Row {
    /// `OLLAMA_HOST`.
    bound: &'static str,
    base_url: String,
    cause: &'static str,
    /// The listener and what OpenClaw wants instead.
    evidence: [String; 2],
    fixes: &'static [&'static str],
}

fn rows() -> Vec<Row> {
    let row = |bound, base_url: &str, cause, fixes| Row {
        bound,
        base_url: format!("http://{base_url}"),
        cause,
        evidence: [format!("listener: {bound} (ollama (pid "), format!("expected {base_url}\n")],
        fixes,
    };
    vec![
        row("127.0.0.1:11434", "127.0.0.2:11434", "other-address", &["point", "by-hand"]),
        row("127.0.0.1:11434", &format!("{OWN_ADDRESS}:11434"), "loopback-only", &["point", "by-hand"]),
        row("[::1]:11434", "127.0.0.1:11434", "other-family", &["point", "by-hand"]),
        row("127.0.0.1:11434", "[::1]:11434", "other-family", &["point", "by-hand"]),
        row("127.0.0.1:11435", "127.0.0.1:11434", "other-port", &["point", "by-hand"]),
        row("127.0.0.1:8080", "127.0.0.1:11434", "other-port", &["point", "by-hand"]),
    ]
}

#[test]
fn an_ollama_that_listens_elsewhere_is_the_one_root() {
    for row in rows() {
        let Some(namespace) = Namespace::with_address() else { return };
        let spec = Spec { host: row.bound, program: "ollama", inside: Some(&namespace), ..Spec::default() };
        let _ollama = spec.start();
        let report = Doctor::with(&row.base_url, PRIMARY).inside(&namespace).report();
        report.fails(BIND_ADDRESS, row.cause);
        assert_eq!(report.json["startHere"], BIND_ADDRESS);
        assert_eq!(report.cause(PORT_REACHABLE), "refused", "it listens, so it is installed");
        assert_eq!(report.finding(PORT_REACHABLE)["causedBy"], BIND_ADDRESS);
        report.waits(&[API_TAGS, TOOL_MODELS, PRIMARY_MODEL], PORT_REACHABLE, BIND_ADDRESS);
        let evidence = report.evidence(BIND_ADDRESS);
        assert!(row.evidence.iter().all(|line| evidence.contains(line)), "{:?}: {evidence}", row.evidence);
        assert!(evidence.contains("models.providers.ollama.baseUrl"));
        assert_eq!(report.fixes(BIND_ADDRESS), row.fixes, "{}", row.bound);
        let point = format!("openclaw config set models.providers.ollama.baseUrl http://{}", row.bound);
        let steps = report.steps(BIND_ADDRESS, "point").join("\n").replace('\'', "");
        assert_eq!(steps, point);
    }
}

#[test]
fn what_accepts_where_openclaw_connects_passes() {
    for (bound, base_url) in [
        ("0.0.0.0:11434", OWN_ADDRESS),
        ("0.0.0.0:11434", "127.0.0.1"),
        ("[::1]:11434", "[::1]"),
        (OWN_ADDRESS, OWN_ADDRESS),
    ] {
        let Some(namespace) = Namespace::with_address() else { return };
        let models = &["llama3.2:3b"];
        let spec =
            Spec { models, host: bound, program: "ollama", inside: Some(&namespace), ..Spec::default() };
        let _ollama = spec.start();
        let doctor = Doctor::with(&format!("http://{base_url}:11434"), PRIMARY).args(&["--offline"]);
        doctor.inside(&namespace).report().is_healthy();
    }
}

#[test]
fn where_no_ollama_listens_the_bind_address_waits_for_the_port() {
    if !alone!() {
        return;
    }
    // Something else holds the port at another address.
    let other = Server::saying(answer("200 OK", "text/html", "<html>not Ollama</html>"));
    let port = other.address.port();
    let report =
        Doctor::with(&format!("http://127.0.0.2:{port}"), PRIMARY).program_on_path("ollama").report();
    assert_eq!(report.status(PORT_REACHABLE), "fail");
    report.waits(&[BIND_ADDRESS], PORT_REACHABLE, PORT_REACHABLE);
    assert_eq!(other.requests().len(), 1, "asked once, for its version");
    assert_eq!(other.requests()[0].path(), "/api/version");
}

#[test]
fn a_listener_is_ollama_when_its_version_answers_whatever_its_name() {
    if !alone!() {
        return;
    }
    let ollama =
        Server::http(|_, stream| send(stream, &json_answer(&serde_json::json!({"version": "0.32.15"}))));
    let port = ollama.address.port();
    let report = Doctor::with(&format!("http://127.0.0.2:{port}"), PRIMARY).report();
    report.fails(BIND_ADDRESS, "other-address");
    assert_eq!(report.finding(PORT_REACHABLE)["causedBy"], BIND_ADDRESS);
}

#[test]
fn without_root_the_listener_is_found_though_its_program_is_not_shown() {
    let Some(namespace) = Namespace::with_address() else { return };
    let spec =
        Spec { host: "127.0.0.1:11434", program: "ollama", inside: Some(&namespace), ..Spec::default() };
    let _ollama = spec.start();
    let url = format!("http://{OWN_ADDRESS}:11434");
    let Some(doctor) = Doctor::with(&url, PRIMARY).unprivileged() else { return };
    let report = doctor.inside(&namespace).report();
    report.fails(BIND_ADDRESS, "loopback-only");
    assert!(report.evidence(BIND_ADDRESS).contains("run as root to see the program"));
}

#[test]
fn an_ollama_on_another_port_does_not_hide_one_that_answers() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    let inside = Some(&namespace);
    let other = Spec { host: "127.0.0.1:11500", program: "ollama", inside, ..Spec::default() };
    let models = &["llama3.2:3b"];
    let right = Spec { models, host: "127.0.0.1:11434", program: "ollama", inside, ..Spec::default() };
    let _both = (other.start(), right.start());
    Doctor::with("http://127.0.0.1:11434", PRIMARY).inside(&namespace).report().is_healthy();
}

#[test]
fn the_provider_that_is_pointed_elsewhere_is_the_one_in_the_config() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    let spec =
        Spec { host: "127.0.0.1:11435", program: "ollama", inside: Some(&namespace), ..Spec::default() };
    let _ollama = spec.start();
    let mut config = config("http://127.0.0.1:11434", "local/llama3.2:3b");
    config["models"]["providers"] = serde_json::json!({ "local": {
        "api": "ollama", "baseUrl": "http://127.0.0.1:11434", "models": [] } });
    let report = Doctor::new().config(&config.to_string()).inside(&namespace).report();
    report.fails(BIND_ADDRESS, "other-port");
    let point = "openclaw config set models.providers.local.baseUrl http://127.0.0.1:11435";
    assert_eq!(report.steps(BIND_ADDRESS, "point"), [point]);
}
