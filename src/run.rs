//! Carries out a command line: look, judge, print.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

use crate::catalogue::Catalogue;
use crate::cli::{Cli, Color, Command, Format, LookArgs, RunArgs};
use crate::diagnosis::{Request, diagnose};
use crate::facts::Facts;
use crate::probes::{Watch, check_base_url, collect};
use crate::render::printable::printable;
use crate::render::{explain, json, text};
use crate::report::Report;
use crate::scope::{OwnEnvironment, Scope};
use crate::selection::{Selection, unknown};
use crate::{checks, exit};

/// After this long a line on stderr names the look that takes so long.
const PATIENCE: Duration = Duration::from_millis(300);
/// After this long what is slow gets a line of its own.
const LONG: Duration = Duration::from_secs(2);
/// How long `--wait` rests between two looks.
const REST: Duration = Duration::from_secs(1);

/// Does what the command line says, and gives the exit code.
pub fn main(cli: Cli) -> ExitCode {
    // A panic is reported as an unknown in its place; the default message would disturb the report.
    std::panic::set_hook(Box::new(|_| {}));
    let result = match cli.command {
        None => run(&cli.run),
        Some(Command::Run(arguments)) => run(&arguments),
        Some(Command::Models(arguments)) => crate::models::run(&arguments),
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
    let scope = scope(&arguments.look)?;
    let selection = Selection::new(arguments.only.clone(), arguments.skip.clone())?;
    let catalogue = Catalogue::load()?;
    let (report, interrupted) =
        until_signal(|stopped| look_again(arguments, &scope, &selection, &catalogue, stopped))?;
    print(&rendered(arguments, &report)?)?;
    Ok(interrupted.unwrap_or_else(|| exit::code(&report)))
}

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
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let looking = look(stopped);
        tokio::pin!(looking);
        let code = tokio::select! {
            seen = &mut looking => return Ok((seen, None)),
            _ = interrupt.recv() => exit::INTERRUPTED,
            _ = terminate.recv() => exit::TERMINATED,
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
    let watch = Watch::new(scope.timeout, stopped);
    tokio::select! {
        facts = collect(scope, &watch) => facts,
        () = say_what_is_slow(&watch) => unreachable!("it never ends"),
    }
}

/// Looks once, or with `--wait` until nothing fails or time is up.
async fn look_again(
    arguments: &RunArgs,
    scope: &Scope,
    selection: &Selection,
    catalogue: &Catalogue,
    stopped: tokio::sync::watch::Receiver<bool>,
) -> Report {
    let until = Instant::now() + arguments.wait.unwrap_or_default();
    loop {
        let started = Instant::now();
        let facts = look_once(scope, stopped.clone()).await;
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
    let mut said = None;
    loop {
        sleep(PATIENCE).await;
        let Some((name, since)) = watch.slowest() else { continue };
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
    Ok(Scope {
        config: arguments.config.clone(),
        base_url: arguments.base_url.clone(),
        profile: arguments.profile.clone(),
        offline: arguments.offline,
        timeout: arguments.timeout,
        deep: arguments.deep.then_some(arguments.deep_timeout),
        environment: OwnEnvironment::read(),
    })
}

fn rendered(arguments: &RunArgs, report: &Report) -> Result<String, String> {
    match arguments.format {
        Format::Json => json::render(report),
        Format::Text => {
            decide_color(arguments.look.color);
            Ok(text::render(report, &layout(arguments.verbose, arguments.quiet)))
        }
    }
}

/// How text is laid out here.
pub fn layout(verbose: u8, quiet: bool) -> text::Layout {
    let columns = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::effective()).ok().flatten();
    text::Layout {
        width: columns.clamp(40, 100),
        unicode: is_utf8_locale(),
        verbose,
        quiet,
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

/// Decides once whether to colour. NO_COLOR counts more than CLICOLOR_FORCE.
pub fn decide_color(color: Color) {
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
pub fn print(text: &str) -> Result<(), String> {
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
