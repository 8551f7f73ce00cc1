//! Changes to the models that a provider lists, as one value for `--merge`.

use serde_json::{Value, json};

use crate::checks::Failure;
use crate::facts::{ListedModel, Provider};

/// Hands over the key of a provider's list and what to merge into it: a few
/// fields for each model, told apart by `id`; each field is replaced as a whole
/// (measured on 2026.9.6: a merged `params` loses its other keys).
pub fn merging(failure: Failure, provider: &Provider, changes: Vec<(&str, Value)>) -> Failure {
    let entries: Vec<Value> = changes
        .into_iter()
        .map(|(id, mut fields)| {
            let mut entry = json!({ "id": id });
            if let (Some(entry), Some(fields)) = (entry.as_object_mut(), fields.as_object_mut()) {
                entry.append(fields);
            }
            entry
        })
        .collect();
    failure
        .value("models_key", provider.key("models"))
        .value("models_patch", Value::from(entries).to_string())
}

/// The config key of a field of one model, where `id` says which place in the list it has.
pub fn entry_key(entry: &ListedModel, field: &str) -> Option<String> {
    Some(format!("{}.{field}", entry.id.from.strip_suffix(".id")?))
}
