//! Looks at the machine: once, until a signal, or again and again.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::catalogue::Catalogue;
use crate::cli::{LookArgs, RunArgs};
use crate::diagnosis::selection::Selection;
use crate::diagnosis::{Request, diagnose};
use crate::facts::Facts;
use crate::probes::{Deadline, check_base_url, collect, is_account};
use crate::report::{Report, Severity};
use crate::run::settings::Settings;
use crate::run::status_line::StatusLine;
use crate::run::until::{judged, within};
use crate::scope::{OwnEnvironment, Scope};
use crate::text::printable::printable;

/// `--timeout` where nothing says it.
const TIMEOUT: Duration = Duration::from_secs(10);
/// `--deep-timeout` where nothing says it.
const DEEP_TIMEOUT: Duration = Duration::from_secs(300);
/// After this long a line on stderr names the look that takes so long.
const PATIENCE: Duration = Duration::from_millis(300);
/// How long a path that a flag names may take to be looked up.
const LONG: Duration = Duration::from_secs(2);
/// How long `--wait` rests between two looks.
const REST: Duration = Duration::from_secs(1);

/// Looks once; after a while stderr names what takes so long.
pub async fn look_once(scope: &Scope, stopped: tokio::sync::watch::Receiver<bool>) -> Facts {
    let deadline = Deadline::new(scope.timeout, stopped);
    tokio::select! {
        facts = collect(scope, &deadline) => facts,
        () = say_what_is_slow(&deadline) => unreachable!("it never ends"),
    }
}

/// Looks once, or with `--wait` until nothing fails or time is up.
///
/// # Errors
/// In words, where what was seen cannot be judged in time.
pub async fn look_again(
    arguments: &RunArgs,
    scope: &Scope,
    judge: &Arc<Judge>,
    stopped: tokio::sync::watch::Receiver<bool>,
) -> Result<(Report, Facts), String> {
    let until = Instant::now() + arguments.wait.unwrap_or_default();
    loop {
        let started = Instant::now();
        let facts = look_once(scope, stopped.clone()).await;
        let elapsed_ms = in_ms(started.elapsed());
        let judge = Arc::clone(judge);
        let (report, facts) = judged(move || (judge.report(&facts, elapsed_ms), facts)).await?;
        if report.ok || *stopped.borrow() || Instant::now() + REST >= until {
            return Ok((report, facts));
        }
        let mut stopped = stopped.clone();
        tokio::select! {
            () = sleep(REST) => {}
            () = say_what_is_awaited(&report, until) => unreachable!("it never ends"),
            _ = stopped.wait_for(|stop| *stop) => return Ok((report, facts)),
        }
    }
}

/// The report on one check of this machine, which took that long to look at.
///
/// # Errors
/// An unknown id.
pub fn report_on(id: &str, facts: &Facts, catalogue: &Catalogue, took: Duration) -> Result<Report, String> {
    let selection = Selection::new(vec![id.to_string()], Vec::new())?;
    Ok(diagnose(facts, catalogue, &Request::plain(&selection, "live", in_ms(took))))
}

/// Whole milliseconds.
pub fn in_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What a live look is judged by.
pub struct Judge {
    /// Which checks were asked for.
    pub selection: Selection,
    /// All pages.
    pub catalogue: Catalogue,
    /// As of [`Request`].
    pub fail_on: Option<Severity>,
    /// As of [`Request`].
    pub strict: bool,
    /// The settings file.
    pub settings: Settings,
}

impl Judge {
    fn report(&self, facts: &Facts, elapsed_ms: u64) -> Report {
        let request = Request {
            fail_on: self.fail_on,
            strict: self.strict,
            ignores: &self.settings.ignores,
            ..Request::plain(&self.selection, "live", elapsed_ms)
        };
        let mut report = diagnose(facts, &self.catalogue, &request);
        self.settings.note(&mut report);
        report
    }
}

/// Names the look that has been running longest, with its seconds, until the report comes.
async fn say_what_is_slow(deadline: &Deadline) {
    let mut line = StatusLine::default();
    loop {
        sleep(PATIENCE).await;
        if let Some((name, since)) = deadline.slowest() {
            line.show(&format!("still looking at {name} … {} s", since.elapsed().as_secs()));
        }
    }
}

/// Says what `--wait` waits for, for as long as it rests between two looks.
async fn say_what_is_awaited(report: &Report, until: Instant) {
    let mut line = StatusLine::default();
    let what = report.roots().next().map_or("what could not be seen", |first| &*first.message);
    loop {
        let left = until.saturating_duration_since(Instant::now()).as_secs();
        line.show(&format!("waiting, {left} s left: {}", printable(what)));
        sleep(REST).await;
    }
}

/// What the flags say to look at.
pub fn scope(arguments: &LookArgs) -> Result<Scope, String> {
    if let Some(url) = &arguments.base_url {
        // The URL itself is not repeated, it may hold a password.
        check_base_url(url).map_err(|why| format!("--base-url cannot be used: {why}"))?;
    }
    // A name that is mistyped must not pass for an OpenClaw without a config.
    // Whether a hung mount has it is left to the look, which has a deadline.
    let is_missing = |config: PathBuf| within(LONG, move || matches!(config.try_exists(), Ok(false)));
    if let Some(config) =
        arguments.config.as_ref().filter(|config| is_missing(config.to_path_buf()) == Some(true))
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
        timeout: arguments.timeout.unwrap_or(TIMEOUT),
        deep: arguments.deep.then_some(arguments.deep_timeout.unwrap_or(DEEP_TIMEOUT)),
        environment: OwnEnvironment::read(),
    })
}
