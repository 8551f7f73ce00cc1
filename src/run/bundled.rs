//! What bundles are judged by, and how one is opened.

use std::fs::File;
use std::path::Path;

use crate::bundle::Bundled;
use crate::bundle::sources::{Source, documents};
use crate::catalogue::Catalogue;
use crate::checks;
use crate::cli::JudgeArgs;
use crate::diagnosis::selection::Selection;
use crate::diagnosis::{Request, diagnose};
use crate::report::Report;
use crate::text::printable::printable;

use super::settings::Settings;

/// What bundles are judged by.
pub struct Judge<'a> {
    /// The flags, with what the settings file says.
    pub arguments: &'a JudgeArgs,
    /// The settings file.
    pub settings: Settings,
    /// All pages.
    pub catalogue: Catalogue,
    selection: Selection,
}

impl<'a> Judge<'a> {
    /// By these flags.
    ///
    /// # Errors
    /// An unknown id.
    pub fn new(arguments: &'a JudgeArgs, settings: Settings) -> Result<Judge<'a>, String> {
        let selection = Selection::new(arguments.only.clone(), arguments.skip.clone())?;
        Ok(Judge { arguments, settings, catalogue: Catalogue::load(checks::pages())?, selection })
    }

    /// The report of a bundle.
    pub fn report(&self, bundled: &Bundled) -> Report {
        let request = Request {
            selection: &self.selection,
            fail_on: self.arguments.lowest(),
            strict: self.arguments.strict,
            source: "bundle",
            elapsed_ms: bundled.elapsed_ms,
            stand_ins: &bundled.stand_ins,
            ignores: &self.settings.ignores,
        };
        diagnose(&bundled.facts, &self.catalogue, &request)
    }
}

/// What a small file holds.
pub fn opened(name: &str, path: &Path) -> Vec<Source> {
    match File::open(path) {
        Ok(file) => documents(name, file),
        Err(error) => vec![Source { name: name.to_string(), content: Err(error.to_string()) }],
    }
}

/// The name of a file, fit to be shown.
pub fn name(file: &Path) -> String {
    printable(&file.display().to_string())
}

/// The sentence for a bundle that is none.
pub fn unread(name: &str, why: &str) -> String {
    format!("{name} cannot be judged: {why}")
}
