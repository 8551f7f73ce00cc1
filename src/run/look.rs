//! Looks at the machine: once, until a signal, or again and again.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

use crate::bundle::StandIns;
use crate::catalogue::Catalogue;
use crate::cli::{LookArgs, RunArgs};
use crate::diagnosis::selection::Selection;
use crate::diagnosis::{Request, diagnose};
use crate::facts::Facts;
use crate::probes::{Deadline, check_base_url, collect, is_account};
use crate::report::Report;
use crate::run::exit;
use crate::scope::{OwnEnvironment, Scope};
use crate::text::printable::printable;

/// After this long a line on stderr names the look that takes so long.
const PATIENCE: Duration = Duration::from_millis(300);
/// After this long what is slow gets a line of its own.
const LONG: Duration = Duration::from_secs(2);
/// How long `--wait` rests between two looks.
const REST: Duration = Duration::from_secs(1);

/// Runs a look to its end. A signal ends it early; what it knows by then comes
/// with the exit code for that signal.
pub fn until_signal<T, F: Future<Output = T>>(
    look: impl FnOnce(tokio::sync::watch::Receiver<bool>) -> F,
) -> Result<(T, Option<u8>), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime cannot be started: {error}"))?;
    let result = runtime.block_on(async {
        let failed = |error: std::io::Error| format!("signals cannot be handled: {error}");
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let mut hangup = signal(SignalKind::hangup()).map_err(failed)?;
        let mut quit = signal(SignalKind::quit()).map_err(failed)?;
        // These mean nothing to us, and must not end us between two steps of writing a file.
        let _ignored =
            [SignalKind::alarm(), SignalKind::user_defined1(), SignalKind::user_defined2()].map(signal);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let looking = look(stopped);
        tokio::pin!(looking);
        let code = tokio::select! {
            seen = &mut looking => return Ok((seen, None)),
            _ = interrupt.recv() => exit::INTERRUPTED,
            _ = terminate.recv() => exit::TERMINATED,
            _ = hangup.recv() => exit::HUNG_UP,
            _ = quit.recv() => exit::QUIT,
        };
        stop.send_replace(true);
        Ok((looking.await, Some(code)))
    });
    // A look that hangs in the kernel must not hold up the end.
    runtime.shutdown_background();
    result
}

/// Looks once; after a while stderr names what takes so long.
pub async fn look_once(scope: &Scope, stopped: tokio::sync::watch::Receiver<bool>) -> Facts {
    let deadline = Deadline::new(scope.timeout, stopped);
    tokio::select! {
        facts = collect(scope, &deadline) => facts,
        () = say_what_is_slow(&deadline) => unreachable!("it never ends"),
    }
}

/// Looks once, or with `--wait` until nothing fails or time is up.
pub async fn look_again(
    arguments: &RunArgs,
    scope: &Scope,
    selection: &Selection,
    catalogue: &Catalogue,
    stopped: tokio::sync::watch::Receiver<bool>,
) -> (Report, Facts) {
    let until = Instant::now() + arguments.wait.unwrap_or_default();
    loop {
        let started = Instant::now();
        let facts = look_once(scope, stopped.clone()).await;
        let request = Request {
            selection,
            fail_on: arguments.judge.fail_on.severity(),
            strict: arguments.judge.strict,
            source: "live",
            elapsed_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            stand_ins: StandIns::none(),
        };
        let report = diagnose(&facts, catalogue, &request);
        if report.ok || *stopped.borrow() || Instant::now() + REST >= until {
            return (report, facts);
        }
        let mut stopped = stopped.clone();
        tokio::select! {
            () = sleep(REST) => {}
            _ = stopped.wait_for(|stop| *stop) => return (report, facts),
        }
    }
}

async fn say_what_is_slow(deadline: &Deadline) {
    let mut said = None;
    loop {
        sleep(PATIENCE).await;
        let Some((name, since)) = deadline.slowest() else { continue };
        // One line as a rule; another one for what takes much longer, as a question to a model does.
        let worth_a_line = said.is_none() || since.elapsed() > LONG;
        if !worth_a_line || said.as_ref() == Some(&name) {
            continue;
        }
        let mut stderr = std::io::stderr();
        if stderr.is_terminal() {
            // A closed stderr is no reason to stop.
            let _ = writeln!(stderr, "still looking at {name} …");
        }
        said = Some(name);
    }
}

/// What the flags say to look at.
pub fn scope(arguments: &LookArgs) -> Result<Scope, String> {
    if let Some(url) = &arguments.base_url {
        // The URL itself is not repeated, it may hold a password.
        check_base_url(url).map_err(|why| format!("--base-url cannot be used: {why}"))?;
    }
    // A name that is mistyped must not pass for an OpenClaw without a config.
    if let Some(config) = arguments.config.as_ref().filter(|config| matches!(config.try_exists(), Ok(false)))
    {
        let name = printable(&config.display().to_string());
        return Err(format!("{name}, which --config names, does not exist"));
    }
    if let Some(user) = arguments.user.as_deref().filter(|user| !is_account(user)) {
        return Err(format!("there is no user {:?} on this machine, whom --user names", printable(user)));
    }
    Ok(Scope {
        config: arguments.config.clone(),
        base_url: arguments.base_url.clone(),
        profile: arguments.profile.clone(),
        user: arguments.user.clone(),
        offline: arguments.offline,
        timeout: arguments.timeout,
        deep: arguments.deep.then_some(arguments.deep_timeout),
        environment: OwnEnvironment::read(),
    })
}
