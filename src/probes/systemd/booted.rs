//! Whether systemd runs this machine.

use std::path::Path;

/// Whether systemd is PID 1, as sd_booted(3) tells.
pub fn is_booted() -> bool {
    Path::new("/run/systemd/system").is_dir()
}

/// Why there is nothing to ask where systemd is not PID 1.
pub const NOT_BOOTED: &str = "systemd does not run this machine";
