//! Facts of a bundle: whatever can be read is judged, shown, and agrees with itself.

use std::sync::LazyLock;

use openclaw_doctor::bundle::StandIns;
use openclaw_doctor::catalogue::Catalogue;
use openclaw_doctor::diagnosis::selection::Selection;
use openclaw_doctor::facts::Facts;
use openclaw_doctor::render::steps::Reader;
use openclaw_doctor::render::text;
use openclaw_doctor::report::Severity;
use openclaw_doctor::text::{json, printable::is_unsafe};
use openclaw_doctor::{Request, checks, diagnose};

use crate::invariants;

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::load(checks::pages()).expect("the pages"));

pub fn run(bytes: &[u8]) {
    let Ok(facts) = serde_json::from_slice::<Facts>(bytes) else { return };
    let selection = Selection::default();
    let request = Request {
        ignores: &[],
        selection: &selection,
        fail_on: Some(Severity::Error),
        strict: false,
        source: "bundle",
        elapsed_ms: 0,
        stand_ins: StandIns::none(),
    };
    let report = diagnose(&facts, &CATALOGUE, &request);
    invariants::hold(&facts, &report).unwrap_or_else(|error| panic!("{error}"));
    let layout = text::Layout {
        width: 80,
        unicode: true,
        verbose: 2,
        quiet: false,
        now: None,
        reader: Reader::named("root"),
    };
    for shown in [json::render(&report).expect("a report is JSON"), text::render(&report, &layout)] {
        assert!(shown.chars().all(|c| c == '\n' || !is_unsafe(c)), "{shown:?}");
    }
}
