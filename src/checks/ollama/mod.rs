//! Checks of Ollama itself: bind address, port, HTTP, models.

pub mod answers;
pub mod api_tags;
pub mod bind_address;
pub mod cloud_models;
pub mod context_memory;
pub mod cpu_inference;
pub mod environment;
pub mod exposure;
pub mod ignored_settings;
pub mod instances;
pub mod model_readable;
pub mod model_store;
pub mod model_swapping;
pub mod models_dir;
pub mod parallel_requests;
pub mod port_reachable;
pub mod proxy_environment;
pub mod requests;
pub mod reverse_proxy;
pub mod shared;
pub mod show_slow;
pub mod stays_up;
pub mod tool_models;
pub mod unit_settings;
