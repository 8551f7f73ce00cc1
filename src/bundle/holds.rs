//! What each string of a bundle holds, as the attribute `x-holds` beside its field says. It stands in the JSON
//! Schema that is derived from the types, so that a value can be walked with its schema, and so that a test can
//! find a string that nobody classified.

use serde::Deserialize;
use serde_json::{Map, Value};

/// What a string holds; where a place allows several kinds, the first of them counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// What a server, a log, the system or we ourselves say: it may name anybody.
    Text,
    /// The value of a setting that cannot be a secret.
    Setting,
    /// A URL or a host with a port, or an attempt at one.
    Url,
    /// Somebody's home directory.
    Home,
    /// A file or a directory.
    Path,
    /// The name of a user.
    User,
    /// The id of an agent, which is a person's name for it.
    Agent,
    /// A host name or an address.
    Host,
    /// An IP address, with or without a port.
    Address,
    /// The place that a value came from: a config key, a variable, a flag, a file.
    Key,
    /// A keyed hash of a secret.
    Tag,
    /// A word of OpenClaw, Ollama, systemd or the kernel: a version, a state, the name of a model, an id.
    Word,
}

/// A node of the schema that a value may belong to, and what its strings hold.
type Node<'s> = (&'s Map<String, Value>, Option<Holds>);

/// What is done with a string, its class and its JSON Pointer; no class means that nobody gave it one.
pub type Edit<'e> = dyn FnMut(Option<Holds>, &mut String, &str) + 'e;

/// Goes through all strings of `value`, which has the shape of `schema`.
pub fn each_string(schema: &Value, value: &mut Value, edit: &mut Edit) {
    let walk = Walk { definitions: schema.get("$defs").and_then(Value::as_object) };
    walk.value(&walk.nodes([(schema, None)]), value, &mut String::new(), edit);
}

struct Walk<'s> {
    definitions: Option<&'s Map<String, Value>>,
}

impl<'s> Walk<'s> {
    /// The nodes behind references and alternatives. What is said of a string
    /// beside a reference counts for all that is behind it, unless that says otherwise.
    fn nodes(&self, from: impl IntoIterator<Item = (&'s Value, Option<Holds>)>) -> Vec<Node<'s>> {
        let mut open: Vec<_> = from.into_iter().collect();
        let mut nodes = Vec::new();
        while let Some((schema, inherited)) = open.pop() {
            let Some(schema) = schema.as_object() else { continue };
            let own = schema.get("x-holds").and_then(|holds| Holds::deserialize(holds).ok());
            let holds = own.or(inherited);
            nodes.push((schema, holds));
            let behind = schema.get("$ref").and_then(Value::as_str).and_then(|name| {
                let name = name.strip_prefix("#/$defs/")?;
                self.definitions?.get(name)
            });
            open.extend(behind.map(|behind| (behind, holds)));
            for key in ["anyOf", "oneOf", "allOf"] {
                let choices = schema.get(key).and_then(Value::as_array);
                open.extend(choices.into_iter().flatten().map(|choice| (choice, holds)));
            }
        }
        nodes
    }

    fn value(&self, nodes: &[Node<'s>], value: &mut Value, at: &mut String, edit: &mut Edit) {
        match value {
            Value::String(text) => edit(string_class(nodes, text), text, at),
            Value::Array(items) => {
                let below = self.nodes(nodes.iter().flat_map(|(schema, holds)| {
                    let each = schema.get("items").map(|items| (items, *holds));
                    let tuple = schema.get("prefixItems").and_then(Value::as_array);
                    each.into_iter().chain(tuple.into_iter().flatten().map(|item| (item, *holds)))
                }));
                for (index, item) in items.iter_mut().enumerate() {
                    self.step(&below, &index.to_string(), item, at, edit);
                }
            }
            Value::Object(fields) => {
                let fitting: Vec<_> = nodes.iter().filter(|(schema, _)| fits(schema, fields)).collect();
                for (name, field) in fields {
                    let below =
                        self.nodes(fitting.iter().filter_map(|(schema, holds)| {
                            Some((schema.get("properties")?.get(name)?, *holds))
                        }));
                    self.step(&below, name, field, at, edit);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn step(&self, nodes: &[Node<'s>], name: &str, value: &mut Value, at: &mut String, edit: &mut Edit) {
        let length = at.len();
        at.push('/');
        at.push_str(name);
        self.value(nodes, value, at, edit);
        at.truncate(length);
    }
}

/// Whether an object can belong to a node: the words that tell variants apart are right.
fn fits(schema: &Map<String, Value>, fields: &Map<String, Value>) -> bool {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().all(|(name, property)| {
        property.get("const").is_none_or(|word| fields.get(name).is_none_or(|field| field == word))
    })
}

fn string_class(nodes: &[Node], text: &str) -> Option<Holds> {
    let is_word = |schema: &Map<String, Value>| {
        let words = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
        words.chain(schema.get("const")).any(|word| word == text)
    };
    if nodes.iter().any(|(schema, _)| is_word(schema)) {
        return Some(Holds::Word);
    }
    nodes.iter().filter_map(|(schema, holds)| holds.or(by_format(schema))).min()
}

fn by_format(schema: &Map<String, Value>) -> Option<Holds> {
    match schema.get("format")?.as_str()? {
        "ip" | "ipv4" | "ipv6" => Some(Holds::Address),
        "date-time" => Some(Holds::Word),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Strings of a schema without a class, and whatever the walk cannot follow.
    fn unclassified(schema: &Value) -> Vec<String> {
        let walk = Walk { definitions: schema.get("$defs").and_then(Value::as_object) };
        let mut missing = Vec::new();
        look(&walk, &walk.nodes([(schema, None)]), "", &mut missing);
        missing
    }

    fn look(walk: &Walk, nodes: &[Node], at: &str, missing: &mut Vec<String>) {
        for (schema, holds) in nodes {
            let is = |kind: &str| match schema.get("type") {
                Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
                one => one.is_some_and(|one| one == kind),
            };
            let known = ["enum", "const"].iter().any(|key| schema.contains_key(*key));
            if is("string") && !known && holds.or(by_format(schema)).is_none() {
                missing.push(at.to_string());
            }
            // A map has names of its own, and a value of any kind holds anything.
            let is_map = schema.get("additionalProperties").is_some_and(Value::is_object);
            let leads_on = ["type", "$ref", "anyOf", "oneOf", "allOf", "const"];
            if is_map || !leads_on.iter().any(|key| schema.contains_key(*key)) {
                missing.push(format!("{at} (a map or a value of any kind)"));
            }
            for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten()
            {
                look(walk, &walk.nodes([(property, *holds)]), &format!("{at}/{name}"), missing);
            }
            let items = schema.get("items").map(|items| walk.nodes([(items, *holds)]));
            look(walk, &items.unwrap_or_default(), &format!("{at}/*"), missing);
        }
    }

    #[test]
    fn every_string_of_the_facts_says_what_it_holds() {
        let schema = schemars::schema_for!(crate::facts::Facts).to_value();
        let missing = unclassified(&schema);
        assert!(
            missing.is_empty(),
            "say what these hold, by #[schemars(extend(\"x-holds\" = \"…\"))] (src/bundle/holds.rs has the \
             kinds):\n{}",
            missing.join("\n")
        );
    }
}
