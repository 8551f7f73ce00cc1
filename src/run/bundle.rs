//! `bundle`: writes what was seen.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::bundle::{file_name, render};
use crate::cli::BundleArgs;
use crate::facts::Facts;
use crate::run::exit;
use crate::text::printable::printable;

use super::write::{How, write_beside, write_whole};
use super::{in_ms, look_once, print, scope, until_signal};

/// A bundle is its owner's until that one shares it.
const MODE: u32 = 0o600;

/// Looks, and writes the bundle.
///
/// # Errors
/// A bad flag, or a file or a stdout that cannot be written.
pub fn run(arguments: &BundleArgs) -> Result<u8, String> {
    let scope = scope(&arguments.look)?;
    let started = Instant::now();
    let (arguments, for_bundle) = (arguments.clone(), scope.clone());
    until_signal(
        async |stopped| Ok(look_once(&scope, stopped).await),
        move |facts: Facts, interrupted| {
            let elapsed_ms = in_ms(started.elapsed());
            let text = render(&facts, &for_bundle, elapsed_ms, arguments.keep_names)?;
            hand_out(&arguments, &facts, &text)?;
            Ok(interrupted.unwrap_or(exit::OK))
        },
    )
}

fn hand_out(arguments: &BundleArgs, facts: &Facts, text: &str) -> Result<(), String> {
    let file = arguments.file.as_deref();
    if arguments.show || file == Some(Path::new("-")) {
        return print(text);
    }
    let file = match file {
        Some(file) => write(file, text, arguments.force).map(|()| file.to_path_buf()),
        None => write_beside(&PathBuf::from(file_name(facts.at)), text, MODE),
    }?;
    print(&closing_words(&file, text, arguments.keep_names))
}

/// Writes a bundle, whole or not at all; with `force` in the place of any file.
pub fn write(file: &Path, text: &str, force: bool) -> Result<(), String> {
    write_whole(file, text, How { mode: MODE, force })
}

fn closing_words(file: &Path, text: &str, keep_names: bool) -> String {
    let names = if keep_names { "names are as they are" } else { "placeholders for names" };
    format!(
        "{} written: {} kB, every secret that is known by place, value or shape taken out, {names}.\n\
         Read it before you share it; its part \"withheld\" says what was taken out.\n",
        printable(&file.display().to_string()),
        text.len().div_ceil(1000),
    )
}
