//! Running read-only helper programs, and blocking work off the runtime's thread.

use std::process::Stdio;

use nix::unistd::{Gid, Uid};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

use crate::facts::Unseen;

/// Output that is read of a helper at most.
const MOST: u64 = 4 << 20;

/// What a helper printed.
pub struct Output {
    /// Standard output, with anything that is not UTF-8 replaced.
    pub stdout: String,
    /// The helper exited with 0.
    pub success: bool,
    /// There was more than we read.
    pub truncated: bool,
}

/// Runs a helper without a shell. It is killed when the look that waits for it
/// ends, and its output is capped.
///
/// # Errors
/// An unknown that names the helper when it cannot be started.
pub async fn output(program: &str, arguments: &[&str]) -> Result<Output, Unseen> {
    run(program, Command::new(program).args(arguments)).await
}

/// Runs a helper as another user, with that user's runtime directory: what
/// belongs to a user is told to nobody else. Only root may do so for others.
///
/// # Errors
/// As [`output`].
pub async fn output_as(uid: Uid, gid: Gid, program: &str, arguments: &[&str]) -> Result<Output, Unseen> {
    let mut command = Command::new(program);
    command.args(arguments).env("XDG_RUNTIME_DIR", format!("/run/user/{uid}")).current_dir("/");
    command.env_remove("DBUS_SESSION_BUS_ADDRESS");
    if uid != Uid::effective() {
        command.uid(uid.as_raw()).gid(gid.as_raw());
    }
    run(program, &mut command).await
}

/// Starts a helper whose output is read as it comes; it is killed when it is dropped.
///
/// # Errors
/// As [`output`].
pub fn streaming(program: &str, arguments: &[String]) -> Result<Child, Unseen> {
    start(Command::new(program).args(arguments)).map_err(|error| cannot_be_run(program, &error))
}

fn start(command: &mut Command) -> std::io::Result<Child> {
    command
        .env("LC_ALL", "C")
        .env("SYSTEMD_COLORS", "0")
        .env("SYSTEMD_PAGER", "")
        .env("SYSTEMD_LESS", "")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

fn cannot_be_run(program: &str, error: &std::io::Error) -> Unseen {
    Unseen::Unknown { error: format!("{program} cannot be run: {error}") }
}

async fn run(program: &str, command: &mut Command) -> Result<Output, Unseen> {
    let failed = |error: std::io::Error| cannot_be_run(program, &error);
    let mut child = start(command).map_err(failed)?;
    let mut bytes = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(MOST).read_to_end(&mut bytes).await.map_err(failed)?;
    }
    let truncated = bytes.len() as u64 == MOST;
    let success = if truncated { true } else { child.wait().await.map_err(failed)?.success() };
    Ok(Output { stdout: String::from_utf8_lossy(&bytes).into_owned(), success, truncated })
}

/// Runs blocking work on a thread of its own; a panic in it becomes an unknown.
///
/// # Errors
/// An unknown where the work crashed.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Unseen> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Unseen::Unknown {
        error: "a look crashed, which is a bug of openclaw-doctor; please report it".into(),
    })
}
