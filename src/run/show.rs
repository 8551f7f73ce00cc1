//! Shows a report: in which format, how wide, with which colours.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, Write};
use std::path::Path;

use super::write::{How, write_whole};
use jiff::Timestamp;

use crate::catalogue::Catalogue;
use crate::cli::{Color, JudgeArgs};
use crate::render::steps::Reader;
use crate::render::{self, text};
use crate::report::Report;

/// A report holds no secret, and whoever collects reports (node_exporter, a CI
/// runner) is another user as a rule; the umask may still take rights away.
pub const REPORT_MODE: u32 = 0o644;

/// Writes the report to all files that the flags name, and prints it.
///
/// Commands are written for `reader`, who is the user that looks where nobody is named.
///
/// # Errors
/// The first file, or a stdout, that cannot be written. The others are written all the same.
pub fn publish(
    report: &Report,
    catalogue: &Catalogue,
    arguments: &JudgeArgs,
    reader: Option<String>,
) -> Result<(), String> {
    // No file is a terminal.
    colored::control::set_override(false);
    let mut layout = layout(arguments.verbose, arguments.quiet);
    layout.reader = match reader {
        // What that machine has is not known; most have sudo.
        Some(user) => Reader::named(&user),
        None => reader_of(report, layout.reader),
    };
    let in_file = layout.in_a_file();
    let host = this_host(report);
    let host = host.as_deref();
    let how = How { mode: REPORT_MODE, force: arguments.force };
    let mut written = Ok(());
    for file in &arguments.output {
        let this = render::report(report, catalogue, file.format, &in_file, host)
            .and_then(|text| write_whole(&file.path, &text, how));
        written = written.and(this);
    }
    decide_color(arguments.color);
    print(&render::report(report, catalogue, arguments.format, &layout, host)?)?;
    written
}

/// The name of this machine, where it is the one that was looked at.
fn this_host(report: &Report) -> Option<String> {
    let name = nix::unistd::gethostname().ok()?.into_string().ok()?;
    (report.run.source == "live").then_some(name)
}

/// How text is laid out here.
pub fn layout(verbose: u8, quiet: bool) -> text::Layout {
    let columns = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::effective()).ok().flatten();
    text::Layout {
        width: columns.clamp(40, 100),
        unicode: is_utf8_locale(),
        now: Some(Timestamp::now()),
        verbose,
        quiet,
        reader: Reader {
            user: user.map(|user| user.name).unwrap_or_default(),
            without_sudo: !["/usr/bin/sudo", "/usr/local/bin/sudo", "/bin/sudo"]
                .iter()
                .any(|path| Path::new(path).exists()),
            ..Reader::default()
        },
    }
}

/// Who reads the report, with what is known of the users whom its commands are for.
pub fn reader_of(report: &Report, reader: Reader) -> Reader {
    Reader { homes_without_shell: homes_without_shell(report), ..reader }
}

/// The users of this machine that the report's commands are for and who have no login shell, with their homes.
fn homes_without_shell(report: &Report) -> BTreeMap<String, String> {
    let fixes = report.findings.iter().flat_map(|finding| &finding.fixes);
    let names: BTreeSet<&String> = fixes.flat_map(|fix| [&fix.user, &fix.gateway_user]).flatten().collect();
    let account = |name: &String| {
        let user = nix::unistd::User::from_name(name).ok().flatten()?;
        let shell = user.shell.file_name()?.to_string_lossy().into_owned();
        matches!(&*shell, "nologin" | "false").then(|| (name.clone(), user.dir.display().to_string()))
    };
    names.into_iter().filter_map(account).collect()
}

/// Whether the locale shows more than ASCII; the first variable that is set counts, as for libc.
pub fn is_utf8_locale() -> bool {
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
