//! Golden texts: the formats that are not JSON in `*.snap` beside this file, for
//! one case of each kind.

use openclaw_doctor::render::format::Format;
use openclaw_doctor::report::{Counts, Report, Status};
use serde_json::Value;

use crate::{catalogue, rendered, reports, root};

/// Healthy; commands with what follows and waits; for another machine; for the
/// gateway's user; words only; unknown; several endpoints; hostile; with a finding that is ignored.
pub const CASES: &[&str] = &[
    "healthy",
    "ollama/bind-address/loopback-only",
    "ollama/port-reachable/refused-remote",
    "ollama/port-reachable/second-endpoint",
    "openclaw/gateway-mode/invalid",
    "openclaw/primary-model/no-provider",
    "ollama/api-tags/unknown-key-elsewhere",
    "hostile",
    "ignored",
];

const FORMATS: &[(Format, &str)] = &[
    (Format::Line, "line"),
    (Format::Junit, "xml"),
    (Format::Github, "github"),
    (Format::Gitlab, "gitlab"),
    (Format::Sarif, "sarif"),
    (Format::Markdown, "md"),
    (Format::Prometheus, "prom"),
    (Format::Nagios, "nagios"),
    (Format::Sh, "sh"),
];

/// The rows that a golden text shows, so that a new check does not touch them all.
fn short(mut report: Report) -> Report {
    const ROWS: &[&str] =
        &["openclaw/config-parse", "ollama/api-tags", "ollama/tool-models", "dns/resolved-crash"];
    let shown: Vec<String> = report.findings.iter().map(|finding| finding.check_id.clone()).collect();
    report.checks.retain(|row| shown.contains(&row.id) || ROWS.contains(&&*row.id));
    for finding in &mut report.findings {
        finding.clears.retain(|id| report.checks.iter().any(|row| row.id == *id));
    }
    let count = |status| report.checks.iter().filter(|row| row.status == status).count();
    report.counts = Counts {
        pass: count(Status::Pass),
        fail: count(Status::Fail),
        skipped: count(Status::Skipped),
        unknown: count(Status::Unknown),
    };
    report.tool.version = "VERSION";
    report
}

/// Rules without their help, which is the page.
fn without_help(sarif: &str) -> String {
    let mut sarif: Value = serde_json::from_str(sarif).unwrap();
    for rule in sarif["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap() {
        let page = catalogue().page(rule["id"].as_str().unwrap()).unwrap();
        assert_eq!(rule["help"]["markdown"], page.body);
        rule["help"] = "the page".into();
        rule["fullDescription"] = "what it means".into();
    }
    serde_json::to_string_pretty(&sarif).unwrap()
}

#[test]
fn every_format_gives_its_golden_text() {
    for name in CASES {
        let report = short(reports()[*name].clone());
        for (format, extension) in FORMATS {
            let text = rendered(&report, *format);
            let text = if *format == Format::Sarif { without_help(&text) } else { text };
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(root().join("formats"));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            let name = format!("{}.{extension}", name.rsplit('/').next().unwrap());
            settings.bind(|| insta::assert_snapshot!(name, text));
        }
    }
}
