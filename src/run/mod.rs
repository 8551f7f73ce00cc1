//! Carries out a command line: look, judge, print.

mod bundle;
mod bundled;
mod compare;
mod diagnose;
pub mod exit;
mod explain;
mod fleet;
mod former;
mod inside;
mod look;
pub mod models;
mod settings;
mod setup;
mod show;
mod status_line;
mod until;
mod write;

use std::process::ExitCode;
use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::cli::{Cli, Command, ListFormat, RunArgs, SHORT_HELP, SchemaOf};
use crate::diagnosis::selection::Selection;
use crate::facts::Facts;
use crate::render::{explain as pages, nagios as plugin};
use crate::report::Report;
use crate::scope::Scope;
use crate::text::json;
use crate::{checks, report};
use look::Judge;
pub use look::{in_ms, look_once, report_on, scope};
use settings::Settings;
pub use show::{decide_color, layout, print};
pub use until::until_signal;
use write::are_different;

/// Does what the command line says, and gives the exit code.
pub fn main(cli: Cli) -> ExitCode {
    // A panic is reported as an unknown in its place; the default message would disturb the report.
    std::panic::set_hook(Box::new(|_| {}));
    let nagios = cli.nagios_exit();
    let result = until::guarded(|| carry_out(cli));
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("openclaw-doctor: {error}");
            ExitCode::from(if nagios { plugin::EXIT_UNKNOWN } else { exit::USAGE })
        }
    }
}

fn carry_out(cli: Cli) -> Result<u8, String> {
    match cli.command {
        None => run(&cli.run),
        Some(Command::Run(arguments)) => run(&arguments),
        Some(Command::Models(arguments)) => crate::run::models::run(&arguments),
        Some(Command::Bundle(arguments)) => bundle::run(&arguments),
        Some(Command::Diagnose(arguments)) => diagnose::run(&arguments),
        Some(Command::Compare(arguments)) => compare::run(&arguments),
        Some(Command::Explain(arguments)) => explain::run(&arguments),
        Some(Command::Completions { shell }) => setup::completions(shell),
        Some(Command::Inside { pid, look }) => inside::run(pid, &look),
        Some(Command::Man) => setup::man(),
        Some(Command::Unit { part }) => setup::unit(part),
        Some(Command::List { format, .. }) => list(format),
        Some(Command::Schema { of }) => schema(of),
    }
}

/// Says what is wrong with the flags, or what `--help` and `--version` say.
pub fn refuse(error: &clap::Error) -> ExitCode {
    if is_short_help(error) {
        return print(SHORT_HELP).map_or(ExitCode::from(exit::USAGE), |()| ExitCode::SUCCESS);
    }
    // A closed stdout or stderr is no reason to do anything else.
    let _ = error.print();
    // Which flags these would have been is not known; their reader knows one code for it.
    let nagios = std::env::args_os().any(|argument| argument == "--nagios-exit");
    match error.exit_code() {
        0 => ExitCode::SUCCESS,
        _ if nagios => ExitCode::from(plugin::EXIT_UNKNOWN),
        _ => ExitCode::from(exit::USAGE),
    }
}

/// Whether it is `-h` of the program itself, not of a subcommand.
fn is_short_help(error: &clap::Error) -> bool {
    let is_of_program = || error.to_string().contains("Usage: openclaw-doctor [OPTIONS]");
    let has_flag = || std::env::args_os().any(|argument| argument == "-h");
    error.kind() == clap::error::ErrorKind::DisplayHelp && has_flag() && is_of_program()
}

fn run(arguments: &RunArgs) -> Result<u8, String> {
    let settings = Settings::load(&arguments.judge)?;
    let mut arguments = RunArgs { judge: settings.with_flags(&arguments.judge), ..arguments.clone() };
    arguments.look.timeout = arguments.look.timeout.or(settings.timeout);
    arguments.look.deep_timeout = arguments.look.deep_timeout.or(settings.deep_timeout);
    let arguments = &arguments;
    let scope = scope(&arguments.look)?;
    let selection = Selection::new(arguments.judge.only.clone(), arguments.judge.skip.clone())?;
    let catalogue = Catalogue::load(checks::pages())?;
    let outputs = arguments.judge.output.iter().map(|output| &*output.path);
    are_different(outputs.chain(arguments.bundle.as_deref()))?;
    let judge = Arc::new(Judge {
        selection,
        catalogue,
        fail_on: arguments.judge.lowest(),
        strict: arguments.judge.strict,
        settings,
    });
    let work = (arguments.clone(), scope.clone(), Arc::clone(&judge));
    until_signal(
        |stopped| look::look_again(arguments, &scope, &judge, stopped),
        move |(report, facts), interrupted| {
            let (arguments, scope, judge) = &work;
            written(arguments, scope, &judge.catalogue, (&report, &facts), interrupted)
        },
    )
}

/// Writes the bundle and all reports.
fn written(
    arguments: &RunArgs,
    scope: &Scope,
    catalogue: &Catalogue,
    (report, facts): (&Report, &Facts),
    interrupted: Option<u8>,
) -> Result<u8, String> {
    // The report is there for its reader, whether the bundle can be written or not.
    let written = arguments.bundle.as_ref().map_or(Ok(()), |file| {
        let text = crate::bundle::render(facts, scope, report.run.elapsed_ms, false)?;
        bundle::write(file, &text, arguments.judge.force)
    });
    show::publish(report, catalogue, &arguments.judge, None)?;
    written?;
    Ok(match (arguments.judge.nagios_exit, interrupted) {
        (true, None) => plugin::exit_code(report),
        (true, Some(_)) => plugin::EXIT_UNKNOWN,
        (false, interrupted) => interrupted.unwrap_or_else(|| exit::code(report)),
    })
}

fn list(format: ListFormat) -> Result<u8, String> {
    let catalogue = Catalogue::load(checks::pages())?;
    let all: Vec<_> = checks::ALL.iter().filter_map(|check| catalogue.page(check.id)).collect();
    let printed = match format {
        ListFormat::Text => pages::list(&all),
        ListFormat::Json => pages::list_json(&all)?,
    };
    print(&printed)?;
    Ok(exit::OK)
}

fn schema(of: SchemaOf) -> Result<u8, String> {
    let schema = match of {
        SchemaOf::Report => report::schema(),
        SchemaOf::Bundle => crate::bundle::schema(),
    };
    print(&json::render(&schema)?)?;
    Ok(exit::OK)
}
