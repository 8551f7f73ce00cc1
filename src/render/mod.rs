//! One format a file: report in, text out.

pub mod explain;
pub mod json;
pub mod printable;
pub mod text;
