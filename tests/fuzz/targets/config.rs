//! OpenClaw's config as it lies on disk, its `$include` of itself and others included.

use std::path::Path;
use std::sync::LazyLock;

use openclaw_doctor::facts::ConfigState;
use openclaw_doctor::fuzzing::read_install;
use tempfile::TempDir;

static HOME: LazyLock<TempDir> = LazyLock::new(|| {
    let home = TempDir::new_in("/dev/shm").expect("a directory in memory");
    std::fs::create_dir(home.path().join(".openclaw")).expect("a directory");
    std::fs::write(home.path().join(".openclaw/more.json"), "{ gateway: { port: 1 }, a: [1] }")
        .expect("written");
    home
});

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("written");
}

pub fn run(bytes: &[u8]) {
    write(&HOME.path().join(".openclaw/openclaw.json"), bytes);
    let config = read_install(HOME.path()).expect("our own file can be read");
    if let ConfigState::Broken(problem) = config.state {
        assert!(!problem.message.is_empty(), "a refusal says why");
        // JSON5 ends lines with a carriage return and with U+2028 and U+2029 too.
        let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r' | 0xa8 | 0xa9)).count();
        assert!(problem.line.is_none_or(|line| (1..=lines + 1).contains(&line)), "{problem:?}");
    }
}
