//! May the gateway's user use its files, and may others read its secrets?

use std::path::Path;

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Config, Facts, FileSight, Install, KeyPlace, StateFiles, Unseen};
use crate::text::secret::{SecretClass, SecretSight};

/// Fails where a file of OpenClaw is closed to the user of its gateway, belongs
/// to another user, or shows a real key to everybody.
pub fn judge(facts: &Facts) -> Judgement {
    let state = facts.state.get()?;
    let install = facts
        .judged_install()
        .ok_or_else(|| Unseen::NotApplicable { why: "no OpenClaw was found".into() })?;
    // Who looks at somebody else's state directory and is not root, is not the one who uses it.
    let is_theirs = |file: &FileSight| file.path == install.state_dir && file.owner == install.user;
    if facts.host.get()?.uid != 0 && !state.files.iter().any(is_theirs) {
        let why = format!("the state directory does not belong to {}", install.user);
        return Err(Unseen::NotApplicable { why });
    }
    if let Some(index) = state.files.iter().position(|file| !file.usable && file.owner != install.user) {
        return closed(install, state, index).verdict();
    }
    if install.user != "root" && !state.foreign.is_empty() {
        return foreign(install, state).verdict();
    }
    match readable_key_file(facts, state) {
        Some(index) => readable(&state.files[index], index).verdict(),
        None if !state.truncated && state.files.iter().all(|file| file.owner == install.user) => {
            Verdict::pass(format!("the files of OpenClaw are those of {}", install.user))
        }
        None => Verdict::pass(format!("none of the files looked at is closed to {}", install.user)),
    }
}

fn closed(install: &Install, state: &StateFiles, index: usize) -> Failure {
    let file = &state.files[index];
    let message = format!("{} belongs to {}, and is closed to {}", name(file), file.owner, install.user);
    owned(Failure::new("closed", message), install, file, format!("/state/files/{index}/owner"))
}

fn foreign(install: &Install, state: &StateFiles) -> Failure {
    let file = &state.foreign[0];
    let owner = &file.owner;
    let message = match state.foreign_count {
        1 => format!("{} in the state directory belongs to {owner}", name(file)),
        count => format!(
            "{count} files in the state directory are not {}'s, the first one {owner}'s",
            install.user
        ),
    };
    owned(Failure::new("foreign", message), install, file, "/state/foreign/0/owner".into())
}

fn owned(failure: Failure, install: &Install, file: &FileSight, pointer: String) -> Failure {
    // A colon takes the login group, which a number without an account has not.
    let is_number = install.user.bytes().all(|byte| byte.is_ascii_digit());
    let owner = if is_number { install.user.clone() } else { format!("{}:", install.user) };
    let mut failure = failure
        .seen("owner", pointer, format!("{}, mode {}", file.owner, file.mode))
        .note(file.path.clone())
        .expected(install.user.clone())
        .value("owner", owner);
    // Without it the fix, which would not touch a config elsewhere, is not offered.
    if Path::new(&file.path).starts_with(&install.state_dir) {
        // The slash makes chown follow a link at the top.
        failure = failure.value("state_dir", format!("{}/", install.state_dir.trim_end_matches('/')));
    }
    failure.path = Some(file.path.clone());
    failure
}

fn readable(file: &FileSight, index: usize) -> Failure {
    let mut failure =
        Failure::new("readable", format!("every user of this machine can read a key in {}", name(file)))
            .seen("mode", format!("/state/files/{index}/mode"), file.mode.clone())
            .note(file.path.clone())
            .expected("600")
            .value("file", file.path.clone());
    failure.path = Some(file.path.clone());
    failure
}

/// The file with a real key that everybody may read, through directories that are open to all.
fn readable_key_file(facts: &Facts, state: &StateFiles) -> Option<usize> {
    let has =
        |file: &FileSight, bit: u32| u32::from_str_radix(&file.mode, 8).is_ok_and(|mode| mode & bit == bit);
    let config = facts.config.seen();
    let holds_key = |file: &FileSight| {
        let in_dotenv = file.path.ends_with("/.env")
            && facts.keys.iter().any(|sight| sight.place == KeyPlace::DotEnv && is_real(&sight.key));
        in_dotenv || config.is_some_and(|config| config.path == file.path && config_holds_key(facts, config))
    };
    let found = |file: &FileSight| !file.directory && file.exposed && has(file, 0o004) && holds_key(file);
    state.files.iter().position(found)
}

fn config_holds_key(facts: &Facts, config: &Config) -> bool {
    let in_vars = facts.keys.iter().any(|sight| sight.place == KeyPlace::ConfigEnv && is_real(&sight.key));
    in_vars || config.providers.iter().any(|provider| is_real(&provider.api_key))
}

fn is_real(key: &SecretSight) -> bool {
    key.class == SecretClass::LongLiteral
}

fn name(file: &FileSight) -> &str {
    file.path.rsplit('/').next().unwrap_or(&file.path)
}
