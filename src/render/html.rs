//! One page for a browser, with nothing from elsewhere: the path of the request, what is wrong with commands to copy,
//! and every check with what was seen.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::details::said;
use super::notes::notes;
use super::steps::{Reader, as_user, heading};
use super::text::glyph;
use super::verdict::verdict;
use crate::report::comparison::{Change, Comparison, Side};
use crate::report::{CheckRow, Evidence, Finding, FixLine, Overall, PathRow, Report, Severity, Status};
use crate::text::printable::printable;
use crate::text::time::second;
use crate::types::link::Link;

const STYLE: &str = include_str!("html.css");
const SCRIPT: &str = include_str!("html.js");
/// Nothing is loaded, sent or framed, whatever stands in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Renders a report; commands are written for `reader`.
pub fn render(report: &Report, reader: &Reader) -> String {
    page("openclaw-doctor", &html! { (machine(report, reader)) })
}

/// How the page of several machines begins: what they can be sorted by.
pub fn start() -> String {
    let mark = "<!-- machines -->";
    let body = html! {
        h1 { "Machines" }
        p.dim { "sort by " @for title in SORTED_BY { button.sort { (title) } " " } }
        (PreEscaped(mark))
    };
    let whole = page("openclaw-doctor: machines", &body);
    whole.split(mark).next().unwrap_or_default().to_string() + "<main>\n"
}

/// What the machines can be sorted by, in the order of the columns of a machine's row.
const SORTED_BY: [&str; 5] = ["machine", "verdict", "first to fix", "OpenClaw", "Ollama"];

/// One machine, unfolded by a click on its row.
pub fn member(file: &str, report: &Report, reader: &Reader) -> String {
    let version = |version: &Option<String>| printable(version.as_deref().unwrap_or("not found"));
    let first = report.roots().next().map(|first| printable(&first.message)).unwrap_or_default();
    let row = html! { details.machine {
        summary {
            b data-key=(file) { (printable(file)) } " "
            span class={ "mark " (report.verdict.word()) } data-key=(rank(report.verdict)) { (report.verdict.word()) } " "
            span data-key=(first) { (first) } " "
            span.dim data-key=(version(&report.versions.openclaw)) { "OpenClaw " (version(&report.versions.openclaw)) } " "
            span.dim data-key=(version(&report.versions.ollama)) { "Ollama " (version(&report.versions.ollama)) }
        }
        (machine(report, reader))
    } };
    row.into_string() + "\n"
}

/// How that page ends: the counts, and the files that could not be read.
pub fn end<'a>(total: &str, unread: impl Iterator<Item = &'a str>) -> String {
    let body = html! { p { (printable(total)) } @for error in unread { p.caution { (printable(error)) } } };
    let script = html! { script { (PreEscaped(SCRIPT)) } };
    format!("</main>\n{}{}</body></html>\n", body.into_string(), script.into_string())
}

/// The worst first.
fn rank(verdict: Overall) -> u8 {
    match verdict {
        Overall::Error => 0,
        Overall::Warning => 1,
        Overall::Incomplete => 2,
        Overall::Info => 3,
        Overall::Ok => 4,
    }
}

/// Two looks at a machine.
pub fn comparison(comparison: &Comparison) -> String {
    let side = |name: &str, side: &Side| {
        html! { p {
            b { (name) } " " (printable(&side.file)) ", " (second(side.at)) ", " (side.verdict.word())
        } }
    };
    let list = |title: &str, findings: &[Finding]| {
        html! { @if !findings.is_empty() {
            h2 { (title) }
            @for finding in findings { div class={ "finding " (finding.severity.word()) } { h3 { (printable(&finding.message)) } p.dim { (finding.check_id) ":" (finding.cause) } } }
        } }
    };
    let body = html! {
        h1 { "What changed" }
        (side("before", &comparison.before)) (side("after", &comparison.after))
        (list("Came", &comparison.came)) (list("Gone", &comparison.went)) (list("Cannot be seen now", &comparison.hidden)) (list("Still there", &comparison.stayed))
        h2 { "Facts that changed, first what those findings rest on" }
        table { thead { tr { th { "Fact" } th { "Before" } th { "After" } th { "Checks" } } }
            tbody { @for change in &comparison.changes { (changed(change)) } } }
        @if comparison.more > 0 { p { "and " (comparison.more) " more" } }
    };
    page("openclaw-doctor: what changed", &body)
}

fn changed(change: &Change) -> Markup {
    let value = |value: &Option<String>| printable(value.as_deref().unwrap_or("not there"));
    html! { tr {
        td { (printable(change.fact.trim_start_matches('/'))) }
        td { (value(&change.before)) } td { (value(&change.after)) } td { (change.checks.join(", ")) }
    } }
}

fn page(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                // By it a former page is known as ours (`run::former`).
                meta name="generator" content="openclaw-doctor";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) script { (PreEscaped(SCRIPT)) } }
        }
    };
    page.into_string() + "\n"
}

fn machine(report: &Report, reader: &Reader) -> Markup {
    html! {
        header {
            h1 { (title(report)) }
            p.dim { (facts(report)) }
        }
        ol.path { @for row in &report.path { (link(row)) } }
        @for finding in report.roots() { (card(finding, report, reader)) }
        @for note in notes(report) { p.dim { (note.title()) ": " (note.text) } }
        h2 { "Every check" }
        @for link in Link::ALL { (checks(report, link)) }
        p.dim { "Values of keys, tokens and passwords are not recorded: only whether one is set. Read this page before you share it." }
    }
}

fn title(report: &Report) -> String {
    report.problems().next().map_or_else(|| verdict(report), |first| printable(&first.message))
}

fn facts(report: &Report) -> String {
    let version = |name: &str, version: &Option<String>| match version {
        Some(version) => format!("{name} {version}"),
        None => format!("{name} not found"),
    };
    let mut parts = vec![
        format!("{} {}", report.tool.name, report.tool.version),
        version("OpenClaw", &report.versions.openclaw),
        version("Ollama", &report.versions.ollama),
    ];
    if let Some(line) = &report.openclaw {
        parts.push(line.config.clone());
        parts.push(line.user.clone());
    }
    parts.push(format!("looked at {}", second(report.run.at)));
    printable(&parts.join(" · "))
}

/// The class of a status: that of its severity where it failed.
fn class(state: Status, severity: Option<Severity>) -> &'static str {
    match (state, severity) {
        (Status::Fail, Some(severity)) => severity.word(),
        (Status::Fail, None) => "error",
        (Status::Pass, _) => "pass",
        (Status::Unknown, _) => "warning",
        (Status::Skipped, _) => "skipped",
    }
}

fn mark(state: Status, severity: Option<Severity>) -> &'static str {
    glyph(state, severity.unwrap_or(Severity::Error), true)
}

fn link(row: &PathRow) -> Markup {
    let class = class(row.state, row.severity);
    html! { li class=(class) {
        span class={ "mark " (class) } { (mark(row.state, row.severity)) } " " b { (row.link.word()) }
        br; (printable(&row.seen))
    } }
}

fn card(finding: &Finding, report: &Report, reader: &Reader) -> Markup {
    let follows: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|other| other.caused_by.as_deref() == Some(&finding.check_id))
        .collect();
    html! { section class={ "finding " (finding.severity.word()) } {
        h3 { (printable(&finding.message)) }
        p.dim { (finding.severity.word()) " · " (finding.check_id) ":" (finding.cause)
            @if let Some(target) = &finding.target { " · " (printable(target)) } }
        table { @for one in &finding.evidence { (evidence(one)) } }
        @for (index, fix) in finding.fixes.iter().enumerate() {
            @if index == 0 { (remedy(fix, reader)) } @else { details { summary { "or: " (heading(fix)) } (remedy(fix, reader)) } }
        }
        @if !follows.is_empty() { p { "Fixing this should also clear:" }
            ul { @for other in follows { li { (printable(&other.message)) } } } }
    } }
}

fn evidence(one: &Evidence) -> Markup {
    html! { tr {
        td { (printable(&one.label)) } td { (printable(&one.seen)) }
        td { @if let Some(expected) = &one.expected { "expected " (printable(expected)) } }
        td.dim { (printable(one.note.as_deref().unwrap_or_default())) }
    } }
}

fn remedy(fix: &FixLine, reader: &Reader) -> Markup {
    html! {
        p { (heading(fix)) }
        @if !fix.run.is_empty() { (commands(&fix.run, fix, reader)) }
        @if let Some(caution) = &fix.caution { p.caution { (printable(caution)) } }
        @if !fix.verify.is_empty() {
            p.dim { @if fix.run.is_empty() { "To see more:" } @else { "Then check:" } }
            (commands(&fix.verify, fix, reader))
        }
        @for cite in &fix.cite { p.dim { "documented in "
            @match &cite.url {
                Some(url) if url.starts_with("https://") => a href=(url) rel="noreferrer" { (printable(&cite.page)) },
                _ => (printable(&cite.page)),
            } } }
    }
}

fn commands(commands: &[String], fix: &FixLine, reader: &Reader) -> Markup {
    let typed: Vec<String> = commands.iter().map(|command| as_user(command, fix, reader)).collect();
    let lines: Vec<String> = typed.iter().flat_map(|command| command.lines()).map(printable).collect();
    html! { div.code { pre { (lines.join("\n")) } button.copy { "copy" } } }
}

fn checks(report: &Report, link: Link) -> Markup {
    let rows: Vec<&CheckRow> = report.checks.iter().filter(|row| row.link == link).collect();
    html! { details {
        summary { b { (link.word()) } " " span.dim { (rows.len()) " checks" } }
        table { @for row in rows { tr {
            @let class = class(row.status, Some(row.severity));
            td { span class={ "mark " (class) } { (mark(row.status, Some(row.severity))) } }
            td { (row.id) }
            td { (printable(&said(row, report))) }
        } } }
    } }
}
