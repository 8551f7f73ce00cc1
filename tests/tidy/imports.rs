//! The floors of the house: an import goes down only, and no files import each other in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;

use super::{files, read, root};

/// The rooms from the ground up. A file may import from its own room and from lower floors.
const FLOORS: [&[&str]; 12] = [
    &["types"],
    &["text"],
    &["report"],
    &["facts"],
    &["rules"],
    &["scope", "catalogue"],
    &["bundle", "render", "probes", "checks"],
    &["diagnosis"],
    &["cli"],
    &["run"],
    &["lib"],
    &["main"],
];

/// A module's path below `crate`, such as `["facts", "site"]`.
type Module = Vec<String>;

/// The source files as modules, with what each names and exports.
struct House {
    /// Each file without comments and tests.
    texts: BTreeMap<Module, String>,
    /// Names that a module passes on, and where they stand.
    exports: BTreeMap<(Module, String), Module>,
}

#[test]
fn an_import_goes_down_only() {
    let house = House::read();
    let mut wrong = Vec::new();
    for (from, to) in house.imports() {
        let (own, other) = (floor(&from), floor(&to));
        if other > own || (other == own && from[0] != to[0]) {
            wrong.push(format!("{} imports {}", from.join("::"), to.join("::")));
        }
    }
    assert!(wrong.is_empty(), "against the floors: {wrong:#?}");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let house = House::read();
    let mut edges: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (from, to) in house.imports() {
        edges.entry(from).or_default().insert(to);
    }
    // What imports nothing that is left, or is imported by nothing that is left, is in no circle.
    loop {
        let before = edges.len();
        let open: BTreeSet<Module> = edges.keys().cloned().collect();
        edges.retain(|_, to| to.iter().any(|to| open.contains(to)));
        let wanted: BTreeSet<Module> = edges.values().flatten().cloned().collect();
        edges.retain(|from, _| wanted.contains(from));
        if edges.len() == before {
            break;
        }
    }
    let left: Vec<String> = edges.keys().map(|module| module.join("::")).collect();
    assert!(left.is_empty(), "in a circle, or between two: {left:#?}");
}

fn floor(module: &Module) -> usize {
    let room = FLOORS.iter().position(|rooms| rooms.contains(&&*module[0]));
    room.unwrap_or_else(|| panic!("{} has no floor", module[0]))
}

impl House {
    fn read() -> House {
        let source = root().join("src");
        let comments = Regex::new(r"(?m)//.*$").unwrap();
        let texts: BTreeMap<Module, String> = files(&source, "rs")
            .iter()
            .filter(|file| !file.ends_with("tests.rs"))
            .map(|file| {
                let text = read(file);
                let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
                (module_of(file.strip_prefix(&source).unwrap()), comments.replace_all(text, "").into_owned())
            })
            .collect();
        let mut house = House { texts, exports: BTreeMap::new() };
        house.exports = house.find_exports();
        house
    }

    fn find_exports(&self) -> BTreeMap<(Module, String), Module> {
        let pattern = Regex::new(r"(?ms)^pub use ([^;]+);").unwrap();
        let mut exports = BTreeMap::new();
        for (module, text) in &self.texts {
            for path in pattern.captures_iter(text).flat_map(|found| expand(&found[1])) {
                let mut at = self.absolute(module, &path);
                match at.pop().unwrap().as_str() {
                    "*" => {
                        for name in defined(self.texts.get(&at).map_or("", |text| text)) {
                            exports.insert((module.clone(), name), at.clone());
                        }
                    }
                    name => {
                        exports.insert((module.clone(), name.to_string()), at);
                    }
                }
            }
        }
        exports
    }

    /// Every import: which file names something of which other.
    fn imports(&self) -> BTreeSet<(Module, Module)> {
        let uses = Regex::new(r"(?ms)^\s*(?:pub(?:\(\w+\))? )?use ([^;]+);").unwrap();
        let inline = Regex::new(r"\b(?:crate|super)(?:::\w+)+").unwrap();
        let mut imports = BTreeSet::new();
        for (module, text) in &self.texts {
            let used = uses.captures_iter(text).flat_map(|found| expand(&found[1]));
            let rest = uses.replace_all(text, "");
            let named = inline.find_iter(&rest).map(|found| found.as_str().to_string());
            for path in used.chain(named.collect::<Vec<_>>()) {
                let to = self.file_of(self.absolute(module, &path));
                imports.extend(to.filter(|to| to != module).map(|to| (module.clone(), to)));
            }
        }
        imports
    }

    /// The path from the crate's root. What starts with neither `crate`, `self` nor `super` is a child or a crate.
    fn absolute(&self, module: &Module, path: &str) -> Module {
        let mut parts: Vec<&str> = path.split("::").collect();
        let mut base = module.clone();
        match parts[0] {
            "crate" => return parts[1..].iter().map(ToString::to_string).collect(),
            "self" => drop(parts.remove(0)),
            _ => {}
        }
        while parts.first() == Some(&"super") {
            base.pop();
            parts.remove(0);
        }
        base.extend(parts.into_iter().map(str::to_string));
        base
    }

    /// The file in which that stands, past all that only pass it on.
    fn file_of(&self, mut path: Module) -> Option<Module> {
        loop {
            let length = (1..=path.len()).rev().find(|length| self.texts.contains_key(&path[..*length]))?;
            let rest = path.split_off(length);
            let Some(name) = rest.first() else { return Some(path) };
            match self.exports.get(&(path.clone(), name.clone())) {
                Some(at) if *at != path => path = [at.clone(), rest].concat(),
                _ => return Some(path),
            }
        }
    }
}

fn module_of(file: &Path) -> Module {
    let path = file.with_extension("");
    let parts = path.iter().map(|part| part.to_string_lossy().into_owned());
    parts.filter(|part| part != "mod").collect()
}

/// The public names that a file defines.
fn defined(text: &str) -> Vec<String> {
    let pattern =
        Regex::new(r"(?m)^pub (?:const |async )*(?:fn|struct|enum|type|const|static|trait) (\w+)").unwrap();
    let constant = Regex::new(r"(?m)^pub const (\w+):").unwrap();
    let all = pattern.captures_iter(text).chain(constant.captures_iter(text));
    all.map(|found| found[1].to_string()).collect()
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((start, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap();
        return vec![path.trim_end_matches("::self").to_string()];
    };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let mut depth = 0;
    let parts = inner.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    parts
        .filter(|part| !part.trim().is_empty())
        .flat_map(|part| expand(&format!("{start}{}", part.trim())))
        .collect()
}
