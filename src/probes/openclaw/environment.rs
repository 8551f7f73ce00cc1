//! The variables that OpenClaw would see, from where it takes them: first wins.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::unistd::Uid;
use secrecy::{ExposeSecret, SecretString};

use crate::facts::Install;
use crate::probes::files::{Readers, Refused, Rights};

/// A dotenv file larger than this is not read by OpenClaw.
const LARGEST: u64 = 1 << 20;

/// Variables by name. The values may be secrets, and are kept as such.
pub type Variables = HashMap<String, Value>;

/// The value of a variable, which says where it comes from.
#[derive(Debug, Clone)]
pub struct Value {
    /// The value itself.
    pub secret: SecretString,
    /// Where it comes from, and who can read it there.
    pub origin: Arc<Origin>,
}

/// A place that values come from.
#[derive(Debug)]
pub struct Origin {
    /// The place, in words for a person.
    pub place: String,
    /// Who can read it there.
    pub rights: Rights,
    /// The config itself, whose values are its own.
    pub is_config: bool,
}

impl Origin {
    /// A place other than the config.
    pub fn new(place: String, rights: Rights) -> Arc<Origin> {
        Arc::new(Origin { place, rights, is_config: false })
    }

    /// `env.vars` of the config.
    pub fn config() -> Arc<Origin> {
        Arc::new(Origin { place: "the config".into(), rights: Rights::everybody(), is_config: true })
    }
}

impl Value {
    /// A value from that place.
    pub fn new(text: impl Into<SecretString>, origin: &Arc<Origin>) -> Value {
        Value { secret: text.into(), origin: Arc::clone(origin) }
    }
}

impl ExposeSecret<str> for Value {
    fn expose_secret(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// The environment of a process, where we may read it.
pub fn of_process(pid: u32) -> Option<Variables> {
    let process = procfs::process::Process::new(i32::try_from(pid).ok()?).ok()?;
    // Who owns its files in /proc: root, where the process gave up or hides rights.
    let uid = process.uid().ok()?;
    let environment = process.environ().ok()?;
    let origin = Origin::new(format!("the environment of process {pid}"), Rights::only(uid));
    Some(
        environment
            .into_iter()
            .map(|(name, value)| (lossy(&name), Value::new(lossy(&value), &origin)))
            .collect(),
    )
}

fn lossy(text: &std::ffi::OsStr) -> String {
    text.to_string_lossy().into_owned()
}

/// The doctor's own environment.
pub fn own() -> Variables {
    let rights = Rights::only(Uid::effective().as_raw());
    let origin = Origin::new("the environment of openclaw-doctor".into(), rights);
    std::env::vars_os().map(|(name, value)| (lossy(&name), Value::new(lossy(&value), &origin))).collect()
}

/// `$STATE_DIR/.env`, and for the default state directory `gateway.env` behind it.
///
/// # Errors
/// The file that is kept from the user, who is named, and whose config asks for it.
pub fn dotenv_files(install: &Install, readers: &Readers) -> Result<Variables, (PathBuf, String)> {
    let state_dir = Path::new(&install.state_dir);
    let mut variables = read_dotenv(&state_dir.join(".env"), readers)?;
    let home = Path::new(&install.home);
    if state_dir == home.join(".openclaw") {
        for (name, value) in read_dotenv(&home.join(".config/openclaw/gateway.env"), readers)? {
            variables.entry(name).or_insert(value);
        }
    }
    Ok(variables)
}

/// A file of lines `NAME=VALUE`; empty where there is none.
///
/// # Errors
/// The file that is kept from the user, who is named.
fn read_dotenv(path: &Path, readers: &Readers) -> Result<Variables, (PathBuf, String)> {
    let (file, meta) = match readers.open(path) {
        Ok(opened) => opened,
        Err(Refused::NotFor(user)) => return Err((path.to_path_buf(), user)),
        // What OpenClaw's own user may not read, OpenClaw does without.
        Err(Refused::Error(_)) => return Ok(Variables::new()),
    };
    if !meta.is_file() {
        return Ok(Variables::new());
    }
    let origin = Origin::new(path.display().to_string(), Rights::of_file(&file, &meta));
    let mut text = String::new();
    match file.take(LARGEST).read_to_string(&mut text) {
        Ok(_) => Ok(parse_dotenv(&text, &origin)),
        Err(_) => Ok(Variables::new()),
    }
}

/// Lines `NAME=VALUE`, as the `dotenv` npm package reads them; nothing is expanded.
fn parse_dotenv(text: &str, origin: &Arc<Origin>) -> Variables {
    text.lines().filter_map(parse_line).map(|(name, value)| (name, Value::new(value, origin))).collect()
}

fn parse_line(line: &str) -> Option<(String, SecretString)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    is_name.then(|| (name.to_string(), SecretString::from(unquoted(value.trim()))))
}

fn unquoted(value: &str) -> String {
    for quote in ['"', '\'', '`'] {
        if let Some(rest) = value.strip_prefix(quote)
            && let Some((inner, _)) = rest.split_once(quote)
        {
            return inner.to_string();
        }
    }
    value.split('#').next().unwrap_or_default().trim().to_string()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn dotenv_lines_are_read_as_the_npm_package_does() {
        let variables = parse_dotenv(
            "# c\nA=1\nexport B = 'x # y' # z\nC=\"q\"\nD=plain # c\nbad line\n=x\n",
            &Origin::config(),
        );
        let mut all: Vec<(String, String)> =
            variables.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_string())).collect();
        all.sort();
        let expected = [("A", "1"), ("B", "x # y"), ("C", "q"), ("D", "plain")];
        assert_eq!(all, expected.map(|(name, value)| (name.to_string(), value.to_string())));
    }
}
