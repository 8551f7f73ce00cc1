//! Parse, run, exit.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    openclaw_doctor::run::main(openclaw_doctor::cli::Cli::parse())
}
