//! Words and values with a meaning of their own; they know no facts.

pub mod address_class;
pub mod capability;
pub mod config_key;
pub mod exit_status;
pub mod host_class;
pub mod link;
pub mod model_name;
pub mod ollama_env;
pub mod versions;
