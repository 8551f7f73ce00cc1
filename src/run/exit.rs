//! Exit codes. They depend on the verdict and never on the format.

use crate::report::Report;

/// Nothing at or above `--fail-on`.
pub const OK: u8 = 0;
/// Findings at or above `--fail-on`.
pub const FINDINGS: u8 = 1;
/// The doctor could not do its job: a bad flag, an unknown id, an unreadable file.
pub const USAGE: u8 = 2;
/// With `--strict` only: nothing failed, but something could not be determined.
pub const INCOMPLETE: u8 = 3;
/// Interrupted from the keyboard, after printing what is known.
pub const INTERRUPTED: u8 = 130;
/// The terminal went away, after writing what is known.
pub const HUNG_UP: u8 = 129;
/// Told to quit from the keyboard, after printing what is known.
pub const QUIT: u8 = 131;
/// Terminated, after printing what is known.
pub const TERMINATED: u8 = 143;

/// Of two exit codes the one that counts: not done, findings, undetermined, fine.
pub fn worse(one: u8, other: u8) -> u8 {
    let rank = |code: u8| [OK, INCOMPLETE, FINDINGS, USAGE].iter().position(|known| *known == code);
    if rank(other) > rank(one) { other } else { one }
}

/// The exit code of a report.
pub fn code(report: &Report) -> u8 {
    match (report.ok, report.fails) {
        (true, _) => OK,
        (false, true) => FINDINGS,
        // Only an unknown under --strict is left.
        (false, false) => INCOMPLETE,
    }
}
