//! What a gateway has read when it started, and what was written since: OpenClaw reads `.env` at its start only
//! (seen on 2026.9.6: a key written there beside a running gateway counts after a restart).

use jiff::Timestamp;

use crate::facts::{Facts, KeyPlace};
use crate::rules::ollama::requests::{asked, last_answer};

/// The `.env` file that holds the only key for Ollama, and that the running gateway has not read.
pub struct UnreadDotEnv {
    /// Its place among the state files.
    pub index: usize,
    /// When it was written.
    pub written: Timestamp,
    /// When the gateway was started.
    pub started: Timestamp,
}

/// That file; not where Ollama has answered since the gateway was started, so that the key was there by then.
pub fn unread_dot_env(facts: &Facts) -> Option<UnreadDotEnv> {
    let gateway = facts.gateway.seen()?;
    let started = gateway.started_at.filter(|_| gateway.pid.is_some())?;
    let mut set = facts.keys.iter().filter(|sight| sight.key.set && sight.place != KeyPlace::OwnEnvironment);
    let is_only_there =
        set.next().is_some_and(|sight| sight.place == KeyPlace::DotEnv) && set.next().is_none();
    let (index, file) =
        facts.state.seen()?.files.iter().enumerate().find(|(_, file)| file.path.ends_with("/.env"))?;
    let written = file.modified.filter(|written| *written > started && is_only_there)?;
    let answered = facts.logs.ollama.seen().and_then(|log| last_answer(&asked(log)));
    answered.is_none_or(|answered| answered < started).then_some(UnreadDotEnv { index, written, started })
}
