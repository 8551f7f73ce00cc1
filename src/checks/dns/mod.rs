//! Checks of name resolution.

pub mod names;
pub mod resolved_crash;
pub mod resolver;
