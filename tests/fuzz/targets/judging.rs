//! What the targets share that judge: the pages, and that a report may be shown.

use std::sync::LazyLock;

use openclaw_doctor::catalogue::Catalogue;
use openclaw_doctor::checks;
use openclaw_doctor::render::steps::Reader;
use openclaw_doctor::render::text::{self, Layout};
use openclaw_doctor::report::Report;
use openclaw_doctor::text::{json, printable::is_unsafe};

pub static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::load(checks::pages()).expect("the pages"));

pub fn assert_fit_to_show(report: &Report) {
    let layout = Layout { verbose: 2, ..Layout::of_a_file(Reader::named("root")) };
    for shown in [json::render(report).expect("a report is JSON"), text::render(report, &layout)] {
        assert!(shown.chars().all(|c| c == '\n' || !is_unsafe(c)), "{shown:?}");
    }
}
