//! Starts the stand-in for Ollama and reads which requests it got.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::namespace::Namespace;

/// What the stand-in is to be.
pub struct Spec<'a> {
    /// Models in its store.
    pub models: &'a [&'a str],
    /// `OLLAMA_HOST`.
    pub host: &'a str,
    /// More environment variables.
    pub variables: &'a [(&'a str, &'a str)],
    /// The name of its program. Outside of a namespace it is not `ollama`,
    /// because every other test would see an Ollama that listens elsewhere.
    pub program: &'a str,
    /// Where it runs.
    pub inside: Option<&'a Namespace>,
}

/// A running stand-in.
pub struct Standin {
    child: Child,
    dir: TempDir,
    /// `ip:port` where it listens.
    pub address: String,
}

impl Default for Spec<'_> {
    fn default() -> Self {
        Spec { models: &[], host: "127.0.0.1:0", variables: &[], program: "stand-in", inside: None }
    }
}

impl Spec<'_> {
    pub fn start(&self) -> Standin {
        let dir = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        let program = dir.path().join(self.program);
        if std::fs::hard_link(example(), &program).is_err() {
            copy(example(), &program);
        }
        let seeded = command(&[], &program, dir.path()).arg("seed").args(self.models).status();
        assert!(seeded.is_ok_and(|status| status.success()), "no such models: {:?}", self.models);
        let ready = dir.path().join("ready");
        let prefix = self.inside.map(Namespace::enter).unwrap_or_default();
        let child = command(&prefix, &program, dir.path())
            .arg("serve")
            .env("OLLAMA_HOST", self.host)
            .env("STANDIN_READY_FILE", &ready)
            .envs(self.variables.iter().copied())
            .stdout(File::create(dir.path().join("stdout")).expect("a log"))
            .stderr(File::create(dir.path().join("stderr")).expect("a log"))
            .spawn()
            .expect("the stand-in starts");
        let mut standin = Standin { child, dir, address: String::new() };
        standin.address = standin.wait_until_ready(&ready);
        standin
    }
}

impl Standin {
    /// A stand-in with these models on a free port of loopback.
    pub fn with(models: &[&str]) -> Standin {
        Spec { models, ..Spec::default() }.start()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its program file, of that name.
    pub fn program(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn wait_until_ready(&mut self, file: &Path) -> String {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            if let Ok(address) = std::fs::read_to_string(file) {
                return address;
            }
            let ended = self.child.try_wait().ok().flatten();
            assert!(ended.is_none() && Instant::now() < until, "the stand-in: {}", self.log("stderr"));
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(name)).unwrap_or_default()
    }

    /// The requests so far, as `GET /api/tags`, sorted.
    pub fn requests(&self) -> Vec<String> {
        let request = |line: &str| {
            let words: Vec<&str> =
                line.strip_prefix("[GIN]")?.split('|').nth(4)?.split_whitespace().collect();
            Some(format!("{} {}", words[0], words[1].trim_matches('"')))
        };
        let mut requests: Vec<String> = self.log("stdout").lines().filter_map(request).collect();
        requests.sort();
        requests
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Copies a program. A process of its own does it: were the copy open for
/// writing in this one, a child that another test starts just then would hold
/// it open too, and the copy could not be run ("text file busy").
pub fn copy(program: &Path, to: &Path) {
    let status = Command::new("cp").arg("-p").arg(program).arg(to).status();
    assert!(status.is_ok_and(|status| status.success()), "{} cannot be copied", program.display());
}

fn command(prefix: &[String], program: &Path, home: &Path) -> Command {
    let mut words = prefix.to_vec();
    words.push(program.display().to_string());
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env_clear().env("HOME", home).env("OLLAMA_MODELS", home.join("models"));
    command.stdin(Stdio::null());
    command
}

/// The cargo example `ollama`, built where it is missing.
fn example() -> &'static Path {
    static EXAMPLE: OnceLock<PathBuf> = OnceLock::new();
    EXAMPLE.get_or_init(|| {
        let test = std::env::current_exe().expect("the path of this test");
        let profile = test.parent().and_then(Path::parent).expect("target/PROFILE/deps");
        let example = profile.join("examples").join("ollama");
        if !example.exists() {
            let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
            let release = profile.ends_with("release").then_some("--release");
            let mut build = Command::new(cargo);
            build.args(["build", "--quiet", "--example", "ollama"]).args(release);
            let built = build.current_dir(env!("CARGO_MANIFEST_DIR")).status();
            assert!(built.is_ok_and(|status| status.success()), "the stand-in cannot be built");
        }
        example
    })
}
