//! What OpenClaw does not accept, and who mends it.

use crate::facts::ConfigShape;

/// One place that OpenClaw does not accept.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The value, by its number in the shape.
    pub node: usize,
    /// Where OpenClaw says that it is.
    pub at: String,
    /// The key of the value.
    pub shown: String,
    /// What is wrong there.
    pub reason: Reason,
    /// What is expected.
    pub expected: String,
    /// Who mends it.
    pub mends: Option<Mends>,
    /// The value is of another kind, so that OpenClaw looks no further into that alternative.
    pub is_other: bool,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// Its key is unknown.
    Unknown,
    /// It lacks that key.
    Missing(String),
    /// It is of another kind, out of bounds, or no such word.
    Value,
    /// It does not go with another one.
    Together,
}

impl Problem {
    /// A problem with one value, where OpenClaw names that very value.
    pub fn of(shape: &ConfigShape, node: usize, reason: Reason, expected: impl Into<String>) -> Problem {
        let own = &shape.nodes[node].at;
        let at = match &reason {
            Reason::Missing(key) if own.is_empty() => key.clone(),
            Reason::Missing(key) => format!("{own}.{key}"),
            _ => own.clone(),
        };
        let is_other = matches!(reason, Reason::Missing(_));
        Problem { node, at, shown: own.clone(), reason, expected: expected.into(), mends: None, is_other }
    }
}

/// Who mends what an older version had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mends {
    /// OpenClaw, whenever it reads the config: it accepts the config, with a warning.
    Reading,
    /// A gateway that starts, and `openclaw doctor --fix`; until then the config is refused.
    Starting,
    /// `openclaw doctor --fix`, and no start.
    Doctor,
}
