//! What checks of several areas share.

pub mod model_reference;
pub mod models_patch;
pub mod name_servers;
pub mod select_model;
