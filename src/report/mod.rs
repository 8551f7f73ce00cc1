//! The shape of a report: what `--format json` prints, and what every other
//! format is made from. A superset of what `openclaw doctor --lint --json`
//! prints; within one schema number fields are only added.

pub mod comparison;

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use crate::types::link::Link;

/// Version of the report's shape.
pub const SCHEMA_VERSION: u32 = 1;

/// How much a finding hurts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Will bite, or half-works.
    Warning,
    /// Stops answers now.
    Error,
}

/// What became of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Looked at and fine.
    Pass,
    /// Could not be looked at, and that is explained.
    Skipped,
    /// Our own look failed.
    Unknown,
    /// Looked at and wrong.
    Fail,
}

/// The verdict over all checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Overall {
    /// Nothing fails and nothing is unknown.
    Ok,
    /// The worst finding is worth knowing.
    Info,
    /// The worst finding will bite.
    Warning,
    /// Something stops answers now.
    Error,
    /// Nothing fails, but something could not be determined.
    Incomplete,
}

/// The whole report.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// What made this report.
    pub tool: Tool,
    /// The exit code would be 0.
    pub ok: bool,
    /// A finding is at or above `--fail-on`.
    #[serde(skip)]
    pub fails: bool,
    /// The worst of everything.
    pub verdict: Overall,
    /// The id of the first root finding.
    pub start_here: Option<String>,
    /// What to type first: the steps of the first fix of that finding.
    pub start_with: Vec<String>,
    /// The path of a request, link by link: the rows of the screen.
    pub path: Vec<PathRow>,
    /// Checks that passed, failed or ended unknown.
    pub checks_run: usize,
    /// Checks that were skipped.
    pub checks_skipped: usize,
    /// Checks by status.
    pub counts: Counts,
    /// How this report came to be.
    pub run: Run,
    /// The Ollama that serves the primary model.
    pub target: Option<TargetLine>,
    /// The machine's parts that the rules were chosen for.
    pub versions: Versions,
    /// Which OpenClaw was judged.
    pub openclaw: Option<OpenClawLine>,
    /// What is wrong, roots first.
    pub findings: Vec<Finding>,
    /// What is wrong and the settings file says to ignore: in neither the verdict nor the exit code.
    pub ignored: Vec<Ignored>,
    /// The settings file, where there is one.
    pub settings: Option<SettingsLine>,
    /// One row a check, in report order.
    pub checks: Vec<CheckRow>,
}

/// Name and version of the doctor.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Tool {
    /// `openclaw-doctor`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// This doctor.
pub const TOOL: Tool = Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };

/// Checks by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Passed.
    pub pass: usize,
    /// Failed.
    pub fail: usize,
    /// Skipped.
    pub skipped: usize,
    /// Unknown.
    pub unknown: usize,
}

/// How a report came to be.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// `live` or `bundle`.
    pub source: &'static str,
    /// When the machine was looked at.
    pub at: Timestamp,
    /// Wall time of looking and judging, in milliseconds.
    pub elapsed_ms: u64,
}

/// The Ollama that serves the primary model.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TargetLine {
    /// Its base URL.
    pub base_url: String,
    /// Where that was set.
    pub from: String,
}

/// Versions found; `null` where none was found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Versions {
    /// OpenClaw, from its `package.json`.
    pub openclaw: Option<String>,
    /// Ollama, from `/api/version` of the first endpoint.
    pub ollama: Option<String>,
    /// Which rules of OpenClaw were applied, in words.
    pub rules: String,
}

/// Which OpenClaw was judged, and why that one.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpenClawLine {
    /// Its config file.
    pub config: String,
    /// The user it belongs to.
    pub user: String,
    /// The running gateway.
    pub gateway_pid: Option<u32>,
    /// Why this one was judged.
    pub because: String,
    /// The container that the gateway runs in, by its id, where it was looked into from the machine around it.
    pub container: Option<String>,
    /// The others of this machine.
    pub others: Vec<OtherOpenClaw>,
}

/// An OpenClaw that was not judged.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OtherOpenClaw {
    /// The user it belongs to.
    pub user: String,
    /// Its config file.
    pub config: String,
    /// Its running gateway.
    pub gateway_pid: Option<u32>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Id of the check.
    pub check_id: String,
    /// Which of the check's causes it is.
    pub cause: String,
    /// How much it hurts.
    pub severity: Severity,
    /// One sentence: what is wrong.
    pub message: String,
    /// The config key or file concerned.
    pub path: Option<String>,
    /// Line in that file, from 1.
    pub line: Option<usize>,
    /// Column in that line, from 1.
    pub column: Option<usize>,
    /// That line of the file, with everything masked that may be a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    /// The endpoint concerned, where there are several.
    pub target: Option<String>,
    /// The first fix in one line, for scripts written for `openclaw doctor`.
    pub fix_hint: Option<String>,
    /// What was seen, against what was expected.
    pub evidence: Vec<Evidence>,
    /// Alternatives, best first.
    pub fixes: Vec<FixLine>,
    /// The root finding that this one follows from.
    pub caused_by: Option<String>,
    /// Ids of the checks that fixing this should clear.
    pub clears: Vec<String>,
}

/// A finding that the settings file says to ignore.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ignored {
    /// What is wrong all the same.
    #[serde(flatten)]
    pub finding: Finding,
    /// Why it is ignored, in the words of the settings file.
    pub reason: String,
    /// The last day on which it is.
    pub until: String,
    /// The place of that entry among those in force.
    #[serde(skip)]
    pub rule: usize,
}

/// The settings file.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct SettingsLine {
    /// Its path; `null` where the only one was refused.
    pub file: Option<String>,
    /// An entry that has run out or ignores nothing, a file that was refused.
    pub warnings: Vec<String>,
}

/// One observation behind a finding.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Evidence {
    /// JSON Pointer into the facts.
    pub fact: String,
    /// A word or two for a person.
    pub label: String,
    /// What was seen.
    pub seen: String,
    /// What would have been right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// More about what was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Who must run a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunAs {
    /// The superuser.
    Root,
    /// The user that the gateway runs as.
    Gateway,
    /// Anybody.
    Any,
}

/// One way to mend a finding.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FixLine {
    /// Its key on the page, or `page#key` for a fix of another page.
    pub key: String,
    /// What it does, in words.
    pub say: String,
    /// Who must run it.
    #[serde(rename = "as")]
    pub run_as: RunAs,
    /// The name of that user, where it is known.
    pub user: Option<String>,
    /// The gateway's user, where known: whoever runs the fix, OpenClaw is asked as that user.
    #[serde(skip)]
    pub gateway_user: Option<String>,
    /// Another host on which it must be run; `null` for this one.
    pub on: Option<String>,
    /// All steps in order, one whole shell command each.
    pub run: Vec<String>,
    /// Commands that show whether it worked.
    pub verify: Vec<String>,
    /// Commands that take it back.
    pub undo: Vec<String>,
    /// What to know before.
    pub caution: Option<String>,
    /// Where it is documented.
    pub cite: Vec<CiteLine>,
}

/// Where a fix is documented.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CiteLine {
    /// Page and heading, for a person.
    pub page: String,
    /// The words that stand there.
    pub quote: String,
    /// Link, where the page has one.
    pub url: Option<String>,
}

/// What became of one link of the path.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PathRow {
    /// Which link.
    pub link: Link,
    /// Pass only where its outcome was seen to be good.
    pub state: Status,
    /// For a failure: how much it hurts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// What was seen, what is wrong, or why nobody looked.
    pub seen: String,
    /// The check that says so.
    pub check: String,
}

/// One check and what became of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckRow {
    /// Id of the check.
    pub id: String,
    /// The link of the path that it is about.
    pub link: Link,
    /// What became of it.
    pub status: Status,
    /// The severity of the finding, or that of the page.
    pub severity: Severity,
    /// What was seen, for a pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// What failed about our look, for an unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The check that a skipped one waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What `because` folds under, or itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// Why a check was skipped where no other check is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Report {
    /// What somebody must do something about: roots that are more than worth knowing.
    pub fn problems(&self) -> impl Iterator<Item = &Finding> {
        self.roots().filter(|finding| finding.severity > Severity::Info)
    }

    /// Findings that follow from nothing else.
    pub fn roots(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.caused_by.is_none())
    }
}

/// The JSON Schema of a report.
pub fn schema() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Report>()
}

impl Severity {
    /// The word for it, as in the JSON.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl Overall {
    /// The word for it, as in the JSON.
    pub fn word(self) -> &'static str {
        match self {
            Overall::Ok => "ok",
            Overall::Info => "info",
            Overall::Warning => "warning",
            Overall::Error => "error",
            Overall::Incomplete => "incomplete",
        }
    }
}

/// Rows by area, in report order; for renderers.
pub fn by_area(rows: &[CheckRow]) -> Vec<(&str, Vec<&CheckRow>)> {
    let mut areas: BTreeMap<usize, (&str, Vec<&CheckRow>)> = BTreeMap::new();
    const ORDER: [&str; 4] = ["ollama", "openclaw", "dns", "host"];
    for row in rows {
        let area = row.id.split('/').next().unwrap_or_default();
        let place = ORDER.iter().position(|known| *known == area).unwrap_or(ORDER.len());
        areas.entry(place).or_insert((area, Vec::new())).1.push(row);
    }
    areas.into_values().collect()
}
