//! What the services say in their logs, as far as it tells of trouble or of its end.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Fact, Unseen};

/// What a service that runs logged before this is history: if it still went
/// wrong it would have logged it again.
pub const LOG_HORIZON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The logs of the services that concern us.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Logs {
    /// Ollama's service.
    #[serde(default)]
    pub ollama: Fact<Log>,
    /// The gateway of the judged install: journal of its unit, and the file that it writes itself.
    #[serde(default)]
    pub gateway: Fact<Log>,
    /// systemd-resolved.
    #[serde(default)]
    pub resolved: Fact<Log>,
}

/// An excerpt of the log of one service.
///
/// Of the newest lines of this boot, and of the last few starts of the service, those
/// are kept that tell of trouble (by words such as `error`, `denied`, `timed out`) or that
/// something works (`Listening on`, an answered request); lines that differ in
/// nothing but numbers are one line with a count. So a later doctor can judge
/// by lines that this one does not know. What looks like a secret is masked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    /// The unit, such as `ollama.service`.
    #[schemars(extend("x-holds" = "word"))]
    pub unit: String,
    /// When the oldest line that was read was logged.
    pub from: Option<Timestamp>,
    /// Lines that were read.
    pub read: u64,
    /// There are older lines of this boot that were not read, or more kinds of lines than were kept.
    pub truncated: bool,
    /// The lines that were kept, oldest first.
    pub lines: Vec<LogLine>,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
    /// When it was logged; the last one of several.
    pub time: Timestamp,
    /// When the first one was logged.
    pub first: Timestamp,
    /// How many there are.
    pub count: u32,
    /// How many times the service was started since: 0 in its latest run.
    pub run: u32,
    /// The last one's text, cut where it is long.
    #[schemars(extend("x-holds" = "text"))]
    pub text: String,
}

impl Logs {
    /// Logs of which none could be read.
    pub fn unseen(unseen: &Unseen) -> Logs {
        let log = || Fact::Unseen(unseen.clone());
        Logs { ollama: log(), gateway: log(), resolved: log() }
    }
}
