//! Ollama: its listeners, its API, how it was started.

pub mod api;
pub mod chat;
pub mod compatible;
pub mod listeners;
pub mod setup;
