//! The doctor's JSON report, as far as the lab judges it.

use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub start_here: Option<String>,
    pub findings: Vec<Finding>,
    pub checks: Vec<Check>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    pub check_id: String,
    #[serde(default)]
    pub cause: String,
    pub severity: String,
    pub message: String,
    pub fix_hint: Option<String>,
    #[serde(default)]
    pub fixes: Vec<Fix>,
    pub caused_by: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Fix {
    pub key: String,
    pub say: String,
    #[serde(rename = "as")]
    pub login: String,
    /// The name of that user, where the doctor knows it.
    pub user: Option<String>,
    pub on: Option<String>,
    #[serde(default)]
    pub run: Vec<String>,
    #[serde(default)]
    pub verify: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Check {
    pub id: String,
    pub status: String,
}

impl Report {
    pub fn read(text: &str) -> Result<Self, String> {
        let report: Report =
            serde_json::from_str(text).map_err(|error| format!("the report cannot be read: {error}"))?;
        Ok(report.without_missing_gateway())
    }

    /// Most machines of the lab have no gateway, which every report says as worth knowing. Nothing is wrong with that
    /// here, so a scenario is judged without it.
    fn without_missing_gateway(mut self) -> Self {
        const CHECK: &str = "openclaw/gateway-running";
        let before = self.findings.len();
        self.findings.retain(|finding| finding.check_id != CHECK || finding.cause != "none");
        if self.findings.len() < before && self.start_here.as_deref() == Some(CHECK) {
            let next = self.roots().next().map(|finding| finding.check_id.clone());
            self.start_here = next;
        }
        self
    }

    /// What is not a consequence of something else, in the order told.
    pub fn roots(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.caused_by.is_none())
    }

    pub fn first(&self) -> Option<&Finding> {
        let start = self.start_here.as_deref()?;
        self.roots().find(|finding| finding.check_id == start)
    }

    pub fn has(&self, id: &str, cause: &str) -> bool {
        self.findings.iter().any(|finding| finding.check_id == id && finding.cause == cause)
    }

    pub fn status(&self, id: &str) -> &str {
        self.checks.iter().find(|check| check.id == id).map_or("not in the report", |check| &check.status)
    }
}

/// What two reports on one machine have to agree in: statuses, causes, keys of fixes, and the order of all.
pub fn gist(report: &str) -> String {
    let report: Value = serde_json::from_str(report).unwrap_or_default();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let findings = list(&report["findings"]).into_iter().map(|one| {
        let fixes: Vec<Value> = list(&one["fixes"]).into_iter().map(|fix| fix["key"].clone()).collect();
        json!([one["checkId"], one["cause"], one["severity"], one["causedBy"], one["clears"], fixes])
    });
    let checks = list(&report["checks"]).into_iter();
    let checks = checks.map(|one| json!([one["id"], one["status"], one["because"], one["root"]]));
    let (findings, checks): (Vec<Value>, Vec<Value>) = (findings.collect(), checks.collect());
    json!([report["verdict"], report["startHere"], findings, checks]).to_string()
}
