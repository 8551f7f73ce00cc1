//! A file that somebody sent: whatever is taken for a bundle is judged, can be written again, and is judged then
//! as before; without names too.

use std::time::Duration;

use openclaw_doctor::bundle::{self, Bundled};
use openclaw_doctor::diagnosis::selection::Selection;
use openclaw_doctor::report::{Report, Severity};
use openclaw_doctor::scope::Scope;
use openclaw_doctor::text::{json, printable::is_unsafe};
use openclaw_doctor::{Request, diagnose};

use super::judging::{CATALOGUE, assert_fit_to_show};

fn report(bundled: &Bundled) -> Report {
    let all = Selection::default();
    let request = Request {
        fail_on: Some(Severity::Error),
        stand_ins: &bundled.stand_ins,
        ..Request::plain(&all, "bundle", bundled.elapsed_ms)
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
    assert_fit_to_show(&judged);
    // What is secret in it goes the first time; from then on it is the same.
    let whole = again(&bundled, true);
    let twice = again(&whole, true);
    assert_eq!(twice.facts, whole.facts);
    let json = |one: &Bundled| json::render(&report(one)).expect("a report is JSON");
    assert_eq!(json(&twice), json(&whole));
    report(&again(&bundled, false));
}
