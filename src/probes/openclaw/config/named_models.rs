//! Models that a config names beside `agents.*.model`: for images, heartbeats,
//! subagents, compaction, hooks and others.

use super::projection::{View, join};
use crate::facts::Sourced;

/// Keys of an agent that hold a model, or one with fallbacks (`AGENT_MODEL_CONFIG_KEYS` and
/// `collectConfiguredModelRefs` of 2026.9.6). Voices and generators of media are no Ollama's.
const OF_AGENT: [&[&str]; 7] = [
    &["utilityModel"],
    &["imageModel"],
    &["pdfModel"],
    &["heartbeat", "model"],
    &["subagents", "model"],
    &["compaction", "model"],
    &["compaction", "memoryFlush", "model"],
];

/// The same, elsewhere.
const ELSEWHERE: [&[&str]; 2] = [&["tools", "exec", "reviewer", "model"], &["hooks", "gmail", "model"]];

/// More of them than anybody writes.
const MOST: usize = 500;

/// Every model that these keys name. What OpenClaw would refuse here is another check's.
pub fn read(view: &mut View) -> Vec<Sourced<String>> {
    let mut found = Vec::new();
    let mut agents: Vec<Vec<String>> = vec![vec!["agents".into(), "defaults".into()]];
    for agent in view.keys(&["agents", "entries"]).unwrap_or_default() {
        agents.push(vec!["agents".into(), "entries".into(), agent.value]);
    }
    for index in 0..view.length(&["agents", "list"]).unwrap_or_default() {
        agents.push(vec!["agents".into(), "list".into(), index.to_string()]);
    }
    for agent in &agents {
        let agent: Vec<&str> = agent.iter().map(String::as_str).collect();
        OF_AGENT.iter().for_each(|key| add(view, &[&agent, *key].concat(), &mut found));
    }
    ELSEWHERE.iter().for_each(|key| add(view, key, &mut found));
    for index in 0..view.length(&["hooks", "mappings"]).unwrap_or_default() {
        add(view, &["hooks", "mappings", &index.to_string(), "model"], &mut found);
    }
    found.truncate(MOST);
    found
}

fn add(view: &mut View, path: &[&str], found: &mut Vec<Sourced<String>>) {
    if let Ok(Some(model)) = view.string(path) {
        found.push(model);
    } else if let Ok(Some(_)) = view.object(path) {
        found.extend(view.string(&join(path, "primary")).ok().flatten());
        found.extend(view.strings(&join(path, "fallbacks")).unwrap_or_default());
    }
    found.retain(|model| !model.value.trim().is_empty());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::probes::openclaw::config::gate::Admitted;
    use crate::text::secret::Tagger;

    #[test]
    fn models_are_found_wherever_they_are_named() {
        let root = json!({
            "agents": {
                "defaults": {
                    "model": "ollama/a",
                    "imageModel": { "primary": "ollama/b", "fallbacks": ["ollama/c"] },
                    "heartbeat": { "model": "ollama/d" },
                    "subagents": { "model": { "primary": "ollama/e" } },
                    "compaction": { "model": "ollama/f", "memoryFlush": { "model": "ollama/g" } },
                    "pdfModel": 7,
                },
                "entries": { "work": { "heartbeat": { "model": "ollama/h" } } },
                "list": [{ "id": "x", "utilityModel": "ollama/i" }],
            },
            "hooks": { "mappings": [{ "model": "ollama/j" }, {}], "gmail": { "model": " " } },
        });
        let (variables, tagger) = (Admitted::default(), Tagger::default());
        let found = read(&mut View::new(&root, "", "x.json", &variables, &tagger));
        let models: Vec<&str> = found.iter().map(|model| &model.value[7..]).collect();
        assert_eq!(models, ["b", "c", "d", "e", "f", "g", "h", "i", "j"]);
        assert_eq!(found[0].from, "agents.defaults.imageModel.primary");
        assert_eq!(found[6].from, "agents.entries.work.heartbeat.model");
    }
}
