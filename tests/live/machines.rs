//! Machines that misbehave: helpers that hang or babble, a `/proc` that hides,
//! a disk that is full, a root with nothing in it. A report comes all the same.

use std::hash::{BuildHasher, RandomState};
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use serde_json::{Value, json};

use crate::doctor::*;
use crate::servers::{Server, shown};

const PRIMARY: &str = "ollama/llama3.2:3b";
/// For what a test prepares; the doctor's own PATH is set behind it.
const TOOLS: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// As if systemd ran this machine, and its journal could be read.
pub const SYSTEMD: &str = "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system /run/log/journal/$(cat /etc/machine-id) && \
                       { printf LPKSHHRH; head -c 1000 /dev/zero; } > /run/log/journal/$(cat /etc/machine-id)/system.journal";
/// What systemctl says of two services that run, so that their journal is read.
const TWO_RUN: &str = "for unit in ollama systemd-resolved; do printf 'Id=%s.service\\nLoadState=loaded\\nActiveState=active\\n\
                       SubState=running\\nUnitFileState=enabled\\nResult=success\\nExecMainStartTimestampMonotonic=1\\n\
                       ExecMainStartTimestamp=Thu 2026-01-01 00:00:00 UTC\\n\\n' $unit; done";

/// What a helper does instead of its work.
const HELPERS: [(&str, &str); 6] = [
    ("hangs", "exec /bin/sleep 60"),
    ("babbles", "exec /usr/bin/yes '{\"MESSAGE\":\"level=ERROR\",\"__REALTIME_TIMESTAMP\":\"1\"}'"),
    ("writes one line without end", "exec /bin/cat /dev/zero"),
    ("writes bytes", "exec /usr/bin/head -c 100000 /dev/urandom"),
    ("fails", "exit 1"),
    ("dies", "kill -9 $$"),
];

fn ollama() -> Server {
    Server::ollama(json!([{ "name": "llama3.2:3b" }]), |_| shown(&["completion", "tools"]))
}

/// The words that run the doctor after `setup` with mounts of its own; only root can.
pub fn with_mounts(setup: &str) -> Option<Vec<String>> {
    if !geteuid().is_root() {
        left_out("mounts of its own, which take root");
        return None;
    }
    // The doctor looks for helpers here first, whatever its PATH says.
    let helpers = "{ [ -z \"$(ls $HOME/bin)\" ] || { mount -t tmpfs tmpfs /usr/sbin && cp -a $HOME/bin/. /usr/sbin/; }; }";
    let script = format!("export {TOOLS}; {helpers} && {setup} || exit 99; PATH=$HOME/bin; exec \"$@\"");
    let found = ["/usr/bin/unshare", "/bin/unshare"].into_iter().find(|path| Path::new(path).exists());
    let words = [found?, "-m", "/bin/sh", "-c", &script, "sh"];
    Some(words.map(str::to_string).into())
}

/// Puts a helper of these lines where [`with_mounts`] takes helpers from.
pub fn script(doctor: &Doctor, name: &str, body: &str) {
    let file = doctor.home().join("bin").join(name);
    // Another process writes it, for the reason that `standin::copy` gives.
    let write = "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$2\" && chmod 755 \"$2\"";
    let status = Command::new("/bin/sh").args(["-c", write, "sh", body]).arg(&file).status();
    assert!(status.is_ok_and(|status| status.success()), "{name} cannot be written");
}

#[test]
fn helpers_that_misbehave_hold_nothing_up() {
    let server = ollama();
    for (what, body) in HELPERS {
        let Some(words) = with_mounts(SYSTEMD) else { return };
        let doctor = Doctor::with(&server.url(), PRIMARY).behind(&words).args(&["--timeout", "3s"]);
        for helper in ["systemctl", "journalctl", "busctl"] {
            script(&doctor, helper, body);
        }
        let report = doctor.report();
        assert!(report.run.took < Duration::from_millis(4500), "{what}: {:?}", report.run.took);
        assert_eq!(report.status(PRIMARY_MODEL), "pass", "{what}: {}", report.short());
        assert_ne!(report.status(RESOLVED_CRASH), "pass", "{what}: {}", report.short());
    }
}

#[test]
fn without_helpers_what_they_would_tell_is_unknown() {
    let server = ollama();
    let hidden = "for helper in systemctl journalctl busctl; do [ ! -e /usr/bin/$helper ] || \
                  mount --bind /dev/null /usr/bin/$helper; done";
    let Some(words) = with_mounts(&format!("{SYSTEMD} && {hidden}")) else { return };
    let report = Doctor::with(&server.url(), PRIMARY).behind(&words).report();
    assert_eq!(report.status(RESOLVED_CRASH), "unknown", "{}", report.short());
    assert!(report.said(RESOLVED_CRASH).contains("cannot be run"), "{}", report.said(RESOLVED_CRASH));
    assert_eq!(report.run.code, 0);
}

#[test]
fn a_journal_that_babbles_takes_no_memory() {
    let server = ollama();
    let Some(words) = with_mounts(SYSTEMD) else { return };
    let doctor = Doctor::with(&server.url(), PRIMARY).behind(&words).args(&["--timeout", "3s"]);
    script(&doctor, "systemctl", TWO_RUN);
    script(&doctor, "journalctl", HELPERS[1].1);
    let report = doctor.report();
    assert!(report.run.took < Duration::from_millis(4500), "{:?}", report.run.took);
    assert_ne!(report.status(RESOLVED_CRASH), "pass", "{}", report.short());
}

#[test]
fn a_line_of_the_journal_without_end_takes_no_memory() {
    if !alone!() {
        return;
    }
    let server = ollama();
    let Some(words) = with_mounts(SYSTEMD) else { return };
    let doctor = Doctor::with(&server.url(), PRIMARY).behind(&words).args(&["--timeout", "3s"]);
    script(&doctor, "systemctl", TWO_RUN);
    script(&doctor, "journalctl", HELPERS[2].1);
    let report = doctor.report();
    assert!(report.run.took < Duration::from_millis(4500), "{:?}", report.run.took);
    assert_ne!(report.status(RESOLVED_CRASH), "pass", "{}", report.short());
    let peak = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the usage of children").max_rss() / 1024;
    assert!(peak < 64, "{peak} MB");
}

/// Puts the machine's own helper on the doctor's PATH.
fn own_helper(doctor: &Doctor, name: &str) -> bool {
    let Some(helper) =
        ["/usr/bin", "/bin"].iter().map(|dir| Path::new(dir).join(name)).find(|it| it.exists())
    else {
        left_out(&format!("what {name} does: there is none"));
        return false;
    };
    std::os::unix::fs::symlink(helper, doctor.home().join("bin").join(name)).is_ok()
}

/// journalctl exits 0 then, and says nothing but on stderr.
#[test]
fn a_damaged_journal_is_not_taken_for_an_empty_one() {
    let server = ollama();
    for damage in ["head -c 100000 /dev/urandom", ":", "printf LPKSHHRH"] {
        let damaged =
            format!("{SYSTEMD} && {damage} > /run/log/journal/$(cat /etc/machine-id)/system.journal");
        let Some(words) = with_mounts(&damaged) else { return };
        let doctor = Doctor::with(&server.url(), PRIMARY).behind(&words);
        script(&doctor, "systemctl", TWO_RUN);
        if !own_helper(&doctor, "journalctl") {
            return;
        }
        let report = doctor.report();
        for id in [RESOLVED_CRASH, "ollama/start"] {
            assert_eq!(report.status(id), "unknown", "{damage}: {}", report.short());
            assert!(report.said(id).contains("is damaged"), "{damage}: {}", report.said(id));
        }
    }
}

#[test]
fn without_a_bus_what_systemd_would_tell_is_unknown() {
    let server = ollama();
    let Some(words) = with_mounts(SYSTEMD) else { return };
    let doctor = Doctor::with(&server.url(), PRIMARY).behind(&words);
    if !["systemctl", "busctl", "journalctl"].iter().all(|name| own_helper(&doctor, name)) {
        return;
    }
    let report = doctor.report();
    assert_eq!((report.status(RESOLVED_CRASH), report.status("ollama/start")), ("unknown", "unknown"));
    assert!(report.said("ollama/start").contains("is the system bus running?"), "{}", report.short());
    assert_eq!((report.status(PRIMARY_MODEL), report.run.code), ("pass", 0), "{}", report.short());
}

/// A name server on loopback that answers every question with bytes that are no answer.
#[test]
fn a_name_server_that_answers_garbage_resolves_nothing() {
    const NAME_SERVER: &str = "127.77.77.53";
    let resolv =
        format!("echo nameserver {NAME_SERVER} >$HOME/resolv && mount --bind $HOME/resolv /etc/resolv.conf");
    let Some(words) = with_mounts(&resolv) else { return };
    let Ok(socket) = UdpSocket::bind((NAME_SERVER, 53)) else {
        return left_out("a name server: its port is taken");
    };
    std::thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            // The question's number, and from there on nothing that holds.
            let answer = [&question[..2.min(length)], &[0xff; 400]].concat();
            // Who asked may be gone.
            let _ = socket.send_to(&answer, from);
        }
    });
    let doctor = Doctor::with("http://ollama-host.invalid:11434", PRIMARY).behind(&words);
    let report = doctor.args(&["--timeout", "4s"]).report();
    assert!(report.run.took < Duration::from_millis(5500), "{:?}", report.run.took);
    report.fails(PORT_REACHABLE, "unresolvable");
}

#[test]
fn processes_that_are_hidden_are_not_taken_for_none() {
    let server = ollama();
    let hide = "mount -t proc -o hidepid=2 proc /proc";
    let Some(words) = with_mounts(hide) else { return };
    let Some(doctor) = Doctor::with(&server.url(), PRIMARY).unprivileged() else { return };
    let report = doctor.behind(&words).report();
    assert_eq!((report.status(PRIMARY_MODEL), report.run.code), ("pass", 0), "{}", report.short());
}

/// The programs of the host are not there, their libraries are.
#[test]
fn in_a_root_with_nothing_in_it_nobody_gets_a_report() {
    let root = "mkdir -p /mnt/root && mount -t tmpfs tmpfs /mnt/root && cd /mnt/root && mkdir proc tmp && \
                mount -t proc proc proc && for lib in lib lib64 usr/lib; do [ -e /$lib ] || continue; \
                mkdir -p $lib && mount --bind /$lib $lib; done && cp \"$1\" doctor && chmod 755 doctor . && shift && \
                set -- /usr/sbin/chroot --userspec=65534:65534 . /doctor \"$@\" && unset HOME OPENCLAW_HOME";
    let Some(words) = with_mounts(root) else { return };
    let report = Doctor::new().behind(&words).report();
    assert_eq!(report.status(CONFIG_PARSE), "unknown", "{}", report.short());
    assert!(report.said(CONFIG_PARSE).contains("set HOME or use --config"));
}

#[test]
fn a_full_disk_leaves_no_half_a_file() {
    let full = "mkdir -p $HOME/disk && mount -t tmpfs -o size=8k tmpfs $HOME/disk";
    for arguments in [&["bundle", "disk/bundle.json"][..], &["-o", "disk/report.json"]] {
        let Some(words) = with_mounts(full) else { return };
        // What is left there is listed behind the doctor, within the same mounts.
        let last = words.len() - 2;
        let mut words = words;
        words[last] = words[last].replace(
            "PATH=$HOME/bin; exec \"$@\"",
            "code=0; \"$@\" >/dev/null || code=$?; ls -A $HOME/disk; exit $code",
        );
        let doctor = Doctor::with("http://127.0.0.1:1", PRIMARY).behind(&words).args(arguments);
        let run = doctor.run();
        assert_eq!((run.code, run.stdout.trim()), (2, ""), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains("cannot be written"), "{}", run.stderr);
    }
}

#[test]
fn a_signal_at_any_moment_leaves_a_whole_report_or_none() {
    let server = ollama();
    for milliseconds in (0..90).step_by(3) {
        for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
            let doctor = Doctor::with(&server.url(), PRIMARY).args(&["--format", "json"]);
            let child = doctor.spawn();
            std::thread::sleep(Duration::from_millis(milliseconds));
            // It may have ended by itself.
            let _ = kill(Pid::from_raw(i32::try_from(child.id()).expect("a pid")), signal);
            let output = child.wait_with_output().expect("a child");
            let stdout = String::from_utf8(output.stdout).expect("UTF-8");
            match output.status.code() {
                // Before it had begun to look.
                None => assert_eq!(stdout, "", "{milliseconds} ms"),
                Some(ended) => {
                    assert!([0, code].contains(&ended), "{milliseconds} ms: exit {ended}");
                    let report: Result<Value, _> = serde_json::from_str(&stdout);
                    assert!(report.is_ok(), "{milliseconds} ms, exit {ended}: {stdout:?}");
                }
            }
        }
    }
}

#[test]
fn a_signal_while_files_are_written_leaves_them_whole_or_not_at_all() {
    let server = ollama();
    for run in 0..60_u64 {
        let doctor = Doctor::with(&server.url(), PRIMARY).file("out/keep", "").args(&[
            "-o",
            "out/report.json",
            "--bundle",
            "out/bundle.json",
            "-q",
        ]);
        let mut child = doctor.spawn();
        // Another moment in every run of the test too.
        let micros = RandomState::new().hash_one(run) % 120_000;
        std::thread::sleep(Duration::from_micros(micros));
        let signals = [
            Signal::SIGINT,
            Signal::SIGTERM,
            Signal::SIGHUP,
            Signal::SIGQUIT,
            Signal::SIGUSR1,
            Signal::SIGKILL,
        ];
        let signal = signals[usize::try_from(run).expect("a number") % signals.len()];
        // It may have ended by itself.
        let _ = kill(Pid::from_raw(i32::try_from(child.id()).expect("a pid")), signal);
        let status = child.wait().expect("a child");
        for entry in std::fs::read_dir(doctor.home().join("out")).expect("a directory") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            assert!(["keep", "report.json", "bundle.json"].contains(&&*name), "{micros} µs: {name} is left");
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            let whole = name == "keep" || serde_json::from_str::<Value>(&text).is_ok();
            assert!(whole, "{micros} µs, {status}: half of {name}");
        }
    }
}

#[test]
fn a_narrow_terminal_gets_lines_that_fit() {
    let Some(script) = ["/usr/bin/script"].into_iter().find(|path| Path::new(path).exists()) else {
        return left_out("a terminal: there is no script(1)");
    };
    for columns in [64, 20] {
        let setup = format!("{TOOLS}; export PATH; stty rows 24 cols {columns}; exec \"$0\"");
        let doctor = Doctor::with("http://127.0.0.1:1", PRIMARY);
        let program = env!("CARGO_BIN_EXE_openclaw-doctor");
        let output = Command::new(script)
            .args(["-qec", &format!("/bin/sh -c '{setup}' {program}"), "/dev/null"])
            .env("HOME", doctor.home())
            .env("OPENCLAW_HOME", doctor.home())
            .env("NO_COLOR", "1")
            .output()
            .expect("script runs");
        let text = String::from_utf8_lossy(&output.stdout).replace('\r', "");
        assert!(
            text.contains("explain ollama/port-reachable") || text.contains("explain openclaw/container"),
            "{text}"
        );
        // Commands and paths are not broken, so that they can be copied whole.
        let is_path = |line: &str| !line.trim().contains(' ');
        let is_command =
            |line: &str| ["      ", "  openclaw-doctor", "Why: "].iter().any(|it| line.starts_with(it));
        let width = columns.max(40);
        let long =
            text.lines().find(|line| line.chars().count() > width && !is_command(line) && !is_path(line));
        assert_eq!(long, None, "{columns} columns: {text}");
    }
}
