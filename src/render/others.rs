//! The OpenClaws of the machine that were not judged, in one line.

use super::steps::quoted;
use crate::report::{OpenClawLine, OtherOpenClaw};

/// Which OpenClaws were not judged, and how to have one of them judged.
pub fn others(line: &OpenClawLine) -> Option<String> {
    let first = line.others.first()?;
    let what = |other: &OtherOpenClaw| match other.gateway_pid {
        Some(pid) => format!("the gateway of {} (pid {pid})", other.user),
        None => format!("{} of {}", other.config, other.user),
    };
    let all: Vec<String> = line.others.iter().take(3).map(what).collect();
    let more = match line.others.len() {
        count @ 4.. => format!(" and {} more", count - 3),
        _ => String::new(),
    };
    let flag = if first.user == line.user {
        format!("--config {}", quoted(&first.config))
    } else {
        format!("--user {}", quoted(&first.user))
    };
    Some(format!("not judged: {}{more}; openclaw-doctor {flag}", all.join(", ")))
}
