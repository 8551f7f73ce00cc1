//! Reading the config file and what it includes.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use nix::fcntl::OFlag;
use serde_json::Value;

use super::json5_text::{self, SyntaxError};
use super::masked_line::masked;
use crate::facts::{ConfigProblem, ConfigProblemKind, Unseen};

/// No config is larger; OpenClaw's own limit for an included file is 2 MB.
const LARGEST: u64 = 8 << 20;
const LARGEST_INCLUDE: u64 = 2 << 20;
/// `$include` may nest this deep (`config/includes` of the npm package).
const DEEPEST_INCLUDE: usize = 10;
/// More includes than any config has; files that include each other could grow without end.
const MOST_INCLUDES: usize = 200;

/// A config as OpenClaw would see it, includes merged in.
pub struct Loaded {
    /// The tree.
    pub root: Value,
    /// The text of the main file, in which values have their places.
    pub text: String,
    /// Files that `$include` brought in.
    pub includes: Vec<String>,
}

/// What reading came to.
pub enum Failure {
    /// There is no such file.
    Missing,
    /// OpenClaw refuses it.
    Problem(Box<ConfigProblem>),
    /// We may not read it, which says nothing about OpenClaw.
    Unseen(Unseen),
}

/// Reads a config and everything it includes.
pub fn load(path: &Path) -> Result<Loaded, Failure> {
    let text = read(path, LARGEST)?;
    let root = parse(path, &text)?;
    let mut includes = Vec::new();
    let allowed = path.parent().unwrap_or(Path::new("/")).to_path_buf();
    let root = expand(root, path, &allowed, 0, &mut includes)?;
    if !root.is_object() {
        return Err(problem(ConfigProblemKind::WrongType, path, "the whole file must be one object".into()));
    }
    Ok(Loaded { root, text, includes })
}

/// Opens without waiting, so that a FIFO does not hang us, and reads regular files only.
fn read(path: &Path, largest: u64) -> Result<String, Failure> {
    let not_a_file = |message: String| problem(ConfigProblemKind::NotAFile, path, message);
    let mut options = File::options();
    let file =
        options.read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path).map_err(|error| match error
            .kind()
        {
            ErrorKind::NotFound => Failure::Missing,
            ErrorKind::PermissionDenied => Failure::Unseen(Unseen::Unknown {
                error: format!(
                    "{} may not be read by this user; run as root or as the user of the gateway",
                    path.display()
                ),
            }),
            _ => not_a_file(format!("it cannot be opened: {error}")),
        })?;
    let meta = file.metadata().map_err(|error| not_a_file(format!("it cannot be looked at: {error}")))?;
    if !meta.is_file() {
        return Err(not_a_file("it is no regular file".into()));
    }
    if meta.len() > largest {
        return Err(not_a_file(format!("it is larger than {} MB", largest >> 20)));
    }
    let mut bytes = Vec::new();
    file.take(largest)
        .read_to_end(&mut bytes)
        .map_err(|error| not_a_file(format!("it cannot be read: {error}")))?;
    String::from_utf8(bytes)
        .map_err(|_| problem(ConfigProblemKind::Syntax, path, "it is not UTF-8 text".into()))
}

fn parse(path: &Path, text: &str) -> Result<Value, Failure> {
    json5_text::parse(text).map_err(|error| syntax_problem(path, text, error))
}

fn syntax_problem(path: &Path, text: &str, error: SyntaxError) -> Failure {
    let shown = error.line.and_then(|line| text.lines().nth(line - 1)).map(masked);
    Failure::Problem(Box::new(ConfigProblem {
        kind: ConfigProblemKind::Syntax,
        message: match (error.line, error.column) {
            (Some(line), Some(column)) => {
                format!("syntax error at line {line}, column {column}: {}", error.message)
            }
            _ => format!("syntax error: {}", error.message),
        },
        file: path.display().to_string(),
        key: None,
        line: error.line,
        column: error.column,
        shown: shown.filter(|shown| !shown.trim().is_empty()),
    }))
}

fn problem(kind: ConfigProblemKind, path: &Path, message: String) -> Failure {
    Failure::Problem(Box::new(ConfigProblem {
        kind,
        message: format!("{}: {message}", path.display()),
        file: path.display().to_string(),
        key: None,
        line: None,
        column: None,
        shown: None,
    }))
}

/// Replaces each `$include` by what it names; keys beside it override.
fn expand(
    value: Value,
    file: &Path,
    allowed: &Path,
    depth: usize,
    includes: &mut Vec<String>,
) -> Result<Value, Failure> {
    match value {
        Value::Array(items) => {
            let items: Result<Vec<Value>, Failure> =
                items.into_iter().map(|item| expand(item, file, allowed, depth, includes)).collect();
            Ok(Value::Array(items?))
        }
        Value::Object(mut object) => {
            let included = object.shift_remove("$include");
            let mut siblings = serde_json::Map::new();
            for (key, value) in object {
                siblings.insert(key, expand(value, file, allowed, depth, includes)?);
            }
            let siblings = Value::Object(siblings);
            match included {
                Some(included) => {
                    let included = include(&included, file, allowed, depth, includes)?;
                    if siblings.as_object().is_some_and(serde_json::Map::is_empty) {
                        return Ok(included);
                    }
                    if !included.is_object() {
                        let message = "$include must bring an object where other keys stand beside it";
                        return Err(problem(ConfigProblemKind::Include, file, message.into()));
                    }
                    Ok(merge(included, siblings))
                }
                None => Ok(siblings),
            }
        }
        other => Ok(other),
    }
}

fn include(
    what: &Value,
    file: &Path,
    allowed: &Path,
    depth: usize,
    includes: &mut Vec<String>,
) -> Result<Value, Failure> {
    let bad = |message: String| problem(ConfigProblemKind::Include, file, message);
    let names: Option<Vec<&str>> = match what {
        Value::String(name) => Some(vec![name]),
        Value::Array(names) => names.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let names = names.ok_or_else(|| bad("$include must be a path or a list of paths".into()))?;
    if includes.len() > MOST_INCLUDES {
        return Err(bad(format!("$include brings in more than {MOST_INCLUDES} files")));
    }
    if depth >= DEEPEST_INCLUDE {
        return Err(bad(format!("$include nests deeper than {DEEPEST_INCLUDE} levels, or includes itself")));
    }
    let mut merged: Option<Value> = None;
    for name in names {
        let path = normal(&file.parent().unwrap_or(allowed).join(name));
        if !stays_inside(&path, allowed) {
            return Err(bad(format!("$include {} is outside of {}", path.display(), allowed.display())));
        }
        let text = match read(&path, LARGEST_INCLUDE) {
            Err(Failure::Missing) => return Err(bad(format!("$include {} does not exist", path.display()))),
            other => other?,
        };
        includes.push(path.display().to_string());
        let value = expand(parse(&path, &text)?, &path, allowed, depth + 1, includes)?;
        merged = Some(match merged {
            Some(before) => merge(before, value),
            None => value,
        });
    }
    Ok(merged.unwrap_or_else(|| Value::Object(serde_json::Map::new())))
}

/// Whether a path lies in the directory by its text, and by where its links lead.
fn stays_inside(path: &Path, allowed: &Path) -> bool {
    let leads_out = match (path.canonicalize(), allowed.canonicalize()) {
        (Ok(real), Ok(allowed)) => !real.starts_with(allowed),
        _ => false,
    };
    path.starts_with(allowed) && !leads_out
}

/// A path without `.` and `..`, by its text alone.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

/// Objects are merged key by key; of anything else the later one counts.
fn merge(under: Value, over: Value) -> Value {
    match (under, over) {
        (Value::Object(mut under), Value::Object(over)) => {
            for (key, value) in over {
                let merged = match under.shift_remove(&key) {
                    Some(below) => merge(below, value),
                    None => value,
                };
                under.insert(key, merged);
            }
            Value::Object(under)
        }
        (_, over) => over,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_files(files: &[(&str, &str)]) -> Result<Loaded, Failure> {
        let dir = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap_or_else(|error| panic!("{error}"));
        }
        load(&dir.path().join(files[0].0))
    }

    fn kind(result: Result<Loaded, Failure>) -> Option<ConfigProblemKind> {
        match result {
            Err(Failure::Problem(problem)) => Some(problem.kind),
            _ => None,
        }
    }

    #[test]
    fn includes_are_merged_and_siblings_override() {
        let files = [
            ("a.json", "{$include: ['b.json', 'c.json'], x: {y: 1}}"),
            ("b.json", "{x: {y: 2, z: 3}}"),
            ("c.json", "{w: 4}"),
        ];
        let loaded = load_files(&files).unwrap_or_else(|_| panic!("not loaded"));
        assert_eq!(loaded.root, serde_json::json!({"x": {"z": 3, "y": 1}, "w": 4}));
        assert_eq!(loaded.includes.len(), 2);
    }

    #[test]
    fn an_include_of_itself_outside_or_missing_is_a_problem() {
        for text in [
            "{$include: 'a.json'}",
            "{$include: '../../etc/passwd'}",
            "{$include: 'no.json'}",
            "{$include: 7}",
        ] {
            assert_eq!(kind(load_files(&[("a.json", text)])), Some(ConfigProblemKind::Include), "{text}");
        }
    }

    #[test]
    fn what_is_no_file_is_a_problem_and_nothing_is_missing() {
        assert_eq!(kind(load(Path::new("/tmp"))), Some(ConfigProblemKind::NotAFile));
        assert_eq!(kind(load(Path::new("/dev/zero"))), Some(ConfigProblemKind::NotAFile));
        assert!(matches!(load(Path::new("/nonexistent/x")), Err(Failure::Missing)));
        assert_eq!(kind(load_files(&[("a.json", "[]")])), Some(ConfigProblemKind::WrongType));
    }
}
