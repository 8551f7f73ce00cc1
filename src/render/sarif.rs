//! SARIF 2.1.0 (OASIS): the catalogue as rules, what fails as results, what
//! could not be determined as notifications.
//!
//! By hand, because the crates for it generate a model that is far larger than
//! what is needed here, and call themselves unstable.

use serde_json::{Value, json};

use super::place::place;
use crate::catalogue::{Catalogue, Page};
use crate::report::{Finding, Report, Severity, Status};
use crate::text::json;
use crate::text::printable::printable;

/// Renders a report.
///
/// # Errors
/// As [`super::json::render`].
pub fn render(report: &Report, catalogue: &Catalogue) -> Result<String, String> {
    let pages: Vec<&Page> = report.checks.iter().filter_map(|row| catalogue.page(&row.id)).collect();
    let results: Vec<Value> = report.findings.iter().map(|finding| result(finding, report, &pages)).collect();
    json::render(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": report.tool.name,
                "semanticVersion": report.tool.version,
                "rules": pages.iter().map(|page| rule(page)).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": true,
                "startTimeUtc": report.run.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                "toolExecutionNotifications": notifications(report),
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn rule(page: &Page) -> Value {
    let area = page.id.split('/').next();
    json!({
        "id": page.id,
        "shortDescription": { "text": page.title },
        "help": { "text": page.body, "markdown": page.body },
        "defaultConfiguration": { "level": level(page.data.severity) },
        "properties": { "tags": [area] },
    })
}

fn result(finding: &Finding, report: &Report, pages: &[&Page]) -> Value {
    let mut result = json!({
        "ruleId": finding.check_id,
        "level": level(finding.severity),
        "message": { "text": message(&finding.message) },
        "locations": [location(finding, report)],
        "partialFingerprints": { "openclawDoctor/v1": fingerprint(finding) },
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

/// The same for the same fault on another day: what the sentence says in numbers may change.
fn fingerprint(finding: &Finding) -> String {
    let parts =
        [Some(&finding.check_id), Some(&finding.cause), finding.path.as_ref(), finding.target.as_ref()];
    let parts: Vec<String> =
        parts.iter().map(|part| part.map(|part| part.replace(' ', "%20")).unwrap_or_default()).collect();
    parts.join(" ").trim_end().to_string()
}

/// A place in a file, as code scanning wants one; what is not about a file is
/// shown at the config, for it decides what is asked where.
fn location(finding: &Finding, report: &Report) -> Value {
    let place = place(finding, report);
    let uri = uri(place.file.unwrap_or("openclaw.json"));
    let mut physical = json!({ "artifactLocation": { "uri": uri } });
    if let Some(line) = place.line {
        physical["region"] = json!({ "startLine": line });
        if let Some(column) = place.column {
            physical["region"]["startColumn"] = column.into();
        }
    }
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
    unknown
        .map(|row| {
            let error = message(row.error.as_deref().unwrap_or_default());
            json!({ "level": "warning", "message": { "text": error }, "associatedRule": { "id": row.id } })
        })
        .collect()
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
    fn a_path_becomes_a_uri() {
        assert_eq!(uri("/home/a b/x%|.json"), "file:///home/a%20b/x%25%7C.json");
        assert_eq!(uri("~/x y.json"), "~/x%20y.json");
        assert_eq!(uri("openclaw.json"), "openclaw.json");
    }
}
