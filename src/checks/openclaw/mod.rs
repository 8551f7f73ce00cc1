//! Checks of OpenClaw: its config and the models that it names.

pub mod config_parse;
pub mod primary_model;
