//! The gateway's unit file, and the dotenv file beside the config.

use std::sync::LazyLock;

use openclaw_doctor::fuzzing::read_install;
use tempfile::TempDir;

const UNIT: &str = ".config/systemd/user/openclaw-gateway.service";

static HOME: LazyLock<TempDir> = LazyLock::new(|| {
    let home = TempDir::new_in("/dev/shm").expect("a directory in memory");
    for dir in [".openclaw", ".config/systemd/user"] {
        std::fs::create_dir_all(home.path().join(dir)).expect("a directory");
    }
    let config =
        "{ models: { providers: { ollama: { baseUrl: 'http://h:1', apiKey: '${OLLAMA_API_KEY}' } } } }";
    std::fs::write(home.path().join(".openclaw/openclaw.json"), config).expect("written");
    home
});

pub fn run(bytes: &[u8]) {
    let (unit, dotenv) = bytes.split_at(bytes.len() / 2);
    std::fs::write(HOME.path().join(UNIT), unit).expect("written");
    std::fs::write(HOME.path().join(".openclaw/.env"), dotenv).expect("written");
    let config = read_install(HOME.path()).expect("our own file can be read");
    let facts = serde_json::to_string(&config).expect("facts are JSON");
    assert!(!facts.contains("canary"), "a value of the environment is in the facts");
}
