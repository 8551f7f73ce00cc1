//! What a bundle does not say, and why.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::names::Names;
use super::placeholder::meaning;

/// What never is in a bundle, whatever was seen.
const NEVER: [&str; 4] = [
    "values of keys, tokens and passwords: only whether one is set, its kind, and a tag by which two can be \
     compared; the key of the tag is thrown away",
    "values of environment variables that could be a secret, and of headers",
    "user info, query and fragment of URLs",
    "verdicts: a bundle says what was seen, and whoever reads it judges",
];

/// How many places of one kind are named.
const PLACES: usize = 5;

/// What was withheld from a bundle.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Withheld {
    /// What never is in a bundle.
    #[schemars(extend("x-holds" = "word"))]
    pub never: Vec<String>,
    /// Secrets that were seen, and of which only a sight is shared.
    pub secrets: Vec<WithheldSecret>,
    /// What looked like a secret in text.
    pub tokens: Vec<WithheldToken>,
    /// Names and addresses that placeholders stand for.
    pub names: Vec<WithheldName>,
}

/// A secret that was seen.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WithheldSecret {
    /// JSON Pointer into the bundle.
    #[schemars(extend("x-holds" = "word"))]
    pub at: String,
}

/// A pattern that found something in text.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WithheldToken {
    /// The pattern, as in the mark `<withheld:…>`.
    #[schemars(extend("x-holds" = "word"))]
    pub pattern: String,
    /// How often.
    pub times: usize,
    /// JSON Pointers to the first places.
    #[schemars(extend("x-holds" = "word"))]
    pub at: Vec<String>,
}

/// A placeholder.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WithheldName {
    /// Such as `<host-1>`.
    #[schemars(extend("x-holds" = "word"))]
    pub placeholder: String,
    /// What it stands for.
    #[schemars(extend("x-holds" = "word"))]
    pub stands_for: String,
    /// How often.
    pub times: usize,
}

/// The ledger while a bundle is made.
#[derive(Default)]
pub struct Ledger {
    secrets: Vec<WithheldSecret>,
    tokens: BTreeMap<&'static str, (usize, Vec<String>)>,
}

impl Ledger {
    /// A tag of a secret stands here.
    pub fn secret(&mut self, at: &str) {
        let at = at.strip_suffix("/tag").unwrap_or(at).to_string();
        self.secrets.push(WithheldSecret { at });
    }

    /// A pattern found something here.
    pub fn token(&mut self, pattern: &'static str, at: &str) {
        let (times, places) = self.tokens.entry(pattern).or_default();
        *times += 1;
        if places.len() < PLACES {
            places.push(at.to_string());
        }
    }

    /// The ledger as the bundle has it.
    pub fn close(self, names: &Names) -> Withheld {
        let tokens = self.tokens.into_iter();
        Withheld {
            never: NEVER.map(str::to_string).to_vec(),
            secrets: self.secrets,
            tokens: tokens
                .map(|(pattern, (times, at))| WithheldToken { pattern: pattern.to_string(), times, at })
                .collect(),
            names: names
                .times()
                .map(|(placeholder, times)| WithheldName {
                    placeholder: placeholder.to_string(),
                    stands_for: meaning(placeholder).to_string(),
                    times,
                })
                .collect(),
        }
    }
}
