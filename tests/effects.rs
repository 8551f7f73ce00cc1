//! Every `explains` of a page takes effect: in a case, or on a machine with what two cases
//! are about. A line that never does would stand on its page unproven, and one that is
//! taken away would be missed by nobody.
//!
//! `effects.json` names the two cases where no case alone shows it; none where nothing
//! does yet. A new check rather shows it with a case of its own.

use std::collections::{BTreeMap, BTreeSet};

use openclaw_doctor::report::Report;

use super::{case_named, cases, catalogue, judge, read, root};

/// The effects that are seen in a report: `ID:CAUSE explains ID` or `... ID:CAUSE`, where
/// the one fails and the other is folded under it, or under what it follows from itself.
fn effects(report: &Report) -> impl Iterator<Item = String> {
    let folded = report.findings.iter().filter(|finding| finding.caused_by.is_some());
    folded.flat_map(|folded| {
        let root = folded.caused_by.as_ref();
        let leads = report.findings.iter().filter(move |one| {
            (Some(&one.check_id) == root || one.caused_by.as_ref() == root) && one.check_id != folded.check_id
        });
        leads.flat_map(|lead| {
            let what = [folded.check_id.clone(), format!("{}:{}", folded.check_id, folded.cause)];
            what.map(|what| format!("{}:{} explains {what}", lead.check_id, lead.cause))
        })
    })
}

fn named() -> BTreeSet<String> {
    let causes = catalogue().pages().flat_map(|page| page.data.cause.iter().map(move |cause| (page, cause)));
    let named = causes.flat_map(|(page, (key, cause))| {
        cause.explains.iter().map(move |effect| format!("{}:{key} explains {effect}", page.id))
    });
    named.collect()
}

/// The report on a machine with the faults of all these cases.
fn together(names: &[String]) -> Report {
    let mut facts = read(&root().join("healthy.json"));
    for name in names {
        json_patch::patch(&mut facts, &case_named(name).file.patch)
            .unwrap_or_else(|error| panic!("effects.json: {names:?}: {error}"));
    }
    judge(&facts)
}

#[test]
fn every_effect_that_a_page_names_is_seen() {
    let seen: BTreeSet<String> = cases().iter().flat_map(|case| effects(&case.report)).collect();
    let table: BTreeMap<String, Vec<String>> =
        serde_json::from_value(read(&root().join("effects.json"))).unwrap();
    let named = named();
    let lost: Vec<_> =
        named.iter().filter(|effect| !seen.contains(*effect) && !table.contains_key(*effect)).collect();
    assert!(lost.is_empty(), "no case shows that {lost:#?}");
    let mut wrong = Vec::new();
    for (effect, names) in &table {
        assert!(named.contains(effect), "effects.json: no page says that {effect}");
        assert!(!seen.contains(effect), "effects.json: a case shows by itself that {effect}");
        if !names.is_empty() && !effects(&together(names)).any(|one| one == *effect) {
            wrong.push(effect);
        }
    }
    assert!(wrong.is_empty(), "effects.json: the cases do not show that {wrong:#?}");
}
