//! How OpenClaw behaves, by version.

pub mod allowlist;
pub mod base_url;
pub mod by_version;
pub mod config_schema;
pub mod context_window;
pub mod credentials;
pub mod discovery;
pub mod disk_space;
pub mod gateway;
pub mod missing_model;
pub mod ollama_cloud;
pub mod primary;
pub mod private_network;
pub mod providers;
pub mod proxies;
pub mod response_timeout;
pub mod started;
pub mod tools;
pub mod turns;
