//! Directories that hold models, by their manifests: `manifests/HOST/NAMESPACE/MODEL/TAG`.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{AT_FDCWD, OFlag, openat};
use nix::sys::stat::Mode;

use super::super::host::user_name;
use crate::facts::{Fact, ModelStore};
use crate::model_name::ModelName;

/// Bounds of the listing: entries of one directory, models of one store, homes.
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
        }
        places.push(store);
    }
    places.extend(
        children(Path::new("/var/lib/docker/volumes")).into_iter().map(|dir| dir.join("_data/models")),
    );
    let mut seen = Vec::new();
    let mut stores = Vec::new();
    for place in places {
        let Some((id, store)) = store(&place) else { continue };
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

/// The store at a place, with what makes it the same as another; `None` where there is none.
fn store(path: &Path) -> Option<((u64, u64), ModelStore)> {
    let text = path.display().to_string();
    let dir = match open_directory(path) {
        Ok(dir) => dir,
        Err(nix::Error::EACCES) => {
            let models = Fact::unknown(format!("{text} may not be read; run as root"));
            let meta = fs::symlink_metadata(path).ok()?;
            let owner = user_name(meta.uid());
            return Some(((meta.dev(), meta.ino()), ModelStore { path: text, owner, models }));
        }
        Err(_) => return None,
    };
    let meta = fs::metadata(entry_path(&dir)).ok()?;
    let manifests = match below(&dir, OsStr::new("manifests")) {
        Ok(manifests) => manifests,
        Err(_) => return None,
    };
    let mut models = Vec::new();
    list(&manifests, &mut Vec::new(), &mut models);
    models.sort();
    let store = ModelStore { path: text, owner: user_name(meta.uid()), models: Fact::Seen(models) };
    Some(((meta.dev(), meta.ino()), store))
}

/// Opens a directory step by step, following no link: whoever owns one on the way
/// could lead a doctor that runs as root anywhere.
fn open_directory(path: &Path) -> nix::Result<OwnedFd> {
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

fn entry_path(dir: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", dir.as_raw_fd()))
}

/// Adds what lies below a directory of manifests, `parts` being the way to it.
fn list(dir: &OwnedFd, parts: &mut Vec<String>, models: &mut Vec<String>) {
    for entry in fs::read_dir(entry_path(dir)).into_iter().flatten().flatten().take(MOST_ENTRIES) {
        let Ok(name) = entry.file_name().into_string() else { continue };
        if models.len() >= MOST_MODELS {
            return;
        }
        parts.push(name);
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        match parts.as_slice() {
            [host, namespace, model, tag] if is_file => {
                let name = ModelName::parse(&format!("{host}/{namespace}/{model}:{tag}"));
                models.extend(name.map(|name| name.short()));
            }
            [_, _, _, _] => {}
            _ => {
                if let Ok(next) = below(dir, &entry.file_name()) {
                    list(&next, parts, models);
                }
            }
        }
        parts.pop();
    }
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
        let models = |name: &str| store(&root.join(name)).and_then(|(_, store)| store.models.seen().cloned());
        assert_eq!(
            models("a"),
            Some(vec!["hf.co/bartowski/x:Q4_K_M".to_string(), "llama3.2:3b".to_string()])
        );
        assert_eq!(models("b"), None);
        assert_eq!(models("elsewhere"), None);
    }
}
