//! `openclaw/config-parse`: what OpenClaw refuses, told with its place and without its secrets.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::Duration;

use serde_json::{Value, json};

use crate::doctor::*;
use crate::namespace::Namespace;
use crate::servers::{Server, shown};

const PRIMARY: &str = "ollama/llama3.2:3b";

fn ollama() -> Server {
    Server::ollama(json!([{ "name": "llama3.2:3b" }]), |_| shown(&["completion", "tools"]))
}

/// The report on a config text. What needs the config waits for it.
fn broken(text: &str, cause: &str) -> Report {
    let report = Doctor::new().config(text).report();
    report.fails(CONFIG_PARSE, cause);
    // What is wrong with a value that can be read the schema tells, where it knows of it.
    let is_known = report.status(CONFIG_ACCEPTED) == "fail";
    assert!(cause == "wrong-type" || !is_known, "{text}");
    waits_for_config(&report, if is_known { CONFIG_ACCEPTED } else { CONFIG_PARSE });
    report
}

fn waits_for_config(report: &Report, root: &str) {
    let rest = [BIND_ADDRESS, PORT_REACHABLE, API_TAGS, TOOL_MODELS, PRIMARY_MODEL];
    report.waits(&rest, CONFIG_PARSE, root);
    assert_eq!(report.json["startHere"], root);
    assert!(report.run.took < Duration::from_secs(3), "{:?}", report.run.took);
}

#[test]
fn a_syntax_error_has_a_place() {
    for (text, line, column) in [
        ("{\n  gateway: { mode: 'local' },\n  models: { a b }\n}", 3, 15),
        ("{\n  # a comment\n}", 2, 3),
        ("{ models: { providers: { ollama: { contextWindow: 8192 * 10 } } } }", 1, 56),
        ("{ a: 1 } x", 1, 10),
        ("{\r\n  a: 1,\r\n  b: }\r\n", 3, 6),
        ("{ 'é': 1 é: 2 }", 1, 10),
    ] {
        let report = broken(text, "syntax");
        let finding = report.finding(CONFIG_PARSE);
        assert_eq!((&finding["line"], &finding["column"]), (&json!(line), &json!(column)), "{text:?}");
        assert!(text_of(&finding["path"]).ends_with("/.openclaw/openclaw.json"));
        assert!(
            report.evidence(CONFIG_PARSE).contains(&format!("openclaw.json:{line}:{column}")),
            "{text:?}"
        );
    }
}

fn text_of(value: &Value) -> &str {
    text(value)
}

#[test]
fn a_text_that_ends_early_is_a_syntax_error() {
    for text in ["", " \n", "{", "{ a: 'x", "{ a: 1, /* ", "\u{feff}"] {
        broken(text, "syntax");
    }
}

#[test]
fn the_line_is_shown_with_its_shape_and_without_its_secrets() {
    let text = "{\n  models: { providers: { ollama: { apiKey: \"sk-canary-123\" baseUrl: 'http://u:canary@h' } } }\n}";
    let report = broken(text, "syntax");
    let excerpt = text_of(&report.finding(CONFIG_PARSE)["excerpt"]);
    assert!(excerpt.contains("ollama: { apiKey: \"*************\""), "{excerpt}");
    for arguments in [&["--format", "json"][..], &[], &["-v"], &["-vv"], &["-q"]] {
        let run = Doctor::new().config(text).args(arguments).run();
        assert!(!(run.stdout + &run.stderr).contains("canary"), "{arguments:?}");
        assert_eq!(run.code, 1);
    }
}

#[test]
fn a_secret_is_shown_by_no_format_wherever_it_stands() {
    let server = ollama();
    let text = json!({
        "env": { "vars": { "OLLAMA_API_KEY": "canary-1", "OTHER": "canary-2" } },
        "gateway": { "mode": "local", "auth": { "token": "canary-3" } },
        "models": { "providers": {
            "ollama": { "baseUrl": format!("{}/?key=canary-4#canary", server.url()), "api": "ollama", "apiKey": "canary-5",
                "headers": { "X-Token": "canary-6" }, "models": [] },
            "other": { "api": "ollama", "baseUrl": "http://user:canary-7@127.0.0.1:1", "models": [] },
        } },
        "agents": { "defaults": { "model": { "primary": "ollama/nowhere:1" } } },
    });
    for arguments in [&["--format", "json"][..], &[], &["-vv"], &["-q"]] {
        let doctor =
            Doctor::new().config(&text.to_string()).file(".openclaw/.env", "OLLAMA_API_KEY=canary-8\n");
        let run = doctor.env("OLLAMA_API_KEY", "canary-9").args(arguments).run();
        assert!(!(run.stdout.clone() + &run.stderr).contains("canary"), "{arguments:?}: {}", run.stdout);
        assert_eq!(run.code, 1);
    }
}

#[test]
fn a_wrong_type_names_its_key_and_place() {
    for (text, key, line) in [
        ("{ agents: [] }", "agents", 1),
        ("{\n agents: { defaults: { model: 7 } } }", "agents.defaults.model", 2),
        ("{ agents: { defaults: { model: { primary: ['x'] } } } }", "agents.defaults.model.primary", 1),
        ("{ models: { providers: 'x' } }", "models.providers", 1),
        ("{ models: { providers: {\n ollama: true } } }", "models.providers.ollama", 2),
        ("{ models: { providers: { ollama: { baseUrl: 11434 } } } }", "models.providers.ollama.baseUrl", 1),
        ("{ models: { providers: { ollama: { headers: [] } } } }", "models.providers.ollama.headers", 1),
        ("{ gateway: 'local' }", "gateway", 1),
        ("{ gateway: { mode: 1 } }", "gateway.mode", 1),
        ("{ env: { vars: [] } }", "env.vars", 1),
    ] {
        let report = broken(text, "wrong-type");
        let finding = report.finding(CONFIG_PARSE);
        assert_eq!((&finding["path"], &finding["line"]), (&json!(key), &json!(line)), "{text}");
    }
    broken("[]", "wrong-type");
    broken("'x'", "wrong-type");
}

#[test]
fn json5_is_read_and_an_empty_config_is_openclaws_defaults() {
    let server = ollama();
    let text = format!(
        "\u{feff}// all of JSON5\n{{ models: {{ providers: {{ 'ollama': {{ baseUrl: '{}', apiKey: 'a key', models: [], }}, }}, }},\n\
         /* hex */ plugins: {{ entries: {{ x: {{ config: {{ x: 0x1F, y: +3e2 }} }} }} }}, gateway: {{ mode: 'local' }}, agents: {{ defaults: {{ model: {{ primary: 'no', primary: '{PRIMARY}' }} }} }} }}",
        server.url()
    );
    Doctor::new().config(&text).report().is_healthy();
    let report = Doctor::new().config("{}").args(&["--only", CONFIG_PARSE]).report();
    assert_eq!((report.status(CONFIG_PARSE), report.run.code), ("pass", 0));
    assert_eq!(report.json["target"]["from"], "default");
}

#[test]
fn a_base_url_that_is_none_is_told_and_mended_where_only_the_scheme_is_missing() {
    for (url, mended) in [
        ("127.0.0.1:11434", Some("http://127.0.0.1:11434")),
        ("ollama-host:11434", Some("http://ollama-host:11434")),
        ("http://${OLLAMA_BOX}:11434", None),
        ("ftp://h:1", None),
        ("http://", None),
        ("http://user:canary@127.0.0.1:1", None),
        ("http://[::1", None),
        ("http://127.0.0.1:99999", None),
    ] {
        let report = Doctor::with(url, PRIMARY).report();
        report.fails(CONFIG_PARSE, "base-url");
        waits_for_config(&report, CONFIG_PARSE);
        let finding = report.finding(CONFIG_PARSE);
        assert_eq!(finding["path"], "models.providers.ollama.baseUrl");
        match mended {
            Some(mended) => assert_eq!(
                report.steps(CONFIG_PARSE, "set-base-url").join("").replace('\'', ""),
                format!("openclaw config set models.providers.ollama.baseUrl {mended}")
            ),
            None => assert_eq!(report.fixes(CONFIG_PARSE), ["edit"], "{url}"),
        }
        assert!(!report.run.stdout.contains("canary"));
    }
}

#[test]
fn what_is_no_regular_file_is_refused_without_a_hang() {
    let file = |doctor: &Doctor| doctor.home().join(".openclaw/openclaw.json");
    let directory = Doctor::new();
    std::fs::create_dir(file(&directory)).expect("a directory");
    let fifo = Doctor::new();
    let mode = nix::sys::stat::Mode::from_bits_truncate(0o600);
    nix::unistd::mkfifo(&file(&fifo), mode).expect("a FIFO");
    let zero = Doctor::new();
    symlink("/dev/zero", file(&zero)).expect("a link");
    let itself = Doctor::new();
    symlink(file(&itself), file(&itself)).expect("a link");
    let socket = Doctor::new();
    let _listener = std::os::unix::net::UnixListener::bind(file(&socket)).expect("a socket");
    let large = Doctor::new().config("");
    std::fs::File::options()
        .write(true)
        .open(file(&large))
        .and_then(|file| file.set_len(1 << 30))
        .expect("1 GB, of which nothing is on the disk");
    for (name, doctor) in [
        ("directory", directory),
        ("FIFO", fifo),
        ("/dev/zero", zero),
        ("link to itself", itself),
        ("socket", socket),
        ("1 GB", large),
    ] {
        let report = doctor.report();
        assert_eq!(report.status(CONFIG_PARSE), "fail", "{name}: {}", report.short());
        report.fails(CONFIG_PARSE, "not-a-file");
        waits_for_config(&report, CONFIG_PARSE);
    }
}

#[test]
fn bytes_that_are_no_text_are_a_syntax_error() {
    let doctor = Doctor::new();
    std::fs::write(doctor.home().join(".openclaw/openclaw.json"), b"{ a: '\xff\xfe' }").expect("written");
    doctor.report().fails(CONFIG_PARSE, "syntax");
}

#[test]
fn a_config_that_we_may_not_read_is_unknown_and_says_what_to_do() {
    let Some(doctor) = Doctor::with("http://127.0.0.1:1", PRIMARY).unprivileged() else { return };
    let file = doctor.home().join(".openclaw/openclaw.json");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).expect("its mode");
    let report = doctor.args(&["--strict"]).report();
    assert_eq!((report.status(CONFIG_PARSE), report.run.code), ("unknown", 3), "{}", report.short());
    assert!(report.said(CONFIG_PARSE).contains("may not be read by this user; run as root"));
    assert_eq!(report.findings().len(), 0);
}

#[test]
fn a_broken_config_does_not_keep_a_base_url_of_a_flag_from_being_asked() {
    let server = ollama();
    let doctor = Doctor::new().config("{ broken").args(&["--base-url", &server.url()]);
    let report = doctor.report();
    report.fails(CONFIG_PARSE, "syntax");
    for id in [BIND_ADDRESS, PORT_REACHABLE, API_TAGS, TOOL_MODELS] {
        assert_eq!(report.status(id), "pass", "{id}: {}", report.short());
    }
    report.waits(&[PRIMARY_MODEL], CONFIG_PARSE, CONFIG_PARSE);
    let Some(namespace) = Namespace::new(&[]) else { return };
    let doctor = Doctor::new().config("{ broken").args(&["--base-url", "http://127.0.0.1:11434"]);
    let report = doctor.program_on_path("ollama").inside(&namespace).report();
    assert_eq!((report.status(CONFIG_PARSE), report.status(PORT_REACHABLE)), ("fail", "fail"));
    assert_eq!(report.finding(PORT_REACHABLE)["causedBy"], Value::Null, "the port is not closed for that");
}
