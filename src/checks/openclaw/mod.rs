//! Checks of OpenClaw: its config and the models that it names.

pub mod base_url;
pub mod config_parse;
pub mod explicit_provider;
pub mod primary_model;
pub mod provider_enabled;
