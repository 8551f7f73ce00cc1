//! Values that can be compared but never shown.

use std::hash::{BuildHasher, RandomState};

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::types::ollama_env::NO_KEY_MARKER;

/// What may be known of a secret: that it is set, of what kind, and whether it
/// is the same as another one seen in the same run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretSight {
    /// There is a value, and it is not empty.
    pub set: bool,
    /// What kind of value it is.
    pub class: SecretClass,
    /// Equal tags within one run mean equal values. The key of the hash is
    /// random and is thrown away with the process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-holds" = "tag"))]
    pub tag: Option<String>,
}

/// Kinds of key values, as OpenClaw 2026.9.6 tells them apart
/// (`model-auth-markers`, `types.secrets` of the npm package).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretClass {
    /// Nothing there.
    #[default]
    None,
    /// A word such as `ollama-local` that stands for "no key needed".
    Marker,
    /// `${VAR}`, `$VAR`, the name of a known variable, or a SecretRef object, with a value.
    Reference,
    /// The same, but nothing is behind it.
    UnresolvedReference,
    /// A value written out, up to 15 characters.
    ShortLiteral,
    /// A value written out, 16 characters or more.
    LongLiteral,
}

/// Markers that OpenClaw accepts in place of a key.
const MARKERS: [&str; 5] =
    [NO_KEY_MARKER, "custom-local", "codex-app-server", "gcp-vertex-credentials", "secretref-managed"];

/// Makes sights of secrets; all sights of one tagger can be compared.
#[derive(Default)]
pub struct Tagger {
    key: RandomState,
}

impl SecretSight {
    /// Nothing is set.
    pub fn none() -> Self {
        SecretSight { set: false, class: SecretClass::None, tag: None }
    }

    /// A reference to a variable or store that has no value.
    pub fn unresolved() -> Self {
        SecretSight { set: true, class: SecretClass::UnresolvedReference, tag: None }
    }
}

impl Tagger {
    /// The sight of a value that is written out.
    pub fn literal(&self, value: &SecretString) -> SecretSight {
        let text = value.expose_secret().trim();
        if text.is_empty() {
            return SecretSight::none();
        }
        let class = if is_marker(text) {
            SecretClass::Marker
        } else if text.chars().count() < 16 {
            SecretClass::ShortLiteral
        } else {
            SecretClass::LongLiteral
        };
        SecretSight { set: true, class, tag: Some(self.tag(text)) }
    }

    /// The sight of a value behind a reference.
    pub fn reference(&self, value: &SecretString) -> SecretSight {
        SecretSight {
            set: true,
            class: SecretClass::Reference,
            tag: Some(self.tag(value.expose_secret().trim())),
        }
    }

    fn tag(&self, text: &str) -> String {
        format!("{:016x}", self.key.hash_one(text))
    }
}

/// Whether OpenClaw takes this text for "no key needed" rather than for a key.
pub fn is_marker(text: &str) -> bool {
    MARKERS.contains(&text) || text.starts_with("oauth:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sights_can_be_compared_and_hold_nothing_of_the_value() {
        let tagger = Tagger::default();
        let value = SecretString::from("sk-canary-1234567890");
        let sight = tagger.literal(&value);
        assert_eq!(sight, tagger.literal(&value));
        assert_eq!(sight.class, SecretClass::LongLiteral);
        assert_ne!(sight.tag, Tagger::default().literal(&value).tag);
        assert!(!format!("{sight:?}").contains("canary"));
    }

    #[test]
    fn markers_are_told_from_keys() {
        let tagger = Tagger::default();
        let class = |text: &str| tagger.literal(&SecretString::from(text)).class;
        assert_eq!(class("ollama-local"), SecretClass::Marker);
        assert_eq!(class("abc123"), SecretClass::ShortLiteral);
        assert_eq!(class("  "), SecretClass::None);
    }
}
