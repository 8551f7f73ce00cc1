//! Directories that hold models, by their manifests: `manifests/HOST/NAMESPACE/MODEL/TAG`.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{AT_FDCWD, OFlag, openat};
use nix::sys::stat::Mode;

use crate::facts::{Fact, ModelStore};
use crate::probes::files::path_of;
use crate::probes::machine::host::user_name;
use crate::types::model_name::ModelName;

/// Bounds of the listing: entries of all manifests together, homes and volumes, models of one store.
const BUDGET: usize = 20_000;
const MOST_ENTRIES: usize = 500;
const MOST_MODELS: usize = 500;
const MOST_HOMES: usize = 100;

/// Stores at these places and at the usual ones, and the homes that are closed to us.
pub fn find(places: Vec<PathBuf>) -> (Vec<ModelStore>, Vec<String>) {
    let mut closed = Vec::new();
    let mut places = places;
    places.push(PathBuf::from("/usr/share/ollama/.ollama/models"));
    places.push(PathBuf::from("/var/snap/ollama/common/models"));
    let homes = children(Path::new("/home")).into_iter().chain([PathBuf::from("/root")]);
    for home in homes.take(MOST_HOMES) {
        let store = home.join(".ollama/models");
        // The kernel tells "not there" and "not for you" apart.
        let refused = |error: std::io::Error| error.kind() == ErrorKind::PermissionDenied;
        if fs::symlink_metadata(home.join(".ollama")).is_err_and(refused) {
            closed.push(home.display().to_string());
        } else {
            places.push(store);
        }
    }
    places.extend(
        children(Path::new("/var/lib/docker/volumes")).into_iter().map(|dir| dir.join("_data/models")),
    );
    let mut seen = Vec::new();
    let mut stores = Vec::new();
    let mut budget = BUDGET;
    let mut found: Vec<_> = places.iter().filter_map(|place| store(place, &mut budget)).collect();
    // What could be read stands for what leads to it by a link.
    found.sort_by_key(|(_, store)| store.models.seen().is_none());
    for (id, store) in found {
        if !seen.contains(&id) {
            seen.push(id);
            stores.push(store);
        }
    }
    (stores, closed)
}

fn children(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> = entries.take(MOST_ENTRIES).map(|entry| entry.path()).collect();
    all.sort();
    all
}

/// What makes a store the same as another: the directory, or its name where that is not seen.
#[derive(PartialEq)]
enum Id {
    Directory(u64, u64),
    Name(PathBuf),
}

/// The store at a place; `None` where there is none.
fn store(path: &Path, budget: &mut usize) -> Option<(Id, ModelStore)> {
    let text = path.display().to_string();
    let dir = match open_directory(path) {
        Ok(dir) => dir,
        Err(nix::Error::ENOENT) => return None,
        Err(error) => return unread(path, error),
    };
    let meta = fs::metadata(path_of(&dir)).ok()?;
    let manifests = match below(&dir, OsStr::new("manifests")) {
        Ok(manifests) => manifests,
        Err(nix::Error::ENOENT) => return None,
        Err(error) => return unread(path, error),
    };
    let mut models = Vec::new();
    let models = if list(&manifests, &mut Vec::new(), &mut models, budget) {
        models.sort();
        Fact::Seen(models)
    } else {
        Fact::unknown(format!("{text} could not be read to its end"))
    };
    let store = ModelStore { path: text, owner: user_name(meta.uid()), models };
    Some((Id::Directory(meta.dev(), meta.ino()), store))
}

/// A store that is there, or may be, and was not opened.
fn unread(path: &Path, error: nix::Error) -> Option<(Id, ModelStore)> {
    let text = path.display().to_string();
    let why = match error {
        nix::Error::EACCES => "may not be read; run as root",
        nix::Error::EINVAL => "is not absolute, and its place is not known",
        nix::Error::ELOOP | nix::Error::ENOTDIR => "lies behind a link, which is not followed",
        _ => "could not be opened",
    };
    // Only asked for, not opened; nothing is there where a link leads nowhere.
    let meta = if path.is_absolute() { fs::metadata(path) } else { Err(ErrorKind::InvalidInput.into()) };
    let (id, owner) = match meta {
        Ok(meta) if meta.is_dir() => (Id::Directory(meta.dev(), meta.ino()), user_name(meta.uid())),
        Ok(_) => return None,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return None,
        Err(_) => (Id::Name(path.to_path_buf()), "?".to_string()),
    };
    Some((id, ModelStore { models: Fact::unknown(format!("{text} {why}")), path: text, owner }))
}

/// Opens a directory step by step, following no link: whoever owns one on the way
/// could lead a doctor that runs as root anywhere.
fn open_directory(path: &Path) -> nix::Result<OwnedFd> {
    if !path.is_absolute() {
        return Err(nix::Error::EINVAL);
    }
    let mut dir = openat(AT_FDCWD, "/", DIRECTORY, Mode::empty())?;
    for part in path.components().skip(1) {
        dir = below(&dir, part.as_os_str())?;
    }
    Ok(dir)
}

const DIRECTORY: OFlag = OFlag::O_DIRECTORY.union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);

fn below(dir: &OwnedFd, name: &OsStr) -> nix::Result<OwnedFd> {
    openat(dir, name, DIRECTORY, Mode::empty())
}

/// Adds what lies below a directory of manifests, `parts` being the way to it; whether all was read.
fn list(dir: &OwnedFd, parts: &mut Vec<String>, models: &mut Vec<String>, budget: &mut usize) -> bool {
    let Ok(entries) = fs::read_dir(path_of(dir)) else { return false };
    let mut whole = true;
    for entry in entries {
        let Ok(entry) = entry else { return false };
        if *budget == 0 || models.len() >= MOST_MODELS {
            return false;
        }
        *budget -= 1;
        let Ok(name) = entry.file_name().into_string() else { continue };
        parts.push(name);
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        match parts.as_slice() {
            [host, namespace, model, tag] if is_file => {
                let name = ModelName::parse(&format!("{host}/{namespace}/{model}:{tag}"));
                models.extend(name.map(|name| name.short()));
            }
            [_, _, _, _] => {}
            _ => match below(dir, &entry.file_name()) {
                Ok(next) => whole &= list(&next, parts, models, budget),
                Err(error) => whole &= error != nix::Error::EACCES,
            },
        }
        parts.pop();
    }
    whole
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn manifests_are_models_and_links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let root = dir.path().canonicalize().unwrap_or_else(|error| panic!("{error}"));
        let make = |path: &str| {
            let file = root.join(path);
            file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(file, "{}"))
        };
        let made = make("a/manifests/registry.ollama.ai/library/llama3.2/3b")
            .and_then(|()| make("a/manifests/hf.co/bartowski/x/Q4_K_M"))
            .and_then(|()| make("a/manifests/stray"))
            .and_then(|()| make("elsewhere/library/secret/1b"))
            .and_then(|()| symlink(root.join("elsewhere"), root.join("a/manifests/linked")))
            .and_then(|()| symlink(root.join("a"), root.join("b")));
        assert!(made.is_ok());
        let at = |path: &Path, mut budget: usize| store(path, &mut budget).map(|(_, store)| store.models);
        let models = |name: &str| at(&root.join(name), BUDGET).and_then(|models| models.seen().cloned());
        assert_eq!(
            models("a"),
            Some(vec!["hf.co/bartowski/x:Q4_K_M".to_string(), "llama3.2:3b".to_string()])
        );
        assert_eq!(models("b"), None);
        assert_eq!(models("elsewhere"), None);
        // What is there and was not read to its end is not taken for nothing.
        let is_unknown =
            |models: Option<Fact<Vec<String>>>| models.is_some_and(|models| models.seen().is_none());
        assert!(is_unknown(at(&root.join("b"), BUDGET)));
        assert!(is_unknown(at(&root.join("a"), 3)));
        assert!(is_unknown(at(Path::new("srv/models"), BUDGET)));
        assert!(at(&root.join("nothing"), BUDGET).is_none());
    }
}
