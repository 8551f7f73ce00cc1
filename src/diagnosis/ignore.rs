//! Findings that the settings file says to ignore: taken out of what is to fix, and kept in the report with the
//! reason.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::facts::Facts;
use crate::report::{CheckRow, Finding, Ignored, Report, Status};

/// One `[[ignore]]` of the settings file that is in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Ignore {
    /// Id of the check.
    pub check: String,
    /// Only this cause of it.
    pub cause: Option<String>,
    /// Only at this endpoint, or about this path.
    pub target: Option<String>,
    /// Why, in the words of whoever decided it.
    pub reason: String,
    /// The last day on which it counts.
    pub until: Date,
}

impl Ignore {
    /// The check and the cause as they are written.
    pub fn what(&self) -> String {
        match &self.cause {
            Some(cause) => format!("{}:{cause}", self.check),
            None => self.check.clone(),
        }
    }

    /// `endpoints` are the names of all endpoints of the machine.
    fn matches(&self, finding: &Finding, endpoints: &[String]) -> bool {
        let is_of_target = self.target.as_ref().is_none_or(|target| {
            let named = [&finding.target, &finding.path];
            let is_only = finding.target.is_none() && endpoints.contains(target);
            is_only || named.into_iter().flatten().any(|name| name == target)
        });
        let is_of_cause = self.cause.as_ref().is_none_or(|cause| finding.cause == *cause);
        finding.check_id == self.check && is_of_cause && is_of_target
    }

    /// Whether its check was looked at, so that what it is for would have been seen.
    pub fn is_looked_at(&self, report: &Report) -> bool {
        let row = report.checks.iter().find(|row| row.id == self.check);
        row.is_some_and(|row| matches!(row.status, Status::Pass | Status::Fail))
    }
}

/// Takes out what is ignored. What follows from it is still there, and then stands by itself.
pub fn take_out(
    ignores: &[Ignore],
    facts: &Facts,
    findings: &mut Vec<Finding>,
    rows: &mut [CheckRow],
) -> Vec<Ignored> {
    // Where there is one endpoint only, findings do not name it.
    let single = facts.endpoints.first().filter(|_| facts.endpoints.len() == 1);
    let endpoints = single.map(|endpoint| vec![endpoint.name(), endpoint.base_url.value.clone()]);
    let endpoints = endpoints.unwrap_or_default();
    let mut ignored = Vec::new();
    for finding in std::mem::take(findings) {
        match ignores.iter().position(|ignore| ignore.matches(&finding, &endpoints)) {
            Some(rule) => ignored.push(Ignored {
                finding,
                reason: ignores[rule].reason.clone(),
                until: ignores[rule].until.to_string(),
                rule,
            }),
            None => findings.push(finding),
        }
    }
    if !ignored.is_empty() {
        settle(&ignored, findings, rows);
    }
    ignored
}

/// Puts what is left in order again, and into each row what became of its check.
fn settle(ignored: &[Ignored], findings: &mut [Finding], rows: &mut [CheckRow]) {
    let left: BTreeSet<String> = findings.iter().map(|finding| finding.check_id.clone()).collect();
    for finding in findings.iter_mut() {
        finding.caused_by = finding.caused_by.take().filter(|root| left.contains(root));
    }
    findings.sort_by_key(|finding| (finding.caused_by.is_some(), std::cmp::Reverse(finding.severity)));
    for one in ignored.iter().filter(|one| !left.contains(&one.finding.check_id)) {
        if let Some(row) = rows.iter_mut().find(|row| row.id == one.finding.check_id) {
            row.status = Status::Skipped;
            row.reason = Some(format!("ignored until {}: {}", one.until, one.reason));
        }
    }
}
