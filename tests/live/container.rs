//! `openclaw/container`: in what looks like a container, since it has the mark of one.

use std::path::Path;

use crate::doctor::*;
use crate::namespace::Namespace;

const PRIMARY: &str = "ollama/llama3.2:3b";
const LOOPBACK: &str = "http://127.0.0.1:11434";

/// A container as Podman marks one, with these lines more in its `/etc/hosts`.
fn container(hosts: &str) -> Option<Namespace> {
    if ["/usr/local/bin", "/usr/bin", "/bin"].iter().any(|dir| Path::new(dir).join("ollama").exists()) {
        left_out("a container without Ollama: this machine has it");
        return None;
    }
    Namespace::with_mounts(&[
        "mount -t tmpfs none /run",
        "touch /run/.containerenv",
        &format!("printf '127.0.0.1 localhost\\n{hosts}' >/run/hosts"),
        "mount --bind /run/hosts /etc/hosts",
    ])
}

#[test]
fn loopback_of_a_container_without_ollama_is_the_root() {
    let Some(namespace) = container("") else { return };
    let report = Doctor::with(LOOPBACK, PRIMARY).inside(&namespace).report();
    report.fails(CONTAINER, "loopback");
    assert_eq!(report.json["startHere"], CONTAINER, "{}", report.short());
    assert_eq!(report.finding(PORT_REACHABLE)["causedBy"], CONTAINER);
    assert_eq!(report.fixes(CONTAINER), ["host"], "a name that is not there is not offered");
    report.waits(&[API_TAGS], PORT_REACHABLE, CONTAINER);
}

#[test]
fn the_name_of_the_host_is_offered_where_the_container_has_it() {
    let Some(namespace) = container("10.99.8.1 host.docker.internal\\n") else { return };
    let report = Doctor::with(LOOPBACK, PRIMARY).inside(&namespace).report();
    report.fails(CONTAINER, "loopback");
    let expected = "openclaw config set models.providers.ollama.baseUrl http://host.docker.internal:11434";
    assert_eq!(report.steps(CONTAINER, "alias"), [expected]);
}

#[test]
fn a_container_without_the_name_of_its_host_is_told_so() {
    let Some(namespace) = container("") else { return };
    let report = Doctor::with("http://host.docker.internal:11434", PRIMARY).inside(&namespace).report();
    report.fails(CONTAINER, "no-alias");
    assert_eq!(report.json["startHere"], CONTAINER, "{}", report.short());
}

#[test]
fn a_container_with_an_ollama_of_its_own_is_a_machine_like_any_other() {
    let Some(namespace) = container("") else { return };
    let doctor = Doctor::with(LOOPBACK, PRIMARY).program_on_path("ollama");
    let report = doctor.inside(&namespace).report();
    assert_eq!(report.status(CONTAINER), "pass");
    assert_eq!(report.json["startHere"], PORT_REACHABLE);
}
