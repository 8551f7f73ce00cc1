//! The shape of a config: what the schema looks at, and nothing else.

use serde_json::Value;

use super::node::{Kind, Node, demands};
use super::places::fits;
use super::relations::{REFINED, WATCHED};
use super::roster::Roster;
use super::schema::Schema;
use super::text;
use crate::facts::{ConfigShape, ShapeKind, ShapeNode, config_key};
use crate::text::scrub::scrub_for_others;

/// More values than a config has that somebody wrote.
const MOST: usize = 4000;
/// Deeper than any config.
const DEEPEST: usize = 40;
/// A longer key is none that a schema has.
const LONGEST_KEY: usize = 64;
/// Below these a key that the schema does not name may name a person, a room or an account.
const PERSONAL: [&str; 7] =
    ["channels", "bindings", "broadcast", "accessGroups", "hooks", "session", "approvals"];

/// Finds the line and column of the value at a path.
pub type Places<'a> = dyn Fn(&[&str]) -> Option<(usize, usize)> + 'a;

/// How texts of a config are read, and where they stand.
pub struct Asked<'a> {
    /// The text as OpenClaw reads it; nothing where a value in it is kept from the config.
    pub fill: &'a dyn Fn(&str) -> Option<String>,
    /// Line and column of the value at a path.
    pub place: &'a Places<'a>,
}

struct Walk<'a> {
    schema: &'a Schema,
    asked: &'a Asked<'a>,
    roster: Roster,
    shape: ConfigShape,
    /// The steps to the value, and the same as they are shown.
    path: Vec<String>,
    shown: Vec<String>,
}

/// A value to come: its key, what it may be, what the key does not meet, and whether the schema names the key.
struct Below<'v> {
    key: &'v str,
    value: &'v Value,
    nodes: Vec<usize>,
    key_fails: Vec<String>,
    is_named: bool,
}

impl Schema {
    /// The shape of a config.
    pub fn shape_of(&self, root: &Value, asked: &Asked) -> ConfigShape {
        let shape = ConfigShape { schema: self.version.to_string(), ..ConfigShape::default() };
        let (path, shown) = (Vec::new(), Vec::new());
        let mut walk = Walk { schema: self, asked, roster: Roster::of(root, self), shape, path, shown };
        walk.add(root, &[self.root], Vec::new());
        walk.shape
    }

    /// The alternatives that nodes stand for.
    fn alternatives(&self, nodes: &[usize]) -> Vec<Node<'static>> {
        let (mut open, mut seen, mut found) = (nodes.to_vec(), Vec::new(), Vec::new());
        while let Some(number) = open.pop() {
            if seen.contains(&number) {
                continue;
            }
            seen.push(number);
            let node = self.node(number);
            match node.kind {
                Kind::Union(_, all) | Kind::All(all) => open.extend(all),
                _ => found.push(node),
            }
        }
        found
    }
}

impl Walk<'_> {
    fn add(&mut self, value: &Value, nodes: &[usize], key_fails: Vec<String>) {
        if self.shape.nodes.len() >= MOST || self.path.len() > DEEPEST {
            self.shape.cut = true;
            return;
        }
        let alternatives = self.schema.alternatives(nodes);
        let node = self.seen(value, &alternatives, key_fails);
        self.shape.nodes.push(node);
        match value {
            Value::Object(object) => {
                let keys: Vec<&String> = object.keys().collect();
                object
                    .iter()
                    .for_each(|(key, value)| self.step(self.below(&alternatives, key, value, &keys)));
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let nodes = items_of(&alternatives, index);
                    let key = index.to_string();
                    self.step(Below { key: &key, value: item, nodes, key_fails: Vec::new(), is_named: true });
                }
            }
            _ => {}
        }
    }

    fn step(&mut self, below: Below) {
        // The name of a channel is that of a program.
        let is_personal =
            self.path.first().is_some_and(|first| PERSONAL.contains(&&**first)) && self.path != ["channels"];
        let is_shown = below.is_named || !is_personal && is_harmless(below.key);
        self.shown.push(if is_shown { below.key.to_string() } else { "*".to_string() });
        self.path.push(below.key.to_string());
        self.add(below.value, &below.nodes, below.key_fails);
        self.path.pop();
        self.shown.pop();
    }

    fn below<'v>(
        &self,
        alternatives: &[Node],
        key: &'v str,
        value: &'v Value,
        keys: &[&String],
    ) -> Below<'v> {
        let mut below = Below { key, value, nodes: Vec::new(), key_fails: Vec::new(), is_named: false };
        for node in alternatives {
            match &node.kind {
                Kind::Object(fields, rest) => {
                    let field = fields.iter().find(|(name, ..)| name == key).map(|(.., to)| *to);
                    below.is_named |= field.is_some();
                    below.nodes.extend(field.or(*rest));
                }
                Kind::Record(names, value) => {
                    below.nodes.push(*value);
                    below.key_fails.extend(self.fails(&self.schema.alternatives(&[*names]), key, &[]));
                }
                _ => {}
            }
        }
        if fits("agents.entries", &self.path) && self.roster.comes_again(key, keys) {
            below.key_fails.push("is=unique".to_string());
        }
        if fits("agents", &self.path) && key == "list" {
            below.nodes.extend(self.schema.agent_entry());
        }
        below
    }

    fn seen(&self, value: &Value, alternatives: &[Node], key_fails: Vec<String>) -> ShapeNode {
        let steps: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let shown: Vec<&str> = self.shown.iter().map(String::as_str).collect();
        let place = (self.asked.place)(&steps);
        let mut node = ShapeNode {
            at: config_key(&shown),
            depth: steps.len(),
            key_fails,
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            ..ShapeNode::default()
        };
        match value {
            Value::Null => {}
            Value::Bool(value) => (node.is, node.word) = (ShapeKind::Boolean, Some(value.to_string())),
            Value::Number(number) => (node.is, node.number) = (ShapeKind::Number, number.as_f64()),
            Value::Array(_) => node.is = ShapeKind::List,
            Value::Object(_) => node.is = ShapeKind::Object,
            Value::String(text) => {
                node.is = ShapeKind::Text;
                match (self.asked.fill)(text) {
                    None => node.unfilled = true,
                    Some(text) => {
                        node.word = has_word(alternatives, &text).then(|| text.clone());
                        node.fails = self.fails(alternatives, &text, &self.path);
                    }
                }
            }
        }
        node
    }

    /// What is asked of a text at a path, and the text does not meet.
    fn fails(&self, alternatives: &[Node], text: &str, path: &[String]) -> Vec<String> {
        let mut asked: Vec<String> = alternatives.iter().flat_map(demands).collect();
        let asks = REFINED.iter().map(|(at, is, _)| (at, is)).chain(WATCHED.iter().map(|(at, is)| (at, is)));
        asked.extend(asks.filter(|(at, _)| fits(at, path)).map(|(_, is)| format!("is={is}")));
        asked.retain(|demand| text::holds(demand, text, &self.roster) == Some(false));
        asked.sort();
        asked.dedup();
        asked
    }
}

fn items_of(alternatives: &[Node], index: usize) -> Vec<usize> {
    let of = |node: &Node| match &node.kind {
        Kind::List(item) => Some(*item),
        Kind::Tuple(items) => items.get(index).copied(),
        _ => None,
    };
    alternatives.iter().filter_map(of).collect()
}

/// Whether the schema has that very word here.
fn has_word(alternatives: &[Node], text: &str) -> bool {
    alternatives.iter().any(|node| match &node.kind {
        Kind::Words(words) => words.iter().any(|word| word == text),
        _ => false,
    })
}

/// Whether a key that somebody made up may be shown.
fn is_harmless(step: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || "_-.:/$ @<>".contains(c);
    step.chars().count() <= LONGEST_KEY && step.chars().all(is_plain) && scrub_for_others(step) == step
}
