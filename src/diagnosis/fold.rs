//! Finds what follows from what.

use std::collections::HashMap;

use super::judge::Judged;
use crate::catalogue::{Catalogue, Page};
use crate::checks::{Check, Failure, Site, Verdict};
use crate::facts::Facts;
use crate::report::{CheckRow, Severity};

/// A failure with its page, and the place among the failures of what it follows from.
pub struct Fault<'a> {
    /// The check that failed.
    pub check: &'static Check,
    /// The place of the endpoint, where it is about one.
    pub endpoint: Option<usize>,
    /// What it says.
    pub failure: &'a Failure,
    /// How much it hurts; a root is as severe as the worst that follows from it.
    pub severity: Severity,
    /// The place among the faults of what it follows from.
    pub folds_under: Option<usize>,
}

/// Every failure of every check, in report order.
pub fn faults<'a>(judged: &'a [Judged], catalogue: &Catalogue) -> Vec<Fault<'a>> {
    let mut faults = Vec::new();
    for one in judged {
        let Ok(Verdict::Fail(failures)) = &one.judgement else { continue };
        let page = catalogue.page(one.check.id);
        faults.extend(failures.iter().map(|failure| Fault {
            check: one.check,
            endpoint: one.endpoint,
            failure,
            severity: page.map_or(Severity::Error, |page| severity_of(page, failure.cause)),
            folds_under: None,
        }));
    }
    faults
}

/// The severity of a cause, which is the page's where it has none of its own.
fn severity_of(page: &Page, cause: &str) -> Severity {
    page.data.cause.get(cause).and_then(|cause| cause.severity).unwrap_or(page.data.severity)
}

/// Folds each fault under the first one in report order that explains it. Faults of one check, cause and endpoint
/// explain the same and are explained by the same, so that it is looked up once for all of them.
pub fn fold<'a>(facts: &Facts, mut faults: Vec<Fault<'a>>, catalogue: &Catalogue) -> Vec<Fault<'a>> {
    let mut kinds: Vec<Vec<usize>> = Vec::new();
    let mut places: HashMap<(&str, &str, Option<usize>), usize> = HashMap::new();
    let mut kind_of = Vec::new();
    for (index, fault) in faults.iter().enumerate() {
        let kind =
            *places.entry((fault.check.id, fault.failure.cause, fault.endpoint)).or_insert(kinds.len());
        kinds.resize_with(kinds.len().max(kind + 1), Vec::new);
        kinds[kind].push(index);
        kind_of.push(kind);
    }
    let explained_by: Vec<Vec<usize>> = kinds
        .iter()
        .map(|effect| {
            let explains =
                |cause: &Vec<usize>| explains(facts, catalogue, &faults[cause[0]], &faults[effect[0]]);
            (0..kinds.len()).filter(|cause| explains(&kinds[*cause])).collect()
        })
        .collect();
    for index in 0..faults.len() {
        let may_be = |other: &usize| *other != index && !leads_to(&faults, *other, index);
        let first = |kind: &usize| kinds[*kind].iter().copied().find(may_be);
        faults[index].folds_under = explained_by[kind_of[index]].iter().filter_map(first).min();
    }
    faults
}

/// A root is as severe as the worst that follows from it.
pub fn raise(mut faults: Vec<Fault>) -> Vec<Fault> {
    for index in 0..faults.len() {
        let root = root_of(&faults, index);
        faults[root].severity = faults[root].severity.max(faults[index].severity);
    }
    faults
}

fn explains(facts: &Facts, catalogue: &Catalogue, cause: &Fault, effect: &Fault) -> bool {
    let same_place = match (cause.endpoint, effect.endpoint) {
        // What is wrong with the Ollama of this machine says nothing of one elsewhere.
        (None, Some(index)) if cause.check.area() == "ollama" => {
            Site { index, endpoint: &facts.endpoints[index] }.is_here(facts) == Some(true)
        }
        (cause, effect) => cause.is_none() || effect.is_none() || cause == effect,
    };
    let Some(cause) =
        catalogue.page(cause.check.id).and_then(|page| page.data.cause.get(cause.failure.cause))
    else {
        return false;
    };
    same_place
        && cause.explains.iter().any(|what| match what.split_once(':') {
            Some((id, cause)) => id == effect.check.id && cause == effect.failure.cause,
            None => what == effect.check.id,
        })
}

/// Whether the fault `from` folds, step by step, under the fault `to`.
fn leads_to(faults: &[Fault], from: usize, to: usize) -> bool {
    let mut at = from;
    while let Some(next) = faults[at].folds_under {
        if next == to {
            return true;
        }
        at = next;
    }
    false
}

/// The fault at the root of what `index` follows from, or itself.
pub fn root_of(faults: &[Fault], index: usize) -> usize {
    let mut at = index;
    while let Some(next) = faults[at].folds_under {
        at = next;
    }
    at
}

/// What fixing each root should clear: the checks folded under it and those skipped because of it.
pub fn clears(faults: &[Fault], rows: &[CheckRow]) -> Vec<Vec<String>> {
    let mut ids: Vec<Vec<String>> = vec![Vec::new(); faults.len()];
    for index in (0..faults.len()).filter(|index| faults[*index].folds_under.is_some()) {
        ids[root_of(faults, index)].push(faults[index].check.id.to_string());
    }
    for (fault, ids) in faults.iter().zip(&mut ids).filter(|(fault, _)| fault.folds_under.is_none()) {
        let waiting = rows.iter().filter(|row| row.root.as_deref() == Some(fault.check.id));
        ids.extend(waiting.map(|row| row.id.clone()));
        ids.dedup();
    }
    ids
}
