//! All of systemd: units, bus, journal. Only read-only queries of helper
//! programs; none of them starts a service.

mod booted;
mod journal;
mod resolved;
mod tail;
pub mod unit_text;
mod units;
mod unread;

pub use booted::is_booted;
pub use resolved::look as look_at_resolved;
#[cfg(fuzzing)]
pub use tail::read_export;
pub use tail::{Source, Tail, read as read_tails};
#[cfg(fuzzing)]
pub use units::kept;
pub use units::{look as look_at_units, look_at_user_unit, shown};
