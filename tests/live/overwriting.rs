//! Looking is not writing: what is there already stays, unless it is a former report of ours.

use std::os::unix::fs::{FileTypeExt, symlink};

use crate::doctor::*;
use crate::machines::with_mounts;

const PRIMARY: &str = "ollama/llama3.2:3b";

fn offline(arguments: &[&str]) -> Doctor {
    Doctor::with("http://127.0.9.7:1", PRIMARY).args(&["--offline", "--fail-on", "never"]).args(arguments)
}

fn bundle(arguments: &[&str]) -> Doctor {
    Doctor::with("http://127.0.9.7:1", PRIMARY).args(&["bundle", "--offline"]).args(arguments)
}

#[test]
fn a_bundle_or_a_report_replaces_no_file_of_somebody_else() {
    for (arguments, is_bundle) in
        [(&["-o", "mine.json"][..], false), (&["--bundle", "mine.json"], false), (&["mine.json"], true)]
    {
        let doctor = if is_bundle { bundle(arguments) } else { offline(arguments) };
        let doctor = doctor.file("mine.json", "{ precious: 1 }");
        let mine = doctor.home().join("mine.json");
        let run = doctor.run();
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stdout);
        assert!(run.stderr.contains("--force"), "{}", run.stderr);
        assert_eq!(std::fs::read_to_string(&mine).expect("it"), "{ precious: 1 }");
        let doctor = doctor.args(&["--force"]);
        assert_eq!(doctor.run().code, 0, "{arguments:?}");
        assert!(std::fs::read_to_string(&mine).expect("it").contains("openclaw-doctor"));
        // What was written is a former one, and is replaced without a word.
        let written = std::fs::read_to_string(&mine).expect("it");
        let doctor = if is_bundle { bundle(arguments) } else { offline(arguments) };
        let run = doctor.file("mine.json", &written).run();
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn the_config_of_openclaw_is_no_place_for_a_bundle() {
    let doctor = bundle(&[".openclaw/openclaw.json"]);
    let run = doctor.run();
    assert!(run.code == 2 && run.stderr.contains("no former report"), "{}", run.stderr);
    let config = std::fs::read_to_string(doctor.home().join(".openclaw/openclaw.json")).expect("it");
    assert!(config.contains("gateway"), "{config}");
}

#[test]
fn a_device_is_never_replaced_and_a_link_not_without_force() {
    let null = "mkdir -p $HOME/dev && mount -t tmpfs tmpfs $HOME/dev && mknod $HOME/dev/null c 1 3";
    let Some(words) = with_mounts(null) else { return };
    for force in [&[][..], &["--force"]] {
        let run = bundle(&["dev/null"]).args(force).behind(&words).run();
        assert!(run.code == 2 && run.stderr.contains("it is no file"), "{}", run.stderr);
    }
    let doctor = bundle(&["link.json"]).file("theirs", "{ precious: 1 }");
    symlink("theirs", doctor.home().join("link.json")).expect("a link");
    assert_eq!(doctor.run().code, 2);
    let run = bundle(&["/dev/stdout"]).run();
    assert_eq!(run.code, 2, "{}", run.stdout);
    let kind = std::fs::symlink_metadata("/dev/null").expect("a device").file_type();
    assert!(kind.is_char_device());
}

#[test]
fn no_file_is_named_twice() {
    for arguments in [&["-o", "x.json", "--bundle", "x.json"][..], &["-o", "x.json", "-o", "./x.json"]] {
        let doctor = offline(arguments);
        let run = doctor.run();
        assert_eq!((run.code, &*run.stdout), (2, ""), "{arguments:?}");
        assert!(
            run.stderr.contains("is named twice") && !doctor.home().join("x.json").exists(),
            "{}",
            run.stderr
        );
    }
    let text = bundle(&["-"]).run().stdout;
    let doctor = Doctor::new().file("b.json", &text).args(&["diagnose", "b.json", "-o", "b.json"]);
    assert_eq!(doctor.run().code, 2);
    assert_eq!(std::fs::read_to_string(doctor.home().join("b.json")).expect("it"), text);
}

#[test]
fn two_bundles_of_one_second_are_two_files() {
    let doctor = bundle(&[]);
    let children = [0, 1, 2, 3].map(|_| doctor.spawn());
    for child in children {
        let output = child.wait_with_output().expect("a child");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let names = std::fs::read_dir(doctor.home()).expect("the home").flatten();
    let bundles = names.filter(|entry| entry.file_name().to_string_lossy().starts_with("openclaw-doctor-"));
    assert_eq!(bundles.count(), 4);
}

#[test]
fn a_report_of_every_extension_is_known_again() {
    for name in ["a.json", "a.xml", "a.sarif", "a.md", "a.prom", "a.sh", "a.txt"] {
        for more in [&[][..], &["-q"], &["-vv"], &["--only", "dns"], &["--only", "dns", "-q"]] {
            let doctor = offline(&["-o", name]).args(more);
            assert_eq!(doctor.run().code, 0, "{name} {more:?}");
            let run = doctor.run();
            let text = std::fs::read_to_string(doctor.home().join(name)).unwrap_or_default();
            assert_eq!(run.code, 0, "{name} {more:?}: {}\n{text}", run.stderr);
        }
    }
}
