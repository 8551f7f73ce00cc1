//! The report for a person: 80 columns, marks and colours, quiet and verbose.

use serde_json::json;
use unicode_width::UnicodeWidthStr;

use crate::doctor::*;
use crate::namespace::Namespace;
use crate::servers::{Server, answer, shown};
use crate::standin::{Spec, Standin};

const PRIMARY: &str = "ollama/llama3.2:3b";
/// What begins a colour.
const ESCAPE: char = '\u{1b}';

fn healthy() -> Server {
    Server::ollama(json!([{ "name": "llama3.2:3b" }]), |_| shown(&["completion", "tools"]))
}

/// Runs a doctor made anew for text and for JSON; the text has no control
/// character and no line over 80 columns but for commands, which stay whole.
fn tidy(make: &dyn Fn() -> Doctor, arguments: &[&str]) -> (String, Report) {
    let report = make().report();
    let run = make().args(arguments).run();
    assert_eq!((run.stderr.as_str(), run.code), ("", report.run.code), "{arguments:?}");
    let raw = run.stdout.chars().find(|c| *c != '\n' && is_unsafe(*c));
    assert_eq!(raw, None, "{:?}", run.stdout);
    let commands = report.commands();
    let is_command = |line: &str| {
        commands
            .iter()
            .flat_map(|command| command.lines())
            .any(|part| !part.is_empty() && line.contains(part))
    };
    for line in run.stdout.lines() {
        // One word is never broken, be it a link, a path or a name.
        let has_long_word = line.split(' ').any(|word| word.width() > 60);
        assert!(line.width() <= 80 || is_command(line) || has_long_word, "{} columns: {line}", line.width());
        assert_eq!(line.trim_end(), line, "blanks at the end");
    }
    (run.stdout, report)
}

#[test]
fn every_kind_of_report_keeps_to_eighty_columns() {
    let few = Standin::with(&["tinyllama", "gemma3:4b"]);
    let long = format!("llama3.2:{}", "3b-instruct-q4_K_M-very-long-tag".repeat(2));
    let listed = long.clone();
    let odd = Server::ollama(json!([{ "name": listed }]), |_| shown(&["completion", "vision", "embedding"]));
    let web = Server::saying(answer("404 Not Found", "text/html", &"<p>not found</p> ".repeat(40)));
    let namespace = Namespace::new(&[]);
    let spec =
        Spec { host: "127.0.0.1:11434", program: "ollama", inside: namespace.as_ref(), ..Spec::default() };
    let elsewhere = namespace.as_ref().map(|_| spec.start());
    let mut cases: Vec<Box<dyn Fn() -> Doctor>> = vec![
        Box::new(|| Doctor::with(&few.url(), PRIMARY).args(&["--offline"])),
        Box::new(|| Doctor::with(&odd.url(), &format!("ollama/{long}"))),
        Box::new(|| Doctor::with(&odd.url(), &format!("ollama/other-{long}"))),
        Box::new(|| Doctor::with(&web.url(), PRIMARY)),
        Box::new(|| Doctor::with("127.0.0.1:11434", PRIMARY)),
        Box::new(|| Doctor::new().config("{\n  models: { providers: { ollama: { apiKey: 'x' y } } } }")),
        Box::new(|| Doctor::with("http://ollama-host.invalid:11434", PRIMARY)),
    ];
    if let (Some(namespace), Some(_)) = (&namespace, &elsewhere) {
        cases.push(Box::new(|| Doctor::with("http://127.0.0.2:11434", PRIMARY).inside(namespace)));
    }
    for make in cases {
        for arguments in [&[][..], &["-v"], &["-vv"]] {
            let (text, report) = tidy(&*make, arguments);
            let first = &report.findings()[0];
            assert!(
                text.contains(&format!("openclaw-doctor explain {}", first["checkId"].as_str().unwrap())),
                "{text}"
            );
            let is_short = arguments.is_empty();
            assert!(is_short || report.commands().is_empty() || text.contains("documented in"), "{text}");
        }
    }
}

#[test]
fn the_command_to_start_with_stands_alone_and_on_the_last_lines() {
    let few = Standin::with(&["tinyllama"]);
    let (text, report) = tidy(&|| Doctor::with(&few.url(), "ollama/qwen3:8b").args(&["--offline"]), &[]);
    let lines: Vec<&str> = text.lines().collect();
    let command = report.steps(TOOL_MODELS, "pull-primary")[0];
    assert!(lines.contains(&&*format!("       {command}")), "alone on its line, without `$`: {text}");
    assert_eq!(lines[lines.len() - 2], format!("  {command}"));
    assert!(lines[lines.len() - 1].starts_with("Why: openclaw-doctor explain ollama/tool-models"));
    let (text, _) = tidy(&|| Doctor::with(&few.url(), "ollama/qwen3:8b").args(&["--offline"]), &["-v"]);
    assert!(text.contains("Fixing this should also clear") && text.contains(PRIMARY_MODEL), "{text}");
}

#[test]
fn a_healthy_report_is_short_and_a_verbose_one_says_what_was_seen() {
    let server = healthy();
    let make = || Doctor::with(&server.url(), PRIMARY);
    let (text, _) = tidy(&make, &[]);
    // The machine of these tests has no gateway, which is worth knowing.
    assert!(text.contains("no gateway runs here") && text.lines().count() <= 24, "{text}");
    let (text, report) = tidy(&make, &["-v"]);
    for id in ALL.iter() {
        assert!(text.contains(id), "{id}: {text}");
    }
    let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(&report.said(TOOL_MODELS)), "{text}");
    let quiet = make().args(&["-q"]).run().stdout;
    assert!(quiet.starts_with("● openclaw/gateway-running: ") && quiet.lines().count() == 2, "{quiet}");
}

#[test]
fn quiet_is_a_headline_and_a_command_for_each_root() {
    let few = Standin::with(&["tinyllama"]);
    let run = Doctor::with(&few.url(), "ollama/qwen3:8b").args(&["-q", "--offline"]).run();
    assert_eq!((run.code, run.stdout.lines().count()), (1, 4), "{}", run.stdout);
    assert!(run.stdout.starts_with("✖ ollama/tool-models: "), "{}", run.stdout);
    assert!(run.stdout.contains("ollama pull qwen3:8b"));
}

#[test]
fn twice_verbose_shows_every_fix() {
    let Some(namespace) = Namespace::new(&[]) else { return };
    let spec =
        Spec { host: "127.0.0.1:11435", program: "ollama", inside: Some(&namespace), ..Spec::default() };
    let _ollama = spec.start();
    let (text, report) =
        tidy(&|| Doctor::with("http://127.0.0.1:11434", PRIMARY).inside(&namespace), &["-vv"]);
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for fix in list(&report.finding(BIND_ADDRESS)["fixes"]) {
        assert!(text.contains(fix["say"].as_str().unwrap()), "{}: {text}", fix["key"]);
    }
}

#[test]
fn colour_is_decided_once() {
    let server = healthy();
    for (variables, arguments, colored) in [
        (&[][..], &[][..], false),
        (&[], &["--color", "always"], true),
        (&[], &["--color", "never"], false),
        (&[("CLICOLOR_FORCE", "1")], &[], true),
        (&[("CLICOLOR_FORCE", "0")], &[], false),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[], false),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], &[], true),
        (&[("CLICOLOR_FORCE", "1")], &["--color", "never"], false),
        (&[("NO_COLOR", "1")], &["--color", "always"], true),
        (&[("CLICOLOR_FORCE", "1")], &["--format", "json"], false),
    ] {
        let mut doctor = Doctor::with(&server.url(), PRIMARY).args(arguments);
        for (name, value) in variables {
            doctor = doctor.env(name, value);
        }
        let run = doctor.run();
        assert_eq!(run.stdout.contains(ESCAPE), colored, "{variables:?} {arguments:?}");
    }
    for arguments in [&["explain", API_TAGS][..], &["list"]] {
        assert!(!Doctor::new().args(arguments).run().stdout.contains(ESCAPE), "{arguments:?}");
    }
}

#[test]
fn a_locale_without_utf8_gets_ascii_marks() {
    let few = Standin::with(&["tinyllama"]);
    for (variables, unicode) in [
        (&[("LANG", "C")][..], false),
        (&[("LANG", "POSIX")], false),
        (&[("LANG", "")], false),
        (&[("LANG", "de_DE.ISO-8859-1")], false),
        (&[("LANG", "C.UTF-8"), ("LC_ALL", "C")], false),
        (&[("LANG", "C"), ("LC_CTYPE", "en_US.utf8")], true),
        (&[("LANG", "en_US.UTF-8")], true),
    ] {
        for arguments in [&[][..], &["-v"], &["-q"]] {
            let mut doctor = Doctor::with(&few.url(), "ollama/qwen3:8b").args(arguments);
            for (name, value) in variables {
                doctor = doctor.env(name, value);
            }
            let text = doctor.run().stdout;
            assert_eq!(!text.is_ascii(), unicode, "{variables:?} {arguments:?}: {text}");
        }
    }
    for arguments in [&["list"][..], &["--help"]] {
        let text = Doctor::new().env("LANG", "C").args(arguments).run().stdout;
        assert!(text.is_ascii(), "{arguments:?}: {text}");
    }
}
