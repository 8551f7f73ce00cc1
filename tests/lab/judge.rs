//! Compares what the doctor said with what a scenario expects. Each complaint is one sentence.

use crate::report::{Finding, Report};
use crate::scenario::{Heal, Stage};

pub fn complaints(stage: &Stage, report: &Report, exit: Option<i32>) -> Vec<String> {
    let mut complaints = Vec::new();
    if exit != Some(stage.exit()) {
        let seen = exit.map_or("none".into(), |code| code.to_string());
        complaints.push(format!("exit code {seen}, expected {}", stage.exit()));
    }
    if stage.healthy {
        healthy(stage, report, &mut complaints);
    } else {
        root(stage, report, &mut complaints);
    }
    for (status, ids) in [("skipped", &stage.skipped), ("pass", &stage.pass)] {
        for id in ids {
            let seen = report.status(id);
            if seen != status {
                complaints.push(format!("{id} is {seen}, expected {status}"));
            }
        }
    }
    complaints
}

/// What may not be found on a machine where nothing is wrong.
fn healthy(stage: &Stage, report: &Report, complaints: &mut Vec<String>) {
    for finding in &report.findings {
        complaints.push(format!("a false alarm: {}", name(finding)));
    }
    if let Some(start) = &report.start_here {
        complaints.push(format!("startHere is {start}, expected null: nothing is wrong"));
    }
    for check in &report.checks {
        if check.status == "unknown" && !stage.unknown.contains(&check.id) {
            complaints.push(format!("{} is unknown on a healthy machine", check.id));
        }
    }
}

fn root(stage: &Stage, report: &Report, complaints: &mut Vec<String>) {
    let Some(first) = report.first() else {
        complaints.push(format!(
            "startHere is {}, expected {}:{}",
            report.start_here.as_deref().unwrap_or("null"),
            stage.root,
            stage.cause
        ));
        return;
    };
    if first.check_id != stage.root || first.cause != stage.cause {
        complaints.push(format!(
            "the first cause is {}, expected {}:{}",
            name(first),
            stage.root,
            stage.cause
        ));
    } else if first.severity != stage.severity() {
        complaints.push(format!("{} is {}, expected {}", first.check_id, first.severity, stage.severity()));
    }
    complaints.extend(fix(stage.heal, first));
    for id in &stage.folded {
        let folded = |finding: &&Finding| finding.check_id == *id && finding.caused_by.is_some();
        if !report.findings.iter().any(|finding| folded(&finding)) {
            complaints.push(format!("{id} is not folded under another finding"));
        }
    }
    let others: Vec<&str> = report
        .roots()
        .filter(|other| other.check_id != first.check_id || other.cause != first.cause)
        .filter(|other| other.severity == "error" || stage.also.contains(&other.check_id))
        .map(|other| other.check_id.as_str())
        .collect();
    if others != stage.also {
        complaints.push(format!("told beside it: {others:?}, expected {:?}", stage.also));
    }
}

/// Whether what is printed as its fix is of the kind that the scenario expects.
fn fix(heal: Heal, finding: &Finding) -> Option<String> {
    let first = finding.fixes.first();
    let words = finding.fix_hint.as_ref().is_some_and(|hint| !hint.is_empty())
        || first.is_some_and(|fix| !fix.say.is_empty());
    let commands = first.is_some_and(|fix| !fix.run.is_empty());
    match heal {
        Heal::Run | Heal::None if !commands => Some(format!("{} prints no command to run", name(finding))),
        Heal::Text if !words => Some(format!("{} says nothing about a fix", name(finding))),
        Heal::Text if commands => Some(format!("{} prints commands, expected words only", name(finding))),
        _ => None,
    }
}

/// The last look: the cause is gone, its check has been looked at and passes, and nothing else that stops answers
/// has come up.
pub fn leftovers(stage: &Stage, left: &[String], report: &Report) -> Vec<String> {
    let mut complaints = Vec::new();
    let status = report.status(&stage.root);
    if status != "pass" && !left.contains(&stage.root) {
        complaints.push(format!("{} is {status} after its fix, expected pass", stage.root));
    }
    if report.has(&stage.root, &stage.cause) {
        complaints.push(format!("{}:{} is still there after its fix", stage.root, stage.cause));
    }
    for finding in report.roots().filter(|root| root.severity == "error") {
        let same = finding.check_id == stage.root && finding.cause == stage.cause;
        if !same && !left.contains(&finding.check_id) {
            complaints.push(format!("after the fix there is {}", name(finding)));
        }
    }
    complaints
}

/// What a fix has brought: errors and warnings that were not there before. `left` names what the scenario leaves, or
/// what could not be seen before.
pub fn brought(before: &[Finding], left: &[String], report: &Report) -> Vec<String> {
    let is_known = |finding: &Finding| {
        left.contains(&finding.check_id)
            || before.iter().any(|old| old.check_id == finding.check_id && old.cause == finding.cause)
    };
    let is_loud = |finding: &&Finding| finding.severity != "info" && !is_known(finding);
    report
        .findings
        .iter()
        .filter(is_loud)
        .map(|finding| format!("the fix brought {}", name(finding)))
        .collect()
}

pub fn name(finding: &Finding) -> String {
    format!("{}:{} ({}): {}", finding.check_id, finding.cause, finding.severity, finding.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STOPPED: &str = r#"{
        "startHere": "a/port",
        "findings": [
            { "checkId": "a/port", "cause": "refused", "severity": "error", "message": "closed", "fixHint": "start it",
              "fixes": [{ "key": "start", "say": "Start it", "as": "root", "on": null, "run": ["true"] }], "causedBy": null },
            { "checkId": "a/model", "cause": "unset", "severity": "error", "message": "unset", "fixHint": null,
              "fixes": [], "causedBy": null }
        ],
        "checks": [{ "id": "a/port", "status": "fail" }, { "id": "a/model", "status": "fail" }, { "id": "a/tags", "status": "skipped" }]
    }"#;

    fn stage() -> Stage {
        Stage {
            root: "a/port".into(),
            cause: "refused".into(),
            skipped: vec!["a/tags".into()],
            also: vec!["a/model".into()],
            ..Stage::default()
        }
    }

    #[test]
    fn what_was_expected_raises_no_complaint() -> Result<(), String> {
        let report = Report::read(STOPPED)?;
        assert_eq!(complaints(&stage(), &report, Some(1)), Vec::<String>::new());
        Ok(())
    }

    #[test]
    fn each_difference_is_a_complaint_of_its_own() -> Result<(), String> {
        let report = Report::read(STOPPED)?;
        let different = Stage {
            cause: "timed-out".into(),
            skipped: vec!["a/model".into()],
            folded: vec!["a/model".into()],
            also: Vec::new(),
            heal: Heal::Text,
            ..stage()
        };
        assert_eq!(complaints(&different, &report, Some(0)).len(), 6);
        let healthy = Stage { healthy: true, ..Stage::default() };
        assert_eq!(complaints(&healthy, &report, Some(0)).len(), 3);
        Ok(())
    }

    #[test]
    fn what_is_left_after_the_fix_is_told() -> Result<(), String> {
        let report = Report::read(STOPPED)?;
        assert_eq!(leftovers(&stage(), &[], &report).len(), 3);
        assert_eq!(leftovers(&stage(), &["a/model".into()], &report).len(), 2);
        Ok(())
    }

    #[test]
    fn what_a_fix_brings_is_told_and_what_was_there_is_not() -> Result<(), String> {
        let report = Report::read(STOPPED)?;
        assert_eq!(brought(&[], &[], &report).len(), 2);
        assert_eq!(brought(&report.findings[..1], &[], &report).len(), 1);
        assert_eq!(brought(&report.findings[..1], &["a/model".into()], &report), Vec::<String>::new());
        Ok(())
    }
}
