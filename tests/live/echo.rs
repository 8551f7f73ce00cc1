//! A server that repeats what it was sent, in every place of an answer and in every spelling: none of it
//! comes out of any command, in any format. The key has no shape that would tell it from words.

use serde_json::{Value, json};

use crate::doctor::*;
use crate::servers::{Server, answer, json_answer, send, shown};

const KEY: &str = "correct-horse-battery-staple";
const HEADER: &str = "mellow yellow \"submarine\" seven";
const PRIMARY: &str = "ollama/llama3.2:3b";
/// The key and the header, their halves, and what base64 and URLs make of them.
const CANARIES: [&str; 12] = [
    "correct-horse",
    "battery-staple",
    "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5",
    "NvcnJlY3QtaG9yc2UtYmF0dGVye",
    "jb3JyZWN0LWhvcnNlLWJhdHRlcn",
    "correct%2Dhorse",
    "mellow yellow",
    "submarine",
    "mellow%20yellow",
    "mellow+yellow",
    "bWVsbG93IHllbGxvdy",
    "correct_horse",
];

/// What the server says of what it was sent, one kind of place after the other.
fn says(place: &str, words: &str) -> Vec<u8> {
    let escaped = json!(words).to_string();
    let bare = KEY;
    match place {
        "body" => answer("401 Unauthorized", "text/plain", words),
        "json" => answer("403 Forbidden", "application/json", &format!("{{\"error\":{escaped}}}")),
        "location" => format!(
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.9.9:1/{bare}/x\r\nContent-Length: 0\r\n\r\n"
        )
        .into(),
        "server" => format!("HTTP/1.1 404 Not Found\r\nServer: {bare}\r\nContent-Length: 0\r\n\r\n").into(),
        "version" => json_answer(&json!({ "version": words, "models": [] })),
        _ => json_answer(
            &json!({ "version": "0.32.15", "models": [{ "name": format!("{bare}:3b"), "details": { "family": words } }] }),
        ),
    }
}

fn echo(place: &'static str) -> Server {
    let words = format!(
        "bad key {KEY}, {} and {}; Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5LXN0YXBsZQ== dTpjb3JyZWN0LWhvcnNlLWJhdHRlcnktc3RhcGxl \
         correct%2Dhorse%2Dbattery%2Dstaple {HEADER} mellow%20yellow%20%22submarine%22%20seven \
         mellow+yellow+%22submarine%22+seven bWVsbG93IHllbGxvdyAic3VibWFyaW5lIiBzZXZlbg==",
        &KEY[..14],
        &KEY[14..]
    );
    Server::http(move |request, stream| match (request.path(), place) {
        ("/api/show", "model") => send(stream, &shown(&["completion", "tools"])),
        _ => send(stream, &says(place, &words)),
    })
}

fn doctor(url: &str) -> Doctor {
    let mut config = config(&format!("{url}/${{MY_TOKEN}}"), PRIMARY);
    let ollama = &mut config["models"]["providers"]["ollama"];
    ollama["apiKey"] = json!("${OLLAMA_API_KEY}");
    ollama["headers"] = json!({ "x-access": HEADER });
    Doctor::new().config(&config.to_string()).env("OLLAMA_API_KEY", KEY).env("MY_TOKEN", KEY)
}

fn says_nothing(what: &str, said: &str) {
    for canary in CANARIES {
        assert!(!said.to_lowercase().contains(&canary.to_lowercase()), "{what} says {canary}:\n{said}");
    }
}

#[test]
fn what_was_sent_comes_out_in_no_spelling_and_no_format() {
    for place in ["body", "json", "location", "server", "version", "model"] {
        let server = echo(place);
        for format in ["text", "json", "sarif", "markdown"] {
            let run = doctor(&server.url()).args(&["--format", format, "-vv"]).run();
            says_nothing(&format!("{place} {format}"), &(run.stdout + &run.stderr));
        }
        for arguments in [
            &["bundle", "-", "--keep-names"][..],
            &["bundle", "-"],
            &["models"],
            &["models", "--format", "json"],
        ] {
            let run = doctor(&server.url()).args(arguments).run();
            assert!(!run.stdout.is_empty(), "{}", run.stderr);
            says_nothing(&format!("{place} {arguments:?}"), &(run.stdout + &run.stderr));
        }
        assert!(server.requests().iter().any(|request| request.head.contains(KEY)), "{place}: it was sent");
    }
}

#[test]
fn what_is_known_is_marked_and_the_rest_is_as_it_was() {
    let server = echo("model");
    let run = doctor(&server.url()).args(&["bundle", "-"]).run();
    let bundle: Value = serde_json::from_str(&run.stdout).expect("a bundle");
    let endpoint = &bundle["facts"]["endpoints"][0];
    assert_eq!(endpoint["baseUrl"]["value"], format!("{}/<withheld:known>", server.url()));
    assert!(endpoint["tags"]["outcome"]["understood"][0]["name"].is_string(), "{}", run.stdout);
    let tokens = list(&bundle["withheld"]["tokens"]);
    assert!(tokens.iter().any(|token| token["pattern"] == "known"), "{tokens:?}");
}
