//! `--only`, `--skip`, `--fail-on`, `--strict`, `--offline`, `--wait`.

use std::time::Duration;

use serde_json::json;

use crate::doctor::*;
use crate::namespace::{Namespace, OWN_ADDRESS};
use crate::servers::{Server, answer, shown};
use crate::standin::{Spec, Standin};

const PRIMARY: &str = "ollama/llama3.2:3b";

fn ollama() -> Server {
    Server::ollama(json!([{ "name": "llama3.2:3b" }]), |_| shown(&["completion", "tools"]))
}

fn reported(report: &Report) -> Vec<&str> {
    ALL.iter().copied().filter(|id| report.said(id) != "not asked").collect()
}

fn all_of(area: &str) -> Vec<&'static str> {
    ALL.iter().copied().filter(|id| id.split('/').next() == Some(area)).collect()
}

#[test]
fn only_what_was_asked_for_is_reported() {
    let server = ollama();
    for (arguments, expected) in [
        (&["--only", API_TAGS][..], vec![API_TAGS]),
        (&["--only", "dns"], all_of("dns")),
        (&["--only", "openclaw"], all_of("openclaw")),
        (
            &["--only", "ollama", "--skip", API_TAGS],
            all_of("ollama").into_iter().filter(|id| *id != API_TAGS).collect(),
        ),
        (&["--only", TOOL_MODELS, "--only", PORT_REACHABLE], vec![PORT_REACHABLE, TOOL_MODELS]),
        (&["--skip", "ollama", "--skip", "dns", "--skip", "host"], all_of("openclaw")),
    ] {
        let report = Doctor::with(&server.url(), PRIMARY).args(arguments).report();
        assert_eq!(reported(&report), expected, "{arguments:?}");
        assert_eq!(report.run.code, 0);
    }
}

#[test]
fn what_was_asked_for_and_is_skipped_by_a_failure_fails_and_says_why() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    let run = |arguments: &[&str]| {
        let doctor = Doctor::with("http://127.0.0.1:11434", PRIMARY).program_on_path("ollama");
        doctor.args(arguments).inside(&namespace).report()
    };
    let report = run(&["--only", API_TAGS]);
    assert_eq!((report.run.code, reported(&report)), (1, vec![PORT_REACHABLE, API_TAGS]));
    report.waits(&[API_TAGS], PORT_REACHABLE, PORT_REACHABLE);
    assert_eq!(report.json["startHere"], PORT_REACHABLE);
    // What was asked for and passes is no failure of what was not.
    let report = run(&["--only", CONFIG_PARSE]);
    assert_eq!((report.run.code, report.status(CONFIG_PARSE)), (0, "pass"));
    // A failure that was skipped by hand still keeps others from being looked at: never silently green.
    let report = run(&["--skip", PORT_REACHABLE]);
    assert_eq!((report.run.code, report.status(API_TAGS)), (1, "skipped"), "{}", report.short());
    assert_eq!(report.json["startHere"], PORT_REACHABLE, "what keeps them from it is named");
}

#[test]
fn what_follows_from_something_skipped_stands_by_itself() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    let spec =
        Spec { host: "127.0.0.1:11434", program: "ollama", inside: Some(&namespace), ..Spec::default() };
    let _ollama = spec.start();
    let run = |arguments: &[&str]| {
        Doctor::with("http://127.0.0.2:11434", PRIMARY).args(arguments).inside(&namespace).report()
    };
    let report = run(&["--only", PORT_REACHABLE, "--skip", BIND_ADDRESS]);
    assert_eq!((report.json["startHere"].clone(), report.run.code), (json!(PORT_REACHABLE), 1));
    assert_eq!(reported(&report), [PORT_REACHABLE]);
    assert_eq!(report.finding(PORT_REACHABLE)["causedBy"], json!(null));
    let report = run(&["--only", PORT_REACHABLE]);
    assert_eq!(report.finding(PORT_REACHABLE)["causedBy"], BIND_ADDRESS);
    assert_eq!(reported(&report), [BIND_ADDRESS, PORT_REACHABLE]);
    let report = run(&["--only", API_TAGS]);
    assert_eq!(reported(&report), [BIND_ADDRESS, PORT_REACHABLE, API_TAGS]);
    report.waits(&[API_TAGS], PORT_REACHABLE, BIND_ADDRESS);
}

#[test]
fn the_exit_code_depends_on_what_is_to_fail() {
    let fails = Standin::with(&["tinyllama"]);
    let models = json!([{ "name": "llama3.2:3b" }]);
    let unknown = Server::ollama(models, |_| answer("200 OK", "application/json", "{\"details\":{}}"));
    let ok = ollama();
    for (url, arguments, code, verdict) in [
        (fails.url(), &[][..], 1, "error"),
        (fails.url(), &["--fail-on", "error"], 1, "error"),
        (fails.url(), &["--fail-on", "info"], 1, "error"),
        (fails.url(), &["--fail-on", "never"], 0, "error"),
        (unknown.url(), &[], 0, "incomplete"),
        (unknown.url(), &["--strict"], 3, "incomplete"),
        (unknown.url(), &["--strict", "--fail-on", "never"], 3, "incomplete"),
        (ok.url(), &["--strict"], 0, "ok"),
        (ok.url(), &["--fail-on", "info", "--strict"], 0, "ok"),
    ] {
        let doctor =
            Doctor::with(&url, PRIMARY).args(arguments).args(&["--skip", "dns", "--skip", GATEWAY_RUNNING]);
        let report = doctor.report();
        assert_eq!((report.run.code, &report.json["verdict"]), (code, &json!(verdict)), "{arguments:?}");
        // The code does not depend on the format.
        let aside = ["--skip", "dns", "--skip", GATEWAY_RUNNING];
        let text = Doctor::with(&url, PRIMARY).args(arguments).args(&aside).run();
        assert_eq!(text.code, code, "{arguments:?}");
    }
}

#[test]
fn offline_nothing_leaves_the_machine_and_every_skip_says_so() {
    for url in ["http://192.0.2.1:11434", "http://ollama-host.invalid:11434", "http://[2001:db8::1]:11434"] {
        let report = Doctor::with(url, PRIMARY).args(&["--offline"]).report();
        assert!(report.run.took < Duration::from_secs(2), "{url}: {:?}", report.run.took);
        for id in [BIND_ADDRESS, PORT_REACHABLE, API_TAGS, TOOL_MODELS, PRIMARY_MODEL] {
            assert_eq!(report.status(id), "skipped", "{url}: {}", report.short());
            assert!(report.said(id).contains("--offline"), "{id}: {}", report.said(id));
        }
        assert_eq!(report.run.code, 0);
    }
}

#[test]
fn offline_this_machine_is_asked_by_every_name_it_has() {
    let server = ollama();
    let port = server.address.port();
    for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
        let doctor = Doctor::with(&format!("http://{host}:{port}"), PRIMARY).args(&["--offline"]);
        doctor.report().is_healthy();
    }
    let Some(namespace) = Namespace::with_address() else { return };
    let models = &["llama3.2:3b"];
    let spec = Spec {
        models,
        host: "0.0.0.0:11434",
        program: "ollama",
        inside: Some(&namespace),
        ..Spec::default()
    };
    let _ollama = spec.start();
    let doctor = Doctor::with(&format!("http://{OWN_ADDRESS}:11434"), PRIMARY).args(&["--offline"]);
    doctor.inside(&namespace).report().is_healthy();
}

#[test]
fn waiting_ends_as_soon_as_nothing_fails() {
    let address = "127.0.9.3:11993";
    let later = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(1));
        let show = |_: &str| shown(&["completion", "tools"]);
        Server::ollama_on(address, json!([{ "name": "llama3.2:3b" }]), show)
    });
    let doctor = Doctor::with(&format!("http://{address}"), PRIMARY).args(&["--wait", "20s"]);
    let report = doctor.report();
    report.is_healthy();
    let took = report.run.took;
    assert!((Duration::from_secs(1)..Duration::from_secs(8)).contains(&took), "{took:?}");
    drop(later.join());
}

#[test]
fn waiting_ends_when_its_time_is_up() {
    let report = Doctor::with("http://127.0.9.4:11994", PRIMARY).args(&["--wait", "2s"]).report();
    assert_eq!((report.status(PORT_REACHABLE), report.run.code), ("fail", 1));
    let took = report.run.took;
    assert!((Duration::from_millis(900)..Duration::from_secs(4)).contains(&took), "{took:?}");
}
