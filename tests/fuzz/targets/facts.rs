//! Facts of a bundle: whatever can be read is judged, shown, and agrees with itself.

use openclaw_doctor::diagnosis::selection::Selection;
use openclaw_doctor::facts::Facts;
use openclaw_doctor::report::Severity;
use openclaw_doctor::{Request, diagnose};

use super::judging::{CATALOGUE, assert_fit_to_show};
use crate::invariants;

pub fn run(bytes: &[u8]) {
    let Ok(facts) = serde_json::from_slice::<Facts>(bytes) else { return };
    let selection = Selection::default();
    let request = Request { fail_on: Some(Severity::Error), ..Request::plain(&selection, "bundle", 0) };
    let report = diagnose(&facts, &CATALOGUE, &request);
    invariants::hold(&facts, &report).unwrap_or_else(|error| panic!("{error}"));
    assert_fit_to_show(&report);
}
