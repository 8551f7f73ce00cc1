//! Checks of the machine around.

pub mod wsl;
