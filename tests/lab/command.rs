//! Runs programs of the host, each with a deadline.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What happened and what to do about it, for a person.
pub type Outcome<T> = Result<T, String>;

/// A program that ended, or was ended at its deadline.
#[derive(Debug, Clone)]
pub struct Done {
    /// The exit code; none when a signal or the deadline ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
    pub late: bool,
}

impl Done {
    pub fn ok(&self) -> bool {
        self.code == Some(0)
    }

    /// "exit 3", "killed", "still running after 20 s".
    pub fn how(&self) -> String {
        match self.code {
            _ if self.late => format!("still running after {:.0} s", self.took.as_secs_f64()),
            Some(code) => format!("exit {code}"),
            None => "killed".into(),
        }
    }

    /// Both streams, as a person would have seen them.
    pub fn output(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Runs it to its end or to its deadline, without a terminal and without input.
pub fn run(command: &mut Command, deadline: Duration) -> Outcome<Done> {
    let began = Instant::now();
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{name} cannot be started: {error}"))?;
    let stdout = Pipe::of(child.stdout.take());
    let stderr = Pipe::of(child.stderr.take());
    let code = wait(&mut child, began + deadline).map_err(|error| format!("{name}: {error}"))?;
    let took = began.elapsed();
    Ok(Done {
        code: code.flatten(),
        stdout: stdout.text(),
        stderr: stderr.text(),
        took,
        late: code.is_none(),
    })
}

/// Runs a helper of the host that has to succeed.
pub fn must(program: &str, arguments: &[&str]) -> Outcome<String> {
    let done = run(Command::new(program).args(arguments), Duration::from_secs(60))?;
    if done.ok() {
        return Ok(done.stdout);
    }
    Err(format!("{program} {}: {}: {}", arguments.join(" "), done.how(), done.output().trim()))
}

/// The exit code (none inside: a signal); none at all: it was still running and has been killed.
pub fn wait(child: &mut Child, until: Instant) -> std::io::Result<Option<Option<i32>>> {
    let mut pause = Duration::from_millis(2);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.code()));
        }
        if Instant::now() >= until {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Collects what comes through a pipe, beside the wait for the program's end.
struct Pipe {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Pipe {
    fn of(source: Option<impl Read + Send + 'static>) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let reader = source.map(|mut source| {
            let bytes = Arc::clone(&bytes);
            thread::spawn(move || {
                let mut part = [0; 8192];
                while let Ok(count @ 1..) = source.read(&mut part) {
                    bytes.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&part[..count]);
                }
            })
        });
        Self { bytes, reader }
    }

    /// A service that a snippet left behind may hold the pipe open for ever: what came so far is enough then.
    fn text(self) -> String {
        let until = Instant::now() + Duration::from_millis(300);
        while self.reader.as_ref().is_some_and(|reader| !reader.is_finished()) && Instant::now() < until {
            thread::sleep(Duration::from_millis(2));
        }
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
