//! The environment, the processes and the stores of Ollamas that really run.

use crate::doctor::*;
use crate::namespace::Namespace;
use crate::standin::{Spec, Standin};

const PRIMARY: &str = "ollama/llama3.2:3b";

/// An Ollama that was started by hand in a network of its own, by its real name.
fn by_hand(namespace: &Namespace, variables: &[(&str, &str)]) -> Standin {
    Spec {
        models: &["llama3.2:3b"],
        program: "ollama",
        inside: Some(namespace),
        variables,
        ..Spec::default()
    }
    .start()
}

#[test]
fn the_environment_of_a_process_is_read_as_ollama_reads_it() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    for (name, value, cause, severity) in [
        ("OLLAMA_CONTEXT_LENGTH", "64k", "context-length", "warning"),
        ("OLLAMA_KEEP_ALIVE", "1d", "ignored", "warning"),
        ("OLLAMA_NO_CLOUD", "off", "counts-as-yes", "warning"),
        ("OLLAMA_NUM_CTX", "8192", "misspelt", "warning"),
        ("OLLAMA_TURBO_MODE", "1", "unknown-name", "info"),
    ] {
        let ollama = by_hand(&namespace, &[(name, value)]);
        let report = Doctor::with(&ollama.url(), PRIMARY).inside(&namespace).report();
        assert_eq!(report.status(ENVIRONMENT), "fail", "{name}: {}", report.short());
        assert_eq!(
            (report.cause(ENVIRONMENT), &report.finding(ENVIRONMENT)["severity"]),
            (cause, &severity.into())
        );
        assert_eq!(report.fixes(ENVIRONMENT), ["by-hand"]);
        assert!(
            report.evidence(ENVIRONMENT).contains("ollama serve (pid"),
            "{}",
            report.evidence(ENVIRONMENT)
        );
    }
}

#[test]
fn settings_that_ollama_reads_are_no_finding() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    let settings = [
        ("OLLAMA_CONTEXT_LENGTH", "\"65536\""),
        ("OLLAMA_KEEP_ALIVE", "-1"),
        ("OLLAMA_FLASH_ATTENTION", "1"),
        ("OLLAMA_ORIGINS", "https://a.example,*://b"),
        ("OLLAMA_API_KEY", "canary-of-a-key"),
    ];
    let ollama = by_hand(&namespace, &settings);
    let doctor = Doctor::with(&ollama.url(), PRIMARY).inside(&namespace);
    let report = doctor.env("OLLAMA_HOST", &ollama.address).env("https_proxy", "http://u:canary@p").report();
    assert_eq!(report.status(ENVIRONMENT), "pass", "{}", report.short());
    assert!(report.said(ENVIRONMENT).contains("OLLAMA_KEEP_ALIVE=-1"), "{}", report.said(ENVIRONMENT));
    assert!(!report.run.stdout.contains("canary"), "{}", report.run.stdout);
}

#[test]
fn a_shell_that_asks_another_port_is_told() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    let ollama = by_hand(&namespace, &[("OLLAMA_HOST", "127.0.0.1:11434")]);
    let doctor = || Doctor::with(&ollama.url(), PRIMARY).inside(&namespace);
    let report = doctor().env("OLLAMA_HOST", "http://localhost").report();
    assert_eq!(report.cause(ENVIRONMENT), "shell-host", "{}", report.short());
    assert!(report.message(ENVIRONMENT).contains("port 80"), "{}", report.message(ENVIRONMENT));
    let report = doctor().env("OLLAMA_HOST", "http://gpu-box:11434").report();
    assert_eq!(report.status(ENVIRONMENT), "pass", "{}", report.short());
}
