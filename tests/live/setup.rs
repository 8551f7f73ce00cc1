//! What a package installs: completions that know the ids, a man page without
//! a warning, units that systemd accepts.

use std::path::Path;
use std::process::Command;

use openclaw_doctor::checks;

use crate::doctor::*;

fn printed(arguments: &[&str]) -> String {
    let run = Doctor::new().args(arguments).run();
    assert_eq!((run.code, &*run.stderr), (0, ""), "{arguments:?}");
    run.stdout
}

/// The standard output and error of a program, where it is here.
fn said(program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    let Ok(output) = Command::new(program).args(arguments).output() else {
        left_out(&format!("{program}, which is not installed"));
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    Some((output.status.success(), text.into_owned()))
}

#[test]
fn completions_know_every_id_and_area() {
    for shell in ["bash", "zsh", "fish"] {
        let text = printed(&["completions", shell]);
        for check in checks::ALL {
            assert!(text.contains(check.id), "{shell}: {}", check.id);
        }
    }
    let doctor = Doctor::new().file("completions", &printed(&["completions", "bash"]));
    let script = doctor.home().join("completions").display().to_string();
    for (words, expected) in [
        (&["explain", "ollama/bind"][..], "ollama/bind-address"),
        (&["--only", "dn"], "dns dns/"),
        (&["run", "--skip", "openclaw/config-p"], "openclaw/config-parse"),
        (&["--format", "ju"], "junit"),
        (&["compl"], "completions"),
    ] {
        let all = [&["openclaw-doctor"][..], words].concat();
        let completed = format!(
            "source {script}; COMP_WORDS=({}); COMP_CWORD={}; \"$(complete -p openclaw-doctor | sed 's/.*-F \\([^ ]*\\).*/\\1/')\" \
             openclaw-doctor {} {}; echo \"${{COMPREPLY[@]}}\"",
            all.join(" "),
            words.len(),
            all[words.len()],
            all[words.len() - 1],
        );
        let Some((fine, text)) = said("bash", &["-c", &completed]) else { return };
        assert!(fine && text.starts_with(expected), "{words:?}: {text}");
    }
}

#[test]
fn the_man_page_has_all_commands_and_no_warning() {
    let page = printed(&["man"]);
    for part in ["COMMANDS", "OPTIONS OF MODELS", "EXIT CODES", "EXAMPLES", "nagios"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let doctor = Doctor::new().file("page.1", &page);
    let file = doctor.home().join("page.1").display().to_string();
    if let Some((fine, text)) = said("groff", &["-man", "-Tutf8", "-ww", "-z", &file]) {
        assert!(fine && text.is_empty(), "{text}");
    }
}

#[test]
fn systemd_accepts_the_units() {
    let doctor = Doctor::new()
        .file("openclaw-doctor.service", &printed(&["unit", "service"]))
        .file("openclaw-doctor.timer", &printed(&["unit", "timer"]));
    let both = printed(&["unit"]);
    assert!(both.contains(&printed(&["unit", "service"])) && both.contains(&printed(&["unit", "timer"])));
    let path = |name: &str| -> String { Path::display(&doctor.home().join(name)).to_string() };
    let (service, timer) = (path("openclaw-doctor.service"), path("openclaw-doctor.timer"));
    let Some((fine, text)) = said("systemd-analyze", &["verify", "--man=no", &service, &timer]) else {
        return;
    };
    assert!(fine && !text.contains("openclaw-doctor"), "{text}");
    // Out of 100; a service without any of it has 96.
    let exposure = ["security", "--offline=yes", "--threshold=35", &service];
    if let Some((fine, text)) = said("systemd-analyze", &exposure) {
        assert!(fine, "{text}");
    }
}
