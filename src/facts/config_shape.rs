//! What a config looks like: its keys and what kind of value each holds, so that it can be judged by the schema of
//! OpenClaw without what it holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The tree of a config, includes merged in. Of a text only this is kept: the word, where the schema has that very
/// word at that place, and which of the schema's demands it does not meet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigShape {
    /// The version of OpenClaw whose schema said what to look at.
    #[schemars(extend("x-holds" = "word"))]
    pub schema: String,
    /// Each value before those within it.
    pub nodes: Vec<ShapeNode>,
    /// There is more than is kept here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// One value of a config.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShapeNode {
    /// Its key. `*` stands for a step that may name somebody.
    #[schemars(extend("x-holds" = "key"))]
    pub at: String,
    /// How many steps lead to it.
    pub depth: usize,
    /// What kind of value it is.
    pub is: ShapeKind,
    /// The text or the truth value, where the schema has that word here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-holds" = "word"))]
    pub word: Option<String>,
    /// The number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<f64>,
    /// What the schema asks of the text and the text does not meet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-holds" = "word"))]
    pub fails: Vec<String>,
    /// What the schema asks of the key and the key does not meet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-holds" = "word"))]
    pub key_fails: Vec<String>,
    /// The text is not what OpenClaw reads, since a variable in it is kept from the config.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfilled: bool,
    /// Line in the config file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column in that line, from 1, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

/// The kinds of values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ShapeKind {
    /// `null`.
    #[default]
    Null,
    /// True or false.
    Boolean,
    /// A number.
    Number,
    /// A string.
    Text,
    /// A list.
    List,
    /// An object.
    Object,
}

impl ShapeNode {
    /// Line and column in the config file, from 1, where both are known.
    pub fn place(&self) -> Option<(usize, usize)> {
        self.line.zip(self.column)
    }
}

impl ConfigShape {
    /// The values directly within one.
    pub fn children(&self, of: usize) -> impl Iterator<Item = usize> {
        let depth = self.nodes.get(of).map_or(0, |node| node.depth);
        let below =
            self.nodes.iter().enumerate().skip(of + 1).take_while(move |(_, node)| node.depth > depth);
        below.filter(move |(_, node)| node.depth == depth + 1).map(|(index, _)| index)
    }

    /// The last step to a value that lies directly within `parent`.
    pub fn step(&self, parent: usize, child: usize) -> String {
        let text = self.nodes[child].at.strip_prefix(&*self.nodes[parent].at).unwrap_or_default();
        let quoted = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        match quoted {
            Some(quoted) => serde_json::from_str(quoted).unwrap_or_else(|_| quoted.to_string()),
            None => text.trim_start_matches('.').to_string(),
        }
    }

    /// The value directly within another that the step leads to.
    pub fn child(&self, of: usize, step: &str) -> Option<usize> {
        self.children(of).find(|child| self.step(of, *child) == step)
    }

    /// The values that a path leads to; `*` stands for any step.
    pub fn find(&self, path: &str) -> Vec<usize> {
        let mut found = if self.nodes.is_empty() { Vec::new() } else { vec![0] };
        for step in path.split('.').filter(|step| !step.is_empty()) {
            let below = found.iter().flat_map(|at| match step {
                "*" => self.children(*at).collect(),
                step => self.child(*at, step).into_iter().collect::<Vec<_>>(),
            });
            found = below.collect();
        }
        found
    }
}
