//! What the schema expects, in words.

use super::node::{Kind, Node};
use super::schema::Schema;

/// More words than these are counted.
const MOST_WORDS: usize = 8;

/// What a node expects.
pub fn expected(schema: &Schema, number: usize) -> String {
    let mut all = Vec::new();
    alternatives(schema, number, &mut all);
    let mut words: Vec<String> = all.iter().filter_map(quoted).flatten().collect();
    let mut kinds: Vec<String> = all.iter().filter_map(kind).collect();
    kinds.dedup();
    if words.len() > MOST_WORDS {
        let more = words.len() - MOST_WORDS;
        words.truncate(MOST_WORDS);
        words.push(format!("{more} others"));
    }
    kinds.retain(|kind| !kind.is_empty());
    words.extend(kinds);
    match words.split_last() {
        None => "nothing".to_string(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
    }
}

fn alternatives<'s>(schema: &'s Schema, number: usize, all: &mut Vec<Node<'s>>) {
    let node = schema.node(number);
    match &node.kind {
        Kind::Union(_, options) => options.iter().for_each(|option| alternatives(schema, *option, all)),
        Kind::All(parts) => parts.iter().take(1).for_each(|part| alternatives(schema, *part, all)),
        _ => all.push(node),
    }
}

fn quoted(node: &Node) -> Option<Vec<String>> {
    match &node.kind {
        Kind::Words(words) => Some(words.iter().map(ToString::to_string).collect()),
        _ => None,
    }
}

fn kind(node: &Node) -> Option<String> {
    let bounds = |kind: &str| {
        let say = |demand: &&str| {
            let (name, value) = demand.split_at(demand.find(|c: char| c.is_ascii_digit() || c == '-')?);
            Some(match name {
                ">=" => format!("from {value}"),
                ">" => format!("above {value}"),
                "<=" if value.len() > 9 => return None,
                "<=" => format!("up to {value}"),
                "<" => format!("below {value}"),
                _ => return None,
            })
        };
        let all: Vec<String> = node.demands.iter().filter_map(say).collect();
        if all.is_empty() { kind.to_string() } else { format!("{kind} {}", all.join(" ")) }
    };
    let is = |demand: &str| node.demands.contains(&demand);
    Some(match &node.kind {
        Kind::Text if is("min=1") => "a text that is not empty".to_string(),
        Kind::Text if is("fmt=url") => "a URL".to_string(),
        Kind::Text if node.demands.iter().any(|demand| demand.starts_with("re=")) => {
            "a text of another form".into()
        }
        Kind::Text => "a text in quotes".to_string(),
        Kind::Number if is("int") => bounds("a whole number"),
        Kind::Number => bounds("a number"),
        Kind::Boolean => "true or false".to_string(),
        Kind::List(_) | Kind::Tuple(_) => "a list".to_string(),
        Kind::Record(..) | Kind::Object(..) => "an object".to_string(),
        _ => return None,
    })
}
