//! The lines of the schema of one version.

use std::sync::OnceLock;

use super::node::{Kind, Node};
use crate::types::versions::Version;

/// The nodes of all versions, one a line; see `tests/lab/schema.mjs`.
const NODES: &str = include_str!("nodes.txt");

/// What is the same for every config that is judged.
struct Table {
    /// All lines, by their number.
    lines: Vec<&'static str>,
    /// Those that are no nodes, in the same order: a mark of one character, and the version that they are of.
    marked: Vec<&'static str>,
    /// The versions, in order, with the line of the whole config.
    measured: Vec<(Version, &'static str, usize)>,
}

impl Table {
    /// Read once: the diagnosis of many bundles asks for it each time.
    fn get() -> &'static Table {
        static TABLE: OnceLock<Table> = OnceLock::new();
        TABLE.get_or_init(|| {
            let lines: Vec<&'static str> = NODES.lines().collect();
            let is_marked = |line: &&&str| matches!(line.as_bytes(), [b'p' | b'm' | b'w' | b'c', b' ', ..]);
            let mut measured: Vec<(Version, &'static str, usize)> = lines
                .iter()
                .filter_map(|line| line.strip_prefix("= ")?.split_once(' '))
                .filter_map(|(version, root)| Some((version.parse().ok()?, version, root.parse().ok()?)))
                .collect();
            measured.sort_by(|one, other| one.0.cmp(&other.0));
            Table { marked: lines.iter().filter(is_marked).copied().collect(), lines, measured }
        })
    }
}

/// The schema of one version. A node is read when it is asked for.
pub struct Schema {
    /// The version it was made from.
    pub version: &'static str,
    /// All lines, by their number.
    pub lines: &'static [&'static str],
    /// The line of the whole config.
    pub root: usize,
}

impl Schema {
    /// The schema of a version, or of the nearest one that was measured: the last before it, or else the first.
    /// What cannot be compared has the newest.
    pub fn of(version: Option<&str>) -> Option<Schema> {
        let Table { lines, measured, .. } = Table::get();
        let wanted = version.and_then(|version| version.parse::<Version>().ok());
        let before = wanted.map(|wanted| measured.partition_point(|(version, ..)| *version <= wanted));
        let index = before.map_or(measured.len(), |before| before.max(1)).checked_sub(1)?;
        let (_, version, root) = measured.get(index)?;
        Some(Schema { version, root: *root, lines })
    }

    /// Whether it is of that version or a later one.
    pub fn is_since(&self, version: &str) -> bool {
        self.version.parse::<Version>().ok() >= version.parse().ok()
    }

    /// Whether it was made from that very version.
    pub fn is_of(&self, version: &str) -> bool {
        self.version == version
    }

    /// Whether a provider is one of OpenClaw's own, which knows their addresses. Before they were told apart, the
    /// schema itself says what each needs.
    pub fn is_bundled_provider(&self, id: &str) -> bool {
        self.line_of("p").is_none_or(|mut own| own.any(|one| one == id))
    }

    /// The words of a line of this version.
    pub fn line_of(&self, mark: &str) -> Option<impl Iterator<Item = &'static str> + use<>> {
        let words = Table::get()
            .marked
            .iter()
            .find_map(|line| line.strip_prefix(mark)?.strip_prefix(' ')?.strip_prefix(self.version));
        words.map(str::split_whitespace)
    }

    /// The channels that OpenClaw brings along, with their other names.
    pub fn channels(&self) -> Vec<String> {
        let channels = self.field(self.root, "channels").map(|channels| self.node(channels).kind);
        let Some(Kind::Object(fields, _)) = channels else { return Vec::new() };
        let others = self.line_of("c").into_iter().flatten().map(str::to_string);
        fields.into_iter().map(|(name, ..)| name.to_lowercase()).chain(others).collect()
    }

    /// The providers of web search that it brings along.
    pub fn searches(&self) -> Vec<String> {
        self.line_of("w").into_iter().flatten().map(str::to_string).collect()
    }

    /// The keys of older versions that a start of this version mends, where that was measured.
    pub fn moved(&self) -> Option<impl Iterator<Item = &'static str> + use<>> {
        self.line_of("m")
    }

    /// Whether OpenClaw brings along a channel, or it is a key of `channels` that is none.
    pub fn has_channel(&self, name: &str) -> bool {
        let channels = self.field(self.root, "channels").map(|channels| self.node(channels).kind);
        matches!(channels, Some(Kind::Object(fields, _)) if fields.iter().any(|(field, ..)| field == name))
    }

    /// What `agents.list` was a list of, where the schema has only `agents.entries`, by its line.
    pub fn agent_entry(&self) -> Option<usize> {
        let agents = self.field(self.root, "agents")?;
        match self.node(self.field(agents, "entries")?).kind {
            Kind::Record(_, entry) if self.field(agents, "list").is_none() => Some(entry),
            _ => None,
        }
    }

    /// The line of a field of an object.
    pub fn field(&self, of: usize, name: &str) -> Option<usize> {
        let Kind::Object(fields, _) = self.node(of).kind else { return None };
        fields.into_iter().find(|(field, ..)| field == name).map(|(.., to)| to)
    }

    /// A line, read.
    pub fn node(&self, number: usize) -> Node<'static> {
        self.lines.get(number).map_or(Node::unknown(), |line| Node::read(line))
    }
}
