//! How Ollama behaves, by version.

pub mod context;
pub mod environment;
pub mod errors;
pub mod estimate;
pub mod gpus;
pub mod model_memory;
pub mod names;
pub mod owner;
pub mod requests;
pub mod service;
