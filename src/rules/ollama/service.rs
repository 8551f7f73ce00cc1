//! The services that Ollama comes with: its installer's (`linux.mdx` of its docs) and the snap's.

use crate::facts::{Facts, Unit};

/// The unit that Ollama's installer writes.
pub const SERVICE: &str = "ollama.service";

/// Where drop-ins of that unit belong (`linux.mdx`, Customizing).
pub const DROP_IN_DIR: &str = "/etc/systemd/system/ollama.service.d";

/// Where they are put by mistake.
pub const NEAR_DROP_IN_DIRS: [&str; 3] = [
    "/etc/systemd/system/ollama.d",
    "/etc/systemd/system/ollama.conf.d",
    "/etc/systemd/system/ollama.service.conf",
];

/// The unit of the snap (`snap services ollama`).
pub const SNAP: &str = "snap.ollama.listener.service";

impl Facts {
    /// The service of Ollama's installer and its place among the units, where systemd has loaded it.
    pub fn ollama_service(&self) -> Option<(usize, &Unit)> {
        self.loaded_unit(SERVICE)
    }
}
