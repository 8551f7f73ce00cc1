//! No pass text and no finding of a report contradicts another one: `contradictions.json` lists what excludes each
//! other. Where a pair names a group of its patterns, it counts only where both found the same there, or not the same.

use openclaw_doctor::report::{Report, Status};
use regex::Regex;

use super::{cases, read, root};

/// What a check says.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Says {
    check: String,
    status: String,
    says: String,
}

/// Two things that are not said in one report.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    why: String,
    one: Says,
    other: Says,
    /// The group that must be the same for the two to contradict each other.
    same: Option<String>,
    /// The group that must not.
    differs: Option<String>,
}

impl Says {
    /// What the check says in that report: its pass text, or the messages of its findings.
    fn texts<'r>(&self, report: &'r Report) -> Vec<&'r str> {
        if self.status == "fail" {
            let findings = report.findings.iter().filter(|finding| finding.check_id == self.check);
            return findings.map(|finding| &*finding.message).collect();
        }
        assert_eq!(self.status, "pass", "{}", self.check);
        let passed = report.checks.iter().filter(|row| row.id == self.check && row.status == Status::Pass);
        passed.filter_map(|row| row.seen.as_deref()).collect()
    }

    /// What the pattern finds, with its group of that name.
    fn found(&self, report: &Report, group: Option<&String>) -> Vec<(String, Option<String>)> {
        let pattern = Regex::new(&self.says).unwrap_or_else(|error| panic!("{}: {error}", self.says));
        let texts = self.texts(report).into_iter();
        texts
            .filter_map(|text| {
                let found = pattern.captures(text)?;
                let group = group.and_then(|name| Some(found.name(name)?.as_str().to_string()));
                Some((text.to_string(), group))
            })
            .collect()
    }
}

fn pairs() -> Vec<Pair> {
    serde_json::from_value(read(&root().join("contradictions.json"))).unwrap()
}

#[test]
fn nothing_in_a_report_contradicts_another_thing_in_it() {
    let mut wrong = Vec::new();
    for (pair, case) in pairs().iter().flat_map(|pair| cases().iter().map(move |case| (pair, case))) {
        let group = pair.same.as_ref().or(pair.differs.as_ref());
        for (one, of_one) in pair.one.found(&case.report, group) {
            for (other, of_other) in pair.other.found(&case.report, group) {
                if group.is_none() || (of_one == of_other) == pair.same.is_some() {
                    wrong.push(format!("{}: {one} | {other}: {}", case.name(), pair.why));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A pattern that a new wording has passed by would prove nothing any more.
#[test]
fn each_side_of_a_contradiction_is_said_in_a_case() {
    for pair in pairs() {
        for side in [&pair.one, &pair.other] {
            let is_said = cases().iter().any(|case| !side.found(&case.report, None).is_empty());
            assert!(is_said, "no case says {:?} of {}", side.says, side.check);
        }
    }
}
