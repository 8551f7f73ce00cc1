//! What a config holds beside the models: marks in the place of secrets, time limits, and the search of notes.

use serde_json::Value;

use super::projection::View;
use crate::facts::{Config, MemorySearch, Sourced, config_key};
use crate::rules::openclaw::base_url::shown_url;

/// What OpenClaw writes in the place of a secret that it shows.
const MARKS: [&str; 2] = ["__OPENCLAW_REDACTED__", "***"];
/// Items of a list in which marks are looked for.
const MOST: usize = 1000;
/// Objects deeper than this are not looked into.
const DEEPEST: usize = 12;

/// Reads them. What is of a wrong type is left out: OpenClaw refuses it, or does not ask.
pub fn read(config: &mut Config, view: &mut View, root: &Value) {
    config.agent_timeout = view.number(&["agents", "defaults", "timeoutSeconds"]).ok().flatten();
    config.models_mode = view.string(&["models", "mode"]).ok().flatten();
    config.memory_search = memory_search(view);
    let mut found = Vec::new();
    marks(root, &mut Vec::new(), &mut found);
    config.redacted = found;
}

fn memory_search(view: &mut View) -> MemorySearch {
    let at = |key| ["memory", "search", key];
    let url = view.string(&["memory", "search", "remote", "baseUrl"]).ok().flatten();
    MemorySearch {
        enabled: view.boolean(&at("enabled")).ok().flatten(),
        provider: view.string(&at("provider")).ok().flatten(),
        model: view.string(&at("model")).ok().flatten(),
        base_url: url.map(|url| Sourced { value: shown_url(&url.value), ..url }),
    }
}

fn marks(value: &Value, path: &mut Vec<String>, found: &mut Vec<Sourced<bool>>) {
    if path.len() > DEEPEST || found.len() >= 20 {
        return;
    }
    match value {
        Value::String(text) if text.contains(MARKS[0]) || text == MARKS[1] => {
            let steps: Vec<&str> = path.iter().map(String::as_str).collect();
            found.push(Sourced { value: true, from: config_key(&steps), line: None, column: None });
        }
        Value::Object(object) => {
            for (key, value) in object {
                path.push(key.clone());
                marks(value, path, found);
                path.pop();
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate().take(MOST) {
                path.push(index.to_string());
                marks(value, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}
