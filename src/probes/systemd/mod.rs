//! All of systemd: units, bus, journal. Only read-only queries of helper
//! programs; none of them starts a service.

mod journal;
mod resolved;
mod tail;
pub mod unit_text;
mod units;

pub use resolved::look as look_at_resolved;
#[cfg(fuzzing)]
pub use tail::read_export;
pub use tail::{Source, Tail, read as read_tails};
#[cfg(fuzzing)]
pub use units::kept;
pub use units::{look as look_at_units, look_at_user_unit, shown};

use std::path::Path;

/// Whether systemd is PID 1, as sd_booted(3) tells.
pub fn is_booted() -> bool {
    Path::new("/run/systemd/system").is_dir()
}

/// Why there is nothing to ask where systemd is not PID 1.
const NOT_BOOTED: &str = "systemd does not run this machine";
