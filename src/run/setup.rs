//! What a package installs beside the program: completions, the man page, units.

use std::collections::BTreeSet;

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::show::print;
use crate::checks;
use crate::cli::{Cli, UnitPart};
use crate::render::unit;
use crate::run::exit;

/// Prints completions.
pub fn completions(shell: Shell) -> Result<u8, String> {
    let mut command = with_ids(Cli::command());
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, env!("CARGO_PKG_NAME"), &mut text);
    let text = String::from_utf8(text).map_err(|error| error.to_string())?;
    // For bash, clap_complete 4.6 takes the hyphen in our name for the start of a subcommand at one
    // of two places, and no subcommand would be completed.
    print(&text.replace("openclaw__subcmd__doctor", "openclaw__doctor"))?;
    Ok(exit::OK)
}

/// The flags that take ids and areas, with all that there are. The program itself
/// takes any word there, and names the nearest one.
fn with_ids(command: Command) -> Command {
    let ids: BTreeSet<&str> = checks::ALL.iter().map(|check| check.id).collect();
    let areas = ids.iter().filter_map(|id| id.split('/').next());
    let words: BTreeSet<&str> = ids.iter().copied().chain(areas).collect();
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_string()).collect();
    let mut command = flags_with(command, &words);
    for name in names {
        command = command.mut_subcommand(&name, |sub| match sub.get_name() {
            "explain" => sub.mut_arg("id", |id| id.value_parser(PossibleValuesParser::new(&ids))),
            _ => flags_with(sub, &words),
        });
    }
    command
}

fn flags_with(mut command: Command, words: &BTreeSet<&'static str>) -> Command {
    for flag in ["only", "skip"] {
        if command.get_arguments().any(|argument| argument.get_id() == flag) {
            command =
                command.mut_arg(flag, |argument| argument.value_parser(PossibleValuesParser::new(words)));
        }
    }
    command
}

/// Prints the man page: the program, then each subcommand with its own flags.
pub fn man() -> Result<u8, String> {
    let mut text = Vec::new();
    write_man(&mut text).map_err(|error| format!("the man page cannot be made: {error}"))?;
    print(&String::from_utf8(text).map_err(|error| error.to_string())?)?;
    Ok(exit::OK)
}

fn write_man(out: &mut Vec<u8>) -> std::io::Result<()> {
    let command = Cli::command();
    let page = Man::new(command.clone());
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    let mut subcommands = Roff::new();
    subcommands.control("SH", ["COMMANDS"]);
    for sub in command.get_subcommands() {
        let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
        subcommands.control("TP", []).text([bold(sub.get_name())]).text([roman(about)]);
    }
    subcommands.to_writer(out)?;
    // The flags of `run` stand above.
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "run") {
        let mut own = Vec::new();
        Man::new(sub.clone().disable_help_flag(true)).render_options_section(&mut own)?;
        let title = format!(".SH \"OPTIONS OF {}\"", sub.get_name().to_uppercase());
        out.extend(String::from_utf8_lossy(&own).replacen(".SH OPTIONS", &title, 1).into_bytes());
    }
    examples().to_writer(out)
}

/// What `--help` begins with: each paragraph a section, each line a line.
fn examples() -> Roff {
    let mut sections = Roff::new();
    for paragraph in crate::cli::EXAMPLES.split("\n\n") {
        let (title, text) = paragraph.split_once(':').unwrap_or(("", paragraph));
        sections.control("SH", [&*title.to_uppercase()]).control("nf", []);
        for line in text.trim_start().lines() {
            sections.text([roman(line.trim_start())]);
        }
        sections.control("fi", []);
    }
    sections
}

/// Prints the service or the timer, or both.
pub fn unit(part: Option<UnitPart>) -> Result<u8, String> {
    let program = std::env::current_exe().map_err(|error| format!("where this program is: {error}"))?;
    let program = program.to_str().ok_or("systemd cannot start a program whose path is not UTF-8")?;
    print(&match part {
        Some(UnitPart::Service) => unit::service(program),
        Some(UnitPart::Timer) => unit::timer().to_string(),
        None => unit::both(program),
    })?;
    Ok(exit::OK)
}
