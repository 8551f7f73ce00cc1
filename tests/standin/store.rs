//! The models on disk, in Ollama's layout: `manifests/<host>/<namespace>/<model>/<tag>` and `blobs/sha256-<hex>`.
//! Ollama source: manifest/paths.go, manifest/manifest.go, server/images.go.
//!
//! Blobs are small: a manifest claims the size of a real model, and the config blob carries, beside the real fields, the
//! registry entry under the key `standin`.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::golang::{error_text, mkdir_all};
use crate::knobs::Version;
use crate::log;
use crate::model::Model;
use crate::name::Name;
use crate::registry::Entry;
use crate::sha256;
use crate::weights;

/// The directory of `OLLAMA_MODELS`.
pub(crate) struct Store {
    root: PathBuf,
    hint: bool,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    schema_version: u32,
    media_type: String,
    config: Layer,
    layers: Vec<Layer>,
}

/// One blob as a manifest names it.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Layer {
    media_type: String,
    pub(crate) digest: String,
    pub(crate) size: u64,
}

#[derive(Deserialize)]
struct Config {
    standin: Entry,
}

const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const MODEL: &str = "application/vnd.ollama.image.model";
const PARAMS: &str = "application/vnd.ollama.image.params";

impl Store {
    pub(crate) fn new(root: &Path, version: &Version) -> Store {
        Store { root: root.to_path_buf(), hint: version.since(0, 8, 0) }
    }

    /// Makes a directory of the store, with the hint that Ollama adds to the error since v0.8.0.
    fn directory(&self, name: &str) -> Result<PathBuf, String> {
        let path = self.root.join(name);
        match mkdir_all(&path) {
            Ok(()) => Ok(path),
            Err(why) if self.hint => Err(format!("{why}: ensure path elements are traversable")),
            Err(why) => Err(why),
        }
    }

    pub(crate) fn blobs(&self) -> Result<PathBuf, String> {
        self.directory("blobs")
    }

    pub(crate) fn names(&self) -> Result<Vec<Name>, String> {
        let root = self.directory("manifests")?;
        let mut names = Vec::new();
        for host in children(&root) {
            for namespace in children(&root.join(&host)) {
                for model in children(&root.join(&host).join(&namespace)) {
                    for tag in children(&root.join(&host).join(&namespace).join(&model)) {
                        names.extend(Name::parse(&format!("{host}/{namespace}/{model}:{tag}")));
                    }
                }
            }
        }
        Ok(names)
    }

    /// All models, newest first. A manifest that cannot be read is missing from the list, with a line in the log.
    pub(crate) fn models(&self) -> Result<Vec<Model>, String> {
        let mut models = Vec::new();
        for name in self.names()? {
            match self.load(&name) {
                Ok(model) => models.push(model),
                Err(error) => {
                    let values = [("name", name.display_shortest()), ("error", error)];
                    log::warn("manifest.go:147", "bad manifest", &values);
                }
            }
        }
        models.sort_by(|a, b| b.modified.cmp(&a.modified).then_with(|| a.name.full().cmp(&b.name.full())));
        Ok(models)
    }

    /// Looks a name up as Ollama does: without regard to case.
    pub(crate) fn find(&self, name: &Name) -> Result<Option<Model>, String> {
        let name = name.as_stored(&self.names()?);
        if !self.manifest_path(&name).is_file() {
            return Ok(None);
        }
        self.load(&name).map(Some)
    }

    fn load(&self, name: &Name) -> Result<Model, String> {
        let path = self.manifest_path(name);
        let bytes =
            fs::read(&path).map_err(|error| format!("open {}: {}", path.display(), error_text(&error)))?;
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| match bytes.as_slice() {
            [] => "EOF".to_owned(),
            _ => error.to_string(),
        })?;
        let config = self.blob_path(&manifest.config.digest);
        let text = fs::read(&config)
            .map_err(|error| format!("open {}: {}", config.display(), error_text(&error)))?;
        let config: Config = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        let modified =
            fs::metadata(&path).and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        Ok(Model {
            name: name.clone(),
            digest: sha256::hex(&bytes),
            size: manifest
                .layers
                .iter()
                .map(|layer| layer.size)
                .fold(manifest.config.size, u64::saturating_add),
            modified: Timestamp::try_from(modified).unwrap_or_default(),
            entry: config.standin,
            weights: manifest
                .layers
                .iter()
                .find(|layer| layer.media_type == MODEL)
                .map(|layer| self.blob_path(&layer.digest)),
        })
    }

    /// Writes a model; the layers are returned for the progress of a pull.
    pub(crate) fn put(&self, name: &Name, entry: &Entry) -> Result<Vec<Layer>, String> {
        let config = self.write_blob(CONFIG, &config(entry))?;
        let mut layers = Vec::new();
        if !entry.parameters.is_empty() {
            layers.push(self.write_blob(PARAMS, &Value::Object(entry.parameters.clone()))?);
        }
        if entry.remote_host.is_none() {
            let others = config.size + layers.iter().map(|layer| layer.size).sum::<u64>();
            let mut model = self.write_blob(MODEL, &weights::of(entry))?;
            model.size = entry.size.saturating_sub(others);
            layers.insert(0, model);
        }
        let manifest = Manifest { schema_version: 2, media_type: MANIFEST.to_owned(), config, layers };
        let name = name.as_stored(&self.names()?);
        let path = self.manifest_path(&name);
        path.parent().map_or(Ok(()), mkdir_all)?;
        let text = serde_json::to_vec(&manifest).map_err(|error| error.to_string())?;
        fs::write(&path, text).map_err(|error| format!("open {}: {}", path.display(), error_text(&error)))?;
        let mut all = manifest.layers;
        all.push(manifest.config);
        Ok(all)
    }

    fn write_blob(&self, media_type: &str, content: &Value) -> Result<Layer, String> {
        let bytes = content.to_string().into_bytes();
        let digest = format!("sha256:{}", sha256::hex(&bytes));
        self.blobs()?;
        let path = self.blob_path(&digest);
        // As in a real download: first the partial file, then its name.
        let partial = path.with_file_name(format!("{}-partial", digest.replace(':', "-")));
        let failed = |error| format!("open {}: {}", partial.display(), error_text(&error));
        fs::write(&partial, &bytes).map_err(failed)?;
        fs::rename(&partial, &path)
            .map_err(|error| format!("rename {}: {}", partial.display(), error_text(&error)))?;
        Ok(Layer { media_type: media_type.to_owned(), digest, size: bytes.len() as u64 })
    }

    /// Removes the manifest, the directories that are empty then, and the blobs that nothing names any more.
    pub(crate) fn delete(&self, name: &Name) -> Result<(), String> {
        let path = self.manifest_path(name);
        fs::remove_file(&path)
            .map_err(|error| format!("remove {}: {}", path.display(), error_text(&error)))?;
        for directory in path.ancestors().skip(1).take(3) {
            if fs::remove_dir(directory).is_err() {
                break;
            }
        }
        self.prune(Duration::ZERO).map(|_| ())
    }

    pub(crate) fn blob_count(&self) -> usize {
        children(&self.root.join("blobs")).len()
    }

    /// Removes unused blobs of at least that age. Nothing is removed while a manifest cannot be read.
    pub(crate) fn prune(&self, age: Duration) -> Result<Option<usize>, String> {
        let Some(used) = self.used_blobs()? else {
            return Ok(None);
        };
        let blobs = self.blobs()?;
        let mut removed = 0;
        for file in children(&blobs) {
            let path = blobs.join(&file);
            let old = fs::metadata(&path)
                .and_then(|metadata| metadata.modified())
                .is_ok_and(|modified| modified.elapsed().is_ok_and(|elapsed| elapsed >= age));
            if old && !used.contains(&file) && fs::remove_file(&path).is_ok() {
                removed += 1;
            }
        }
        Ok(Some(removed))
    }

    fn used_blobs(&self) -> Result<Option<HashSet<String>>, String> {
        let mut used = HashSet::new();
        for name in self.names()? {
            let bytes = fs::read(self.manifest_path(&name)).unwrap_or_default();
            let Ok(manifest) = serde_json::from_slice::<Manifest>(&bytes) else {
                return Ok(None);
            };
            used.insert(manifest.config.digest.replace(':', "-"));
            used.extend(manifest.layers.iter().map(|layer| layer.digest.replace(':', "-")));
        }
        Ok(Some(used))
    }

    fn manifest_path(&self, name: &Name) -> PathBuf {
        let parts = [name.host.as_str(), &name.namespace, &name.model, &name.tag];
        parts.iter().fold(self.root.join("manifests"), |path, part| path.join(part))
    }

    fn blob_path(&self, digest: &str) -> PathBuf {
        self.root.join("blobs").join(digest.replace(':', "-"))
    }
}

fn children(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

fn config(entry: &Entry) -> Value {
    let mut config = json!({
        "model_format": entry.format,
        "model_family": entry.family,
        "model_families": [entry.family],
        "model_type": entry.parameter_size,
        "file_type": entry.quantization,
        "architecture": "amd64",
        "os": "linux",
    });
    crate::model::put(&mut config, "remote_host", entry.remote_host.clone());
    crate::model::put(&mut config, "remote_model", entry.remote_model.clone());
    crate::model::put(&mut config, "standin", serde_json::to_value(entry).ok());
    config
}
