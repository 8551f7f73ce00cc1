//! The machine: itself, its GPUs, disks, firewall, containers, and the reverse proxy on it.

pub mod compute;
pub mod container;
pub mod disk_space;
pub mod enter;
pub mod firewall;
pub mod host;
pub mod nginx;
pub mod processes;
pub mod stopped_containers;
