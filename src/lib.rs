//! Says why OpenClaw gets no answers from Ollama, and prints the documented
//! command that fixes it.
//!
//! Look once, judge purely, say why: [`collect`] turns a machine into
//! [`facts::Facts`], [`diagnose`] turns facts into a [`report::Report`]. A
//! support bundle is facts in a file, judged by the same function.

mod address_class;
pub mod bundle;
pub mod catalogue;
pub mod checks;
pub mod cli;
pub mod diagnosis;
pub mod discovery;
pub mod exit;
pub mod facts;
mod fixes;
mod host_class;
mod inference_estimate;
pub mod model_name;
mod models;
mod no_proxy;
mod ollama_settings;
mod patience;
mod private_network;
mod probes;
pub mod render;
pub mod report;
pub mod run;
pub mod scope;
pub mod secret;
pub mod selection;
mod shown;
pub mod versions;
mod window;

pub use diagnosis::{Request, diagnose};
#[cfg(fuzzing)]
pub use probes::fuzzing;
pub use probes::{Watch, collect};
