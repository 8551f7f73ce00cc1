//! `ollama/port-reachable`: accepted, refused, filtered, unreachable, unresolvable.

use std::path::Path;
use std::time::Duration;

use crate::doctor::*;
use crate::namespace::{Namespace, OTHER_ADDRESS};
use crate::standin::{Spec, Standin};

const PRIMARY: &str = "ollama/llama3.2:3b";
const WAITING: [&str; 3] = [API_TAGS, TOOL_MODELS, PRIMARY_MODEL];

#[test]
fn a_port_that_accepts_passes_and_says_how_fast() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    let report = Doctor::with(&ollama.url(), PRIMARY).report();
    report.is_healthy();
    assert!(report.said(PORT_REACHABLE).starts_with(&format!("{} accepts connections", ollama.address)));
}

#[test]
fn a_name_counts_as_reachable_when_one_of_its_addresses_accepts() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    let url = ollama.url().replace("127.0.0.1", "localhost");
    Doctor::with(&url, PRIMARY).report().is_healthy();
}

#[test]
fn a_port_that_nobody_holds_is_refused_and_everything_waits_for_it() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    let doctor = Doctor::with("http://127.0.0.1:11434", PRIMARY).program_on_path("ollama");
    let report = doctor.inside(&namespace).report();
    report.fails(PORT_REACHABLE, "refused");
    assert_eq!(report.json["startHere"], PORT_REACHABLE);
    assert_eq!(report.fixes(PORT_REACHABLE), ["serve"]);
    assert_eq!(report.steps(PORT_REACHABLE, "serve"), ["ollama serve"]);
    assert!(report.evidence(PORT_REACHABLE).contains("connect: refused in"));
    report.waits(&WAITING, PORT_REACHABLE, PORT_REACHABLE);
    report.waits(&[BIND_ADDRESS], PORT_REACHABLE, PORT_REACHABLE);
    let clears: Vec<&str> = list(&report.finding(PORT_REACHABLE)["clears"]).iter().map(text).collect();
    assert!([BIND_ADDRESS, API_TAGS, TOOL_MODELS, PRIMARY_MODEL].iter().all(|id| clears.contains(id)));
}

#[test]
fn where_no_ollama_is_installed_the_installer_is_offered() {
    if ["/usr/local/bin", "/usr/bin", "/bin"].iter().any(|dir| Path::new(dir).join("ollama").exists()) {
        return left_out("a machine without Ollama: this one has it");
    }
    let Some(namespace) = Namespace::new(&[]) else { return };
    let report = Doctor::with("http://127.0.0.1:11434", PRIMARY).inside(&namespace).report();
    report.fails(PORT_REACHABLE, "not-installed");
    assert_eq!(report.steps(PORT_REACHABLE, "install"), ["curl -fsSL https://ollama.com/install.sh | sh"]);
}

#[test]
fn the_documented_default_is_diagnosed_where_there_is_no_config() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    let report = Doctor::new().program_on_path("ollama").inside(&namespace).report();
    report.fails(PORT_REACHABLE, "refused");
    assert_eq!(report.json["target"]["baseUrl"], "http://127.0.0.1:11434");
    assert_eq!(report.json["target"]["from"], "default");
    assert_eq!(report.status(CONFIG_PARSE), "pass");
}

#[test]
fn another_machine_that_refuses_may_be_bound_to_loopback() {
    let Some((here, there)) = Namespace::two_machines() else { return };
    let loopback =
        Spec { host: "127.0.0.1:11434", program: "ollama", inside: Some(&there), ..Spec::default() };
    let _ollama = loopback.start();
    let report = Doctor::with(&format!("http://{OTHER_ADDRESS}:11434"), PRIMARY).inside(&here).report();
    report.fails(PORT_REACHABLE, "refused");
    let fixes = ["expose", "ollama/bind-address#drop-in", "start"];
    assert_eq!(report.fixes(PORT_REACHABLE), fixes);
    for fix in list(&report.finding(PORT_REACHABLE)["fixes"]) {
        assert_eq!(fix["on"], OTHER_ADDRESS, "the fix belongs on the other machine");
    }
    assert_eq!(report.status(BIND_ADDRESS), "skipped");
    assert!(report.said(BIND_ADDRESS).contains("another machine"));
}

#[test]
fn another_machine_that_answers_is_healthy() {
    let Some((here, there)) = Namespace::two_machines() else { return };
    let models = &["llama3.2:3b"];
    let open =
        Spec { models, host: "0.0.0.0:11434", program: "ollama", inside: Some(&there), ..Spec::default() };
    let _ollama = open.start();
    let report = Doctor::with(&format!("http://{OTHER_ADDRESS}:11434"), PRIMARY).inside(&here).report();
    assert_eq!(report.findings().len(), 0, "{}", report.short());
    assert_eq!((report.status(PORT_REACHABLE), report.status(PRIMARY_MODEL)), ("pass", "pass"));
    assert!(report.said(BIND_ADDRESS).contains("another machine"));
}

#[test]
fn packets_that_are_dropped_time_out() {
    let Some(namespace) = Namespace::with_address() else { return };
    // The second deadline is shorter than what a connection is granted.
    for (arguments, at_most) in [(&["--timeout", "10s"], 10.0), (&["--timeout", "1s"], 2.5)] {
        let doctor = Doctor::with(&format!("http://{OTHER_ADDRESS}:11434"), PRIMARY).args(arguments);
        let report = doctor.inside(&namespace).report();
        assert!(report.run.took.as_secs_f64() < at_most, "{:?}", report.run.took);
        report.fails(PORT_REACHABLE, "timed-out");
        assert_eq!(report.fixes(PORT_REACHABLE), ["firewall", "route", "own-rule"]);
        assert!(report.evidence(PORT_REACHABLE).contains("connect: no answer in"));
        report.waits(&WAITING, PORT_REACHABLE, PORT_REACHABLE);
    }
}

#[test]
fn an_address_without_a_route_is_unreachable() {
    for route in ["unreachable", "default via nowhere"] {
        let setup: &[&str] =
            if route == "unreachable" { &["ip route add unreachable 10.98.0.0/16"] } else { &[] };
        let Some(namespace) = Namespace::new(setup) else { return };
        let report = Doctor::with("http://10.98.7.6:11434", PRIMARY).inside(&namespace).report();
        report.fails(PORT_REACHABLE, "unreachable");
        assert_eq!(report.fixes(PORT_REACHABLE), ["rejected", "route", "own-rule"]);
        assert!(report.run.took < Duration::from_secs(10));
        report.waits(&WAITING, PORT_REACHABLE, PORT_REACHABLE);
    }
}

#[test]
fn a_route_that_forbids_is_a_failure_too() {
    // EACCES and EINVAL: neither is a timeout, and neither is unknown.
    for kind in ["prohibit", "blackhole"] {
        let Some(namespace) = Namespace::new(&[&format!("ip route add {kind} 10.98.0.0/16")]) else { return };
        let report = Doctor::with("http://10.98.7.6:11434", PRIMARY).inside(&namespace).report();
        assert_eq!(report.status(PORT_REACHABLE), "fail", "{kind}");
        assert!(["failed", "unreachable"].contains(&report.cause(PORT_REACHABLE)), "{kind}");
        assert_eq!((report.run.code, report.fixes(PORT_REACHABLE)), (1, vec!["route"]));
    }
}

#[test]
fn a_name_without_an_address_is_unresolvable() {
    let namespace = Namespace::new(&[]);
    let places = [None, namespace.as_ref()];
    for place in &places[..if namespace.is_some() { 2 } else { 1 }] {
        let doctor = Doctor::with("http://ollama-host.invalid:11434", PRIMARY);
        let doctor = place
            .map_or(Doctor::with("http://ollama-host.invalid:11434", PRIMARY), |place| doctor.inside(place));
        let report = doctor.report();
        report.fails(PORT_REACHABLE, "unresolvable");
        assert_eq!(report.fixes(PORT_REACHABLE), ["name"]);
        assert!(report.message(PORT_REACHABLE).contains("ollama-host.invalid"));
        assert!(report.run.took < Duration::from_secs(10));
        report.waits(&WAITING, PORT_REACHABLE, PORT_REACHABLE);
        report.waits(&[BIND_ADDRESS], PORT_REACHABLE, PORT_REACHABLE);
    }
}

#[test]
fn name_resolution_that_hangs_ends_within_the_timeout() {
    let Some(namespace) = Namespace::with_address() else { return };
    // Every query, to whatever server, goes into the cable that nobody answers.
    let enter = namespace.enter();
    let routed = std::process::Command::new(&enter[0])
        .args(&enter[1..])
        .args(["ip", "route", "add", "default", "via", OTHER_ADDRESS, "dev", "near"])
        .status();
    assert!(routed.is_ok_and(|status| status.success()));
    for (timeout, at_most) in [("10s", 10.0), ("1s", 2.5)] {
        let doctor = Doctor::with("http://ollama-host.invalid:11434", PRIMARY).args(&["--timeout", timeout]);
        let report = doctor.inside(&namespace).report();
        assert!(report.run.took.as_secs_f64() < at_most, "{timeout}: {:?}", report.run.took);
        report.fails(PORT_REACHABLE, "unresolvable");
    }
}

#[test]
fn several_ollamas_are_each_looked_at() {
    if !alone!() {
        return;
    }
    let ollama = Standin::with(&["llama3.2:3b"]);
    let mut config = config(&ollama.url(), PRIMARY);
    // A closed port of an address that no other test uses.
    config["models"]["providers"]["spare"] =
        serde_json::json!({ "api": "ollama", "baseUrl": "http://127.0.9.9:11999", "models": [] });
    let report = Doctor::new().config(&config.to_string()).report();
    assert_eq!(report.status(PORT_REACHABLE), "fail", "{}", report.short());
    assert_eq!(report.finding(PORT_REACHABLE)["target"], "127.0.9.9:11999");
    assert_eq!(report.json["target"]["baseUrl"], ollama.url(), "the primary's comes first");
    assert_eq!((report.status(TOOL_MODELS), report.status(PRIMARY_MODEL)), ("pass", "pass"));
}
