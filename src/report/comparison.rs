//! The shape of what `compare` prints as JSON.

use jiff::Timestamp;
use serde::Serialize;

use super::{Finding, Overall, Status, Tool};

/// Two looks, and what changed from one to the other.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// As of a report.
    pub schema_version: u32,
    /// What made this.
    pub tool: Tool,
    /// The first look.
    pub before: Side,
    /// The second look.
    pub after: Side,
    /// What is wrong only since then.
    pub came: Vec<Finding>,
    /// What is not wrong any more.
    pub went: Vec<Finding>,
    /// What was wrong, and can no longer be seen: its check waits for another, or could not look.
    pub hidden: Vec<Finding>,
    /// What is still wrong.
    pub stayed: Vec<Finding>,
    /// Checks that came to something else, where that is no finding: one that could not be determined, say.
    pub checks: Vec<CheckChange>,
    /// Facts that changed, those first that a finding rests on.
    pub changes: Vec<Change>,
    /// How many more changed.
    pub more: usize,
}

/// One of the two looks.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// The file of the bundle.
    pub file: String,
    /// When the machine was looked at.
    pub at: Timestamp,
    /// The verdict.
    pub verdict: Overall,
    /// Version of OpenClaw.
    pub openclaw: Option<String>,
    /// Version of Ollama.
    pub ollama: Option<String>,
}

/// A check that came to something else.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckChange {
    /// Id of the check.
    pub id: String,
    /// What it came to.
    pub before: Status,
    /// What it comes to.
    pub after: Status,
}

/// A fact that changed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Where it stands in the facts; an entry of a list by its name.
    pub fact: String,
    /// What it was; `None` where it was not there.
    pub before: Option<String>,
    /// What it is; `None` where it is not there any more.
    pub after: Option<String>,
    /// The checks of findings that came or went and rest on it.
    pub checks: Vec<String>,
}
