//! Checks of OpenClaw: its config and the models that it names.

pub mod config_parse;
pub mod fallback_models;
pub mod gateway_mode;
pub mod gateway_running;
pub mod per_agent_model;
pub mod primary_model;
