//! `--format` and `-o` of the real program: files beside the text, whole or not
//! at all, and exit codes that do not depend on either.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::doctor::*;
use crate::standin::Standin;

const PRIMARY: &str = "ollama/llama3.2:3b";

/// Nothing answers at its Ollama.
fn broken() -> Doctor {
    Doctor::with("http://127.0.9.6:1", PRIMARY)
}

#[test]
fn files_are_written_beside_the_text() {
    let names = ["a.json", "b.XML", "c.sarif", "d.md", "e.prom", "f.sh", "g.txt"];
    let doctor = broken().args(&names.map(|name| ["-o", name]).concat());
    let alone = broken().run();
    let run = doctor.run();
    assert_eq!((run.code, &*run.stderr, alone.code), (1, "", 1));
    let sentence = run.stdout.lines().find(|line| line.starts_with('✖')).expect("a finding");
    assert!(run.stdout.contains("openclaw-doctor explain"), "{}", run.stdout);
    let read = |name: &str| std::fs::read_to_string(doctor.home().join(name)).expect(name);
    let starts = ["{\n", "<?xml", "{\n", "## ", "# HELP", "#!/bin/sh", "openclaw-doctor "];
    for (name, start) in names.iter().zip(starts) {
        assert!(read(name).starts_with(start), "{name}: {}", read(name));
        let mode = std::fs::metadata(doctor.home().join(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o777 & !0o022, 0o644, "{name}: others collect it");
    }
    let report: Value = serde_json::from_str(&read("a.json")).expect("a report");
    assert!(sentence.contains(report["findings"][0]["message"].as_str().expect("a message")), "{sentence}");
    let left: Vec<String> = std::fs::read_dir(doctor.home())
        .expect("the home")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| !names.contains(&&**name))
        .collect();
    assert!(left.iter().all(|name| [".openclaw", "bin"].contains(&&**name)), "{left:?}");
}

#[test]
fn every_format_goes_to_a_file_by_its_name_and_replaces_its_former_one() {
    let files: Vec<String> = FORMATS.iter().map(|format| format!("{format}=report-{format}.out")).collect();
    let mut doctor = broken();
    for file in &files {
        doctor = doctor.args(&["-o", file]);
    }
    for _ in 0..2 {
        let run = doctor.run();
        assert_eq!((run.code, &*run.stderr), (1, ""));
    }
    for format in FORMATS {
        let file = doctor.home().join(format!("report-{format}.out"));
        let written = std::fs::read_to_string(file).expect("a report");
        assert!(!written.is_empty(), "{format}");
    }
}

#[test]
fn json_is_a_word_of_its_own_as_for_openclaws_doctor() {
    let only = ["--only", API_TAGS, "--json"];
    for arguments in [&only[..], &["run", "--json"], &["list", "--json"], &["models", "--json"]] {
        let run = broken().args(arguments).run();
        let json: Value = serde_json::from_str(&run.stdout).unwrap_or_default();
        assert!(json.is_object(), "{arguments:?}: {}{}", run.stdout, run.stderr);
    }
    let run = broken().args(&["--json", "--format", "line"]).run();
    assert!(run.code == 2 && run.stderr.contains("--format"), "{}", run.stderr);
}

#[test]
fn a_format_that_is_not_known_is_refused_before_looking() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    for name in ["report", "report.", "report.pdf", ".json", "jsn=report", "json=", "x.json/"] {
        let doctor = Doctor::with(&ollama.url(), PRIMARY).args(&["-o", "good.json", "-o", name]);
        let run = doctor.run();
        if name == "x.json/" {
            // The name of a folder: the report is printed, and the file is missed.
            assert!(run.code == 2 && run.stderr.contains("cannot be written"), "{}", run.stderr);
            continue;
        }
        assert_eq!((run.code, &*run.stdout), (2, ""), "{name}: {}", run.stderr);
        assert!(run.stderr.contains(".sarif"), "{}", run.stderr);
        assert!(!doctor.home().join("good.json").exists(), "{name}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_told_after_everything_else_is() {
    let doctor = broken().args(&["-o", "none/a.json", "-o", "b.json", "-o", "bin.md"]);
    std::fs::create_dir(doctor.home().join("bin.md")).expect("a folder");
    let run = doctor.run();
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("none/a.json cannot be written"), "{}", run.stderr);
    assert!(run.stdout.contains("openclaw-doctor explain ") && doctor.home().join("b.json").exists());
}

#[test]
fn exit_codes_do_not_depend_on_the_format() {
    let ollama = Standin::with(&["llama3.2:3b"]);
    for format in FORMATS {
        let run = broken().args(&["--format", format]).run();
        assert_eq!((run.code, &*run.stderr), (1, ""), "{format}");
        assert!(!run.stdout.is_empty(), "{format}");
        let run = broken().args(&["--format", format, "--fail-on", "never"]).run();
        assert_eq!(run.code, 0, "{format}");
        let api_tags = &["--format", format, "--only", API_TAGS];
        let run = Doctor::with(&ollama.url(), PRIMARY).args(api_tags).run();
        assert_eq!((run.code, run.stdout.is_empty()), (0, format == "line"), "{format}: {}", run.stdout);
    }
}

#[test]
fn a_monitoring_plugin_has_its_own_codes_when_it_asks() {
    let plugin = ["--format", "nagios", "--nagios-exit"];
    let run = broken().args(&plugin).run();
    assert!(run.code == 2 && run.stdout.starts_with("OPENCLAW CRITICAL - "), "{}", run.stdout);
    let run =
        Doctor::new().config("{ gateway: { mode: 'local' } }").args(&plugin).args(&["--only", "dns"]).run();
    let word = ["OK", "WARNING", "CRITICAL", "UNKNOWN"][usize::try_from(run.code).expect("a code")];
    assert!(run.stdout.starts_with(&format!("OPENCLAW {word} - ")), "{}: {}", run.code, run.stdout);
    // What it could not do is unknown to it, where everybody else gets a 2.
    for bad in [&["--nope"][..], &["--strict"], &["--config", "/none"], &["--only", "nope"]] {
        let run = broken().args(&plugin).args(bad).run();
        assert_eq!((run.code, &*run.stdout), (3, ""), "{bad:?}: {}", run.stderr);
    }
}
