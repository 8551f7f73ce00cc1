//! The names in a config that other texts of it must be one of.

use serde_json::Value;

use super::schema::Schema;

/// The agents with their directories, the other names of models, and what the schema names elsewhere.
#[derive(Debug, Default)]
pub struct Roster {
    agents: Vec<String>,
    directories: Vec<String>,
    aliases: Vec<String>,
    channels: Vec<String>,
    searches: Vec<String>,
}

impl Roster {
    /// Those of a config, and of its schema.
    pub fn of(root: &Value, schema: &Schema) -> Roster {
        let keys = root.pointer("/agents/entries").and_then(Value::as_object);
        let listed = root.pointer("/agents/list").and_then(Value::as_array);
        let ids = listed.into_iter().flatten().filter_map(|agent| agent.get("id")?.as_str());
        let mut agents: Vec<String> = keys
            .into_iter()
            .flat_map(|keys| keys.keys())
            .map(String::as_str)
            .chain(ids)
            .map(agent_id)
            .collect();
        if agents.is_empty() {
            agents.push(MAIN.to_string());
        }
        let entries = || keys.into_iter().flat_map(|keys| keys.values());
        let directories =
            entries().filter_map(|entry| Some(entry.get("agentDir")?.as_str()?.to_string())).collect();
        let maps =
            root.pointer("/agents/defaults").into_iter().chain(entries()).filter_map(|one| one.get("models"));
        let models = maps.filter_map(Value::as_object).flat_map(|models| models.values());
        let aliases = models.filter_map(|model| model.get("alias")?.as_str()).map(low).collect();
        let (channels, searches) = (schema.channels(), schema.searches());
        Roster { agents, directories, aliases, channels, searches }
    }

    /// Whether no two agents have that directory.
    pub fn is_own_directory(&self, directory: &str) -> bool {
        self.directories.iter().filter(|one| *one == directory).count() < 2
    }

    /// Whether a heartbeat can go there: a channel, or a word for one.
    pub fn is_target(&self, target: &str) -> bool {
        let low = low(target);
        ["owner", "last", "none"].contains(&&*low) || self.channels.contains(&low)
    }

    /// Whether a plugin that comes along searches the web as that provider.
    pub fn searches(&self, provider: &str) -> bool {
        self.searches.iter().any(|one| one == provider.trim())
    }

    /// Whether there is an agent of that id, or of one that comes to the same.
    pub fn has(&self, id: &str) -> bool {
        self.agents.contains(&agent_id(id))
    }

    /// Whether an earlier key comes to the same id of an agent.
    pub fn comes_again(&self, key: &str, keys: &[&String]) -> bool {
        let earlier = keys.iter().take_while(|one| **one != key);
        earlier.into_iter().any(|one| agent_id(one) == agent_id(key))
    }

    /// Whether a text is what `modelPolicy.allow` takes (`createModelPolicyRefValidator` of the npm package).
    pub fn is_policy_reference(&self, text: &str) -> bool {
        const SELECTORS: [&str; 2] = ["openrouter:auto", "openrouter:free"];
        let low = low(text);
        let parts: Vec<&str> = text.trim().split('/').map(str::trim).collect();
        let is_part =
            |part: &&str| !part.is_empty() && !part.contains('*') && !part.contains(char::is_control);
        let is_exact = parts.len() >= 2 && parts.iter().all(is_part);
        let is_prefix =
            parts.len() >= 2 && parts.last() == Some(&"*") && parts.iter().rev().skip(1).all(is_part);
        self.aliases.contains(&low) || SELECTORS.contains(&&*low) || is_exact || is_prefix
    }
}

/// The agent of a config that names none.
const MAIN: &str = "main";

fn low(text: &str) -> String {
    text.trim().to_lowercase()
}

/// `normalizeAgentId` of the npm package.
fn agent_id(written: &str) -> String {
    const LONGEST: usize = 64;
    let low = low(written);
    let is_own = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    let starts_well = low.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if starts_well && low.len() <= LONGEST && low.chars().all(is_own) {
        return low;
    }
    let mut id = String::new();
    for c in low.chars() {
        match is_own(c) {
            true => id.push(c),
            false if id.ends_with('\u{0}') => {}
            false => id.push('\u{0}'),
        }
    }
    let id: String = id.replace('\u{0}', "-").trim_matches('-').chars().take(LONGEST).collect();
    if id.is_empty() { MAIN.to_string() } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_agents_come_to_the_same() {
        for (written, id) in
            [("A", "a"), (" Ops Team! ", "ops-team"), ("_x", "_x"), ("!!", "main"), ("a_b-c", "a_b-c")]
        {
            assert_eq!(agent_id(written), id, "{written}");
        }
    }
}
