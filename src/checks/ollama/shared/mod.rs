//! What checks of Ollama share.

pub mod context_size;
pub mod model_memory;
