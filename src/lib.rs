#![doc = include_str!("design.md")]

pub mod bundle;
pub mod catalogue;
pub mod checks;
pub mod cli;
pub mod diagnosis;
pub mod facts;
mod probes;
pub mod render;
pub mod report;
pub mod rules;
pub mod run;
pub mod scope;
pub mod text;
pub mod types;

pub use diagnosis::{Request, diagnose};
#[cfg(fuzzing)]
pub use probes::fuzzing;
pub use probes::{Deadline, collect};
