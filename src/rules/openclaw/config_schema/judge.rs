//! Judges the shape of a config by the schema of OpenClaw.

use serde_json::Value;

use super::describe;
use super::moved;
use super::node::{Kind, Node, demands};
use super::problem::{Mends, Problem, Reason};
use super::relations;
use super::schema::Schema;
use crate::facts::{ConfigShape, ShapeKind, ShapeNode};

/// What the schema and the functions beside it say of a config.
#[derive(Debug, Default)]
pub struct Judged {
    /// Why OpenClaw refuses it, in the order of the file.
    pub refused: Vec<Problem>,
    /// What OpenClaw takes away or moves while it reads the config, with a warning.
    pub moved: Vec<Problem>,
    /// Places that a function of OpenClaw judges which is not known here, or of which too little was seen.
    pub open: Vec<String>,
    /// How many keys there are.
    pub keys: usize,
}

/// Judges a shape. What it was not asked for when it was made stays open.
pub fn judge(schema: &Schema, shape: &ConfigShape) -> Judged {
    let mut walk = Walk { schema, shape, judged: Judged::default() };
    let (problems, open) = match shape.nodes.is_empty() {
        true => Outcome::default(),
        false => walk.value(schema.root, 0, &mut Vec::new()),
    };
    // OpenClaw asks the rest of what has the right structure.
    let is_sound = problems.iter().all(|problem| problem.mends == Some(Mends::Reading));
    let (beyond, more) = if is_sound { relations::beyond(schema, shape) } else { Outcome::default() };
    let is_inner = |index: &usize| !shape.nodes[*index].at.is_empty();
    let mut judged = walk.judged;
    judged.keys = (0..shape.nodes.len()).filter(is_inner).count();
    judged.open.extend(open.into_iter().chain(more));
    if shape.cut {
        judged.open.push("what is beyond the number of values that are looked at".into());
    }
    for problem in problems.into_iter().chain(beyond) {
        match problem.mends {
            Some(Mends::Reading) => judged.moved.push(problem),
            Some(Mends::Starting) if schema.moved().is_none() => {
                judged.refused.push(Problem { mends: None, ..problem });
            }
            _ => judged.refused.push(problem),
        }
    }
    judged.refused.sort_by_key(|problem| problem.node);
    judged.refused.dedup_by_key(|problem| (problem.node, problem.at.clone()));
    judged.open.sort();
    judged.open.dedup();
    judged
}

type Outcome = (Vec<Problem>, Vec<String>);

struct Walk<'s> {
    schema: &'s Schema,
    shape: &'s ConfigShape,
    judged: Judged,
}

impl<'s> Walk<'s> {
    fn value(&mut self, number: usize, index: usize, place: &mut Vec<String>) -> Outcome {
        let node = self.schema.node(number);
        let seen = &self.shape.nodes[index];
        let (mut problems, mut open) = match &node.kind {
            Kind::Any => Outcome::default(),
            Kind::Union(key, options) => self.union(number, (key.as_deref(), options), index, place),
            Kind::All(parts) => self.all(parts, index, place),
            Kind::List(_) | Kind::Tuple(_) if seen.is == ShapeKind::List => {
                self.list(number, &node, index, place)
            }
            Kind::Record(names, value) if seen.is == ShapeKind::Object => {
                self.record((*names, *value), index, place)
            }
            Kind::Object(fields, rest) if seen.is == ShapeKind::Object => {
                self.object(fields, *rest, index, place)
            }
            kind => self.plain(number, kind, &node, index),
        };
        if node.is_judged && problems.iter().all(|problem| problem.mends == Some(Mends::Reading)) {
            match relations::at(self.schema, self.shape, index, place) {
                Some(more) => problems.extend(more),
                None => open.push(seen.at.clone()),
            }
        }
        (problems, open)
    }

    fn wrong(&self, number: usize, index: usize, is_other: bool) -> Outcome {
        let expected = describe::expected(self.schema, number);
        let mut problem = Problem { is_other, ..Problem::of(self.shape, index, Reason::Value, expected) };
        problem.mends = moved::mends_value(self.schema, &self.shape.nodes[index]);
        (vec![problem], Vec::new())
    }

    /// A value that holds no other.
    fn plain(&self, number: usize, kind: &Kind, node: &Node, index: usize) -> Outcome {
        let seen = &self.shape.nodes[index];
        let (is_kind, is_met) = match kind {
            Kind::Text if seen.is == ShapeKind::Text && seen.unfilled => {
                return (Vec::new(), demands(node).first().map(|_| seen.at.clone()).into_iter().collect());
            }
            Kind::Text => {
                let is_met = !demands(node).iter().any(|demand| seen.fails.contains(demand));
                (seen.is == ShapeKind::Text, is_met)
            }
            Kind::Number => {
                let is_whole = |number: f64| !node.demands.contains(&"int") || number.fract() == 0.0;
                let number = seen.number.filter(|number| is_whole(*number));
                (number.is_some(), number.is_some_and(|number| is_within(number, &node.demands)))
            }
            Kind::Boolean => (seen.is == ShapeKind::Boolean, true),
            Kind::Words(words) => match words.iter().any(|word| is_word(seen, word)) {
                false if self.is_unsure(seen) => return (Vec::new(), vec![seen.at.clone()]),
                is_one => (is_one, true),
            },
            _ => (false, false),
        };
        if is_kind && is_met { Outcome::default() } else { self.wrong(number, index, !is_kind) }
    }

    /// A text of which another schema, or nobody, said whether it is one of its words.
    fn is_unsure(&self, seen: &ShapeNode) -> bool {
        seen.is == ShapeKind::Text && (seen.unfilled || !self.schema.is_of(&self.shape.schema))
    }

    fn all(&mut self, parts: &[usize], index: usize, place: &mut Vec<String>) -> Outcome {
        let mut whole = Outcome::default();
        for part in parts {
            let (problems, open) = self.value(*part, index, place);
            whole.0.extend(problems);
            whole.1.extend(open);
        }
        whole
    }

    /// Where no alternative fits, OpenClaw tells of the only one that is of the same kind, or else names the value
    /// itself; what is nearest is shown.
    fn union(
        &mut self,
        number: usize,
        of: (Option<&str>, &[usize]),
        index: usize,
        place: &mut Vec<String>,
    ) -> Outcome {
        let chosen = of.0.and_then(|key| self.by_key(key, of.1, index));
        if let Some(chosen) = chosen {
            return self.value(chosen, index, place);
        }
        let mut all: Vec<Vec<Problem>> = Vec::new();
        for option in of.1 {
            let (problems, open) = self.value(*option, index, place);
            if problems.is_empty() {
                return (problems, open);
            }
            all.push(problems);
        }
        let is_alike = |problems: &&Vec<Problem>| !problems.iter().any(|problem| problem.is_other);
        let alike: Vec<&Vec<Problem>> = all.iter().filter(is_alike).collect();
        if let [only] = alike.as_slice() {
            return ((*only).clone(), Vec::new());
        }
        let depth =
            |problems: &Vec<Problem>| problems.iter().map(|one| self.shape.nodes[one.node].depth).max();
        let own_depth = self.shape.nodes[index].depth;
        let inner =
            all.into_iter().filter(|problems| depth(problems) > Some(own_depth) || is_missing(problems));
        let mut problems = inner.max_by_key(depth).unwrap_or_else(|| self.wrong(number, index, true).0);
        problems.truncate(1);
        for problem in &mut problems {
            problem.at.clone_from(&self.shape.nodes[index].at);
            problem.is_other = true;
        }
        (problems, Vec::new())
    }

    /// The alternative that the value of a key chooses.
    fn by_key(&self, key: &str, options: &[usize], index: usize) -> Option<usize> {
        let seen = &self.shape.nodes[self.shape.child(index, key)?];
        options.iter().copied().find(|option| {
            let Kind::Object(fields, _) = self.schema.node(*option).kind else { return false };
            let field =
                fields.iter().find(|(name, ..)| name == key).map(|(.., to)| self.schema.node(*to).kind);
            matches!(field, Some(Kind::Words(words)) if words.iter().any(|word| is_word(seen, word)))
        })
    }

    fn list(&mut self, number: usize, node: &Node, index: usize, place: &mut Vec<String>) -> Outcome {
        let items: Vec<usize> = self.shape.children(index).collect();
        let is_long_enough = match &node.kind {
            Kind::Tuple(all) => all.len() == items.len(),
            _ => is_sized(items.len(), &node.demands),
        };
        let mut whole = if is_long_enough { Outcome::default() } else { self.wrong(number, index, false) };
        for (nth, item) in items.iter().enumerate() {
            let to = match &node.kind {
                Kind::Tuple(all) => all.get(nth).copied(),
                Kind::List(to) => Some(*to),
                _ => None,
            };
            whole = self.within(whole, to, *item, "*", place);
        }
        whole
    }

    fn within(
        &mut self,
        whole: Outcome,
        to: Option<usize>,
        child: usize,
        step: &str,
        place: &mut Vec<String>,
    ) -> Outcome {
        let Some(to) = to else { return whole };
        place.push(step.to_string());
        let (problems, open) = self.value(to, child, place);
        place.pop();
        (whole.0.into_iter().chain(problems).collect(), whole.1.into_iter().chain(open).collect())
    }

    fn record(&mut self, (names, value): (usize, usize), index: usize, place: &mut Vec<String>) -> Outcome {
        let mut whole = Outcome::default();
        for child in self.shape.children(index).collect::<Vec<_>>() {
            let fails = &self.shape.nodes[child].key_fails;
            if demands(&self.schema.node(names)).iter().any(|demand| fails.contains(demand)) {
                let problem = Problem::of(self.shape, child, Reason::Value, "called otherwise");
                whole.0.push(Problem { is_other: true, ..problem });
            }
            whole = self.within(whole, Some(value), child, "*", place);
        }
        whole
    }

    fn object(
        &mut self,
        fields: &[(String, bool, usize)],
        rest: Option<usize>,
        index: usize,
        place: &mut Vec<String>,
    ) -> Outcome {
        let mut whole = Outcome::default();
        for (name, _, _) in
            fields.iter().filter(|(name, needed, _)| *needed && self.shape.child(index, name).is_none())
        {
            whole.0.push(Problem::of(self.shape, index, Reason::Missing(name.clone()), name.clone()));
        }
        for child in self.shape.children(index).collect::<Vec<_>>() {
            let step = self.shape.step(index, child);
            let to = fields.iter().find(|(name, ..)| *name == step).map(|(.., to)| *to).or(rest);
            if to.is_none() {
                let nearest = nearest(&step, fields);
                whole = self.unknown(whole, child, (&step, index, nearest), place);
            } else {
                whole = self.within(whole, to, child, &step, place);
            }
        }
        whole
    }

    /// A key that the schema does not have; OpenClaw names the object.
    fn unknown(
        &mut self,
        whole: Outcome,
        child: usize,
        of: (&str, usize, String),
        place: &mut Vec<String>,
    ) -> Outcome {
        let (step, index, nearest) = of;
        let mut problem = Problem::of(self.shape, child, Reason::Unknown, nearest);
        problem.at.clone_from(&self.shape.nodes[index].at);
        problem.mends = moved::mends_key(self.schema, place, step);
        // What is moved is judged where it comes to.
        let is_number = self.shape.nodes[child].is == ShapeKind::Number;
        if problem.mends == Some(Mends::Reading)
            && place.first().is_some_and(|first| first == "models")
            && !is_number
        {
            problem.mends = None;
        }
        let is_list = place.len() == 1 && place[0] == "agents" && step == "list";
        let entry = self.schema.agent_entry().filter(|_| is_list && self.is_roster(child));
        if is_list && entry.is_none() {
            problem.mends = problem.mends.map(|_| Mends::Starting);
        }
        let mut whole = whole;
        whole.0.push(problem);
        let Some(entry) = entry else { return whole };
        for agent in self.shape.children(child).collect::<Vec<_>>() {
            place.extend([step.to_string(), "*".to_string()]);
            let (problems, open) = self.value(entry, agent, place);
            place.truncate(place.len() - 2);
            // The id becomes the key.
            whole.0.extend(problems.into_iter().filter(|problem| {
                problem.reason != Reason::Unknown || self.shape.step(agent, problem.node) != "id"
            }));
            whole.1.extend(open);
        }
        whole
    }

    /// Whether a list of agents can become an object by their ids.
    fn is_roster(&self, list: usize) -> bool {
        let has_id = |agent: usize| {
            self.shape.child(agent, "id").is_some_and(|id| self.shape.nodes[id].is == ShapeKind::Text)
        };
        self.shape.nodes[list].is == ShapeKind::List && self.shape.children(list).all(has_id)
    }
}

/// The field that an unknown key may be meant for, or nothing.
fn nearest(key: &str, fields: &[(String, bool, usize)]) -> String {
    const MOST_TYPOS: usize = 2;
    let low = key.to_lowercase();
    let distance = |name: &str| strsim::levenshtein(&low, &name.to_lowercase());
    let near = fields.iter().map(|(name, ..)| (distance(name), name));
    let near = near.filter(|(distance, name)| *distance <= MOST_TYPOS && distance * 2 < name.len());
    near.min().map(|(_, name)| name.clone()).unwrap_or_default()
}

fn is_missing(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| matches!(problem.reason, Reason::Missing(_)))
}

fn is_word(seen: &ShapeNode, word: &Value) -> bool {
    match word {
        Value::String(word) => seen.is == ShapeKind::Text && seen.word.as_deref() == Some(word),
        Value::Bool(word) => seen.is == ShapeKind::Boolean && seen.word.as_deref() == Some(&word.to_string()),
        Value::Number(word) => seen.number.is_some() && seen.number == word.as_f64(),
        Value::Null => seen.is == ShapeKind::Null,
        _ => false,
    }
}

fn is_within(number: f64, demands: &[&str]) -> bool {
    let bound = |text: &str| text.parse::<f64>().ok();
    demands.iter().all(|demand| match demand.strip_prefix(">=").map(bound) {
        Some(least) => least.is_some_and(|least| number >= least),
        None if demand.starts_with("<=") => bound(&demand[2..]).is_some_and(|most| number <= most),
        None if demand.starts_with('>') => bound(&demand[1..]).is_some_and(|below| number > below),
        None if demand.starts_with('<') => bound(&demand[1..]).is_some_and(|above| number < above),
        None => true,
    })
}

fn is_sized(size: usize, demands: &[&str]) -> bool {
    let number =
        |demand: &str, name: &str| demand.strip_prefix(name).and_then(|text| text.parse::<usize>().ok());
    demands.iter().all(|demand| {
        number(demand, "min=").is_none_or(|least| size >= least)
            && number(demand, "max=").is_none_or(|most| size <= most)
    })
}
