//! `ollama/exposure`: who can reach an Ollama of this machine, with public addresses
//! that exist in a network namespace only.

use crate::doctor::*;
use crate::namespace::Namespace;
use crate::standin::{Spec, Standin};

const PRIMARY: &str = "ollama/llama3.2:3b";

fn standin(inside: &Namespace, host: &str) -> Standin {
    Spec { models: &["llama3.2:3b"], host, program: "ollama", inside: Some(inside), ..Spec::default() }
        .start()
}

fn look(inside: &Namespace) -> Report {
    Doctor::with("http://127.0.0.1:11434", PRIMARY).inside(inside).report()
}

/// A firewall of the machine that runs the tests is one that the doctor sees.
fn behind_firewall(report: &Report) -> bool {
    let said = report.said(EXPOSURE);
    let is_so = said.contains("is active") || said.contains("iptables has a filter table");
    if is_so {
        left_out(&format!("what needs a machine without a firewall: {said}"));
    }
    is_so
}

#[test]
fn all_interfaces_are_open_to_the_internet_where_one_is_public() {
    let Some(inside) = Namespace::new(&["ip addr add 51.15.0.7/32 dev lo"]) else { return };
    let _ollama = standin(&inside, "0.0.0.0:11434");
    let report = look(&inside);
    if behind_firewall(&report) {
        return;
    }
    assert_eq!(report.cause(EXPOSURE), "all-interfaces", "{}", report.short());
    assert_eq!(report.finding(EXPOSURE)["severity"], "warning");
    assert!(report.message(EXPOSURE).ends_with("is open to the internet at 51.15.0.7"));
    let evidence = report.evidence(EXPOSURE);
    assert!(evidence.contains("expected 127.0.0.1:11434") && evidence.contains("none seen"), "{evidence}");
    // A warning does not fail the run.
    assert_eq!(report.run.code, 0);
    let strict = Doctor::with("http://127.0.0.1:11434", PRIMARY).inside(&inside);
    assert_eq!(strict.args(&["--fail-on", "warning"]).report().run.code, 1);
}

#[test]
fn one_public_address_is_enough_and_loopback_and_private_ones_are_none() {
    let commands = [
        "ip addr add 51.15.0.7/32 dev lo",
        "ip addr add 10.9.8.7/32 dev lo",
        "ip addr add 203.0.113.9/32 dev lo",
    ];
    let Some(inside) = Namespace::new(&commands) else { return };
    for (host, cause, said) in [
        ("127.0.0.1:11434", None, "loopback only"),
        ("10.9.8.7:11434", None, "listens on 10.9.8.7:11434; no address there is public"),
        ("203.0.113.9:11434", None, "no address there is public"),
        ("51.15.0.7:11434", Some("public-address"), ""),
    ] {
        let _ollama = standin(&inside, host);
        let report = look(&inside);
        if behind_firewall(&report) {
            return;
        }
        match cause {
            Some(cause) => assert_eq!(report.cause(EXPOSURE), cause, "{}", report.short()),
            None => {
                assert_eq!(report.status(EXPOSURE), "pass", "{host}: {}", report.short());
                assert!(report.said(EXPOSURE).contains(said), "{}", report.said(EXPOSURE));
            }
        }
    }
}

#[test]
fn the_wildcard_of_ipv4_is_open_by_a_public_ipv6_address_too() {
    let commands = ["ip -6 addr add 2a01:4f8::7/128 dev lo nodad", "ip addr add 10.9.8.7/32 dev lo"];
    let Some(inside) = Namespace::new(&commands) else { return };
    let _ollama = standin(&inside, "[::]:11434");
    let report = look(&inside);
    if behind_firewall(&report) {
        return;
    }
    // A private IPv4 address beside it: a home's router lets nobody in, and nothing here shows it.
    assert_eq!(report.cause(EXPOSURE), "ipv6", "{}", report.short());
    assert_eq!(report.finding(EXPOSURE)["severity"], "info");
    assert!(
        report.message(EXPOSURE).ends_with("may be reachable from the internet at 2a01:4f8::7"),
        "{}",
        report.message(EXPOSURE)
    );
}
