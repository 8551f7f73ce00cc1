//! The models that `pull` and `seed` know: `registry.json` beside this file, and the file of `STANDIN_REGISTRY`,
//! whose entries come first.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::name::Name;

/// One model as a registry would have it, and what it makes of a request.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    #[serde(default, skip_serializing)]
    pub(crate) names: Vec<String>,
    pub(crate) capabilities: Vec<String>,
    pub(crate) family: String,
    #[serde(default = "gguf")]
    pub(crate) format: String,
    pub(crate) parameter_size: String,
    #[serde(default)]
    pub(crate) parameter_count: u64,
    pub(crate) quantization: String,
    #[serde(default)]
    pub(crate) file_type: u64,
    /// What `/api/tags` reports; nothing of that size is stored.
    pub(crate) size: u64,
    pub(crate) context_length: Option<u64>,
    pub(crate) embedding_length: Option<u64>,
    #[serde(default)]
    pub(crate) block_count: u64,
    pub(crate) head_count: Option<u64>,
    pub(crate) head_count_kv: Option<u64>,
    /// The `PARAMETER` lines.
    #[serde(default)]
    pub(crate) parameters: Map<String, Value>,
    /// Further keys of `model_info`.
    #[serde(default)]
    pub(crate) model_info: Map<String, Value>,
    pub(crate) remote_host: Option<String>,
    pub(crate) remote_model: Option<String>,
    /// Tools and thinking come from the GGUF's own chat template only: `/api/tags` does not see them.
    #[serde(default)]
    pub(crate) jinja_only: bool,
    /// The text with which every `pull` of it fails.
    #[serde(skip_serializing)]
    pub(crate) pull_error: Option<String>,
    /// The text with which every load of it fails, with status 500.
    pub(crate) load_error: Option<String>,
}

fn gguf() -> String {
    "gguf".to_owned()
}

impl Entry {
    pub(crate) fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|known| known == capability)
    }
}

/// Everything that can be pulled.
pub(crate) struct Registry {
    entries: Vec<(Name, Entry)>,
}

impl Registry {
    pub(crate) fn read(extra: Option<&Path>) -> Result<Registry, String> {
        let mut entries = match extra {
            Some(path) => {
                let text =
                    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
                named(&text).map_err(|error| format!("{}: {error}", path.display()))?
            }
            None => Vec::new(),
        };
        entries
            .extend(named(include_str!("registry.json")).map_err(|error| format!("registry.json: {error}"))?);
        Ok(Registry { entries })
    }

    pub(crate) fn find(&self, name: &Name) -> Option<&Entry> {
        self.entries.iter().find(|(known, _)| known.same_as(name)).map(|(_, entry)| entry)
    }
}

fn named(text: &str) -> Result<Vec<(Name, Entry)>, String> {
    let entries: Vec<Entry> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut all = Vec::new();
    for entry in entries {
        for text in &entry.names {
            let name = Name::parse(text).ok_or_else(|| format!("{text} is no model name"))?;
            all.push((name, entry.clone()));
        }
    }
    Ok(all)
}
