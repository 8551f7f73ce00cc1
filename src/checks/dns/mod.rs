//! Checks of name resolution.

pub mod resolved_crash;
pub mod resolver;
