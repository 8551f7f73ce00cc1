//! SARIF 2.1.0 (OASIS): the catalogue as rules, what fails as results, what
//! could not be determined as notifications.
//!
//! By hand, because the crates for it generate a model that is far larger than
//! what is needed here, and call themselves unstable.

use serde_json::{Value, json};

use super::fingerprint::{fingerprint, identity};
use super::place::place;
use crate::catalogue::{Catalogue, Page};
use crate::report::{Finding, Report, Severity, Status, TOOL, Tool};
use crate::text::json;
use crate::text::printable::printable;

/// Renders a report.
///
/// # Errors
/// In words, when it cannot be written as JSON; no report does that.
pub fn render(report: &Report, catalogue: &Catalogue) -> Result<String, String> {
    let pages: Vec<&Page> = report.checks.iter().filter_map(|row| catalogue.page(&row.id)).collect();
    json::render(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver(&report.tool, &pages) },
            "invocations": [{
                "executionSuccessful": true,
                "startTimeUtc": report.run.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                "toolExecutionNotifications": notifications(report),
            }],
            "columnKind": "unicodeCodePoints",
            "results": results(report, &pages),
        }],
    }))
}

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// How a run over several machines begins: up to its results.
///
/// # Errors
/// As above.
pub fn start(pages: &[&Page]) -> Result<String, String> {
    let driver = json::render(&driver(&TOOL, pages))?;
    Ok(format!(
        "{{\n\"$schema\": \"{SCHEMA}\",\n\"version\": \"2.1.0\",\n\"runs\": [{{\n\"tool\": {{ \"driver\": {driver}}},\n\
         \"columnKind\": \"unicodeCodePoints\",\n\"results\": ["
    ))
}

/// How it ends: what could not be read or determined, in sentences.
///
/// # Errors
/// As above.
pub fn end(is_complete: bool, unknown: &[String]) -> Result<String, String> {
    let notification = |text: &String| json!({ "level": "warning", "message": { "text": message(text) } });
    let invocation = json::render(&json!({
        "executionSuccessful": is_complete,
        "toolExecutionNotifications": unknown.iter().map(notification).collect::<Vec<_>>(),
    }))?;
    Ok(format!("\n],\n\"invocations\": [{invocation}]\n}}]\n}}\n"))
}

/// What fails, and what is ignored, which code scanning closes.
pub fn results(report: &Report, pages: &[&Page]) -> Vec<Value> {
    let mut results: Vec<Value> =
        report.findings.iter().map(|finding| result(finding, report, pages)).collect();
    results.extend(report.ignored.iter().map(|one| {
        let mut result = result(&one.finding, report, pages);
        let reason = format!("until {}: {}", one.until, one.reason);
        result["suppressions"] =
            json!([{ "kind": "external", "status": "accepted", "justification": printable(&reason) }]);
        result
    }));
    results
}

fn driver(tool: &Tool, pages: &[&Page]) -> Value {
    json!({
        "name": tool.name,
        "semanticVersion": tool.version,
        "rules": pages.iter().map(|page| rule(page)).collect::<Vec<_>>(),
    })
}

fn rule(page: &Page) -> Value {
    let area = page.id.split('/').next();
    json!({
        "id": page.id,
        "name": pascal_case(&page.id),
        "shortDescription": { "text": page.title },
        "fullDescription": { "text": meaning(page) },
        "help": { "text": page.body, "markdown": page.body },
        "defaultConfiguration": { "level": level(page.data.severity) },
        "properties": { "tags": [area] },
    })
}

/// `ollama/bind-address` as `OllamaBindAddress`, as names of rules are written.
fn pascal_case(id: &str) -> String {
    let words = id.split(['/', '-']).map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    words.collect()
}

/// What the page says that it means, in plain text. Code scanning shows 1,024 characters.
fn meaning(page: &Page) -> String {
    const MOST: usize = 1000;
    let section = page.body.split_once("## What it means\n").map_or(&*page.body, |(_, section)| section);
    let section = section.split("\n## ").next().unwrap_or_default().replace("**", "").replace('`', "");
    let mut text = String::new();
    for word in section.split_whitespace() {
        if text.len() + word.len() > MOST {
            text.push_str(" …");
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

fn result(finding: &Finding, report: &Report, pages: &[&Page]) -> Value {
    let mut result = json!({
        "ruleId": finding.check_id,
        "level": level(finding.severity),
        "message": { "text": message(&finding.message) },
        "locations": [location(finding, report)],
        // Code scanning knows an alert by the second one, and looks for a line to make it of where it is missing.
        "partialFingerprints": {
            "openclawDoctor/v1": identity(finding),
            "primaryLocationLineHash": format!("{}:1", fingerprint(&identity(finding))),
        },
        "properties": {
            "cause": finding.cause,
            "causedBy": finding.caused_by,
            "fixHint": finding.fix_hint,
        },
    });
    if let Some(index) = pages.iter().position(|page| page.id == finding.check_id) {
        result["ruleIndex"] = index.into();
    }
    result
}

/// A place in a file, as code scanning wants one; what is not about a file is
/// shown at the config, for it decides what is asked where.
fn location(finding: &Finding, report: &Report) -> Value {
    let place = place(finding, report);
    let uri = uri(place.file.unwrap_or("openclaw.json"));
    // Code scanning refuses a result without a line. The first one stands for the whole file.
    let mut region = json!({ "startLine": place.line.unwrap_or(1) });
    if let Some(column) = place.column {
        region["startColumn"] = column.into();
    }
    let physical = json!({ "artifactLocation": { "uri": uri }, "region": region });
    let mut location = json!({ "physicalLocation": physical });
    if let Some(key) = place.key {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": key, "kind": "member" }]);
    }
    location
}

/// An absolute path as a file URI, anything else as a relative one (RFC 3986: what is not
/// unreserved is written as its bytes in hexadecimal).
fn uri(path: &str) -> String {
    let byte = |byte: u8| match byte {
        b'/' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    format!("{scheme}{}", path.bytes().map(byte).collect::<String>())
}

fn notifications(report: &Report) -> Vec<Value> {
    let unknown = report.checks.iter().filter(|row| row.status == Status::Unknown);
    let unknown = unknown.map(|row| {
        let error = message(row.error.as_deref().unwrap_or_default());
        json!({ "level": "warning", "message": { "text": error }, "associatedRule": { "id": row.id } })
    });
    let settings = report.settings.iter().flat_map(|settings| &settings.warnings);
    let settings = settings.map(|text| json!({ "level": "warning", "message": { "text": message(text) } }));
    unknown.chain(settings).collect()
}

/// Braces are placeholders and brackets before a parenthesis links, unless
/// escaped (SARIF 2.1.0, 3.11.5 and 3.11.6).
fn message(text: &str) -> String {
    let text = printable(text).replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
    text.replace('{', "{{").replace('}', "}}")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_becomes_a_name() {
        assert_eq!(pascal_case("ollama/bind-address"), "OllamaBindAddress");
    }

    #[test]
    fn a_path_becomes_a_uri() {
        assert_eq!(uri("/home/a b/x%|.json"), "file:///home/a%20b/x%25%7C.json");
        assert_eq!(uri("~/x y.json"), "~/x%20y.json");
        assert_eq!(uri("openclaw.json"), "openclaw.json");
    }
}
