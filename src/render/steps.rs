//! Commands as a reader must type them, and who must type them where.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::report::{FixLine, RunAs};
use crate::text::printable::printable;

/// Who types the commands, and what that user can run them as somebody else with.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    /// His name; empty where it is not known.
    pub user: String,
    /// There is no `sudo` on this machine.
    pub without_sudo: bool,
    /// The home of each user who has no login shell, so that `sudo -i` and `runuser -l` cannot become him.
    pub homes_without_shell: BTreeMap<String, String>,
}

/// The program that runs a command as somebody else.
const SUDO: &str = "sudo ";

impl Reader {
    /// A reader on a machine with sudo, where every user has a shell.
    pub fn named(user: &str) -> Reader {
        Reader { user: user.to_string(), ..Reader::default() }
    }

    /// Whether he is root.
    pub fn is_root(&self) -> bool {
        self.user == "root"
    }

    /// The command run as another user, with the home and the paths of that user.
    pub fn command_as(&self, user: &str, command: &str) -> String {
        let name = quoted(user);
        let by_runuser = self.is_root() && self.without_sudo;
        match self.homes_without_shell.get(user) {
            Some(home) if by_runuser => format!("runuser -u {name} -- env HOME={} {command}", quoted(home)),
            Some(_) => format!("sudo -Hu {name} {command}"),
            // The login shell of `sudo -i` would read a `$` once more, and drop a line end.
            None if !by_runuser && command.contains(['$', '\n']) => format!("sudo -Hu {name} {command}"),
            None if by_runuser => format!("runuser -l {name} -c {}", quoted(command)),
            None => format!("sudo -iu {name} {command}"),
        }
    }

    /// The command without what root does not need.
    fn as_root<'a>(&self, command: &'a str) -> Cow<'a, str> {
        if !self.is_root() || !command.contains(SUDO) {
            return Cow::Borrowed(command);
        }
        let plain = |text: &str| {
            let text = text.strip_prefix(SUDO).filter(|rest| !rest.starts_with('-')).unwrap_or(text);
            ["| ", "&& ", "; "].iter().fold(text.to_string(), |text, joint| without_sudo(&text, joint))
        };
        // What stands behind the first line of a here-document is text of a file.
        Cow::Owned(match command.split_once('\n') {
            Some((first, rest)) if first.contains("<<") => format!("{}\n{rest}", plain(first)),
            _ => plain(command),
        })
    }
}

/// The text without `sudo` behind each of these joints, but for a `sudo` with flags, which becomes somebody else.
fn without_sudo(text: &str, joint: &str) -> String {
    let mut parts = text.split(joint);
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |text, part| {
        let part = part.strip_prefix(SUDO).filter(|rest| !rest.starts_with('-')).unwrap_or(part);
        text + joint + part
    })
}

/// A word for a shell. One that cannot be one stays as it is, to be read.
pub(super) fn quoted(word: &str) -> Cow<'_, str> {
    shlex::try_quote(word).unwrap_or(Cow::Borrowed(word))
}

/// The command as this reader must type it: what the gateway's user must run
/// would change the reader's own home otherwise, and `openclaw` in a fix for root
/// would ask root's own OpenClaw.
pub fn as_user(command: &str, fix: &FixLine, reader: &Reader) -> String {
    let user = match fix.run_as {
        RunAs::Gateway => &fix.user,
        _ if fix.on.is_none() && is_openclaw(command) => &fix.gateway_user,
        _ => &None,
    };
    match user {
        Some(user) if *user != reader.user => reader.command_as(user, command),
        // Who types on another machine is not known.
        _ if fix.on.is_some() => command.to_string(),
        _ => reader.as_root(command).into_owned(),
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

    fn for_root() -> FixLine {
        FixLine {
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
        }
    }

    #[test]
    fn openclaw_is_asked_as_the_gateways_user_in_a_fix_for_root() {
        let typed = |command: &str, reader: &str| as_user(command, &for_root(), &Reader::named(reader));
        assert_eq!(typed("openclaw status", "root"), "sudo -iu openclaw openclaw status");
        assert_eq!(typed("openclaw status", "openclaw"), "openclaw status");
        let with = "env OPENCLAW_HOME=/srv openclaw status";
        assert_eq!(typed(with, "root"), format!("sudo -iu openclaw {with}"));
        assert_eq!(typed("systemctl restart ollama", "alice"), "systemctl restart ollama");
        assert_eq!(typed("openclaw-doctor", "root"), "openclaw-doctor");
    }

    #[test]
    fn root_types_no_sudo_for_himself() {
        let typed = |command: &str, reader: &str| as_user(command, &for_root(), &Reader::named(reader));
        assert_eq!(typed("sudo systemctl restart ollama", "root"), "systemctl restart ollama");
        assert_eq!(typed("sudo systemctl restart ollama", "alice"), "sudo systemctl restart ollama");
        assert_eq!(
            typed("curl -fsSL https://x | sudo tar x -C /usr", "root"),
            "curl -fsSL https://x | tar x -C /usr"
        );
        assert_eq!(typed("sudo tee /x <<'EOF'\na | sudo b\nEOF", "root"), "tee /x <<'EOF'\na | sudo b\nEOF");
        assert_eq!(typed("sudo -iu ollama ollama list", "root"), "sudo -iu ollama ollama list");
        let elsewhere = FixLine { on: Some("10.0.0.9".into()), ..for_root() };
        assert_eq!(as_user("sudo reboot", &elsewhere, &Reader::named("root")), "sudo reboot");
    }

    #[test]
    fn another_user_is_become_by_what_the_machine_has() {
        let fix = FixLine { run_as: RunAs::Gateway, user: Some("claw".into()), ..for_root() };
        let no_shell = BTreeMap::from([("claw".to_string(), "/srv/claw".to_string())]);
        let typed = |without_sudo: bool, homes_without_shell: &BTreeMap<String, String>| {
            let homes_without_shell = homes_without_shell.clone();
            let reader = Reader { user: "root".into(), without_sudo, homes_without_shell };
            as_user("openclaw config set a 'b c'", &fix, &reader)
        };
        let all = BTreeMap::new();
        assert_eq!(typed(false, &all), "sudo -iu claw openclaw config set a 'b c'");
        assert_eq!(typed(true, &all), "runuser -l claw -c \"openclaw config set a 'b c'\"");
        assert_eq!(typed(false, &no_shell), "sudo -Hu claw openclaw config set a 'b c'");
        let plain = "runuser -u claw -- env HOME=/srv/claw openclaw config set a 'b c'";
        assert_eq!(typed(true, &no_shell), plain);
    }
}
