//! JSON of a server, read into no more memory than it may take: a few bytes of
//! text such as `{},` become hundreds in a tree.

use std::cell::Cell;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// What a tree may take, in bytes; the list of 10,000 models fits (`probes/network/http.rs` tests it).
pub const MOST: usize = 24 << 20;
/// What an object takes beside its entries: room for four of them is made at once.
const OBJECT: usize = 250;
/// What an entry of an object takes beside its key and value.
const ENTRY: usize = 100;

/// Why there is no tree.
#[derive(Debug)]
pub enum Refused {
    /// It would take too much memory.
    TooLarge,
    /// It is not JSON.
    Broken(serde_json::Error),
}

/// Reads one document, without the members of these names, which nobody reads. As in JavaScript, the last of several
/// equal keys counts.
///
/// # Errors
/// Where it is no JSON, is nested too deep, or takes too much memory.
pub fn read(bytes: &[u8], unread: &[&str]) -> Result<Value, Refused> {
    let left = Cell::new(MOST);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let tree = Tree { left: &left, unread }.deserialize(&mut json).and_then(|tree| json.end().map(|()| tree));
    tree.map_err(|error| if left.get() == 0 { Refused::TooLarge } else { Refused::Broken(error) })
}

/// One value, and how many bytes are left for it and everything after it.
#[derive(Clone, Copy)]
struct Tree<'a> {
    left: &'a Cell<usize>,
    unread: &'a [&'a str],
}

impl Tree<'_> {
    fn take<E: Error>(&self, bytes: usize) -> Result<(), E> {
        self.left.set(self.left.get().saturating_sub(bytes));
        if self.left.get() == 0 { Err(E::custom("it takes too much memory")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.take(text.len() + 32)?;
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(self)? {
            // A list that grows has room for twice its length.
            self.take(2 * size_of::<Value>())?;
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.take(OBJECT)?;
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if self.unread.contains(&&*key) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            self.take(size_of::<Value>() + ENTRY + key.len())?;
            object.insert(key, map.next_value_seed(self)?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_read_as_serde_json_reads_it() {
        let text = r#"{"a":[1,-2,3.5,true,null,"\u00e9"],"b":{"c":{}},"d":18446744073709551615,"b":1}"#;
        let expected: Option<Value> = serde_json::from_str(text).ok();
        assert_eq!(read(text.as_bytes(), &["digest"]).ok(), expected);
        assert_eq!(read(b"{\"a\":1,\"a\":2,\"digest\":[{}]}", &["digest"]).ok(), Some(json!({ "a": 2 })));
        for broken in ["", "{", "{} x", "[1,]", "nul", &"[".repeat(100_000)] {
            assert!(matches!(read(broken.as_bytes(), &[]), Err(Refused::Broken(_))), "{broken:.20}");
        }
    }

    #[test]
    fn what_takes_too_much_memory_is_refused() {
        for row in ["1,", "{},", "{\"a\":1},", "\"\",", "[],", "[[[[[[1]]]]]],"] {
            let text = format!("[{}1]", row.repeat((8 << 20) / row.len()));
            assert!(matches!(read(text.as_bytes(), &["digest"]), Err(Refused::TooLarge)), "{row}");
        }
        let long = format!("[\"{}\"]", "x".repeat(8 << 20));
        assert!(read(long.as_bytes(), &[]).is_ok());
    }
}
