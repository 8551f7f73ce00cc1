//! What changed between two looks at a machine: which findings came and went, and which facts changed, those first
//! that a finding rests on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::report::comparison::{Change, CheckChange, Comparison, Side};
use crate::report::{Finding, Report, SCHEMA_VERSION, Severity, Status, TOOL};

/// The most changes that are kept.
const MOST: usize = 1000;
/// Fields that differ at every look and tell nothing: times, process ids, tags of secrets.
const RESTLESS: [&str; 11] =
    ["ms", "pid", "mainPid", "gatewayPid", "tag", "at", "line", "column", "device", "startedAt", "elapsedMs"];
/// What is not compared value by value: text of logs, the answer to `--deep`, the shape of the config.
const NOT_COMPARED: [&str; 4] = ["/logs", "/deep", "/config/shape", "/gateway/log"];
/// Amounts that always move a little: a change of less than a fifth is none.
const AMOUNTS: [&str; 7] =
    ["memoryAvailable", "free", "freeToRoot", "inodesFree", "swapFree", "sizeVram", "configSize"];
/// What names an entry of a list, best first.
const NAMES: [&str; 8] = ["name", "provider", "path", "address", "place", "holds", "model", "user"];

/// A look: its file, its facts as JSON, and what they come to.
pub struct Look<'a> {
    /// The file, fit to be shown.
    pub file: &'a str,
    /// The facts.
    pub facts: &'a Value,
    /// The judgement.
    pub report: &'a Report,
}

/// Compares two looks, the earlier one first.
pub fn compare(before: &Look, after: &Look) -> Comparison {
    let (came, stayed) = apart(after.report, before.report, |new, old| new.severity > old.severity);
    let (gone, _) = apart(before.report, after.report, |_, _| false);
    let (went, hidden): (Vec<Finding>, Vec<Finding>) =
        gone.into_iter().partition(|finding| is_looked_at(after.report, &finding.check_id));
    let rests: Vec<_> = rests_on(after, &came).chain(rests_on(before, &went)).collect();
    let mut changes = changes(before.facts, after.facts, &rests);
    let more = changes.len().saturating_sub(MOST);
    changes.truncate(MOST);
    Comparison {
        schema_version: SCHEMA_VERSION,
        tool: TOOL,
        before: side(before),
        after: side(after),
        came,
        went,
        hidden,
        stayed,
        checks: checks(before.report, after.report),
        changes,
        more,
    }
}

/// The findings of `report` that the other one does not have, or that got worse since; and the rest. Of findings
/// that are alike, as many are the same as the other has.
fn apart(
    report: &Report,
    other: &Report,
    is_worse: impl Fn(&Finding, &Finding) -> bool,
) -> (Vec<Finding>, Vec<Finding>) {
    let mut left: Vec<&Finding> = other.findings.iter().collect();
    let is_new = |finding: &&Finding| match left.iter().position(|old| key(old) == key(finding)) {
        Some(index) => is_worse(finding, left.swap_remove(index)),
        None => true,
    };
    let (new, same): (Vec<&Finding>, Vec<&Finding>) = report.findings.iter().partition(is_new);
    (new.into_iter().cloned().collect(), same.into_iter().cloned().collect())
}

/// Whether a check says something of the machine: one that waits for another says nothing.
fn is_looked_at(report: &Report, id: &str) -> bool {
    let row = report.checks.iter().find(|row| row.id == id);
    row.is_some_and(|row| row.status != Status::Unknown && row.because.is_none())
}

type Key = (String, String, Option<String>, Option<String>);

/// What makes a finding the same in two reports.
fn key(finding: &Finding) -> Key {
    (finding.check_id.clone(), finding.cause.clone(), finding.target.clone(), finding.path.clone())
}

fn side(look: &Look) -> Side {
    Side {
        file: look.file.to_string(),
        at: look.report.run.at,
        verdict: look.report.verdict,
        openclaw: look.report.versions.openclaw.clone(),
        ollama: look.report.versions.ollama.clone(),
    }
}

/// The worst finding that came; it decides the exit code.
pub fn worst_that_came(comparison: &Comparison) -> Option<Severity> {
    comparison.came.iter().map(|finding| finding.severity).max()
}

fn checks(before: &Report, after: &Report) -> Vec<CheckChange> {
    let changed = after.checks.iter().filter_map(|row| {
        let old = before.checks.iter().find(|old| old.id == row.id)?;
        let is_finding = old.status == Status::Fail || row.status == Status::Fail;
        let change = || CheckChange { id: row.id.clone(), before: old.status, after: row.status };
        (old.status != row.status && !is_finding).then(change)
    });
    changed.collect()
}

/// Each place that a finding rests on, with the check.
fn rests_on<'a>(look: &'a Look, findings: &'a [Finding]) -> impl Iterator<Item = (String, String)> + 'a {
    let all = findings.iter().flat_map(|finding| finding.evidence.iter().map(move |one| (finding, one)));
    all.map(|(finding, one)| (named_path(look.facts, &one.fact), finding.check_id.clone()))
}

/// A JSON Pointer with the names of entries in place of their numbers, up to what the last step is a part of.
fn named_path(facts: &Value, pointer: &str) -> String {
    let mut at = Some(facts);
    let mut path = String::new();
    for step in Path::new(pointer).iter().skip(1).filter_map(|step| step.to_str()) {
        let entry = at.and_then(Value::as_array).and_then(|list| Some((list, step.parse::<usize>().ok()?)));
        match entry {
            Some((list, index)) if index < list.len() => {
                path.push_str(&format!("/{}", entry_names(list)[index]))
            }
            _ => path.push_str(&format!("/{step}")),
        }
        at = at.and_then(|value| value.pointer(&format!("/{step}")));
    }
    path
}

/// What each entry of a list is called; its number where it has no name, or another has the same.
fn entry_names(list: &[Value]) -> Vec<String> {
    let name = |entry: &Value| {
        NAMES.iter().find_map(|key| entry.get(key)?.as_str()).map(|name| name.replace('/', "_"))
    };
    let own: Vec<Option<String>> = list.iter().map(name).collect();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for name in own.iter().flatten() {
        *times.entry(name).or_default() += 1;
    }
    let called = |(index, own): (usize, &Option<String>)| match own {
        Some(name) if times[name.as_str()] == 1 => name.clone(),
        _ => index.to_string(),
    };
    own.iter().enumerate().map(called).collect()
}

fn changes(before: &Value, after: &Value, rests: &[(String, String)]) -> Vec<Change> {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    leaves(before, String::new(), &mut old);
    leaves(after, String::new(), &mut new);
    let facts: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let changed = facts.into_iter().filter(|fact| is_change(fact, old.get(*fact), new.get(*fact)));
    let mut changes: Vec<Change> = changed
        .map(|fact| Change {
            before: old.get(fact).cloned(),
            after: new.get(fact).cloned(),
            checks: checks_on(fact, rests),
            fact: fact.clone(),
        })
        .collect();
    changes.sort_by_key(|change| change.checks.is_empty());
    changes
}

/// The checks of which a finding rests on this fact, or on one beside it.
fn checks_on(fact: &str, rests: &[(String, String)]) -> Vec<String> {
    let is_near = |place: &str| {
        let around = Path::new(place).parent().and_then(Path::to_str).unwrap_or_default();
        fact == place
            || !around.is_empty()
                && around.matches('/').count() > 1
                && fact.starts_with(&format!("{around}/"))
    };
    let near = rests.iter().filter(|(place, _)| is_near(place)).map(|(_, check)| check.clone());
    near.collect::<BTreeSet<_>>().into_iter().collect()
}

fn is_change(fact: &str, old: Option<&String>, new: Option<&String>) -> bool {
    if old == new {
        return false;
    }
    let last = last_step(fact);
    let number = |text: Option<&String>| text.and_then(|text| text.parse::<f64>().ok());
    match (AMOUNTS.contains(&last), number(old), number(new)) {
        (true, Some(old), Some(new)) => (old - new).abs() > old.abs().max(new.abs()) / 5.0,
        _ => true,
    }
}

/// Every value with where it stands. A list of plain values is one value.
fn leaves(value: &Value, path: String, out: &mut BTreeMap<String, String>) {
    if NOT_COMPARED.contains(&&*path) {
        return;
    }
    let is_restless = |(key, value): &(&String, &Value)| {
        RESTLESS.contains(&key.as_str()) && !value.is_object() && !value.is_array()
    };
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|field| !is_restless(field))
            .for_each(|(key, value)| leaves(value, format!("{path}/{key}"), out)),
        Value::Array(list) if list.iter().any(|entry| entry.is_object() || entry.is_array()) => {
            for (entry, name) in list.iter().zip(entry_names(list)) {
                leaves(entry, format!("{path}/{name}"), out);
            }
        }
        Value::Array(list) => {
            let all: Vec<String> = list.iter().map(plain).collect();
            out.insert(path, all.join(", "));
        }
        Value::Null => {}
        value => {
            out.insert(path, plain(value));
        }
    }
}

/// The last step of a pointer, which has the form of a path.
fn last_step(pointer: &str) -> &str {
    Path::new(pointer).file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed(before: Value, after: Value) -> Vec<(String, Option<String>, Option<String>)> {
        let all = changes(&before, &after, &[]);
        all.into_iter().map(|change| (change.fact, change.before, change.after)).collect()
    }

    #[test]
    fn entries_of_a_list_are_compared_by_their_names() {
        let unit = |name: &str, state: &str| json!({ "name": name, "activeState": state, "mainPid": 7 });
        let before = json!({ "units": [unit("a", "active"), unit("b", "active")] });
        let after = json!({ "units": [unit("b", "failed"), unit("a", "active")] });
        let all = changed(before, after);
        assert_eq!(all, [("/units/b/activeState".into(), Some("active".into()), Some("failed".into()))]);
    }

    #[test]
    fn what_moves_at_every_look_is_no_change() {
        let look = |ms: f64, free: u64| json!({ "connect": { "ms": ms }, "disk": { "free": free } });
        assert_eq!(changed(look(0.1, 1000), look(9.0, 900)), []);
        assert_eq!(changed(look(0.1, 1000), look(9.0, 100)).len(), 1);
    }

    #[test]
    fn what_came_and_what_is_not_there_any_more_are_told() {
        let all = changed(json!({ "a": { "x": 1 } }), json!({ "a": { "y": [1, 2] } }));
        assert_eq!(
            all,
            [("/a/x".into(), Some("1".into()), None), ("/a/y".into(), None, Some("1, 2".into()))]
        );
    }

    #[test]
    fn a_finding_rests_on_what_stands_beside_its_evidence() {
        let facts = json!({ "units": [{ "name": "o", "activeState": "failed" }] });
        let place = named_path(&facts, "/units/0/activeState");
        assert_eq!(place, "/units/o/activeState");
        let rests = [(place, "ollama/start".to_string())];
        assert_eq!(checks_on("/units/o/result", &rests), ["ollama/start"]);
        assert!(checks_on("/units/p/result", &rests).is_empty());
    }
}
