//! The support bundle: facts in a file.

pub mod holds;
