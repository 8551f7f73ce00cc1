//! The fixes of a page as they come out, in `fixes.snap` in the folder of the check:
//! each text once, with the first case that gives it. What all texts of a fix have in
//! common stands above them, so that the values they are filled with stand out.
//!
//! Of a fix that is borrowed from another page only the commands are kept, which show
//! the values that this check hands over; its words are that page's.

use std::collections::BTreeMap;

use openclaw_doctor::report::FixLine;
use serde_json::{Map, Value, json};

use super::goldens::{assert_golden, compact};
use super::{Case, cases, catalogue, root};

/// The texts of one fix: what was filled in, and the case that it was seen in first.
type Texts = Vec<(Value, String)>;

fn text(fix: &FixLine) -> Value {
    if fix.key.contains('#') {
        return compact(json!({ "run": fix.run }));
    }
    let mut text = json!(fix);
    text.as_object_mut().unwrap().remove("key");
    compact(text)
}

/// The texts of all fixes that the owner of these cases offers, by key.
fn texts<'a>(cases: impl Iterator<Item = &'a Case>) -> BTreeMap<String, Texts> {
    let mut all: BTreeMap<String, Texts> = BTreeMap::new();
    for case in cases {
        for fix in case.own_findings().flat_map(|finding| &finding.fixes) {
            let (texts, text) = (all.entry(fix.key.clone()).or_default(), text(fix));
            if texts.iter().all(|(known, _)| *known != text) {
                texts.push((text, case.stem()));
            }
        }
    }
    all
}

/// What the texts share first, then what each has of its own.
fn golden(texts: &Texts) -> Value {
    let first = texts[0].0.as_object().unwrap();
    let is_shared = |key: &str, value: &Value| texts.iter().all(|(text, _)| text.get(key) == Some(value));
    let mut golden: Map<String, Value> = first
        .iter()
        .filter(|(key, value)| is_shared(key, value))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let own = |(text, case): &(Value, String)| {
        let mut own = Map::from_iter([("case".to_string(), json!(case))]);
        let fields = text.as_object().unwrap().iter().filter(|(key, _)| !golden.contains_key(*key));
        own.extend(fields.map(|(key, value)| (key.clone(), value.clone())));
        Value::Object(own)
    };
    let filled: Vec<Value> = texts.iter().map(own).collect();
    match texts.len() {
        1 => golden.insert("case".into(), json!(texts[0].1)),
        _ => golden.insert("filled".into(), json!(filled)),
    };
    Value::Object(golden)
}

#[test]
fn every_case_fills_the_fixes_of_its_page_as_they_are_kept() {
    for page in catalogue().pages() {
        let texts = texts(cases().iter().filter(|case| case.owner == page.id));
        let goldens: Map<String, Value> =
            texts.iter().map(|(key, texts)| (key.clone(), golden(texts))).collect();
        assert_golden(&root().join(&page.id), "fixes", None, &Value::Object(goldens));
    }
}

/// A fix that no case offers would stand on its page unproven.
#[test]
fn every_fix_of_a_page_is_offered_in_a_case_of_its_check() {
    let mut unproven = Vec::new();
    for page in catalogue().pages() {
        let texts = texts(cases().iter().filter(|case| case.owner == page.id));
        let named = page.data.cause.values().flat_map(|cause| &cause.fix).chain(page.data.fix.keys());
        unproven
            .extend(named.filter(|key| !texts.contains_key(*key)).map(|key| format!("{}: {key}", page.id)));
    }
    unproven.sort();
    unproven.dedup();
    assert!(unproven.is_empty(), "no case offers\n{}", unproven.join("\n"));
}
