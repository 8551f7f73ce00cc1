//! The fuzz targets, all in one program, so that it is built and linked once. `tests/fuzz/run` starts it, and
//! names the target in `FUZZ_TARGET`, because libFuzzer reads the command line itself.
#![no_main]

#[path = "../invariants.rs"]
mod invariants;
mod targets;

use std::sync::LazyLock;

use libfuzzer_sys::{Corpus, fuzz_target};
use targets::Target;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let target = targets::ALL.iter().find(|(known, _)| *known == name);
    target.unwrap_or_else(|| panic!("FUZZ_TARGET={name}: not one of {:?}", targets::ALL.map(|one| one.0))).1
});

fuzz_target!(|bytes: &[u8]| -> Corpus {
    match *TARGET {
        Target::Bytes(run) => run(bytes),
        Target::Text(run) => match std::str::from_utf8(bytes) {
            Ok(text) => run(text),
            Err(_) => return Corpus::Reject,
        },
    }
    Corpus::Keep
});
