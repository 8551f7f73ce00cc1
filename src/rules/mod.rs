//! How OpenClaw and Ollama behave, by version: each number, name, default and order of theirs
//! stands here once, with its source. A rule takes facts or plain values and does no input or output.

pub mod ollama;
pub mod openclaw;
