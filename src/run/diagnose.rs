//! `diagnose`: judges bundles.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::bundle::{Bundled, LARGE, load};
use crate::catalogue::Catalogue;
use crate::checks;
use crate::cli::{DiagnoseArgs, JudgeArgs};
use crate::diagnosis::selection::Selection;
use crate::diagnosis::{Request, diagnose};
use crate::render::format::Format;
use crate::render::{fleet, line, nagios};
use crate::report::Report;
use crate::run::exit;
use crate::text::printable::printable;

use super::settings::Settings;
use super::show::{self, decide_color, layout, print};
use super::write::are_different;

/// So many bundles are judged before what came of them is written: no more reports than that are held.
const AT_ONCE: usize = 256;

/// Judges the bundles, each by itself, and prints one report or a table.
///
/// # Errors
/// A bad flag, or a stdout that cannot be written.
pub fn run(arguments: &DiagnoseArgs) -> Result<u8, String> {
    let settings = Settings::load(&arguments.judge)?;
    let judge = settings.with_flags(&arguments.judge);
    let judge = Judge {
        selection: Selection::new(judge.only.clone(), judge.skip.clone())?,
        arguments: &judge,
        settings,
        catalogue: Catalogue::load(checks::pages())?,
    };
    match arguments.files.as_slice() {
        [file] => judge.one(file),
        files => judge.fleet(files),
    }
}

struct Judge<'a> {
    arguments: &'a JudgeArgs,
    selection: Selection,
    settings: Settings,
    catalogue: Catalogue,
}

/// What came of one file of several.
struct Judged {
    row: fleet::Row,
    code: u8,
    printed: String,
}

impl Judge<'_> {
    fn report(&self, bundled: &Bundled) -> Report {
        let request = Request {
            ignores: &self.settings.ignores,
            selection: &self.selection,
            fail_on: self.arguments.lowest(),
            strict: self.arguments.strict,
            source: "bundle",
            elapsed_ms: bundled.elapsed_ms,
            stand_ins: &bundled.stand_ins,
        };
        diagnose(&bundled.facts, &self.catalogue, &request)
    }

    fn one(&self, file: &Path) -> Result<u8, String> {
        are_different(self.arguments.output.iter().map(|output| &*output.path).chain([file]))?;
        let bundled = load(file).map_err(|why| unread(file, &why))?;
        let mut report = self.report(&bundled);
        self.settings.note(&mut report);
        let looker = bundled.facts.host.seen().map(|host| host.user.clone());
        show::publish(&report, &self.catalogue, self.arguments, looker)?;
        Ok(if self.arguments.nagios_exit { nagios::exit_code(&report) } else { exit::code(&report) })
    }

    fn fleet(&self, files: &[std::path::PathBuf]) -> Result<u8, String> {
        let is_of_several = matches!(self.arguments.format, Format::Text | Format::Line | Format::Json);
        if !is_of_several || !self.arguments.output.is_empty() || self.arguments.nagios_exit {
            return Err(
                "several bundles: --format text, line or json, and neither -o nor --nagios-exit".into()
            );
        }
        let mut table = fleet::Fleet::default();
        let mut code = exit::OK;
        if self.arguments.format == Format::Json {
            print(&fleet::json_start()?)?;
        }
        for files in files.chunks(AT_ONCE) {
            let judged: Vec<Result<Judged, String>> =
                files.par_iter().map(|file| self.member(file).map_err(|why| unread(file, &why))).collect();
            for (file, judged) in files.iter().zip(judged) {
                match judged {
                    Ok(judged) => {
                        code = worse(code, judged.code);
                        print(&table.add(judged.row, &judged.printed))?;
                    }
                    Err(error) => {
                        code = exit::USAGE;
                        eprintln!("openclaw-doctor: {error}");
                        table.add_unread(&name(file), error);
                    }
                }
            }
        }
        print(&match self.arguments.format {
            Format::Json => table.json_end(code == exit::OK)?,
            Format::Text => {
                decide_color(self.arguments.color);
                table.render(&layout(self.arguments.verbose, self.arguments.quiet))
            }
            _ => String::new(),
        })?;
        Ok(code)
    }

    fn member(&self, file: &Path) -> Result<Judged, String> {
        static ONE_LARGE: Mutex<()> = Mutex::new(());
        let is_large = file.metadata().is_ok_and(|file| file.len() > LARGE);
        let _one = is_large.then(|| ONE_LARGE.lock().unwrap_or_else(PoisonError::into_inner));
        let bundled = load(file)?;
        let report = self.report(&bundled);
        let row = fleet::Row::of(&name(file), &report);
        let printed = match self.arguments.format {
            Format::Json => fleet::json_report(&row, &report)?,
            Format::Line => {
                line::render(&report).lines().map(|line| format!("{}: {line}\n", row.file)).collect()
            }
            _ => String::new(),
        };
        Ok(Judged { row, code: exit::code(&report), printed })
    }
}

/// Of two exit codes the one that counts: not done, findings, undetermined, fine.
fn worse(one: u8, other: u8) -> u8 {
    let rank = |code: u8| {
        [exit::OK, exit::INCOMPLETE, exit::FINDINGS, exit::USAGE].iter().position(|known| *known == code)
    };
    if rank(other) > rank(one) { other } else { one }
}

fn name(file: &Path) -> String {
    printable(&file.display().to_string())
}

fn unread(file: &Path, why: &str) -> String {
    format!("{} cannot be judged: {why}", name(file))
}
