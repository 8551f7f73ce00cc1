//! Says why OpenClaw gets no answers from Ollama, and prints the documented
//! command that fixes it.
//!
//! Look once, judge purely, say why: [`collect`] turns a machine into
//! [`facts::Facts`], [`diagnose`] turns facts into a [`report::Report`]. A
//! support bundle is facts in a file, judged by the same function.

pub mod catalogue;
pub mod checks;
pub mod cli;
pub mod diagnosis;
pub mod exit;
pub mod facts;
mod fixes;
mod host_class;
pub mod model_name;
mod probes;
pub mod render;
pub mod report;
pub mod run;
pub mod scope;
pub mod secret;
pub mod selection;
pub mod versions;

pub use diagnosis::{Request, diagnose};
pub use probes::{Watch, collect};
