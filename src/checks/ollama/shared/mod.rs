//! What checks of Ollama share.

pub mod answer_report;
pub mod context_fit;
pub mod exposed;
pub mod firewall;
pub mod machine_fit;
pub mod models_walk;
pub mod owner;
pub mod shut_out;
