//! Checks of OpenClaw: its config and the models that it names.

pub mod api_mode;
pub mod config_parse;
mod context_fixes;
pub mod context_window;
pub mod model_costs;
pub mod primary_model;
mod server_context;
