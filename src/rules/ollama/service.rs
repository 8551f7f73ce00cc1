//! The service that Ollama's installer writes (`linux.mdx` of its docs).

use crate::facts::{Facts, Unit};

/// Its unit.
pub const SERVICE: &str = "ollama.service";

impl Facts {
    /// The service of Ollama's installer and its place among the units, where systemd has loaded it.
    pub fn ollama_service(&self) -> Option<(usize, &Unit)> {
        self.loaded_unit(SERVICE)
    }
}
