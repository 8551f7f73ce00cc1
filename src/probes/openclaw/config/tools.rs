//! What a config says of the tools of agents. What OpenClaw would refuse here is another check's.

use super::projection::{Step, View, join};
use crate::facts::{Sourced, ToolPolicy, config_key};

/// More than anybody writes.
const MOST: usize = 200;

/// The policy of all agents, which is there even where nothing is set, and those of single agents that set something.
pub fn read(view: &mut View) -> Vec<ToolPolicy> {
    let mut all = vec![policy(view, &["tools"])];
    let mut agents: Vec<[String; 3]> = Vec::new();
    for agent in view.keys(&["agents", "entries"]).unwrap_or_default() {
        agents.push(["agents".into(), "entries".into(), agent.value]);
    }
    for index in 0..view.length(&["agents", "list"]).unwrap_or_default() {
        agents.push(["agents".into(), "list".into(), index.to_string()]);
    }
    for [first, second, id] in agents.iter().take(MOST) {
        let own = policy(view, &[first, second, id, "tools"]);
        if own != (ToolPolicy { at: own.at.clone(), ..ToolPolicy::default() }) {
            all.push(own);
        }
    }
    all
}

fn policy(view: &mut View, path: Step) -> ToolPolicy {
    let mut names = |key: &str| {
        let mut all = view.strings(&join(path, key)).unwrap_or_default();
        all.truncate(MOST);
        all
    };
    let (allow, also_allow, deny) = (names("allow"), names("alsoAllow"), names("deny"));
    ToolPolicy {
        at: config_key(path),
        profile: view.string(&join(path, "profile")).ok().flatten(),
        allow,
        also_allow,
        deny,
        search: search(view, &join(path, "toolSearch")),
    }
}

/// `true` and an object without a mode are the mode `code` (`tools/tool-search`, Config).
fn search(view: &mut View, path: Step) -> Option<Sourced<String>> {
    if let Ok(Some(Sourced { value, from, line, column })) = view.boolean(path) {
        return Some(Sourced { value: value.to_string(), from, line, column });
    }
    let mode = view.string(&join(path, "mode")).ok().flatten();
    let is_object = view.object(path).is_ok_and(|object| object.is_some());
    let code = || Sourced { value: "code".into(), from: config_key(path), line: None, column: None };
    mode.or_else(|| is_object.then(code))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::probes::openclaw::config::gate::Admitted;
    use crate::text::secret::Tagger;

    #[test]
    fn policies_are_found_and_those_that_set_nothing_are_not_kept() {
        let root = json!({
            "tools": { "profile": "messaging", "deny": ["exec"], "toolSearch": { "mode": "tools" } },
            "agents": {
                "entries": { "work": { "tools": { "allow": ["read"] } }, "home": { "tools": {} } },
                "list": [{ "id": "x", "tools": { "toolSearch": {} } }],
            },
        });
        let (variables, tagger) = (Admitted::default(), Tagger::default());
        let all = read(&mut View::new(&root, "", "x.json", &variables, &tagger));
        let told: Vec<_> = all
            .iter()
            .map(|one| {
                let value = |setting: &Option<Sourced<String>>| setting.as_ref().map(|one| one.value.clone());
                (&*one.at, value(&one.profile), one.allow.len(), one.deny.len(), value(&one.search))
            })
            .collect();
        let some = |text: &str| Some(text.to_string());
        assert_eq!(
            told,
            [
                ("tools", some("messaging"), 0, 1, some("tools")),
                ("agents.entries.work.tools", None, 1, 0, None),
                ("agents.list.0.tools", None, 0, 0, some("code")),
            ]
        );
    }
}
