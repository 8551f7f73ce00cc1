//! The exit of a look: what is known to be a secret leaves with no fact, whoever said it. All
//! reports, in all formats, and the bundle are made of facts, so that this is the one place.

use serde_json::Value;

use crate::facts::Facts;
use crate::text::known::Known;

/// The facts without those secrets.
pub fn take_out(facts: Facts, known: &Known) -> Facts {
    let text =
        if known.is_empty() { String::new() } else { serde_json::to_string(&facts).unwrap_or_default() };
    if matches!(known.take_out(&text), std::borrow::Cow::Borrowed(_)) {
        return facts;
    }
    let Ok(before) = serde_json::to_value(&facts) else { return facts };
    let mut after = before.clone();
    let mut found = Vec::new();
    clean(&mut after, known, &mut String::new(), &mut found);
    serde_json::from_value(after).unwrap_or_else(|_| one_by_one(facts, before, known, &found))
}

/// Where a word of ours or a number in words happens to be a secret too, it stays: it says nothing
/// that was not said anyway. Everything else goes.
fn one_by_one(facts: Facts, mut value: Value, known: &Known, found: &[String]) -> Facts {
    let mut cleaned = facts;
    for place in found {
        let Some(text) = value.pointer_mut(place) else { continue };
        let before = text.clone();
        clean(text, known, &mut String::new(), &mut Vec::new());
        match serde_json::from_value(value.clone()) {
            Ok(facts) => cleaned = facts,
            Err(_) => value.pointer_mut(place).into_iter().for_each(|text| *text = before.clone()),
        }
    }
    cleaned
}

/// Cleans all strings, and names those that changed by their JSON Pointer.
fn clean(value: &mut Value, known: &Known, at: &mut String, found: &mut Vec<String>) {
    let length = at.len();
    match value {
        Value::String(text) => {
            if let std::borrow::Cow::Owned(cleaned) = known.take_out(text) {
                *text = cleaned;
                found.push(at.clone());
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                at.push_str(&format!("/{index}"));
                clean(item, known, at, found);
                at.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                at.push_str(&format!("/{name}"));
                clean(field, known, at, found);
                at.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn a_secret_leaves_with_no_fact_and_a_word_of_ours_stays() {
        let json = include_str!("../../tests/cases/healthy.json");
        let facts: Facts = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}"));
        let host = facts.host.seen().map(|host| host.os.clone()).unwrap_or_default();
        let mut known = Known::default();
        known.add(&SecretString::from(&*host));
        // A state that is a word of ours.
        known.add(&SecretString::from("runningGateway"));
        let cleaned = take_out(facts.clone(), &known);
        assert!(
            cleaned.host.seen().is_some_and(|host| host.os == crate::text::known::MARK),
            "{:?}",
            cleaned.host
        );
        assert_eq!(cleaned.installs, facts.installs);
        assert_eq!(take_out(facts.clone(), &Known::default()), facts);
    }
}
