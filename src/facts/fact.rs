//! One observation and its states.
//!
//! A fact that was seen is written as its plain value, so that a JSON Pointer
//! such as `/listeners/sockets/0/address` leads to what was seen. Every other
//! state is written as an object with the key `unseen`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, forward_to_deserialize_any};
use serde_json::{Map, Value};

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
    /// The capabilities of the models of an endpoint.
    Shows,
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
        deserializer.deserialize_any(FactVisitor(PhantomData))
    }
}

/// Members of `Unseen`. An object that begins with none of them is a value, and is read as it comes: facts lie
/// within facts, and a tree of each of them would be built again for every level.
const OF_UNSEEN: [&str; 5] = ["unseen", "by", "error", "flag", "why"];

struct FactVisitor<T>(PhantomData<T>);

impl<T: DeserializeOwned> FactVisitor<T> {
    fn whole<E: Error>(value: Value) -> Result<Fact<T>, E> {
        let parsed = match value.get("unseen") {
            Some(_) => serde_json::from_value(value).map(Fact::Unseen),
            None => serde_json::from_value(value).map(Fact::Seen),
        };
        parsed.map_err(E::custom)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for FactVisitor<T> {
    type Value = Fact<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("what was seen, or why nothing was")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fact<T>, A::Error> {
        let mut begun = Map::new();
        if let Some(first) = map.next_key::<String>()? {
            if !OF_UNSEEN.contains(&&*first) {
                let map = MapAccessDeserializer::new(Begun { first: Some(first), rest: map });
                return T::deserialize(map).map(Fact::Seen);
            }
            begun.insert(first, map.next_value()?);
        }
        while let Some((key, value)) = map.next_entry()? {
            begun.insert(key, value);
        }
        Self::whole(Value::Object(begun))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Fact<T>, A::Error> {
        T::deserialize(List(seq)).map(Fact::Seen)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Fact<T>, E> {
        Self::whole(text.into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Fact<T>, E> {
        Self::whole(text.into())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Fact<T>, E> {
        Self::whole(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Fact<T>, E> {
        Self::whole(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Fact<T>, E> {
        Self::whole(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Fact<T>, E> {
        Self::whole(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Fact<T>, E> {
        Self::whole(Value::Null)
    }
}

/// An object whose first key was read.
struct Begun<A> {
    first: Option<String>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Begun<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(first) => seed.deserialize(first.into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}

/// A list, which an `Option` takes for a value too.
struct List<A>(A);

impl<'de, A: SeqAccess<'de>> Deserializer<'de> for List<A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_seq(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
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

    #[test]
    fn values_of_every_kind_and_states_in_any_order_are_read() {
        fn read<T: DeserializeOwned>(text: &str) -> Option<Fact<T>> {
            let value: Value = serde_json::from_str(text).ok()?;
            let of_value = serde_json::from_value(value).ok();
            of_value.filter(|_| serde_json::from_str::<Fact<T>>(text).is_ok())
        }
        assert_eq!(read("[[1],[]]"), Some(Fact::Seen(vec![vec![1], vec![]])));
        assert_eq!(read("[true]"), Some(Fact::Seen(Some(vec![true]))));
        assert_eq!(read("null"), Some(Fact::Seen(None::<bool>)));
        assert_eq!(read(r#""x""#), Some(Fact::Seen("x".to_string())));
        assert_eq!(read("[-1,1.5]"), Some(Fact::Seen((-1, 1.5))));
        let denied = Fact::<u32>::unknown("denied");
        assert_eq!(read(r#"{"error":"denied","unseen":"unknown"}"#), Some(denied));
        // A value may have a member of that name, wherever it stands.
        let error =
            |text| read::<std::collections::BTreeMap<String, String>>(text)?.seen()?.get("error").cloned();
        assert_eq!(error(r#"{"error":"x","a":"b"}"#).as_deref(), Some("x"));
        assert_eq!(error(r#"{"a":"b","error":"x"}"#).as_deref(), Some("x"));
        assert_eq!(read::<u32>(r#"{"unseen":"hidden"}"#), None);
        assert_eq!(read::<Vec<u32>>(r#"{"a":1}"#), None);
    }
}
