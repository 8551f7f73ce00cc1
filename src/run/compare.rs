//! `compare`: what changed between two bundles of a machine.

use std::path::Path;

use crate::bundle::{StandIns, load};
use crate::catalogue::Catalogue;
use crate::checks;
use crate::cli::{CompareArgs, CompareFormat};
use crate::diagnosis::compare::{Look, compare, worst_that_came};
use crate::diagnosis::fit_to_show::fit_text;
use crate::diagnosis::selection::Selection;
use crate::diagnosis::{Request, diagnose};
use crate::render::{compare as table, html};
use crate::report::comparison::Comparison;
use crate::report::{Report, Severity};
use crate::run::{decide_color, exit, layout, print};
use crate::text::json;
use crate::text::printable::printable;
use serde_json::Value;

/// Loads both, judges both, and prints what is different.
///
/// # Errors
/// A file that is no bundle, or a stdout that cannot be written.
pub fn run(arguments: &CompareArgs) -> Result<u8, String> {
    let catalogue = Catalogue::load(checks::pages())?;
    let before = Loaded::of(&arguments.before, &catalogue)?;
    let after = Loaded::of(&arguments.after, &catalogue)?;
    let mut comparison = compare(&before.look(), &after.look());
    for change in &mut comparison.changes {
        change.before.iter_mut().for_each(|text| fit_text(text, &before.stand_ins));
        change.after.iter_mut().for_each(|text| fit_text(text, &after.stand_ins));
        fit_text(&mut change.fact, &after.stand_ins);
    }
    decide_color(arguments.color);
    print(&rendered(&comparison, arguments)?)?;
    let fails = worst_that_came(&comparison).is_some_and(|worst| worst >= Severity::Warning);
    Ok(if fails { exit::FINDINGS } else { exit::OK })
}

fn rendered(comparison: &Comparison, arguments: &CompareArgs) -> Result<String, String> {
    Ok(match arguments.format {
        CompareFormat::Text => table::render(comparison, &layout(arguments.verbose, false)),
        CompareFormat::Json => json::render(comparison)?,
        CompareFormat::Html => html::comparison(comparison),
    })
}

/// A bundle and what its facts come to.
struct Loaded {
    file: String,
    facts: Value,
    report: Report,
    stand_ins: StandIns,
}

impl Loaded {
    fn of(file: &Path, catalogue: &Catalogue) -> Result<Loaded, String> {
        let name = printable(&file.display().to_string());
        let bundled = load(file).map_err(|why| format!("{name} cannot be compared: {why}"))?;
        let request = Request {
            selection: &Selection::default(),
            fail_on: Some(Severity::Error),
            strict: false,
            source: "bundle",
            elapsed_ms: bundled.elapsed_ms,
            stand_ins: &bundled.stand_ins,
        };
        let report = diagnose(&bundled.facts, catalogue, &request);
        let facts = serde_json::to_value(&bundled.facts).map_err(|error| error.to_string())?;
        Ok(Loaded { file: name, facts, report, stand_ins: bundled.stand_ins })
    }

    fn look(&self) -> Look<'_> {
        Look { file: &self.file, facts: &self.facts, report: &self.report }
    }
}
