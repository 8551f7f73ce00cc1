//! Running read-only helper programs, and blocking work off the runtime's thread. No program is
//! started anywhere else.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use close_fds::CloseFdsBuilder;
use nix::unistd::{Gid, Uid};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use crate::facts::Unseen;

/// Output that is read of a helper at most.
const MOST: u64 = 4 << 20;
/// The same of what it complains of.
const MOST_STDERR: u64 = 4 << 10;

/// Where helpers are looked for. The doctor's own `PATH` is the caller's to set, and `/usr/local`
/// may be written by more than root.
const DIRS: [&str; 5] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/run/current-system/sw/bin"];

/// All that a helper finds in its environment, beside `PATH`.
const ENVIRONMENT: [(&str, &str); 4] =
    [("LC_ALL", "C"), ("SYSTEMD_COLORS", "0"), ("SYSTEMD_PAGER", ""), ("SYSTEMD_LESS", "")];

/// What a helper printed.
pub struct Output {
    /// Standard output, with anything that is not UTF-8 replaced.
    pub stdout: String,
    /// The beginning of standard error, where that is read.
    pub stderr: String,
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
    let failed = |error| cannot_be_run(program, &error);
    run(program, command(program).map_err(failed)?.args(arguments)).await
}

/// Runs a helper as another user, with that user's runtime directory: what
/// belongs to a user is told to nobody else. Only root may do so for others.
///
/// # Errors
/// As [`output`].
pub async fn output_as(uid: Uid, gid: Gid, program: &str, arguments: &[&str]) -> Result<Output, Unseen> {
    let mut command = command(program).map_err(|error| cannot_be_run(program, &error))?;
    command.args(arguments).env("XDG_RUNTIME_DIR", format!("/run/user/{uid}"));
    if uid != Uid::effective() {
        // Whoever sets a user as root gives up root's further groups too (`CommandExt::uid`).
        command.uid(uid.as_raw()).gid(gid.as_raw());
    }
    run(program, &mut command).await
}

/// Starts this very program once more, with nothing of our environment. What it complains of is read too.
///
/// # Errors
/// As [`output`].
pub async fn again(arguments: &[String]) -> Result<Output, Unseen> {
    const NAME: &str = "openclaw-doctor";
    let program = std::env::current_exe().map_err(|error| cannot_be_run(NAME, &error))?;
    run(NAME, command_at(&program).args(arguments).stderr(Stdio::piped())).await
}

async fn read_to(stream: Option<impl AsyncRead + Unpin>, most: u64) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        stream.take(most).read_to_end(&mut bytes).await?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Starts a helper whose output is read as it comes; it is killed when it is dropped.
///
/// # Errors
/// As [`output`].
pub fn streaming(program: &str, arguments: &[String]) -> Result<Child, Unseen> {
    let failed = |error| cannot_be_run(program, &error);
    command(program).map_err(failed)?.args(arguments).spawn().map_err(failed)
}

/// A helper that inherits nothing: whoever it runs as can read its environment
/// (`/proc/PID/environ`) and its open files at leisure.
fn command(program: &str) -> std::io::Result<Command> {
    Ok(command_at(&found(program)?))
}

fn command_at(program: &Path) -> Command {
    // Ours close by themselves when a program is started; those that we were given would not.
    CloseFdsBuilder::new().threadsafe(true).cloexecfrom(3);
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", DIRS.join(":"))
        .envs(ENVIRONMENT)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

fn found(program: &str) -> std::io::Result<PathBuf> {
    let mut places = DIRS.iter().map(|dir| Path::new(dir).join(program));
    places.find(|place| place.exists()).ok_or_else(|| Error::from(ErrorKind::NotFound))
}

fn cannot_be_run(program: &str, error: &Error) -> Unseen {
    Unseen::Unknown { error: format!("{program} cannot be run: {error}") }
}

async fn run(program: &str, command: &mut Command) -> Result<Output, Unseen> {
    let failed = |error: Error| cannot_be_run(program, &error);
    let mut child = command.spawn().map_err(failed)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = tokio::join!(read_to(stdout, MOST), read_to(stderr, MOST_STDERR));
    let (stdout, stderr) = (stdout.map_err(failed)?, stderr.map_err(failed)?);
    let truncated = stdout.len() as u64 >= MOST;
    let success = if truncated { true } else { child.wait().await.map_err(failed)?.success() };
    Ok(Output { stdout, stderr, success, truncated })
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
