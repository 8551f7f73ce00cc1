//! The command line: what is refused and with what hint, `list`, `explain`, help.

use serde_json::Value;

use crate::doctor::*;

/// That the arguments are refused with exit code 2, nothing on stdout, and a hint on stderr.
fn refused(arguments: &[&str], hint: &str) {
    let run = Doctor::new().args(arguments).run();
    assert_eq!((run.code, &*run.stdout), (2, ""), "{arguments:?}: {}", run.stderr);
    assert!(run.stderr.contains(hint), "{arguments:?}: {}", run.stderr);
}

#[test]
fn unknown_ids_are_refused_with_the_nearest_one() {
    for (word, nearest) in [
        ("ollama/port-reachabel", PORT_REACHABLE),
        ("ollama/bind", BIND_ADDRESS),
        ("openclaw/primary", PRIMARY_MODEL),
        ("openclaw/config-pars", CONFIG_PARSE),
        ("olama", "ollama"),
        ("DNS", "dns"),
        ("OLLAMA/API-TAGS", API_TAGS),
        ("primary-modle", PRIMARY_MODEL),
        ("tool-model", TOOL_MODELS),
    ] {
        refused(&["--only", word], nearest);
        refused(&["run", "--skip", word], nearest);
        if nearest.contains('/') {
            refused(&["explain", word], nearest);
        }
    }
    refused(&["--only", API_TAGS, "--skip", "ollama"], "leave no check to run");
    refused(&["--only", "\u{1b}[31mred"], "there is no check");
    let run = Doctor::new().args(&["--only", "\u{1b}[31mred\u{202e}"]).run();
    assert!(!run.stderr.contains(['\u{1b}', '\u{202e}']), "{:?}", run.stderr);
}

#[test]
fn bad_flags_are_refused() {
    for (arguments, hint) in [
        (&["--nope"][..], "--nope"),
        (&["--ofline"], "--offline"),
        (&["--timeout"], "--timeout"),
        (&["--timeout", "soon"], "500ms, 10s or 2m"),
        (&["--timeout", "0"], "500ms, 10s or 2m"),
        (&["--timeout=-5s"], "500ms, 10s or 2m"),
        (&["--timeout", "99999999999999999999"], "500ms, 10s or 2m"),
        (&["--wait", "x"], "500ms, 10s or 2m"),
        (&["--base-url", "127.0.0.1:11434"], "URL"),
        (&["--base-url", "localhost:11434"], "http://"),
        (&["--base-url", ""], "empty"),
        (&["--base-url", "ftp://h"], "http://"),
        (&["--base-url", "http://u:canary@h"], "user name"),
        (&["--profile", "../x"], "letters"),
        (&["--profile", ""], "letters"),
        (&["--fail-on", "erorr"], "error"),
        (&["--format", "jsn"], "json"),
        (&["--color", "maybe"], "always"),
        (&["-q", "-v"], "--quiet"),
        (&["--strict", "list"], "list"),
        (&["expalin"], "explain"),
        (&["explain", "a", "b"], "b"),
    ] {
        refused(arguments, hint);
    }
}

#[test]
fn a_secret_in_a_refused_flag_is_not_repeated() {
    for url in ["http://u:canary@h", "ftp://u:canary@h", "h/?key=canary"] {
        let run = Doctor::new().args(&["--base-url", url]).run();
        assert_eq!(run.code, 2);
        assert!(!(run.stdout + &run.stderr).contains("canary"), "{url}");
    }
}

#[test]
fn good_flags_of_every_form_are_taken() {
    for arguments in [
        &["--timeout", "500ms"][..],
        &["--timeout", "3"],
        &["--timeout=2m"],
        &["run", "--timeout", "1.5s"],
        &["--base-url", "https://127.0.9.6:1/v1/"],
        &["--base-url=http://[::1]:1"],
        &["--profile", "Dev_2-x"],
        &["--only", "dns", "--only", RESOLVED_CRASH],
    ] {
        let run = Doctor::new().args(arguments).args(&["--fail-on", "never", "-q"]).run();
        assert_eq!((run.code, &*run.stderr), (0, ""), "{arguments:?}");
    }
}

#[test]
fn list_names_every_check() {
    let run = Doctor::new().args(&["list"]).run();
    assert_eq!((run.code, &*run.stderr), (0, ""));
    let entries = run.stdout.lines().filter(|line| !line.starts_with(' '));
    let ids: Vec<&str> = entries.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(ids, *ALL);
    assert!(
        run.stdout.lines().all(|line| {
            let severity = line.split_whitespace().nth(1).unwrap_or_default();
            let goes_on = line.starts_with(' ');
            (goes_on || ["error", "warning", "info"].contains(&severity)) && line.chars().count() <= 80
        }),
        "{}",
        run.stdout
    );
    let run = Doctor::new().args(&["list", "--format", "json"]).run();
    let json: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let ids: Vec<&str> = list(&json["checks"]).iter().map(|check| text(&check["id"])).collect();
    assert_eq!(ids, *ALL);
    assert!(list(&json["checks"]).iter().all(|check| !list(&check["causes"]).is_empty()));
}

#[test]
fn explain_says_what_a_check_means_and_how_each_cause_is_fixed() {
    let all = Doctor::new().args(&["list", "--format", "json"]).run();
    let all: Value = serde_json::from_str(&all.stdout).expect("JSON");
    for check in list(&all["checks"]) {
        let run = Doctor::new().args(&["explain", "--all", text(&check["id"])]).run();
        assert_eq!((run.code, &*run.stderr), (0, ""));
        for words in [text(&check["title"]), "What it means", "How it is found", "documented in"] {
            assert!(run.stdout.contains(words), "{}: {words}", check["id"]);
        }
        for cause in list(&check["causes"]) {
            assert!(run.stdout.contains(&format!("Cause {}", text(cause))), "{}: {cause}", check["id"]);
        }
        let raw = run.stdout.chars().find(|c| *c != '\n' && is_unsafe(*c));
        assert_eq!(raw, None, "{}", check["id"]);
    }
    let run = Doctor::new().args(&["explain"]).run();
    assert!(ALL.iter().all(|id| run.stdout.contains(id)));
}

#[test]
fn short_help_fits_a_screen_and_names_commands_that_exist() {
    let run = Doctor::new().args(&["-h"]).run();
    assert_eq!((run.code, &*run.stderr), (0, ""));
    assert!(run.stdout.starts_with("Says why OpenClaw gets no answers from Ollama"));
    assert!(
        run.stdout.lines().count() <= 24 && run.stdout.lines().all(|line| line.len() <= 82),
        "{}",
        run.stdout
    );
    let commands = run.stdout.lines().filter_map(|line| line.strip_prefix("  openclaw-doctor "));
    for word in commands
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| !word.starts_with("look") && !word.starts_with('-'))
    {
        let known = Doctor::new().args(&[word, "--help"]).run();
        assert_eq!(known.code, 0, "{word}: {}", known.stderr);
    }
}

#[test]
fn help_begins_with_three_examples() {
    for flag in ["--help", "help"] {
        let run = Doctor::new().args(&[flag]).run();
        assert_eq!((run.code, &*run.stderr), (0, ""));
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert_eq!(lines[0], "Examples:");
        assert!(lines[1..4].iter().all(|line| line.starts_with("  openclaw-doctor")), "{lines:?}");
        assert!(
            ["--only", "--skip", "--wait", "--offline", "Exit codes:"]
                .iter()
                .all(|word| run.stdout.contains(word))
        );
    }
    let run = Doctor::new().args(&["--version"]).run();
    assert_eq!((run.code, &*run.stdout), (0, concat!("openclaw-doctor ", env!("CARGO_PKG_VERSION"), "\n")));
}
