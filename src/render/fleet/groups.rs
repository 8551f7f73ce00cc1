//! How many machines have what in common.

use std::collections::BTreeMap;

use serde::Serialize;

use super::machines::{Cause, Fleet, GroupBy, Row, Unread};
use crate::report::{Overall, Severity};
use crate::text::json;

/// Machines that have something in common.
#[derive(Debug, Serialize)]
pub struct Group {
    /// What they have in common.
    pub key: String,
    /// How many there are.
    pub machines: usize,
    /// How many of them have that verdict.
    #[serde(flatten)]
    pub verdicts: BTreeMap<&'static str, usize>,
}

/// What follows the reports in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rest<'a> {
    ok: bool,
    errors: &'a [Unread],
    causes: Vec<CauseLine<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<Group>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CauseLine<'a> {
    check_id: &'a str,
    cause: &'a str,
    severity: Severity,
    machines: usize,
}

impl Fleet {
    /// What follows the reports in JSON.
    pub(super) fn rest(&self, ok: bool) -> Result<String, String> {
        let causes = self.causes();
        let causes = causes.iter().map(|(cause, machines)| CauseLine {
            check_id: &cause.check_id,
            cause: &cause.cause,
            severity: cause.severity,
            machines: *machines,
        });
        json::render(&Rest { ok, errors: &self.unread, causes: causes.collect(), groups: self.groups() })
    }

    /// Causes with the number of machines that have them, most first, then the more severe.
    pub(super) fn causes(&self) -> Vec<(&Cause, usize)> {
        let mut machines: BTreeMap<&Cause, usize> = BTreeMap::new();
        for row in &self.rows {
            let mut causes: Vec<&Cause> = row.roots.iter().collect();
            // One cause on two endpoints is one machine.
            causes.sort();
            causes.dedup();
            causes.into_iter().for_each(|cause| *machines.entry(cause).or_default() += 1);
        }
        let mut causes: Vec<(&Cause, usize)> = machines.into_iter().collect();
        causes.sort_by_key(|(cause, machines)| std::cmp::Reverse((*machines, cause.severity)));
        causes
    }

    /// The machines by version or user, most first; nothing where they are counted by cause.
    pub(super) fn groups(&self) -> Vec<Group> {
        let key = |row: &Row| match self.by {
            GroupBy::Cause => None,
            GroupBy::Version => Some(format!("OpenClaw {}, Ollama {}", row.openclaw, row.ollama)),
            GroupBy::User => Some(row.user.clone()),
        };
        let mut groups: BTreeMap<String, BTreeMap<&'static str, usize>> = BTreeMap::new();
        for row in &self.rows {
            if let Some(key) = key(row) {
                *groups.entry(key).or_default().entry(row.verdict.word()).or_default() += 1;
            }
        }
        let mut groups: Vec<Group> = groups
            .into_iter()
            .map(|(key, verdicts)| Group { key, machines: verdicts.values().sum(), verdicts })
            .collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.machines));
        groups
    }

    /// The table of either, as rows of cells: how many, what, of which severity or verdicts.
    pub(super) fn cells(&self) -> Vec<[String; 3]> {
        if self.by == GroupBy::Cause {
            let row = |(cause, machines): (&Cause, usize)| {
                let what = format!("{}:{}", cause.check_id, cause.cause);
                [machines.to_string(), what, cause.severity.word().to_string()]
            };
            return self.causes().into_iter().map(row).collect();
        }
        const WORST_FIRST: [Overall; 5] =
            [Overall::Error, Overall::Warning, Overall::Info, Overall::Incomplete, Overall::Ok];
        let verdicts = |group: &Group| {
            let count = |verdict: Overall| {
                group.verdicts.get(verdict.word()).map(|n| format!("{n} {}", verdict.word()))
            };
            WORST_FIRST.into_iter().filter_map(count).collect::<Vec<_>>().join(", ")
        };
        let groups = self.groups();
        groups.iter().map(|group| [group.machines.to_string(), group.key.clone(), verdicts(group)]).collect()
    }

    /// The heads of that table.
    pub(super) fn heads(&self) -> [&'static str; 3] {
        match self.by {
            GroupBy::Cause => ["machines", "cause", "severity"],
            GroupBy::Version => ["machines", "version", "verdicts"],
            GroupBy::User => ["machines", "user", "verdicts"],
        }
    }

    /// The same for a person.
    pub(super) fn table(&self) -> String {
        let cells = self.cells();
        if cells.is_empty() {
            return String::new();
        }
        let [machines, what, _] = self.heads();
        let mut out = format!("\n{machines}  {what}\n");
        for [machines, what, rest] in cells {
            out.push_str(&format!("{machines:>8}  {what}  {rest}\n"));
        }
        out
    }
}
