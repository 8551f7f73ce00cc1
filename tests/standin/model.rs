//! A stored model and what the listings say of it. Ollama source: api/types.go (`ListModelResponse`, `ModelDetails`),
//! server/model_list_cache.go.

use std::path::PathBuf;
use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::knobs::Version;
use crate::name::Name;
use crate::registry::Entry;
use crate::sha256;

/// A model of the store, or a synthetic one.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) name: Name,
    pub(crate) entry: Entry,
    /// Hexadecimal, of the manifest.
    pub(crate) digest: String,
    pub(crate) size: u64,
    pub(crate) modified: Timestamp,
    /// The file of its weights; none for a remote or a synthetic one.
    pub(crate) weights: Option<PathBuf>,
}

impl Model {
    /// `details`; the trained context length stands there in `/api/tags` and `/api/ps` since v0.30.0.
    pub(crate) fn details(&self, lengths: bool) -> Value {
        let entry = &self.entry;
        let mut details = json!({
            "parent_model": "",
            "format": entry.format,
            "family": entry.family,
            "families": if entry.remote_host.is_some() { Value::Null } else { json!([entry.family]) },
            "parameter_size": entry.parameter_size,
            "quantization_level": entry.quantization,
        });
        if lengths {
            put(&mut details, "context_length", entry.context_length);
            put(&mut details, "embedding_length", entry.embedding_length);
        }
        details
    }

    /// One entry of `/api/tags`.
    pub(crate) fn tag(&self, version: &Version) -> Value {
        let name = self.name.display_shortest();
        let mut tag = json!({ "name": name, "model": name });
        if version.since(0, 12, 0) {
            put(&mut tag, "remote_model", self.entry.remote_model.clone());
            put(&mut tag, "remote_host", self.entry.remote_host.clone());
        }
        put(&mut tag, "modified_at", Some(go_time(self.modified)));
        put(&mut tag, "size", Some(self.size));
        put(&mut tag, "digest", Some(self.digest.clone()));
        put(&mut tag, "details", Some(self.details(version.since(0, 30, 0))));
        if version.since(0, 30, 0) {
            let hidden =
                |known: &&String| self.entry.jinja_only && matches!(known.as_str(), "tools" | "thinking");
            let seen: Vec<String> =
                self.capabilities(version).into_iter().filter(|known| !hidden(&known)).collect();
            put(&mut tag, "capabilities", (!seen.is_empty()).then_some(seen));
        }
        tag
    }

    /// The capabilities that this version knows of.
    pub(crate) fn capabilities(&self, version: &Version) -> Vec<String> {
        let known = |capability: &&String| match capability.as_str() {
            "thinking" => version.since(0, 9, 0),
            "audio" => version.since(0, 20, 0),
            "image" => version.since(0, 14, 3),
            // Before v0.30.0 the chat template in the GGUF was not looked at.
            "tools" => version.since(0, 30, 0) || !self.entry.jinja_only,
            _ => true,
        };
        self.entry.capabilities.iter().filter(known).cloned().collect()
    }

    pub(crate) fn can(&self, capability: &str, version: &Version) -> bool {
        self.capabilities(version).iter().any(|known| known == capability)
    }

    /// `STANDIN_TOTAL_MODELS`: models that are in no store.
    pub(crate) fn synthetic(pattern: &Entry, count: usize) -> Vec<Model> {
        let modified = Timestamp::try_from(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let numbered = (1..=count).filter_map(|number| Name::parse(&format!("synth-{number:04}")));
        numbered
            .map(|name| Model {
                digest: sha256::hex(name.model.as_bytes()),
                size: pattern.size,
                entry: pattern.clone(),
                name,
                modified,
                weights: None,
            })
            .collect()
    }
}

/// Adds a key that Go would leave out when it is empty.
pub(crate) fn put<T: Into<Value>>(object: &mut Value, key: &str, value: Option<T>) {
    if let (Value::Object(object), Some(value)) = (object, value) {
        object.insert(key.to_owned(), value.into());
    }
}

/// Go marshals maps in the order of their keys.
pub(crate) fn sorted(map: Map<String, Value>) -> Value {
    let sorted: std::collections::BTreeMap<String, Value> = map.into_iter().collect();
    Value::Object(sorted.into_iter().collect())
}

/// RFC 3339 with nanoseconds and the local zone, as Go marshals a time.
pub(crate) fn go_time(time: Timestamp) -> String {
    let time = time.to_zoned(jiff::tz::TimeZone::system());
    let zone = if time.offset().seconds() == 0 { "Z".to_owned() } else { time.strftime("%:z").to_string() };
    format!("{}{zone}", time.strftime("%Y-%m-%dT%H:%M:%S%.f"))
}
