//! One line of the schema: what a value must be.

use serde_json::Value;

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Anything.
    Any,
    /// Nothing is accepted.
    Never,
    /// A string.
    Text,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// One of these values.
    Words(Vec<Value>),
    /// A list of such items.
    List(usize),
    /// A list of these items, one each.
    Tuple(Vec<usize>),
    /// An object with any keys: what they must be, and their values.
    Record(usize, usize),
    /// An object with these fields, and of others such.
    Object(Vec<(String, bool, usize)>, Option<usize>),
    /// One of these; the key that tells them apart, where one does.
    Union(Option<String>, Vec<usize>),
    /// All of these.
    All(Vec<usize>),
}

/// A node, with what is asked beside its kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'s> {
    /// Its kind.
    pub kind: Kind,
    /// Bounds, patterns and formats, as the line writes them.
    pub demands: Vec<&'s str>,
    /// A function of OpenClaw judges it too.
    pub is_judged: bool,
    /// How many words of the line were not understood.
    pub unread: usize,
}

impl<'s> Node<'s> {
    /// What stands for a line that is not there.
    pub fn unknown() -> Node<'s> {
        Node { kind: Kind::Any, demands: Vec::new(), is_judged: true, unread: 1 }
    }

    /// Reads a line.
    pub fn read(line: &'s str) -> Node<'s> {
        let mut all = words(line);
        let kind = if all.is_empty() { "" } else { all.remove(0) };
        let mut node = Node { kind: Kind::Any, demands: Vec::new(), is_judged: false, unread: 0 };
        all.retain(|word| {
            node.is_judged |= *word == "!";
            *word != "!"
        });
        let discriminator = (kind == "d" && !all.is_empty()).then(|| name(all.remove(0)));
        let numbers: Vec<usize> = all.iter().filter_map(|word| word.parse().ok()).collect();
        node.kind = match (kind, numbers.as_slice()) {
            ("a", _) => Kind::Any,
            ("x", _) => Kind::Never,
            ("s", _) => Kind::Text,
            ("n", _) => Kind::Number,
            ("b", _) => Kind::Boolean,
            ("e", _) => Kind::Words(all.iter().filter_map(|word| serde_json::from_str(word).ok()).collect()),
            ("l", [item, ..]) => Kind::List(*item),
            ("r", [key, value, ..]) => Kind::Record(*key, *value),
            ("t", items) => Kind::Tuple(items.to_vec()),
            ("u" | "d", options) => Kind::Union(discriminator, options.to_vec()),
            ("&", parts) => Kind::All(parts.to_vec()),
            ("o", _) => fields(&all),
            _ => return Node::unknown(),
        };
        let is_bare = matches!(node.kind, Kind::Words(_) | Kind::Object(..));
        node.demands = all.iter().copied().filter(|word| !is_bare && is_demand(word)).collect();
        node
    }

    /// The lines it names.
    #[cfg(test)]
    pub fn leads_to(&self) -> Vec<usize> {
        match &self.kind {
            Kind::List(item) => vec![*item],
            Kind::Record(key, value) => vec![*key, *value],
            Kind::Tuple(all) | Kind::Union(_, all) | Kind::All(all) => all.clone(),
            Kind::Object(fields, rest) => fields.iter().map(|(_, _, to)| *to).chain(*rest).collect(),
            _ => Vec::new(),
        }
    }
}

/// What a node asks of texts.
pub fn demands(node: &Node) -> Vec<String> {
    if node.kind != Kind::Text {
        return Vec::new();
    }
    let trims = node.demands.contains(&"trim");
    let all = node.demands.iter().filter(|demand| **demand != "trim");
    all.map(|demand| if trims { format!("trim {demand}") } else { demand.to_string() }).collect()
}

fn is_demand(word: &str) -> bool {
    let starts = ["min=", "max=", "re=", "not=", "fmt=", ">", "<"];
    ["int", "trim"].contains(&word) || starts.iter().any(|start| word.starts_with(start))
}

/// The words of a line; a quoted one may hold spaces.
fn words(line: &str) -> Vec<&str> {
    let (mut all, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b' ' if !quoted => {
                all.push(&line[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    all.push(&line[start..]);
    all.retain(|word| !word.is_empty());
    all
}

/// A name, quoted where it is no plain word.
fn name(word: &str) -> String {
    if word.starts_with('"') { serde_json::from_str(word).unwrap_or_default() } else { word.to_string() }
}

/// `name=N` may be missing, `name!N` must be there, and `*N` is what all others must be.
fn fields(all: &[&str]) -> Kind {
    let mut fields = Vec::new();
    let mut rest = None;
    for word in all {
        let end = word.rfind(['=', '!']);
        if let Some(number) = word.strip_prefix('*') {
            rest = number.parse().ok();
        } else if let Some((at, number)) = end.and_then(|at| Some((at, word[at + 1..].parse().ok()?))) {
            fields.push((name(&word[..at]), &word[at..=at] == "!", number));
        }
    }
    Kind::Object(fields, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let node = Node::read(r#"o a=1 "b c"!2 *3 !"#);
        let fields = vec![("a".to_string(), false, 1), ("b c".to_string(), true, 2)];
        assert_eq!((node.kind, node.is_judged), (Kind::Object(fields, Some(3)), true));
        let node = Node::read(r#"s trim min=1 re="^[a-z \"]+$""#);
        assert_eq!(node.demands, ["trim", "min=1", r#"re="^[a-z \"]+$""#]);
        assert_eq!(
            Node::read(r#"e "a b" true 1"#).kind,
            Kind::Words(vec!["a b".into(), true.into(), 1.into()])
        );
        assert_eq!(Node::read("d type 1 2").kind, Kind::Union(Some("type".into()), vec![1, 2]));
    }
}
