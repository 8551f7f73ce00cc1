//! Commands as a reader must type them, and who must type them where.

use super::printable::printable;
use crate::report::{FixLine, RunAs};

/// The command as this reader must type it: what the gateway's user must run
/// would change the reader's own home otherwise.
pub fn as_user(command: &str, fix: &FixLine, reader: &str) -> String {
    match (&fix.user, fix.run_as) {
        (Some(user), RunAs::Gateway) if user != reader => {
            let user = shlex::try_quote(user).unwrap_or_else(|_| user.clone().into());
            format!("sudo -iu {user} {command}")
        }
        _ => command.to_string(),
    }
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
