//! What OpenClaw asks of the agents together.

use super::problem::{Mends, Problem, Reason};
use super::schema::Schema;
use crate::facts::{ConfigShape, ShapeNode};

/// One default at most, and an owner where there are several.
pub fn judge(_: &Schema, shape: &ConfigShape, agents: usize) -> Vec<Problem> {
    let ownership = shape.child(agents, "ownership");
    let is_explicit = ownership.is_some_and(|at| shape.nodes[at].word.as_deref() == Some("explicit"));
    let entries = shape.child(agents, "entries").or_else(|| shape.child(agents, "list"));
    let all: Vec<usize> = entries.into_iter().flat_map(|entries| shape.children(entries)).collect();
    let Some(entries) = entries.filter(|_| !all.is_empty()) else {
        return nobody(shape, entries.unwrap_or(agents)).into_iter().filter(|_| is_explicit).collect();
    };
    let is_default = |entry: &&usize| {
        let mark = shape.child(**entry, "default");
        mark.is_some_and(|mark| shape.nodes[mark].word.as_deref() == Some("true"))
    };
    let defaults = all.iter().filter(is_default).count();
    let mut problems = Vec::new();
    if defaults > 1 {
        let expected = "one agent with default: true at most";
        problems.push(Problem {
            at: "agents.entries".into(),
            ..Problem::of(shape, entries, Reason::Together, expected)
        });
    }
    let says = |expected: &str, at: usize| Problem {
        at: "agents.ownership".into(),
        ..Problem::of(shape, at, Reason::Together, expected)
    };
    if let Some(at) = ownership.filter(|_| is_explicit && defaults > 0) {
        problems.push(says("no agent with default: true beside ownership: \"explicit\"", at));
    }
    if all.len() > 1 && defaults == 0 && !is_explicit {
        let problem =
            says("ownership: \"explicit\" beside several agents, or one with default: true", entries);
        problems.push(Problem { mends: Some(Mends::Starting), ..problem });
    }
    problems.extend(all.into_iter().filter_map(|entry| again(shape, entry)));
    problems
}

/// One called main stands for none, but not where the owner is to be named.
fn nobody(shape: &ConfigShape, at: usize) -> Option<Problem> {
    let problem = Problem::of(shape, at, Reason::Missing("entries".into()), "an agent");
    Some(Problem { at: "agents.entries".into(), ..problem })
}

/// An agent whose key comes to the id of an earlier one.
fn again(shape: &ConfigShape, entry: usize) -> Option<Problem> {
    let comes_again = |node: &ShapeNode| node.key_fails.iter().any(|fail| fail == "is=unique");
    let is_again = comes_again(&shape.nodes[entry]);
    is_again.then(|| Problem::of(shape, entry, Reason::Together, "an id that no other agent has"))
}
