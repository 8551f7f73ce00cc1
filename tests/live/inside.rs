//! A gateway in a container, judged from the machine around it: a process space, a network and files of its own.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::json;
use tempfile::TempDir;

use crate::doctor::*;
use crate::servers::{Server, shown};

const PRIMARY: &str = "ollama/llama3.2:3b";

/// Runs root's doctor beside a gateway in such a container. Its `/etc` has this hosts file, and its home this config.
/// `None` where that cannot be had, after saying so.
fn report_beside(config: &str, hosts: &str) -> Option<Report> {
    report_beside_a(["/bin/sleep", "exec -a openclaw-gateway $0 60"], config, hosts)
}

/// What the gateway's program is a copy of, and how it is started.
fn report_beside_a([program, start]: [&str; 2], config: &str, hosts: &str) -> Option<Report> {
    if !nix::unistd::geteuid().is_root() || !Path::new("/bin/bash").exists() {
        left_out("a gateway in a container, which takes root and bash");
        return None;
    }
    let (inner, outer) = (TempDir::new().expect("a home"), TempDir::new().expect("a home"));
    std::fs::create_dir_all(inner.path().join("home/.openclaw")).expect("a directory");
    std::fs::write(inner.path().join("home/.openclaw/openclaw.json"), config).expect("a config");
    std::fs::write(inner.path().join("hosts"), hosts).expect("a file");
    let home = inner.path().join("home");
    std::fs::create_dir_all(home.join("app/dist")).expect("a directory");
    std::fs::write(home.join("app/package.json"), r#"{"name":"openclaw","version":"2026.9.6"}"#)
        .expect("a file");
    std::fs::write(home.join("app/dist/index.js"), "sleep 60; true").expect("a file");
    std::fs::copy(program, inner.path().join("node")).expect("a program");
    std::fs::set_permissions(inner.path().join("node"), PermissionsExt::from_mode(0o755)).expect("its mode");
    // Inside, the home is where outside there is nothing.
    let inside = "mount -t tmpfs tmpfs /mnt && mkdir /mnt/home && mount --bind $1/home /mnt/home && \
                  mount --bind $1/hosts /etc/hosts && ip link set lo up && \
                  exec env -i HOME=/mnt/home PATH=/usr/bin:/bin bash -c \"$START\" $1/node";
    let script = "unshare -p -f -n -m --mount-proc --kill-child bash -c \"$INSIDE\" bash $1 </dev/null >/dev/null 2>&1 & \
                  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 0.1; pgrep -x node >/dev/null && break; done; \
                  shift; sleep 0.1; \"$@\"; code=$?; kill %1; exit $code";
    let started = Instant::now();
    let output = Command::new("unshare")
        .args(["-m", "-p", "-f", "--mount-proc", "/bin/bash", "-c", script, "bash"])
        .arg(inner.path())
        .args([env!("CARGO_BIN_EXE_openclaw-doctor"), "--format", "json"])
        .env_clear()
        .env("INSIDE", inside)
        .env("START", start)
        .env("HOME", outer.path())
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::null())
        .output()
        .expect("unshare");
    let run = Run::of(output, started);
    if run.stderr.contains("unshare") {
        left_out(&format!("a gateway in a container: {}", run.stderr));
        return None;
    }
    // The shell tells on its standard error of the gateway that it ended.
    Some(Report::read(Run { stderr: String::new(), ..run }))
}

#[test]
fn what_is_judged_is_what_the_container_has() {
    // It listens on loopback of this machine, which is not that of the container.
    let server = Server::ollama(json!([{ "name": "llama3.2:3b" }]), |_| shown(&["completion", "tools"]));
    let text = config(&server.url(), PRIMARY).to_string();
    let Some(report) = report_beside(&text, "127.0.0.1 localhost\n") else { return };
    assert_eq!(report.json["openclaw"]["config"], "/mnt/home/.openclaw/openclaw.json", "{}", report.short());
    let because = report.json["openclaw"]["because"].as_str().expect("a reason");
    assert!(because.starts_with("the gateway runs in a container"), "{because}");
    assert_eq!(report.status(CONFIG_PARSE), "pass", "{}", report.short());
    report.fails(CONTAINER, "loopback");
    assert_eq!(report.status(BIND_ADDRESS), "skipped", "{}", report.short());
    let asked = server.requests();
    assert!(
        !asked.iter().any(|request| request.head.contains("/api/tags")),
        "this machine's loopback was asked"
    );
}

#[test]
fn a_gateway_is_found_as_its_image_starts_it() {
    for script in ["dist/index.js", "/mnt/home/app/dist/index.js"] {
        let start = format!("cd /mnt/home/app && exec -a node $0 {script} gateway --bind lan --port 18789");
        let text = config("http://ollama:11434", PRIMARY).to_string();
        let how = ["/bin/bash", start.as_str()];
        let Some(report) = report_beside_a(how, &text, "127.0.0.1 localhost\n") else { return };
        assert_eq!(
            report.json["openclaw"]["config"],
            "/mnt/home/.openclaw/openclaw.json",
            "{}",
            report.short()
        );
        report.fails(CONTAINER, "no-service");
    }
}

#[test]
fn names_are_those_of_the_container() {
    let text = config("http://ollama-box:11434", PRIMARY).to_string();
    let Some(report) = report_beside(&text, "127.0.0.1 localhost\n127.0.0.1 ollama-box\n") else { return };
    report.fails(CONTAINER, "loopback");
    let Some(report) =
        report_beside(&text.replace("ollama-box", "host.docker.internal"), "127.0.0.1 localhost\n")
    else {
        return;
    };
    report.fails(CONTAINER, "no-alias");
}
