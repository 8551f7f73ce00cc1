//! One format a file: report in, text out.

pub mod compare;
mod details;
pub mod explain;
mod fingerprint;
pub mod fleet;
pub mod format;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod junit;
pub mod line;
pub mod markdown;
pub mod models;
pub mod nagios;
mod notes;
mod others;
mod place;
pub mod prometheus;
pub mod provider_entry;
pub mod sarif;
pub mod sh;
pub mod steps;
pub mod text;
pub mod unit;
mod verdict;

use crate::catalogue::Catalogue;
use crate::report::Report;
use format::Format;

/// The report in one format. `host` is the name of this machine, where it is
/// the one that was judged.
///
/// # Errors
/// In words, when it cannot be written in that format; no report does that.
pub fn report(
    report: &Report,
    catalogue: &Catalogue,
    format: Format,
    layout: &text::Layout,
    host: Option<&str>,
) -> Result<String, String> {
    Ok(match format {
        Format::Text => text::render(report, layout),
        Format::Line => line::render(report),
        Format::Json => crate::text::json::render(report)?,
        Format::Junit => junit::render(report)?,
        Format::Github => github::render(report),
        Format::Gitlab => gitlab::render(report)?,
        Format::Sarif => sarif::render(report, catalogue)?,
        Format::Markdown => markdown::render(report),
        Format::Prometheus => prometheus::render(report),
        Format::Nagios => nagios::render(report),
        Format::Html => html::render(report, &layout.reader),
        Format::Sh => sh::render(report, &layout.reader, host),
    })
}
