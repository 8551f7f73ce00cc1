//! `compare`: what changed between two bundles of a machine.

use std::path::Path;

use crate::bundle::sources::Content;
use crate::bundle::{StandIns, parse_owned};
use crate::catalogue::Catalogue;
use crate::checks;
use crate::cli::{CompareArgs, CompareFormat};
use crate::diagnosis::compare::{Look, compare, worst_that_came};
use crate::diagnosis::fit_to_show::fit_text;
use crate::diagnosis::selection::Selection;
use crate::diagnosis::{Request, diagnose};
use crate::render::{compare as table, html};
use crate::report::Report;
use crate::report::comparison::Comparison;
use crate::run::bundled::{self, opened};
use crate::run::{decide_color, exit, layout, print};
use crate::text::json;
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
    let worst = worst_that_came(&comparison).zip(arguments.fail_on.severity());
    let fails = worst.is_some_and(|(worst, limit)| worst >= limit);
    Ok(if fails { exit::FINDINGS } else { exit::OK })
}

fn rendered(comparison: &Comparison, arguments: &CompareArgs) -> Result<String, String> {
    Ok(match arguments.format {
        CompareFormat::Text => table::render(comparison, &layout(arguments.verbose, false)),
        CompareFormat::Json => json::render(comparison)?,
        CompareFormat::Html => html::comparison(comparison),
    })
}

/// The bundle that the file holds.
fn the_only_one(name: &str, file: &Path) -> Result<Vec<u8>, String> {
    let mut sources = opened(name, file);
    match (sources.pop().map(|source| source.content), sources.is_empty()) {
        (Some(Ok(Content::Bytes(bytes))), true) => Ok(bytes),
        (Some(Err(why)), true) => Err(why),
        (None, _) => Err("it is empty".into()),
        _ => Err("it holds more than one bundle".into()),
    }
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
        let name = bundled::name(file);
        let refused = |why: String| format!("{name} cannot be compared: {why}");
        let bundled = parse_owned(the_only_one(&name, file).map_err(refused)?).map_err(refused)?;
        let all = Selection::default();
        let request =
            Request { stand_ins: &bundled.stand_ins, ..Request::plain(&all, "bundle", bundled.elapsed_ms) };
        let report = diagnose(&bundled.facts, catalogue, &request);
        let facts = serde_json::to_value(&bundled.facts).map_err(|error| error.to_string())?;
        Ok(Loaded { file: name, facts, report, stand_ins: bundled.stand_ins })
    }

    fn look(&self) -> Look<'_> {
        Look { file: &self.file, facts: &self.facts, report: &self.report }
    }
}
