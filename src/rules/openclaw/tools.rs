//! Which tools an agent gets, and what keeps them from it (`gateway/config-tools/tool-policy` of the package of
//! 2026.9.6).

use crate::facts::{Sourced, ToolPolicy};
use crate::types::versions::{Range, Version};

/// Tools by which an agent acts on its machine, each with its group.
const ACTING: [(&str, &str); 6] = [
    ("read", "group:fs"),
    ("write", "group:fs"),
    ("edit", "group:fs"),
    ("apply_patch", "group:fs"),
    ("exec", "group:runtime"),
    ("process", "group:runtime"),
];

/// Profiles that have none of them.
const NARROW: [&str; 2] = ["minimal", "messaging"];

/// What takes all acting tools from an agent.
pub enum Cut<'a> {
    /// The profile.
    Profile(&'a Sourced<String>),
    /// `tools.deny`; the first entry that takes part.
    Denied(&'a Sourced<String>),
    /// `tools.allow`, which names none of them; its first entry.
    NotAllowed(&'a Sourced<String>),
}

/// What takes all acting tools from agents with that policy; `root` holds for all agents, and an agent's own profile
/// replaces its.
pub fn cut<'a>(root: &'a ToolPolicy, own: &'a ToolPolicy) -> Option<Cut<'a>> {
    let layers = if std::ptr::eq(root, own) { vec![own] } else { vec![root, own] };
    let denied =
        |tool: (&str, &str)| layers.iter().flat_map(|one| &one.deny).find(|entry| names(&entry.value, tool));
    if let Some(first) = denied(ACTING[0]).filter(|_| ACTING.iter().all(|tool| denied(*tool).is_some())) {
        return Some(Cut::Denied(first));
    }
    for layer in &layers {
        let lets = |tool: (&str, &str)| layer.allow.iter().any(|entry| names(&entry.value, tool));
        if let Some(first) = layer.allow.first().filter(|_| !ACTING.iter().any(|tool| lets(*tool))) {
            return Some(Cut::NotAllowed(first));
        }
    }
    let profile = own.profile.as_ref().or(root.profile.as_ref())?;
    let mut added = layers.iter().flat_map(|one| one.also_allow.iter().chain(&one.allow));
    let is_widened = added.any(|entry| ACTING.iter().any(|tool| names(&entry.value, *tool)));
    (NARROW.contains(&&*profile.value) && !is_widened).then_some(Cut::Profile(profile))
}

/// Whether an entry of a list names a tool: by its name, by its group, or by a pattern with `*`.
fn names(entry: &str, (tool, group): (&str, &str)) -> bool {
    let entry = entry.trim().to_ascii_lowercase();
    let entry = if entry == "bash" { "exec".to_string() } else { entry };
    entry == group || matches(&entry, tool)
}

/// `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// What the log says of each call where a model writes the envelope that Ollama takes for the tool `tool_call`.
pub const CALL_REFUSED: &str = "Validation failed for tool \"tool_call\"";

/// OpenClaw offers a tool called `tool_call` then (measured on 2026.9.6; mended in 2026.10.1 by its changelog).
const OFFERS_TOOL_CALL: &str = ">=2026.9.0, <2026.10.1";

/// Whether OpenClaw offers a tool called `tool_call` to a local model; not where no version is known.
pub fn offers_tool_call(version: Option<&Version>, root: &ToolPolicy) -> bool {
    let range: Option<Range> = OFFERS_TOOL_CALL.parse().ok();
    let concerns = range.zip(version).is_some_and(|(range, version)| range.contains(version));
    let is_searched = match &root.search {
        None => true,
        Some(mode) => matches!(&*mode.value, "tools" | "directory"),
    };
    concerns && is_searched
}

/// Whether a model writes its calls in the envelope `<tool_call>` (seen of qwen2.5, qwen3 and Hermes).
pub fn writes_tool_call(family: &str) -> bool {
    let family = family.to_ascii_lowercase();
    ["qwen2.5", "qwen2.5-coder", "qwen3"].contains(&&*family) || family.contains("hermes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sourced(value: &str) -> Sourced<String> {
        Sourced { value: value.into(), from: "x".into(), line: None, column: None }
    }

    fn policy(profile: Option<&str>, allow: &[&str], also: &[&str], deny: &[&str]) -> ToolPolicy {
        let list = |all: &[&str]| all.iter().map(|one| sourced(one)).collect();
        ToolPolicy {
            profile: profile.map(sourced),
            allow: list(allow),
            also_allow: list(also),
            deny: list(deny),
            ..ToolPolicy::default()
        }
    }

    fn told(root: &ToolPolicy, own: &ToolPolicy) -> Option<&'static str> {
        cut(root, own).map(|cut| match cut {
            Cut::Profile(_) => "profile",
            Cut::Denied(_) => "denied",
            Cut::NotAllowed(_) => "not-allowed",
        })
    }

    #[test]
    fn what_takes_the_tools_away_is_told() {
        for (root, expected) in [
            (policy(None, &[], &[], &[]), None),
            (policy(Some("coding"), &[], &[], &["browser"]), None),
            (policy(Some("messaging"), &[], &[], &[]), Some("profile")),
            (policy(Some("messaging"), &[], &["group:fs"], &[]), None),
            (policy(None, &[], &[], &["*"]), Some("denied")),
            (policy(None, &[], &[], &["group:fs", "Bash", "pro*s"]), Some("denied")),
            (policy(None, &[], &[], &["group:fs"]), None),
            (policy(None, &["web_search"], &[], &[]), Some("not-allowed")),
            (policy(None, &["web_*", "rea*"], &[], &[]), None),
        ] {
            assert_eq!(told(&root, &root), expected, "{root:?}");
        }
        let (root, own) = (policy(Some("messaging"), &[], &[], &[]), policy(Some("coding"), &[], &[], &[]));
        assert_eq!((told(&root, &own), told(&own, &root)), (None, Some("profile")));
    }

    #[test]
    fn tool_search_offers_a_tool_of_that_name_in_some_versions_only() {
        let with = |version: &str, search: Option<&str>| {
            let root = ToolPolicy { search: search.map(sourced), ..ToolPolicy::default() };
            offers_tool_call(version.parse().ok().as_ref(), &root)
        };
        assert!(with("2026.9.6", None) && with("2026.10.0", Some("tools")));
        assert!(!with("2026.9.6", Some("false")) && !with("2026.9.6", Some("code")));
        assert!(!with("2026.10.1", None) && !with("2026.8.9", None));
        assert!(
            writes_tool_call("Qwen3") && writes_tool_call("nous-hermes2") && !writes_tool_call("llama3.2")
        );
    }
}
