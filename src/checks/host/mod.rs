//! Checks of the machine around.

pub mod disk_space;
pub mod wsl;
