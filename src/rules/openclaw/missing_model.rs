//! Models that OpenClaw is to use.

use crate::facts::site::Site;
use crate::facts::{Config, Tag};
use crate::rules::openclaw::primary::{ModelReference, resolve, resolve_fallback};
use crate::types::model_name::ModelName;

/// A model that OpenClaw is to use, and that the server of its provider does not list.
pub struct Missing {
    /// Its name.
    pub name: ModelName,
    /// Whether it is the primary; a fallback otherwise.
    pub is_primary: bool,
}

/// The primary, or else the first fallback, that is not listed; models of Ollama's cloud are no server's.
pub fn missing(config: &Config, site: &Site, tags: &[Tag]) -> Option<Missing> {
    let missing = |found: Option<ModelReference>| {
        let found = found.filter(|found| found.provider == site.endpoint.provider)?;
        let name = found.name().filter(|name| !name.is_cloud())?;
        (!tags.iter().any(|tag| name.is_named(&tag.name))).then_some(name)
    };
    let primary = config.primary.iter().find_map(|primary| missing(resolve(config, &primary.value)));
    let fallback =
        || config.fallbacks.iter().find_map(|fallback| missing(resolve_fallback(config, &fallback.value)));
    match primary {
        Some(name) => Some(Missing { name, is_primary: true }),
        None => fallback().map(|name| Missing { name, is_primary: false }),
    }
}
