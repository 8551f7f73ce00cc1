//! Checks of OpenClaw: its config and the models that it names.

pub mod api_mode;
pub mod base_url;
pub mod config_files;
pub mod config_keys;
pub mod config_parse;
pub mod container;
pub mod context_window;
pub mod explicit_provider;
pub mod fallback_models;
pub mod gateway_mode;
pub mod gateway_running;
pub mod gateway_user;
pub mod linger;
pub mod memory_search;
pub mod model_cache;
pub mod model_costs;
pub mod model_references;
pub mod node_version;
pub mod per_agent_model;
pub mod primary_model;
pub mod private_network;
pub mod provider_enabled;
pub mod proxy_environment;
pub mod service_env;
pub mod shared;
pub mod thinking;
