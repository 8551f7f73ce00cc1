//! Files that somebody put beside those of Ollama's service, and that systemd does not read: it says nothing of them.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use super::unit_text::unit_names;
use crate::facts::{UnreadFile, UnreadWhy};
use crate::probes::files::text_of;
use crate::rules::ollama::service::{DROP_IN_DIR, NEAR_DROP_IN_DIRS};

/// More files than anybody puts there.
const MOST: usize = 50;
/// More than a drop-in has.
const LARGEST: u64 = 1 << 16;

/// Looks where drop-ins belong, and where they are put by mistake.
pub fn files() -> Vec<UnreadFile> {
    at(Path::new(DROP_IN_DIR), &NEAR_DROP_IN_DIRS.map(Path::new))
}

fn at(dir: &Path, near: &[&Path]) -> Vec<UnreadFile> {
    let mut found = Vec::new();
    if is_file(dir) {
        found.push(unread(dir, UnreadWhy::IsTheDirectory));
    }
    let is_read = |path: &Path| path.extension().is_some_and(|extension| extension == "conf");
    let others = entries(dir).into_iter().filter(|path| !is_read(path) && is_file(path));
    found.extend(others.map(|path| unread(&path, UnreadWhy::OtherSuffix)));
    for place in near {
        let own = is_file(place).then(|| place.to_path_buf());
        let within = own.into_iter().chain(entries(place).into_iter().filter(|path| is_file(path)));
        found.extend(within.map(|path| unread(&path, UnreadWhy::OtherPlace)));
    }
    found
}

fn is_file(path: &Path) -> bool {
    path.metadata().as_ref().is_ok_and(Metadata::is_file)
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> = entries.take(MOST).map(|entry| entry.path()).collect();
    all.sort();
    all
}

fn unread(path: &Path, why: UnreadWhy) -> UnreadFile {
    let text = text_of(path, LARGEST).unwrap_or_default();
    UnreadFile { path: path.display().to_string(), why, names: unit_names(&text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systemd_does_not_read_is_found() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        let (dir, near) = (root.path().join("ollama.service.d"), root.path().join("ollama.d"));
        let text = "[Service]\nEnvironment=\"OLLAMA_HOST=0.0.0.0\"\n";
        std::fs::write(&dir, text)?;
        let found = at(&dir, &[&near]);
        assert_eq!((found.len(), found[0].why), (1, UnreadWhy::IsTheDirectory));
        assert_eq!(found[0].names, ["OLLAMA_HOST"]);
        std::fs::remove_file(&dir)?;
        std::fs::create_dir_all(&dir)?;
        std::fs::create_dir_all(&near)?;
        for name in ["override.conf", "host.txt", "override"] {
            std::fs::write(dir.join(name), text)?;
        }
        std::fs::write(near.join("override.conf"), text)?;
        let why: Vec<UnreadWhy> = at(&dir, &[&near]).iter().map(|one| one.why).collect();
        assert_eq!(why, [UnreadWhy::OtherSuffix, UnreadWhy::OtherSuffix, UnreadWhy::OtherPlace]);
        Ok(())
    }
}
