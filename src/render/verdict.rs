//! The verdict of a report without a problem, in a sentence.

use crate::report::{Overall, Report, Status};
use crate::types::link::Link;

/// The links without which OpenClaw gets no answer, as far as they were not seen to be good.
pub fn unseen_links(report: &Report) -> Vec<&'static str> {
    let needed = [Link::Config, Link::Gateway, Link::Key, Link::Ollama, Link::Model];
    let is_good = |link: &Link| report.path.iter().any(|row| row.link == *link && row.state == Status::Pass);
    needed.iter().filter(|link| !is_good(link)).map(|link| link.word()).collect()
}

/// What the report comes to where nothing is wrong.
pub fn verdict(report: &Report) -> String {
    let unseen = unseen_links(report);
    match report.verdict {
        Overall::Incomplete => "Nothing fails, but not everything could be seen.".to_string(),
        _ if unseen.is_empty() => "Nothing here keeps OpenClaw from getting answers from Ollama.".to_string(),
        _ => format!("Nothing fails; not seen to be good: {}.", unseen.join(", ")),
    }
}
