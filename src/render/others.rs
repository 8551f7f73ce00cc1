//! The OpenClaws of the machine that were not judged, in one line.

use std::borrow::Cow;

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
        format!("--config {}", quote(&first.config))
    } else {
        format!("--user {}", quote(&first.user))
    };
    Some(format!("not judged: {}{more}; openclaw-doctor {flag}", all.join(", ")))
}

/// A word for a shell. One that cannot be one stays as it is, to be read.
fn quote(word: &str) -> Cow<'_, str> {
    shlex::try_quote(word).unwrap_or(Cow::Borrowed(word))
}
