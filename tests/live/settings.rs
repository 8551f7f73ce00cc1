//! The settings file: where it is read from, whom it is believed, what it does, and how it is refused.

use std::os::unix::fs::{PermissionsExt, chown, symlink};

use serde_json::Value;

use crate::doctor::*;

const FILE: &str = "openclaw-doctor.toml";

const URL: &str = "http://127.0.9.8:1";

/// Its primary has a name that no model can have. It runs in its home.
fn broken() -> Doctor {
    Doctor::with(URL, "ollama/no name").args(&["--only", PRIMARY_MODEL])
}

fn with(text: &str) -> Doctor {
    broken().file(FILE, text)
}

fn ignore(more: &str) -> String {
    format!("[[ignore]]\ncheck = \"{PRIMARY_MODEL}\"\nreason = \"moved on Monday\"\n{more}")
}

fn json(doctor: Doctor) -> (i32, Value) {
    let run = doctor.args(&["--json"]).run();
    assert_eq!(run.stderr, "");
    (run.code, serde_json::from_str(&run.stdout).expect("JSON"))
}

#[test]
fn what_is_ignored_fails_nothing_and_is_told() {
    let (code, report) = json(with(&ignore("until = 2999-12-31\n")));
    assert_eq!((code, &report["ok"], &report["verdict"]), (0, &true.into(), &"ok".into()), "{report}");
    let ignored = &report["ignored"][0];
    assert_eq!((&ignored["checkId"], &ignored["until"]), (&PRIMARY_MODEL.into(), &"2999-12-31".into()));
    assert_eq!(ignored["reason"], "moved on Monday");
    assert_eq!(report["settings"]["file"], FILE);
    assert!(list(&report["settings"]["warnings"]).is_empty() && list(&report["findings"]).is_empty());
    let row = list(&report["checks"]).iter().find(|row| row["id"] == PRIMARY_MODEL).expect("its row");
    assert_eq!(
        (&row["status"], &row["reason"]),
        (&"skipped".into(), &"ignored until 2999-12-31: moved on Monday".into())
    );
    for target in [URL, "agents.defaults.model.primary"] {
        let (code, _) = json(with(&ignore(&format!("target = \"{target}\"\nuntil = 2999-12-31\n"))));
        assert_eq!(code, 0, "{target}");
    }
}

#[test]
fn an_entry_that_has_run_out_or_ignores_nothing_is_a_warning() {
    let elsewhere = "target = \"http://10.0.0.1:11434\"\nuntil = 2999-12-31\n";
    for (more, words) in [
        (
            "until = 2001-01-31\n",
            "openclaw-doctor.toml: the entry for openclaw/primary-model ended on 2001-01-31",
        ),
        (
            elsewhere,
            "openclaw-doctor.toml: the entry for openclaw/primary-model at http://10.0.0.1:11434 ignores nothing",
        ),
    ] {
        let (code, report) = json(with(&ignore(more)));
        assert_eq!((code, &report["settings"]["warnings"][0]), (1, &words.into()));
        let text = with(&ignore(more)).run().stdout;
        assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{text}");
    }
}

#[test]
fn it_says_what_flags_may_say_otherwise() {
    let never = "fail-on = \"never\"\ntimeout = \"4s\"\ndeep-timeout = \"9s\"\n";
    assert_eq!(json(with(never)).0, 0);
    assert_eq!(json(with(never).args(&["--fail-on", "error"])).0, 1);
    let run = with("skip = [\"openclaw\"]\n").run();
    assert!(run.code == 2 && run.stderr.contains("leave no check"), "{}", run.stderr);
    let doctor = broken().file("sub/other.toml", never).file(FILE, "nonsense");
    assert_eq!(json(doctor.args(&["--settings", "sub/other.toml"])).0, 0);
    let run = broken().args(&["--settings", "none.toml"]).run();
    assert!(run.code == 2 && run.stderr.contains("none.toml, which --settings names"), "{}", run.stderr);
}

#[test]
fn what_cannot_be_understood_is_refused_with_its_place() {
    let check = "[[ignore]]\ncheck = ";
    let rest = "\nreason = \"x\"\nuntil = 2999-01-01\n";
    for (text, words) in [
        ("fail-on = \"never\"\nfailon = 1\n", "openclaw-doctor.toml:2:1: unknown field `failon`, expected"),
        ("skip = [\n  \"ollama/bind-adress\",\n]\n", "openclaw-doctor.toml:2:3: "),
        (
            "fail-on = \"erorr\"\n",
            "openclaw-doctor.toml:1:11: \"erorr\": write error, warning, info or never",
        ),
        ("timeout = \"soon\"\n", "openclaw-doctor.toml:1:11: \"soon\": write it like"),
        ("timeout = 5\n", "openclaw-doctor.toml:1:11: "),
        ("timeout = \n", "openclaw-doctor.toml:1:1"),
        (&*format!("{check}\"ollama/nope\"{rest}"), "openclaw-doctor.toml:2:9: there is no check or area"),
        (&*format!("{check}\"ollama/bind-address:nope\"{rest}"), "has no cause \"nope\""),
        (&*ignore(""), "missing field `until`"),
        (
            &*ignore("until = 2999-12-31T00:00:00Z\n"),
            "openclaw-doctor.toml:4:9: write the last day like 2027-01-31",
        ),
        (&*ignore("until = \"2999-12-31\"\n"), "openclaw-doctor.toml:4:9: "),
        (&*format!("{check}\"ollama/start\"\nreason = \" \"\nuntil = 2999-01-01\n"), "say why"),
        ("\"\\u001b[31m\" = 1\n", "unknown field"),
    ] {
        let run = with(text).run();
        assert_eq!((run.code, &*run.stdout), (2, ""), "{text}");
        assert!(run.stderr.contains(words), "{text}: {}", run.stderr);
        assert!(!run.stderr.contains('\u{1b}') && run.stderr.lines().count() == 1, "{:?}", run.stderr);
    }
}

/// The name of the only file that was refused, and why.
fn refused(doctor: Doctor, why: &str) {
    let (code, report) = json(doctor);
    assert_eq!((code, &report["settings"]["file"]), (1, &Value::Null));
    let warning = text(&report["settings"]["warnings"][0]);
    assert!(warning.starts_with("openclaw-doctor.toml is not read: ") && warning.contains(why), "{warning}");
}

#[test]
fn what_anybody_could_have_put_there_is_not_believed() {
    let all = ignore("until = 2999-12-31\n");
    for mode in [0o646, 0o664] {
        let doctor = with(&all);
        std::fs::set_permissions(doctor.home().join(FILE), PermissionsExt::from_mode(mode))
            .expect("its mode");
        refused(doctor, "others than its owner may write");
    }
    let doctor = broken().file("real.toml", &all);
    symlink("real.toml", doctor.home().join(FILE)).expect("a link");
    refused(doctor, "it is a link");
    let doctor = broken();
    nix::unistd::mkfifo(&doctor.home().join(FILE), nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
    refused(doctor, "it is no file");
    let doctor = broken();
    std::fs::create_dir(doctor.home().join(FILE)).expect("a folder");
    refused(doctor, "it is no file");
    refused(with(&"#".repeat(70_000)), "larger than 64 kB");
    if let Some(doctor) = with("fail-on = \"never\"\n").unprivileged() {
        // Root's file counts for everybody; in a directory that is closed there is none.
        let (_, report) = json(doctor);
        assert_eq!(report["settings"]["file"], FILE);
        let doctor = broken().unprivileged().expect("as above");
        std::fs::set_permissions(doctor.home().join("bin"), PermissionsExt::from_mode(0o700))
            .expect("its mode");
        let words = ["/usr/bin/env", "-C", "bin"].map(str::to_string);
        let (_, report) = json(doctor.behind(&words));
        assert_eq!(report["settings"], Value::Null);
    }
    if nix::unistd::geteuid().is_root() {
        let theirs = || {
            let doctor = with(&all);
            chown(doctor.home().join(FILE), Some(65534), Some(65534)).expect("another owner");
            doctor
        };
        refused(theirs(), "it belongs to another user");
        // Whoever calls sudo is who asks.
        assert_eq!(json(theirs().env("SUDO_UID", "65534")).0, 0);
        refused(theirs().env("SUDO_UID", "1000"), "it belongs to another user");
    }
}
