//! Several reports: one line a machine, worst first, then how many machines have what in common.

pub mod formats;
mod groups;
mod machines;
mod table;

pub use machines::{Fleet, GroupBy, Row, Unknown};
