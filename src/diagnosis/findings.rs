//! Puts the failures in order, with what follows from each and what mends it.

use std::cmp::Reverse;

use super::fixes;
use super::fold::{Fault, clears, root_of};
use super::path::link_of;
use crate::catalogue::Catalogue;
use crate::facts::Facts;
use crate::report::{CheckRow, Finding};

/// What was asked for and failed, roots first: the worst before others, then in the order of the path, then by how much
/// follows from them.
pub fn findings(
    facts: &Facts,
    faults: &[Fault],
    rows: &[CheckRow],
    catalogue: &Catalogue,
    asked: &[&str],
) -> Vec<Finding> {
    let clears = clears(faults, rows);
    let mut order: Vec<usize> =
        (0..faults.len()).filter(|index| asked.contains(&faults[*index].check.id)).collect();
    // The sort is stable, so what is equal stays in report order.
    order.sort_by_key(|index| {
        let root = root_of(faults, *index);
        // What follows from something that was not asked for stands by itself.
        let is_folded = root != *index && asked.contains(&faults[root].check.id);
        let link = link_of(&faults[root]);
        (is_folded, Reverse(faults[root].severity), link, Reverse(clears[root].len()))
    });
    order
        .into_iter()
        .map(|index| Finding {
            // What follows from something that was not asked for stands by itself.
            caused_by: faults[index]
                .folds_under
                .map(|_| faults[root_of(faults, index)].check.id.to_string())
                .filter(|root| asked.contains(&&**root)),
            clears: clears[index].iter().filter(|id| asked.contains(&&***id)).cloned().collect(),
            ..finding(facts, faults[index].endpoint, &faults[index], catalogue)
        })
        .collect()
}

fn finding(facts: &Facts, endpoint: Option<usize>, fault: &Fault, catalogue: &Catalogue) -> Finding {
    let failure = fault.failure;
    let fixes = fixes::offer(facts, catalogue, fault.check.id, failure);
    let several = facts.endpoints.len() > 1;
    Finding {
        check_id: fault.check.id.to_string(),
        cause: failure.cause.to_string(),
        severity: fault.severity,
        message: failure.message.clone(),
        path: failure.path.clone(),
        line: failure.place.map(|(line, _)| line),
        column: failure.place.map(|(_, column)| column),
        excerpt: failure.excerpt.clone(),
        target: endpoint.filter(|_| several).map(|endpoint| facts.endpoints[endpoint].name()),
        fix_hint: fixes.first().map(fixes::hint),
        evidence: failure.evidence.clone(),
        fixes,
        caused_by: None,
        clears: Vec::new(),
    }
}
