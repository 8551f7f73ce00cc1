//! Reads a bundle back, from whatever somebody sent.

use serde::Deserialize;
use serde_json::Value;

use super::placeholder::StandIns;
use crate::facts::Facts;
use crate::text::bounded_json::{self, Refused};
use crate::text::printable::printable;

/// What a bundle says it is.
pub const FORMAT: &str = "openclaw-doctor bundle";

/// Version of the bundle's shape. Within one version fields are only added.
pub const FORMAT_VERSION: u32 = 1;

/// The largest bundle in bytes; one of a machine with 2,000 models has about 2 MB.
pub const LARGEST: u64 = 16 << 20;

/// A larger file is read as a stream, and a larger bundle judged alone: those of a fleet are small.
pub const LARGE: u64 = 1 << 20;

/// A bundle to be judged.
#[derive(Debug)]
pub struct Bundled {
    /// What was seen, with stand-ins for placeholders.
    pub facts: Facts,
    /// How to get the placeholders back.
    pub stand_ins: StandIns,
    /// How long the look took, in milliseconds.
    pub elapsed_ms: u64,
}

/// What is read before the rest.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    format: String,
    format_version: u64,
    #[serde(default)]
    tool_version: String,
    #[serde(default)]
    elapsed_ms: u64,
}

/// Reads the text of a bundle.
///
/// # Errors
/// Why it is none.
pub fn parse(bytes: &[u8]) -> Result<Bundled, String> {
    understand(tree(bytes)?)
}

/// The same; the text is not held beside what is made of it.
///
/// # Errors
/// As above.
pub fn parse_owned(bytes: Vec<u8>) -> Result<Bundled, String> {
    let tree = tree(&bytes)?;
    drop(bytes);
    understand(tree)
}

fn tree(bytes: &[u8]) -> Result<Value, String> {
    bounded_json::read(bytes, &[]).map_err(|refused| match refused {
        Refused::TooLarge => {
            let most = bounded_json::MOST >> 20;
            format!("it would take more than {most} MB of memory, which no bundle does")
        }
        Refused::Broken(error) => match error.classify() {
            serde_json::error::Category::Eof if bytes.trim_ascii().is_empty() => "it is empty".to_string(),
            serde_json::error::Category::Eof => "it is cut short".to_string(),
            _ => format!("it is no bundle: {}", printable(&error.to_string())),
        },
    })
}

fn understand(mut value: Value) -> Result<Bundled, String> {
    let head = Head::deserialize(&value).ok().filter(|head| head.format == FORMAT);
    let Some(head) = head else {
        let is_report = value.get("findings").is_some() && value.get("checks").is_some();
        let what = if is_report { "a report; `openclaw-doctor bundle` writes" } else { "no" };
        return Err(format!("it is {what} bundle{}", if is_report { "s" } else { " of openclaw-doctor" }));
    };
    if head.format_version > u64::from(FORMAT_VERSION) {
        return Err(format!(
            "it has format {}, and this is openclaw-doctor {}, which reads format {FORMAT_VERSION}: use a newer one",
            head.format_version,
            env!("CARGO_PKG_VERSION"),
        ));
    }
    let mut stand_ins = StandIns::default();
    let mut facts = value.get_mut("facts").map(Value::take).unwrap_or_default();
    each(&mut facts, &mut |text| stand_ins.put_in(text));
    let facts = serde_json::from_value(facts).map_err(|error| {
        let by = printable(&head.tool_version);
        format!(
            "its facts, written by openclaw-doctor {by}, cannot be read: {}",
            printable(&error.to_string())
        )
    })?;
    Ok(Bundled { facts, stand_ins, elapsed_ms: head.elapsed_ms })
}

fn each(value: &mut Value, edit: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => edit(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each(item, edit)),
        Value::Object(fields) => fields.values_mut().for_each(|field| each(field, edit)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
