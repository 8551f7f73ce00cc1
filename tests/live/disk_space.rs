//! Real file systems in memory, small enough to be filled.

use crate::doctor::*;
use crate::namespace::is_root;
use crate::standin::Standin;

/// A look after `mount`, with a file system of 200 MB in place of the state directory.
/// What is mounted is seen by that look alone.
fn look_after(mount: &str) -> Option<Report> {
    if !is_root() {
        left_out("a file system of its own, which takes root");
        return None;
    }
    let ollama = Standin::with(&["llama3.2:3b"]);
    let doctor = Doctor::with(&ollama.url(), "ollama/llama3.2:3b");
    let state = doctor.home().join(".openclaw");
    let script = format!(
        "set -e\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\ncd {}\ncp openclaw.json ../saved.json\n\
         mount -t tmpfs -o size=200m,nr_inodes=40 tmpfs .\ncd \"$PWD\"\ncp ../saved.json openclaw.json\n{mount}\nexec \"$@\"",
        state.display()
    );
    let words = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", &script, "sh"];
    let report = doctor.behind(&words.map(str::to_string)).report();
    Some(report)
}

#[test]
fn a_full_state_directory_is_found_and_one_with_room_is_not() {
    let fill = "head -c 300M /dev/zero >fill 2>/dev/null || true";
    let Some(report) = look_after(fill) else { return };
    assert_eq!(report.cause(DISK_SPACE), "state", "{}", report.short());
    assert_eq!(text(&report.finding(DISK_SPACE)["severity"]), "error");
    let Some(report) = look_after(&format!("{fill}; rm fill")) else { return };
    assert_eq!(report.status(DISK_SPACE), "pass", "{}", report.short());
    let Some(report) = look_after("head -c 182M /dev/zero >fill") else { return };
    assert_eq!(report.cause(DISK_SPACE), "low", "{}", report.short());
}

#[test]
fn a_file_system_without_inodes_has_room_and_takes_no_file() {
    let Some(report) = look_after("for n in $(seq 60); do touch file$n; done 2>/dev/null || true") else {
        return;
    };
    assert_eq!(report.cause(DISK_SPACE), "inodes", "{}", report.short());
    let Some(report) = look_after("for n in $(seq 20); do touch file$n; done") else { return };
    assert_eq!(report.status(DISK_SPACE), "pass", "{}", report.short());
}

#[test]
fn a_file_system_that_is_mounted_read_only_is_found() {
    let Some(report) = look_after("mount -o remount,ro .") else { return };
    assert_eq!(report.cause(DISK_SPACE), "read-only", "{}", report.short());
}
