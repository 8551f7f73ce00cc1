//! Until when a run may go on: a look has its deadline, and what follows it (judging, rendering, writing) has one
//! too. A signal ends either.

use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch::Receiver;
use tokio::time::{sleep, timeout};

use super::exit;

/// So long judging and writing may take, however large what was seen is; they take milliseconds.
pub const AFTERWARDS: Duration = Duration::from_secs(5);
/// So long what is known may take to come after a signal.
const AFTER_SIGNAL: Duration = Duration::from_secs(2);
/// Said where a panic got past all guards.
const CRASHED: &str = "it crashed, which is a bug of openclaw-doctor; please report it";

/// Held while a file has a name of ours beside its own: no run ends then.
static BETWEEN_NAMES: Mutex<()> = Mutex::new(());

/// Waits until no file has such a name, unless its mount hangs.
fn nothing_is_between_names(limit: Duration) {
    let until = Instant::now() + limit;
    while BETWEEN_NAMES.try_lock().is_err() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Taken for that time.
pub fn between_names() -> MutexGuard<'static, ()> {
    BETWEEN_NAMES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a look to its end, and what is made of it. A signal ends the look early; what it knows by then is handed on
/// with the exit code for that signal. A second signal, or one that comes later, ends all.
///
/// # Errors
/// In words, where signals cannot be handled, or where what follows fails or takes too long.
pub fn until_signal<T, F>(
    look: impl FnOnce(Receiver<bool>) -> F,
    finish: impl FnOnce(T, Option<u8>) -> Result<u8, String> + Send + 'static,
) -> Result<u8, String>
where
    T: Send + 'static,
    F: Future<Output = Result<T, String>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime cannot be started: {error}"))?;
    let result = runtime.block_on(async {
        let mut signals = Signals::new().map_err(|error| format!("signals cannot be handled: {error}"))?;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let looking = look(stopped);
        tokio::pin!(looking);
        let (seen, code) = tokio::select! {
            seen = &mut looking => (seen?, None),
            code = signals.next() => {
                stop.send_replace(true);
                tokio::select! {
                    seen = &mut looking => (seen?, Some(code)),
                    code = signals.next() => return Ok(code),
                    () = sleep(AFTER_SIGNAL) => return Ok(code),
                }
            }
        };
        afterwards(&mut signals, move || finish(seen, code)).await
    });
    nothing_is_between_names(Duration::from_millis(500));
    // A look that hangs in the kernel must not hold up the end.
    runtime.shutdown_background();
    result
}

/// Work on another thread, which is left behind where it does not end.
async fn afterwards(
    signals: &mut Signals,
    work: impl FnOnce() -> Result<u8, String> + Send + 'static,
) -> Result<u8, String> {
    let work = async { tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(CRASHED.into())) };
    tokio::pin!(work);
    tokio::select! {
        done = &mut work => done,
        code = signals.next() => timeout(AFTER_SIGNAL, work).await.map_or(Ok(code), |done| done.map(|_| code)),
        () = sleep(AFTERWARDS) => Err(format!("judging and writing did not end in {} s", AFTERWARDS.as_secs())),
    }
}

/// Judges on another thread, so that signals are heard meanwhile.
///
/// # Errors
/// In words, where it crashed or took too long.
pub async fn judged<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    match timeout(AFTERWARDS, tokio::task::spawn_blocking(work)).await {
        Ok(done) => done.map_err(|_| CRASHED.to_string()),
        Err(_) => Err(format!("judging did not end in {} s", AFTERWARDS.as_secs())),
    }
}

/// What somebody's mount may hold up for ever, if it ends in time. The thread is left behind.
pub fn within<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(limit).ok()
}

/// The work of a run, whose panic becomes one line.
///
/// # Errors
/// That line, or what the work says.
pub fn guarded(work: impl FnOnce() -> Result<u8, String>) -> Result<u8, String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|_| Err(CRASHED.into()))
}

/// The signals that end a run.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    quit: Signal,
    /// These mean nothing to us, and must not end us between two steps of writing a file.
    _ignored: Vec<Signal>,
}

impl Signals {
    fn new() -> std::io::Result<Signals> {
        let ignored = [SignalKind::alarm(), SignalKind::user_defined1(), SignalKind::user_defined2()];
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
            _ignored: ignored.into_iter().filter_map(|kind| signal(kind).ok()).collect(),
        })
    }

    /// The exit code for the next one.
    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => exit::INTERRUPTED,
            _ = self.terminate.recv() => exit::TERMINATED,
            _ = self.hangup.recv() => exit::HUNG_UP,
            _ = self.quit.recv() => exit::QUIT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_after_the_look_ends_the_run_and_a_panic_says_one_line() {
        let started = Instant::now();
        let hang = until_signal(
            async |_| Ok(()),
            |(), _| {
                std::thread::sleep(AFTERWARDS * 12);
                Ok(0)
            },
        );
        assert!(hang.is_err_and(|error| error.contains("did not end")));
        assert!(started.elapsed() < AFTERWARDS * 10);
        let crash = until_signal(async |_| Ok(()), |(), _| panic!("on purpose"));
        assert_eq!(crash, Err(CRASHED.to_string()));
        assert_eq!(guarded(|| panic!("on purpose")), Err(CRASHED.to_string()));
        assert_eq!(until_signal(async |_| Ok(7), |seen, code| Ok(seen + code.unwrap_or(0))), Ok(7));
    }

    #[test]
    fn a_hung_mount_is_waited_for_no_longer_than_it_is_worth() {
        let hung = within(Duration::from_millis(50), || std::thread::sleep(Duration::from_secs(60)));
        assert_eq!((hung, within(Duration::from_secs(5), || 7)), (None, Some(7)));
    }
}
