//! `dns/resolver` in mount and network namespaces of their own, where `/etc/resolv.conf` is what a test says.

use std::path::Path;

use crate::doctor::*;
use crate::namespace::{Namespace, OTHER_ADDRESS};

const NAMED: &str = "http://ollama-host.invalid:11434";
const PRIMARY: &str = "ollama/llama3.2:3b";

/// A namespace with a network, and with this in its `/etc`.
fn namespace(resolv_conf: &str) -> Option<Namespace> {
    if Path::new("/etc/resolv.conf").symlink_metadata().is_err() {
        left_out("a resolv.conf of its own: there is none to mount it over");
        return None;
    }
    Namespace::with_mounts(&[
        "mount -t tmpfs none /mnt",
        "cp -a /etc/passwd /etc/group /etc/os-release /etc/machine-id /mnt/ 2>/dev/null || true",
        "echo 'hosts: files dns' >/mnt/nsswitch.conf",
        "echo '127.0.0.1 localhost' >/mnt/hosts",
        resolv_conf,
        "mount --bind /mnt /etc",
        "ip link add near type veth peer name far",
        "ip addr add 10.99.8.7/24 dev near",
        "ip link set near up",
        "ip link set far up",
        &format!("ip neigh add {OTHER_ADDRESS} lladdr 02:00:00:00:00:01 dev near"),
    ])
}

#[test]
fn files_that_lead_to_no_name_server_are_told_apart() {
    for (resolv_conf, cause) in [
        ("ln -s ../run/resolvconf/resolv.conf /mnt/resolv.conf", "dangling"),
        ("rm -f /mnt/resolv.conf", "missing"),
        ("echo 'search .' >/mnt/resolv.conf", "no-server"),
        ("echo 'nameserver 127.0.0.1' >/mnt/resolv.conf", "deaf"),
    ] {
        let Some(namespace) = namespace(resolv_conf) else { return };
        let report = Doctor::with(NAMED, PRIMARY).inside(&namespace).report();
        report.fails(RESOLVER, cause);
        report.fails(PORT_REACHABLE, "unresolvable");
        assert_eq!(report.json["startHere"], RESOLVER, "{}", report.short());
        assert_eq!(report.finding(PORT_REACHABLE)["causedBy"], RESOLVER);
        report.waits(&[API_TAGS], PORT_REACHABLE, RESOLVER);
        assert_eq!(report.finding(RESOLVER)["path"], "/etc/resolv.conf");
    }
}

#[test]
fn where_no_name_is_needed_it_is_a_warning() {
    let Some(namespace) = namespace("ln -s /nowhere /mnt/resolv.conf") else { return };
    let report = Doctor::with("http://127.0.0.1:11434", PRIMARY).inside(&namespace).report();
    assert_eq!(
        (report.cause(RESOLVER), &report.finding(RESOLVER)["severity"]),
        ("dangling", &"warning".into())
    );
    assert!(report.evidence(RESOLVER).contains("an Ollama at an address does not"));
}

#[test]
fn a_name_server_that_is_silent_is_the_root_and_one_that_nobody_needs_is_not_asked() {
    let silent = format!("echo 'nameserver {OTHER_ADDRESS}' >/mnt/resolv.conf");
    let Some(namespace) = namespace(&silent) else { return };
    let report = Doctor::with(NAMED, PRIMARY).inside(&namespace).report();
    report.fails(RESOLVER, "unanswered");
    assert_eq!(report.json["startHere"], RESOLVER);
    assert!(report.evidence(RESOLVER).contains("no answer"), "{}", report.evidence(RESOLVER));
    let report = Doctor::with("http://127.0.0.1:11434", PRIMARY).inside(&namespace).report();
    assert_eq!(report.status(RESOLVER), "pass");
    assert!(report.said(RESOLVER).contains(OTHER_ADDRESS));
    // It is asked for the registry's name only, and within a limit.
    assert!(report.run.took.as_secs_f64() < 6.0, "{:?}", report.run.took);
}

#[test]
fn the_name_of_the_registry_is_looked_up_and_a_pull_that_cannot_work_comes_after_it() {
    let silent = format!("echo 'nameserver {OTHER_ADDRESS}' >/mnt/resolv.conf");
    let Some(namespace) = namespace(&silent) else { return };
    let report = Doctor::with("http://127.0.0.1:11434", PRIMARY).with_names().inside(&namespace).report();
    assert_eq!(report.cause(NAMES), "general");
    assert!(
        report.message(NAMES).contains("registry.ollama.ai does not resolve here: none of the name servers")
    );
    let report = Doctor::with("http://127.0.0.1:11434", PRIMARY)
        .with_names()
        .args(&["--offline"])
        .inside(&namespace)
        .report();
    assert_eq!(report.status(NAMES), "skipped");
    let hosts = format!("{silent}; echo '127.0.0.1 localhost registry.ollama.ai' >/mnt/hosts");
    let Some(namespace) = self::namespace(&hosts) else { return };
    let report = Doctor::with("http://127.0.0.1:11434", PRIMARY).with_names().inside(&namespace).report();
    assert_eq!(report.cause(NAMES), "general");
    assert!(report.message(NAMES).contains("points it at 127.0.0.1"), "{}", report.message(NAMES));
    let hosts = format!("{silent}; echo '192.0.2.7 registry.ollama.ai' >/mnt/hosts");
    let Some(namespace) = self::namespace(&hosts) else { return };
    let report = Doctor::with("http://127.0.0.1:11434", PRIMARY).with_names().inside(&namespace).report();
    assert_eq!(report.said(NAMES), "registry.ollama.ai resolves");
}

#[test]
fn without_a_network_nothing_is_said_of_names() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    let report = Doctor::with("http://127.0.0.1:11434", PRIMARY).inside(&namespace).report();
    assert_eq!(report.status(RESOLVER), "skipped");
}
