//! A file that somebody sent: whatever is taken for a bundle is judged, can be written again, and is judged then
//! as before; without names too.

use std::sync::LazyLock;
use std::time::Duration;

use openclaw_doctor::bundle::{self, Bundled};
use openclaw_doctor::catalogue::Catalogue;
use openclaw_doctor::diagnosis::selection::Selection;
use openclaw_doctor::render::steps::Reader;
use openclaw_doctor::render::text;
use openclaw_doctor::report::{Report, Severity};
use openclaw_doctor::scope::Scope;
use openclaw_doctor::text::{json, printable::is_unsafe};
use openclaw_doctor::{Request, checks, diagnose};

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::load(checks::pages()).expect("the pages"));

fn report(bundled: &Bundled) -> Report {
    let request = Request {
        ignores: &[],
        selection: &Selection::default(),
        fail_on: Some(Severity::Error),
        strict: false,
        source: "bundle",
        elapsed_ms: bundled.elapsed_ms,
        stand_ins: &bundled.stand_ins,
    };
    diagnose(&bundled.facts, &CATALOGUE, &request)
}

/// What is written again, and read.
fn again(bundled: &Bundled, keep_names: bool) -> Bundled {
    let scope = Scope { timeout: Duration::from_secs(10), ..Scope::default() };
    let written =
        bundle::render(&bundled.facts, &scope, bundled.elapsed_ms, keep_names).expect("it is small");
    bundle::parse(written.as_bytes()).unwrap_or_else(|error| panic!("{error}:\n{written}"))
}

pub fn run(bytes: &[u8]) {
    let bundled = match bundle::parse(bytes) {
        Ok(bundled) => bundled,
        Err(why) => {
            assert!(!why.is_empty() && !why.chars().any(is_unsafe), "{why:?}");
            return;
        }
    };
    let judged = report(&bundled);
    let layout = text::Layout {
        width: 80,
        unicode: true,
        verbose: 2,
        quiet: false,
        now: None,
        reader: Reader::named("root"),
    };
    for shown in [json::render(&judged).expect("a report is JSON"), text::render(&judged, &layout)] {
        assert!(shown.chars().all(|c| c == '\n' || !is_unsafe(c)), "{shown:?}");
    }
    // What is secret in it goes the first time; from then on it is the same.
    let whole = again(&bundled, true);
    let twice = again(&whole, true);
    assert_eq!(twice.facts, whole.facts);
    let json = |one: &Bundled| json::render(&report(one)).expect("a report is JSON");
    assert_eq!(json(&twice), json(&whole));
    report(&again(&bundled, false));
}
