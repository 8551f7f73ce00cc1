//! The variables that OpenClaw would see, from where it takes them: first wins.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::facts::Install;
use crate::probes::files::{Readers, Refused};

/// A dotenv file larger than this is not read by OpenClaw.
const LARGEST: u64 = 1 << 20;

/// Variables by name. The values may be secrets, and are kept as such.
pub type Variables = HashMap<String, SecretString>;

/// The environment of a process, where we may read it.
pub fn of_process(pid: u32) -> Option<Variables> {
    let process = procfs::process::Process::new(i32::try_from(pid).ok()?).ok()?;
    let environment = process.environ().ok()?;
    Some(
        environment
            .into_iter()
            .map(|(name, value)| (lossy(&name), SecretString::from(lossy(&value))))
            .collect(),
    )
}

fn lossy(text: &std::ffi::OsStr) -> String {
    text.to_string_lossy().into_owned()
}

/// The doctor's own environment.
pub fn own() -> Variables {
    std::env::vars_os().map(|(name, value)| (lossy(&name), SecretString::from(lossy(&value)))).collect()
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
    let mut text = String::new();
    match file.take(LARGEST).read_to_string(&mut text) {
        Ok(_) => Ok(parse_dotenv(&text)),
        Err(_) => Ok(Variables::new()),
    }
}

/// Lines `NAME=VALUE`, as the `dotenv` npm package reads them; nothing is expanded.
fn parse_dotenv(text: &str) -> Variables {
    text.lines().filter_map(parse_line).collect()
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
        let variables =
            parse_dotenv("# c\nA=1\nexport B = 'x # y' # z\nC=\"q\"\nD=plain # c\nbad line\n=x\n");
        let mut all: Vec<(String, String)> =
            variables.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_string())).collect();
        all.sort();
        let expected = [("A", "1"), ("B", "x # y"), ("C", "q"), ("D", "plain")];
        assert_eq!(all, expected.map(|(name, value)| (name.to_string(), value.to_string())));
    }
}
