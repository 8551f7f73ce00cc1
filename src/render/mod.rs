//! One format a file: report in, text out.

pub mod explain;
pub mod json;
pub mod line;
pub mod models;
pub mod printable;
pub mod provider_entry;
pub mod text;
