//! Reading the config file and what it includes.

use std::fs::Metadata;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::json5_text::{self, MOST_VALUES, SyntaxError};
use super::masked_line::masked;
use crate::facts::{ConfigProblem, ConfigProblemKind, Unseen};
use crate::probes::files::{Readers, Refused};

/// No config is larger; OpenClaw's own limit for an included file is 2 MB.
const LARGEST: u64 = 8 << 20;
const LARGEST_INCLUDE: u64 = 2 << 20;
/// `$include` may nest this deep (`config/includes` of the npm package).
const DEEPEST_INCLUDE: usize = 10;
/// More includes than any config has; files that include each other could grow without end.
const MOST_INCLUDES: usize = 200;
/// What all files of a config together may have.
const LARGEST_OF_ALL: usize = 12 << 20;

/// A config as OpenClaw would see it, includes merged in.
pub struct Loaded {
    /// The tree.
    pub root: Value,
    /// The text of the main file, in which values have their places.
    pub text: String,
    /// Files that `$include` brought in.
    pub includes: Vec<String>,
    /// What the file system says of those.
    pub included: Vec<Metadata>,
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

/// The main file, read but not yet understood.
pub struct Main {
    path: PathBuf,
    text: String,
    /// What the file system says of it.
    pub meta: Metadata,
}

/// Opens a config.
pub fn open(path: &Path, readers: &Readers) -> Result<Main, Failure> {
    let path = normal(path);
    let (text, meta) = read(&path, LARGEST, readers)?;
    Ok(Main { path, text, meta })
}

/// Understands a config and everything it includes, from its own directory and
/// from `roots`, which is `OPENCLAW_INCLUDE_ROOTS`.
pub fn load(main: Main, readers: &Readers, roots: Vec<PathBuf>) -> Result<Loaded, Failure> {
    let Main { path, text, .. } = main;
    let own = path.parent().unwrap_or(Path::new("/")).to_path_buf();
    let mut loading =
        Loading { readers, roots, own, includes: Vec::new(), included: Vec::new(), bytes: 0, values: 0 };
    loading.count(&path, &text)?;
    let root = parse(&path, &text)?;
    let root = loading.expand(root, &path, 0)?;
    if !root.is_object() {
        return Err(problem(ConfigProblemKind::WrongType, &path, "the whole file must be one object".into()));
    }
    Ok(Loaded { root, text, includes: loading.includes, included: loading.included })
}

/// Reads regular files only, and those only that their readers could read.
fn read(path: &Path, largest: u64, readers: &Readers) -> Result<(String, Metadata), Failure> {
    let not_a_file = |message: String| problem(ConfigProblemKind::NotAFile, path, message);
    let (file, meta) = readers.open(path).map_err(|refused| match refused {
        Refused::NotFor(user) => Failure::Unseen(not_for(path, &user)),
        Refused::Error(error) => match error.kind() {
            ErrorKind::NotFound => Failure::Missing,
            ErrorKind::PermissionDenied => Failure::Unseen(not_for_us(path)),
            _ => not_a_file(format!("it cannot be opened: {error}")),
        },
    })?;
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
    let text = String::from_utf8(bytes)
        .map_err(|_| problem(ConfigProblemKind::Syntax, path, "it is not UTF-8 text".into()))?;
    Ok((text, meta))
}

fn not_for_us(path: &Path) -> Unseen {
    let path = path.display();
    Unseen::Unknown {
        error: format!("{path} may not be read by this user; run as root or as the user of the gateway"),
    }
}

/// What could not be read for the user who controls the config.
pub fn not_for(path: &Path, user: &str) -> Unseen {
    let path = path.display();
    Unseen::Unknown {
        error: format!("{path} is not read: {user}, whose config it belongs to, could not read it either"),
    }
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

/// What includes need to know, and which there were.
struct Loading<'a> {
    readers: &'a Readers,
    /// The directory of the config.
    own: PathBuf,
    /// More directories that includes may lie in.
    roots: Vec<PathBuf>,
    includes: Vec<String>,
    included: Vec<Metadata>,
    /// Of all files so far.
    bytes: usize,
    values: usize,
}

impl Loading<'_> {
    /// Whether there is room for one more file. That there is none says nothing about OpenClaw.
    fn count(&mut self, path: &Path, text: &str) -> Result<(), Failure> {
        self.bytes += text.len();
        self.values += json5_text::Size::of(text).values;
        let too_much = if self.bytes > LARGEST_OF_ALL {
            format!("more than {} MB", LARGEST_OF_ALL >> 20)
        } else if self.values > MOST_VALUES {
            format!("more than {MOST_VALUES} values")
        } else {
            return Ok(());
        };
        let error = format!("{}: the config holds {too_much}, and no more is read of one", path.display());
        Err(Failure::Unseen(Unseen::Unknown { error }))
    }

    /// Replaces each `$include` by what it names; keys beside it override.
    fn expand(&mut self, value: Value, file: &Path, depth: usize) -> Result<Value, Failure> {
        match value {
            Value::Array(items) => {
                let items: Result<Vec<Value>, Failure> =
                    items.into_iter().map(|item| self.expand(item, file, depth)).collect();
                Ok(Value::Array(items?))
            }
            Value::Object(mut object) => {
                let included = object.shift_remove("$include");
                let mut siblings = serde_json::Map::new();
                for (key, value) in object {
                    siblings.insert(key, self.expand(value, file, depth)?);
                }
                match included {
                    Some(included) => beside(self.include(&included, file, depth)?, siblings, file),
                    None => Ok(Value::Object(siblings)),
                }
            }
            other => Ok(other),
        }
    }

    fn include(&mut self, what: &Value, file: &Path, depth: usize) -> Result<Value, Failure> {
        let bad = |message: String| problem(ConfigProblemKind::Include, file, message);
        let names: Option<Vec<&str>> = match what {
            Value::String(name) => Some(vec![name]),
            Value::Array(names) => names.iter().map(Value::as_str).collect(),
            _ => None,
        };
        let names = names.ok_or_else(|| bad("$include must be a path or a list of paths".into()))?;
        if self.includes.len() > MOST_INCLUDES {
            return Err(bad(format!("$include brings in more than {MOST_INCLUDES} files")));
        }
        if depth >= DEEPEST_INCLUDE {
            let message = format!("$include nests deeper than {DEEPEST_INCLUDE} levels, or includes itself");
            return Err(bad(message));
        }
        let mut merged: Option<Value> = None;
        for name in names {
            let path = normal(&file.parent().unwrap_or(&self.own).join(name));
            if !self.may_lie_at(&path) {
                return Err(bad(format!("$include {} is outside of {}", path.display(), self.own.display())));
            }
            let (text, meta) = match read(&path, LARGEST_INCLUDE, self.readers) {
                Err(Failure::Missing) => {
                    return Err(bad(format!("$include {} does not exist", path.display())));
                }
                other => other?,
            };
            self.includes.push(path.display().to_string());
            self.included.push(meta);
            self.count(&path, &text)?;
            let value = self.expand(parse(&path, &text)?, &path, depth + 1)?;
            merged = Some(match merged {
                Some(before) => merge(before, value),
                None => value,
            });
        }
        Ok(merged.unwrap_or_else(|| Value::Object(serde_json::Map::new())))
    }

    /// Whether an include may lie there: by its text, and by where its links lead.
    fn may_lie_at(&self, path: &Path) -> bool {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let dirs = || std::iter::once(&self.own).chain(&self.roots);
        // What does not exist leads nowhere.
        let leads_out = path.exists() && !dirs().any(|dir| real(path).starts_with(real(dir)));
        dirs().any(|dir| path.starts_with(dir)) && !leads_out
    }
}

/// Keys beside an `$include` override what it brings.
fn beside(included: Value, siblings: serde_json::Map<String, Value>, file: &Path) -> Result<Value, Failure> {
    if siblings.is_empty() {
        return Ok(included);
    }
    if !included.is_object() {
        let message = "$include must bring an object where other keys stand beside it";
        return Err(problem(ConfigProblemKind::Include, file, message.into()));
    }
    Ok(merge(included, Value::Object(siblings)))
}

/// A path without `.` and `..`, by its text alone.
pub fn normal(path: &Path) -> PathBuf {
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

/// Objects are merged key by key, lists are put one behind the other, of
/// anything else the later one counts (`config/includes` of the npm package).
fn merge(under: Value, over: Value) -> Value {
    match (under, over) {
        (Value::Object(mut under), Value::Object(over)) => {
            for (key, value) in over {
                let merged = match under.get_mut(&key) {
                    Some(below) => merge(below.take(), value),
                    None => value,
                };
                under.insert(key, merged);
            }
            Value::Object(under)
        }
        (Value::Array(mut under), Value::Array(over)) => {
            under.extend(over);
            Value::Array(under)
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
        load_file(&dir.path().join(files[0].0), Vec::new())
    }

    fn load_file(path: &Path, roots: Vec<PathBuf>) -> Result<Loaded, Failure> {
        let readers = Readers::default();
        load(open(path, &readers)?, &readers, roots)
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
    fn included_lists_stand_before_those_beside_them() {
        let files = [
            ("a.json", "{$include: ['b.json', 'c.json'], x: [3], y: {z: 1}}"),
            ("b.json", "{x: [1], w: 7}"),
            ("c.json", "{x: [2], w: 8}"),
        ];
        let loaded = load_files(&files).unwrap_or_else(|_| panic!("not loaded"));
        assert_eq!(loaded.root, serde_json::json!({"x": [1, 2, 3], "w": 8, "y": {"z": 1}}));
    }

    #[test]
    fn includes_may_lie_in_further_directories() -> std::io::Result<()> {
        let (own, other) = (tempfile::tempdir()?, tempfile::tempdir()?);
        std::fs::write(other.path().join("b.json"), "{x: 1}")?;
        let main = own.path().join("a.json");
        std::fs::write(&main, format!("{{$include: '{}/b.json'}}", other.path().display()))?;
        assert_eq!(kind(load_file(&main, Vec::new())), Some(ConfigProblemKind::Include));
        assert!(load_file(&main, vec![other.path().to_path_buf()]).is_ok());
        // A link may lead from one of them to another.
        std::fs::write(&main, "{$include: 'link.json'}")?;
        std::os::unix::fs::symlink(other.path().join("b.json"), own.path().join("link.json"))?;
        assert_eq!(kind(load_file(&main, Vec::new())), Some(ConfigProblemKind::Include));
        assert!(load_file(&main, vec![other.path().to_path_buf()]).is_ok());
        Ok(())
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
        assert_eq!(kind(load_file(Path::new("/tmp"), Vec::new())), Some(ConfigProblemKind::NotAFile));
        assert_eq!(kind(load_file(Path::new("/dev/zero"), Vec::new())), Some(ConfigProblemKind::NotAFile));
        assert!(matches!(load_file(Path::new("/nonexistent/x"), Vec::new()), Err(Failure::Missing)));
        assert_eq!(kind(load_files(&[("a.json", "[]")])), Some(ConfigProblemKind::WrongType));
    }

    #[test]
    fn what_takes_too_much_memory_is_not_read_and_says_nothing_of_openclaw() {
        let is_unseen = |files: &[(&str, &str)]| matches!(load_files(files), Err(Failure::Unseen(_)));
        let rows = |count: usize| format!("{{x: [{}]}}", "{},".repeat(count));
        assert!(load_files(&[("a.json", &rows(20_000))]).is_ok());
        assert!(is_unseen(&[("a.json", &rows(26_000))]));
        let main = "{$include: ['b.json', 'b.json']}";
        assert!(is_unseen(&[("a.json", main), ("b.json", &rows(20_000))]));
        let long = format!("{{x: '{}'}}", "x".repeat(2_000_000));
        let main = format!("{{$include: [{}]}}", "'b.json',".repeat(7));
        assert!(is_unseen(&[("a.json", &main), ("b.json", &long)]));
    }
}
