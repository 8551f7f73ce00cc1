//! Says why OpenClaw gets no answers from Ollama, and prints the documented
//! command that fixes it.
//!
//! Look once, judge purely, say why: [`collect`] turns a machine into
//! [`facts::Facts`], [`diagnose`] turns facts into a [`report::Report`]. A
//! support bundle is facts in a file, judged by the same function.

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
