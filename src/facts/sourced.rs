//! A value with the place it came from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value and the place it came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it was set: a config key, a flag, an environment variable, or `default`.
    #[schemars(extend("x-holds" = "key"))]
    pub from: String,
    /// Line in the config file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column in that line, from 1, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

impl<T> Sourced<T> {
    /// Line and column in the config file, from 1, where both are known.
    pub fn place(&self) -> Option<(usize, usize)> {
        self.line.zip(self.column)
    }
}
