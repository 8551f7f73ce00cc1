//! What checks of OpenClaw share.

pub mod config_backups;
pub mod context_fixes;
pub mod fallbacks;
pub mod gateway;
