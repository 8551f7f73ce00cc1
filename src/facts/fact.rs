//! One observation and its states.
//!
//! A fact that was seen is written as its plain value, so that a JSON Pointer
//! such as `/listeners/sockets/0/address` leads to what was seen. Every other
//! state is written as an object with the key `unseen`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What became of one observation.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact<T> {
    /// The observation was made; a target that did not answer is seen too.
    Seen(T),
    /// The observation is not there, and this is why.
    Unseen(Unseen),
}

/// Why an observation is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "unseen", rename_all = "camelCase")]
pub enum Unseen {
    /// A fact that this one needs is not usable.
    Blocked {
        /// The fact that is not usable.
        by: Need,
    },
    /// Our own look failed: permission denied, a helper program missing, a deadline passed.
    Unknown {
        /// What happened, where, and what to do about it.
        #[schemars(extend("x-holds" = "text"))]
        error: String,
    },
    /// There is nothing to look at on this machine.
    NotApplicable {
        /// Why there is nothing.
        #[schemars(extend("x-holds" = "text"))]
        why: String,
    },
    /// It was not looked at, or is not shared, on purpose.
    Withheld {
        /// Who asked for that.
        #[schemars(extend("x-holds" = "text"))]
        why: String,
    },
    /// It is looked at only with a flag that was not given; nothing is missing then.
    NotAsked {
        /// The flag.
        #[schemars(extend("x-holds" = "word"))]
        flag: String,
    },
    /// A bundle older than this observation.
    Absent,
}

/// The facts that other facts wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Need {
    /// OpenClaw's config, readable and of the right types.
    Config,
    /// The addresses behind the host name of an endpoint.
    Resolution,
    /// A TCP connection to an endpoint.
    Connect,
    /// The model list of an endpoint.
    Tags,
    /// What `/api/show` says of a listed model.
    Readable,
    /// The capabilities of the models of an endpoint.
    Shows,
    /// What the gateway that runs read when it started.
    Started,
    /// A primary model that its Ollama has.
    Primary,
}

impl<T> Fact<T> {
    /// The value, or the reason why there is none; in a check the `?` on it is the dependency.
    pub fn get(&self) -> Result<&T, Unseen> {
        match self {
            Fact::Seen(value) => Ok(value),
            Fact::Unseen(unseen) => Err(unseen.clone()),
        }
    }

    /// The value for a check that another one's fact stands in the way of: that
    /// one says why the look failed, and this one waits for it.
    pub fn need(&self, by: Need) -> Result<&T, Unseen> {
        self.get().map_err(|unseen| match unseen {
            Unseen::Unknown { .. } => Unseen::Blocked { by },
            other => other,
        })
    }

    /// The value where there is one, for places that can do without.
    pub fn seen(&self) -> Option<&T> {
        self.get().ok()
    }

    /// A fact that could not be observed because `by` is not usable.
    pub fn blocked(by: Need) -> Self {
        Fact::Unseen(Unseen::Blocked { by })
    }

    /// A look of ours that failed.
    pub fn unknown(error: impl Into<String>) -> Self {
        Fact::Unseen(Unseen::Unknown { error: error.into() })
    }

    /// Nothing to look at here.
    pub fn not_applicable(why: impl Into<String>) -> Self {
        Fact::Unseen(Unseen::NotApplicable { why: why.into() })
    }

    /// Not looked at on purpose.
    pub fn withheld(why: impl Into<String>) -> Self {
        Fact::Unseen(Unseen::Withheld { why: why.into() })
    }
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Fact::Unseen(Unseen::Absent)
    }
}

impl<T: JsonSchema> JsonSchema for Fact<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Fact_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [generator.subschema_for::<T>(), generator.subschema_for::<Unseen>()] })
    }
}

impl<T: Serialize> Serialize for Fact<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Fact::Seen(value) => value.serialize(serializer),
            Fact::Unseen(unseen) => unseen.serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Fact<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let parsed = if value.get("unseen").is_some() {
            serde_json::from_value(value).map(Fact::Unseen)
        } else {
            serde_json::from_value(value).map(Fact::Seen)
        };
        parsed.map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seen_fact_is_its_plain_value_and_every_state_survives_a_round_trip() {
        let facts: Vec<Fact<u32>> = vec![
            Fact::Seen(7),
            Fact::blocked(Need::Connect),
            Fact::unknown("permission denied"),
            Fact::not_applicable("no systemd"),
            Fact::withheld("--offline"),
            Fact::Unseen(Unseen::NotAsked { flag: "--deep".into() }),
            Fact::default(),
        ];
        let text = serde_json::to_string(&facts).unwrap_or_default();
        assert!(text.starts_with(r#"[7,{"unseen":"blocked","by":"connect"}"#), "{text}");
        assert_eq!(serde_json::from_str::<Vec<Fact<u32>>>(&text).ok(), Some(facts));
    }
}
