//! What checks of the machine share.

pub mod disk_space;
