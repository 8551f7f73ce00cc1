//! Carries out a command line: look, judge, print.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

use crate::catalogue::Catalogue;
use crate::cli::{Cli, Color, Command, Format, RunArgs};
use crate::diagnosis::{Request, diagnose};
use crate::probes::{Watch, check_base_url, collect};
use crate::render::printable::printable;
use crate::render::{explain, json, text};
use crate::report::Report;
use crate::scope::{OwnEnvironment, Scope};
use crate::selection::{Selection, unknown};
use crate::{checks, exit};

/// After this long a line on stderr names the look that takes so long.
const PATIENCE: Duration = Duration::from_millis(300);
/// How long `--wait` rests between two looks.
const REST: Duration = Duration::from_secs(1);

/// Does what the command line says, and gives the exit code.
pub fn main(cli: Cli) -> ExitCode {
    // A panic is reported as an unknown in its place; the default message would disturb the report.
    std::panic::set_hook(Box::new(|_| {}));
    let result = match cli.command {
        None => run(&cli.run),
        Some(Command::Run(arguments)) => run(&arguments),
        Some(Command::Explain { id, color }) => explain_check(id.as_deref(), color),
        Some(Command::List { format }) => list(format),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("openclaw-doctor: {error}");
            ExitCode::from(exit::USAGE)
        }
    }
}

fn run(arguments: &RunArgs) -> Result<u8, String> {
    if let Some(url) = &arguments.base_url {
        // The URL itself is not repeated, it may hold a password.
        check_base_url(url).map_err(|why| format!("--base-url cannot be used: {why}"))?;
    }
    // A name that is mistyped must not pass for an OpenClaw without a config.
    if let Some(config) = arguments.config.as_ref().filter(|config| matches!(config.try_exists(), Ok(false)))
    {
        return Err(format!(
            "{}, which --config names, does not exist",
            printable(&config.display().to_string())
        ));
    }
    let selection = Selection::new(arguments.only.clone(), arguments.skip.clone())?;
    let catalogue = Catalogue::load()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the runtime cannot be started: {error}"))?;
    let (report, interrupted) = runtime.block_on(look_until_done(arguments, &selection, &catalogue))?;
    // A look that hangs in the kernel must not hold up the end.
    runtime.shutdown_background();
    print(&rendered(arguments, &report)?)?;
    Ok(interrupted.unwrap_or_else(|| exit::code(&report)))
}

/// Looks once, or with `--wait` until nothing fails or time is up. A signal ends
/// the look, and what is known by then is judged.
async fn look_until_done(
    arguments: &RunArgs,
    selection: &Selection,
    catalogue: &Catalogue,
) -> Result<(Report, Option<u8>), String> {
    let failed = |error: std::io::Error| format!("signals cannot be handled: {error}");
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let looking = look_again(arguments, selection, catalogue, stopped);
    tokio::pin!(looking);
    let code = tokio::select! {
        report = &mut looking => return Ok((report, None)),
        _ = interrupt.recv() => exit::INTERRUPTED,
        _ = terminate.recv() => exit::TERMINATED,
    };
    stop.send_replace(true);
    Ok((looking.await, Some(code)))
}

async fn look_again(
    arguments: &RunArgs,
    selection: &Selection,
    catalogue: &Catalogue,
    stopped: tokio::sync::watch::Receiver<bool>,
) -> Report {
    let scope = scope(arguments);
    let until = Instant::now() + arguments.wait.unwrap_or_default();
    loop {
        let started = Instant::now();
        let watch = Watch::new(scope.timeout, stopped.clone());
        let facts = tokio::select! {
            facts = collect(&scope, &watch) => facts,
            () = say_what_is_slow(&watch) => unreachable!("it never ends"),
        };
        let request = Request {
            selection,
            fail_on: arguments.fail_on.severity(),
            strict: arguments.strict,
            source: "live",
            elapsed_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        let report = diagnose(&facts, catalogue, &request);
        if report.ok || *stopped.borrow() || Instant::now() + REST >= until {
            return report;
        }
        let mut stopped = stopped.clone();
        tokio::select! {
            () = sleep(REST) => {}
            _ = stopped.wait_for(|stop| *stop) => return report,
        }
    }
}

async fn say_what_is_slow(watch: &Watch) {
    sleep(PATIENCE).await;
    let mut stderr = std::io::stderr();
    if stderr.is_terminal()
        && let Some(name) = watch.slowest()
    {
        // A closed stderr is no reason to stop.
        let _ = writeln!(stderr, "still looking at {name} …");
    }
    std::future::pending().await
}

fn scope(arguments: &RunArgs) -> Scope {
    Scope {
        config: arguments.config.clone(),
        base_url: arguments.base_url.clone(),
        profile: arguments.profile.clone(),
        offline: arguments.offline,
        timeout: arguments.timeout,
        environment: OwnEnvironment::read(),
    }
}

fn rendered(arguments: &RunArgs, report: &Report) -> Result<String, String> {
    match arguments.format {
        Format::Json => json::render(report),
        Format::Text => {
            decide_color(arguments.color);
            Ok(text::render(report, &layout(arguments)))
        }
    }
}

fn layout(arguments: &RunArgs) -> text::Layout {
    let columns = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::effective()).ok().flatten();
    text::Layout {
        width: columns.clamp(40, 100),
        unicode: is_utf8_locale(),
        verbose: arguments.verbose,
        quiet: arguments.quiet,
        user: user.map(|user| user.name).unwrap_or_default(),
    }
}

/// Whether the locale shows more than ASCII; the first variable that is set counts, as for libc.
fn is_utf8_locale() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Decides once. NO_COLOR counts more than CLICOLOR_FORCE.
fn decide_color(color: Color) {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let colored = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto => {
            std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0" && !value.is_empty())
                || std::io::stdout().is_terminal()
        }
    };
    colored::control::set_override(colored);
}

fn explain_check(id: Option<&str>, color: Color) -> Result<u8, String> {
    decide_color(color);
    let catalogue = Catalogue::load()?;
    let Some(id) = id else {
        return list(Format::Text);
    };
    let page = catalogue.page(id).ok_or_else(|| unknown(id, checks::ALL.iter().map(|check| check.id)))?;
    print(&explain::page(page, &catalogue, is_utf8_locale()))?;
    Ok(exit::OK)
}

fn list(format: Format) -> Result<u8, String> {
    let catalogue = Catalogue::load()?;
    let pages: Vec<_> = checks::ALL.iter().filter_map(|check| catalogue.page(check.id)).collect();
    let printed = match format {
        Format::Text => explain::list(&pages),
        Format::Json => explain::list_json(&pages)?,
    };
    print(&printed)?;
    Ok(exit::OK)
}

/// Prints to stdout. A reader that has gone away, as `head` does, is no error.
fn print(text: &str) -> Result<(), String> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(format!("stdout cannot be written: {error}"))
        }
        _ => Ok(()),
    }
}

/// Reads `--profile` by OpenClaw's rule for names.
///
/// # Errors
/// The rule.
pub fn profile(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    is_name.then(|| text.to_string()).ok_or("a profile has letters, digits, _ and - only".to_string())
}
