//! `ollama/instances`: several Ollamas that really run, beside the one that OpenClaw uses.

use crate::doctor::*;
use crate::namespace::Namespace;
use crate::standin::{Spec, Standin};

const PRIMARY: &str = "ollama/llama3.2:3b";

fn ollama(namespace: &Namespace, host: &str, models: &[&str]) -> Standin {
    Spec { models, host, program: "ollama", inside: Some(namespace), ..Spec::default() }.start()
}

#[test]
fn a_model_that_another_ollama_has_is_the_root() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    let used = ollama(&namespace, "127.0.0.1:11434", &["qwen3:8b"]);
    let other = ollama(&namespace, "127.0.0.1:11500", &["llama3.2:3b", "qwen3:8b"]);
    let report = Doctor::with(&used.url(), PRIMARY).inside(&namespace).report();
    report.fails(INSTANCES, "model-on-other");
    assert_eq!(report.json["startHere"], INSTANCES);
    assert_eq!(report.finding(PRIMARY_MODEL)["causedBy"], INSTANCES);
    // To point OpenClaw there would leave the ollama command with the other one.
    assert_eq!(report.fixes(INSTANCES), ["openclaw/primary-model#pull"]);
    let evidence = report.evidence(INSTANCES);
    assert!(evidence.contains("127.0.0.1:11500 (the ollama serve of "), "{evidence}");
    assert_eq!(other.requests(), ["GET /api/tags", "GET /api/version"], "asked once each, and nothing else");
    // The ollama command asks the one that has it: a pull would change nothing.
    let report =
        Doctor::with(&used.url(), PRIMARY).inside(&namespace).env("OLLAMA_HOST", &other.address).report();
    let point = format!("openclaw config set models.providers.ollama.baseUrl {}", other.url());
    assert_eq!(report.steps(INSTANCES, "ollama/bind-address#point"), [point]);
}

#[test]
fn a_program_that_only_has_the_port_of_an_endpoint_elsewhere_is_not_asked() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    let start = |program| {
        Spec { program, host: "127.0.0.1:8000", inside: Some(&namespace), ..Spec::default() }.start()
    };
    let foreign = start("admin-api");
    let elsewhere = || Doctor::with("http://192.0.2.1:8000", PRIMARY).inside(&namespace).report();
    elsewhere();
    assert!(foreign.requests().is_empty(), "{:?}", foreign.requests());
    drop(foreign);
    let ollama = start("ollama");
    elsewhere();
    assert_eq!(ollama.requests(), ["GET /api/version"]);
}

#[test]
fn the_command_asks_the_ollama_that_its_variable_or_the_default_port_names() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    let used = ollama(&namespace, "127.0.0.1:11500", &["llama3.2:3b"]);
    let _other = ollama(&namespace, "127.0.0.1:11434", &["llama3.2:3b", "qwen3:8b"]);
    let doctor = || Doctor::with(&used.url(), PRIMARY).inside(&namespace);
    let report = doctor().report();
    assert_eq!(report.cause(INSTANCES), "command-asks-other", "{}", report.short());
    assert_eq!(report.finding(INSTANCES)["severity"], "warning");
    let report = doctor().env("INVOCATION_ID", "0").report();
    assert_eq!(report.cause(INSTANCES), "other-models", "{}", report.short());
    let report = doctor().env("OLLAMA_HOST", &used.address).report();
    assert_eq!(report.cause(INSTANCES), "other-models", "{}", report.short());
    assert_eq!(report.finding(INSTANCES)["severity"], "info");
}

#[test]
fn ollamas_with_the_same_models_are_no_finding() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    let used = ollama(&namespace, "127.0.0.1:11434", &["llama3.2:3b", "qwen3:8b"]);
    let _other = ollama(&namespace, "127.0.0.1:11500", &["qwen3:8b"]);
    let report = Doctor::with(&used.url(), PRIMARY).inside(&namespace).report();
    assert_eq!(report.status(INSTANCES), "pass", "{}", report.short());
    assert!(report.said(INSTANCES).starts_with("1 more here,"), "{}", report.said(INSTANCES));
}

#[test]
fn a_program_that_was_replaced_while_it_runs_is_told() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    let used = ollama(&namespace, "127.0.0.1:11434", &["llama3.2:3b"]);
    let report = || Doctor::with(&used.url(), PRIMARY).inside(&namespace).report();
    assert_eq!(report().status(INSTANCES), "pass", "{}", report().short());
    let program = used.program("ollama");
    let newer = program.with_extension("new");
    crate::standin::copy(&program, &newer);
    std::fs::rename(&newer, &program).expect("the program is replaced");
    let report = report();
    assert_eq!(report.cause(INSTANCES), "old-program", "{}", report.short());
    assert_eq!(report.fixes(INSTANCES), ["restart-by-hand"]);
    std::fs::remove_file(&program).expect("the program is removed");
    let report = Doctor::with(&used.url(), PRIMARY).inside(&namespace).report();
    assert_eq!(report.fixes(INSTANCES), ["install"], "{}", report.short());
}
