//! nginx's settings, an include of themselves and of others included.

use std::sync::LazyLock;

use openclaw_doctor::facts::Fact;
use openclaw_doctor::fuzzing::read_nginx;
use tempfile::TempDir;

const MORE: &str = "server { listen 8080; location / { proxy_pass http://llm; } }\n";

static ROOT: LazyLock<TempDir> = LazyLock::new(|| {
    let root = TempDir::new_in("/dev/shm").expect("a directory in memory");
    std::fs::create_dir(root.path().join("conf.d")).expect("a directory");
    std::fs::write(root.path().join("conf.d/more.conf"), MORE).expect("written");
    root
});

pub fn run(bytes: &[u8]) {
    let main = ROOT.path().join("nginx.conf");
    std::fs::write(&main, bytes).expect("written");
    let Fact::Seen(forwards) = read_nginx(&main) else { return };
    let lines = bytes.split(|byte| *byte == b'\n').count();
    assert!(forwards.len() <= 64);
    for forward in &forwards {
        assert!((1..=lines).contains(&forward.line), "{forward:?}");
        assert!(!forward.ports.is_empty(), "{forward:?}");
    }
    // What a bundle could not give back would be lost with all the rest.
    let text = serde_json::to_string(&forwards).expect("facts are JSON");
    let again: Vec<_> = serde_json::from_str(&text).expect("they can be read again");
    assert_eq!(forwards, again);
}
