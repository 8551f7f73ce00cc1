//! OpenClaw: its installs, its config, its gateway, its files.

pub mod config;
pub mod environment;
pub mod gateway;
mod gateway_processes;
pub mod gateway_units;
pub mod installs;
pub mod other_homes;
mod package;
pub mod runtime;
pub mod state_files;
pub mod unit_environment;
