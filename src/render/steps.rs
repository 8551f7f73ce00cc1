//! Commands as a reader must type them, and who must type them where.

use crate::report::{FixLine, RunAs};
use crate::text::printable::printable;

/// The command as this reader must type it: what the gateway's user must run
/// would change the reader's own home otherwise, and `openclaw` in a fix for root
/// would ask root's own OpenClaw.
pub fn as_user(command: &str, fix: &FixLine, reader: &str) -> String {
    let user = match fix.run_as {
        RunAs::Gateway => &fix.user,
        _ if fix.on.is_none() && is_openclaw(command) => &fix.gateway_user,
        _ => &None,
    };
    match user {
        Some(user) if user != reader => {
            let user = shlex::try_quote(user).unwrap_or_else(|_| user.clone().into());
            format!("sudo -iu {user} {command}")
        }
        _ => command.to_string(),
    }
}

/// Whether a command is OpenClaw's, also where it is told which config it is about.
fn is_openclaw(command: &str) -> bool {
    command.starts_with("openclaw ") || command.starts_with("env OPENCLAW_") && command.contains(" openclaw ")
}

/// What a fix does, where and as whom, for a reader who may be anybody.
pub fn heading(fix: &FixLine) -> String {
    let user = match (fix.run_as, &fix.user) {
        (RunAs::Root, _) => Some("root"),
        (RunAs::Gateway, Some(user)) => Some(&**user),
        _ => None,
    };
    let place = fix.on.as_ref().map(|host| format!("on {host}"));
    let parts: Vec<String> = place.into_iter().chain(user.map(|user| format!("as {user}"))).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    printable(&format!("{}{parts}", fix.say))
}

/// The lines of a command, safe to show.
pub fn lines(command: &str) -> impl Iterator<Item = String> {
    command.lines().map(printable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openclaw_is_asked_as_the_gateways_user_in_a_fix_for_root() {
        let fix = FixLine {
            key: "restart".into(),
            say: "Restart".into(),
            run_as: RunAs::Root,
            user: Some("root".into()),
            gateway_user: Some("openclaw".into()),
            on: None,
            run: Vec::new(),
            verify: Vec::new(),
            undo: Vec::new(),
            caution: None,
            cite: Vec::new(),
        };
        let typed = |command: &str, reader: &str| as_user(command, &fix, reader);
        assert_eq!(typed("openclaw status", "root"), "sudo -iu openclaw openclaw status");
        assert_eq!(typed("openclaw status", "openclaw"), "openclaw status");
        let with = "env OPENCLAW_HOME=/srv openclaw status";
        assert_eq!(typed(with, "root"), format!("sudo -iu openclaw {with}"));
        assert_eq!(typed("systemctl restart ollama", "alice"), "systemctl restart ollama");
        assert_eq!(typed("openclaw-doctor", "root"), "openclaw-doctor");
    }
}
