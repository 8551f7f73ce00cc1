//! What programs read stays: within a schema number fields are only added. `report-schema.json` beside this file is
//! the schema of the last release; `UPDATE=1 cargo test --test formats schema` writes it, which belongs into the
//! commit of a release and nowhere else.

use openclaw_doctor::report::{self, SCHEMA_VERSION};
use serde_json::{Map, Value};

use crate::{read, root};

#[test]
fn the_report_still_has_every_field_of_the_last_release() {
    let file = root().join("formats/report-schema.json");
    let mut now = serde_json::to_value(report::schema()).unwrap();
    now["schemaVersion"] = SCHEMA_VERSION.into();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, serde_json::to_string_pretty(&now).unwrap() + "\n").unwrap();
    }
    let released = read(&file);
    if released["schemaVersion"] != now["schemaVersion"] {
        return;
    }
    let mut missing = Vec::new();
    compare(&released, &now, "", &mut missing);
    assert!(missing.is_empty(), "another schema number, or these back: {missing:#?}");
}

/// Notes what the released schema promises and the present one does not.
fn compare(released: &Value, now: &Value, at: &str, missing: &mut Vec<String>) {
    let empty = Map::new();
    let (released, now) = (released.as_object().unwrap_or(&empty), now.as_object().unwrap_or(&empty));
    for (key, old) in released {
        let (at, new) = (format!("{at}/{key}"), now.get(key).unwrap_or(&Value::Null));
        match &**key {
            "description" | "title" | "$schema" => {}
            // Of a field that is always there, and of a word that may stand there.
            "required" | "enum" | "oneOf" | "anyOf" | "type" if old.is_array() => {
                let new = new.as_array().cloned().unwrap_or_default();
                let is_there =
                    |one: &Value| new.iter().any(|other| without_words(other) == without_words(one));
                let gone = old.as_array().into_iter().flatten().filter(|one| !is_there(one));
                missing.extend(gone.map(|one| format!("{at}: {one}")));
            }
            _ if old.is_object() => {
                if new.is_null() {
                    missing.push(at);
                } else {
                    compare(old, new, &at, missing);
                }
            }
            _ if old != new => missing.push(format!("{at}: {old} is {new}")),
            _ => {}
        }
    }
}

fn without_words(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(object) = value.as_object_mut() {
        object.remove("description");
    }
    value
}

#[test]
fn a_field_that_is_gone_or_another_one_is_found() {
    let of = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let old = of(r#"{"properties":{"a":{"type":"string"},"b":{"enum":["x","y"]}},"required":["a"]}"#);
    for (new, count) in [
        (
            r#"{"properties":{"a":{"type":"string"},"b":{"enum":["x","y","z"]},"c":{}},"required":["a","c"]}"#,
            0,
        ),
        (r#"{"properties":{"a":{"type":"integer"},"b":{"enum":["x","y"]}},"required":["a"]}"#, 1),
        (r#"{"properties":{"b":{"enum":["x"]}},"required":[]}"#, 3),
    ] {
        let mut missing = Vec::new();
        compare(&old, &of(new), "", &mut missing);
        assert_eq!(missing.len(), count, "{missing:?}");
    }
}
