//! Parse, run, exit.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match openclaw_doctor::cli::Cli::try_parse() {
        Ok(cli) => openclaw_doctor::run::main(cli),
        Err(error) => openclaw_doctor::run::refuse(&error),
    }
}
