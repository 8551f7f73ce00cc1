//! Checks of name resolution.

pub mod resolved_crash;
