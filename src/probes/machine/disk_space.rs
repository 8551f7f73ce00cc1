//! How much room there is where Ollama and OpenClaw write.

use std::fs::{self, File};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::sys::statvfs::{FsFlags, Statvfs, fstatvfs};

use crate::facts::{Fact, FileSystem, Install, OllamaSetup, PartialDownloads, Written, WrittenDirectory};
use crate::probes::files::{Readers, Refused, path_of};
use crate::probes::process::blocking;

/// Blobs that are looked at; a store has some dozen.
const MOST_BLOBS: usize = 2_000;

/// Looks at the directories of models, the state directory, and `/tmp`.
pub async fn look(install: Option<Install>, setup: &Fact<OllamaSetup>) -> Fact<Vec<WrittenDirectory>> {
    let models = setup.seen().map(models_directories).unwrap_or_default();
    let read = move || {
        let models = models.into_iter().map(|(path, user)| (Written::Models, path, Some(user)));
        let user = install.as_ref().map(|install| install.user.clone());
        let state = install.map(|install| (Written::State, install.state_dir, Some(install.user)));
        let temporary = (Written::Temporary, "/tmp".to_string(), user);
        let all = models.chain(state).chain([temporary]);
        all.filter_map(|(holds, path, user)| directory(holds, path, user)).collect()
    };
    blocking(read).await.map_or_else(Fact::Unseen, Fact::Seen)
}

/// Where each Ollama of our network keeps models, and the service, which need not run.
fn models_directories(setup: &OllamaSetup) -> Vec<(String, String)> {
    let servers = setup.servers.iter().filter(|server| server.own_network != Some(false));
    let of_servers = servers.filter_map(|server| Some((server.models_dir.clone()?, server.user.clone())));
    let of_service = setup.models_dir.iter().map(|dir| (dir.path.clone(), dir.user.clone()));
    let mut all: Vec<(String, String)> = Vec::new();
    for one in of_servers.chain(of_service) {
        if Path::new(&one.0).is_absolute() && !all.iter().any(|(path, _)| *path == one.0) {
            all.push(one);
        }
    }
    all
}

/// `None` where there is nothing of that path at all.
fn directory(holds: Written, path: String, user: Option<String>) -> Option<WrittenDirectory> {
    let readers = user.as_deref().map(Readers::of_user).unwrap_or_default();
    let opened = open(&readers, Path::new(&path), holds)?;
    let partial_downloads = match (&opened, holds) {
        (Ok(dir), Written::Models) => partial_downloads(&readers, dir),
        _ => None,
    };
    let file_system = match opened.and_then(|dir| file_system(&dir).map_err(Refused::Error)) {
        Ok(file_system) => Fact::Seen(file_system),
        Err(Refused::NotFor(name)) => {
            Fact::not_applicable(format!("{path} leads to what user {name} may not read"))
        }
        Err(Refused::Error(error)) if error.kind() == ErrorKind::PermissionDenied => {
            Fact::unknown(format!("the file system of {path} may not be seen; run as root"))
        }
        Err(Refused::Error(error)) => Fact::unknown(format!("{path} cannot be opened: {error}")),
    };
    Some(WrittenDirectory { holds, path, user, file_system, partial_downloads })
}

/// Opens the directory, for those who write there. Models are written to a directory
/// that Ollama makes, so the next one above counts where it is not there yet.
fn open(readers: &Readers, path: &Path, holds: Written) -> Option<Result<File, Refused>> {
    let mut places = path.ancestors();
    if holds != Written::Models {
        return found(readers, places.next()?);
    }
    places.find_map(|place| found(readers, place))
}

fn found(readers: &Readers, path: &Path) -> Option<Result<File, Refused>> {
    match readers.open(path) {
        Ok((dir, meta)) if meta.is_dir() => Some(Ok(dir)),
        Ok(_) => Some(Err(Refused::Error(Error::from(ErrorKind::NotADirectory)))),
        Err(Refused::Error(error)) if error.kind() == ErrorKind::NotFound => None,
        Err(refused) => Some(Err(refused)),
    }
}

// The numbers have 32 bits on some machines.
#[allow(clippy::useless_conversion)]
fn file_system(dir: &File) -> Result<FileSystem, Error> {
    let about = fstatvfs(dir)?;
    let block = u64::from(about.fragment_size());
    let bytes = |blocks: u64| block.saturating_mul(blocks);
    Ok(FileSystem {
        device: dir.metadata()?.dev(),
        total: bytes(about.blocks().into()),
        free: bytes(about.blocks_available().into()),
        free_to_root: bytes(about.blocks_free().into()),
        inodes: about.files().into(),
        inodes_free: about.files_free().into(),
        read_only: is_read_only(dir, &about),
    })
}

/// As the machine has it mounted, not as the sandbox of our own service has it.
fn is_read_only(dir: &File, about: &Statvfs) -> bool {
    let is_read_only = |about: &Statvfs| about.flags().contains(FsFlags::ST_RDONLY);
    let of_init = || {
        let real = fs::read_link(path_of(dir)).ok()?;
        let there = File::open(Path::new("/proc/1/root").join(real.strip_prefix("/").ok()?)).ok()?;
        let same = there.metadata().ok()?.dev() == dir.metadata().ok()?.dev();
        fstatvfs(&there).ok().filter(|_| same)
    };
    is_read_only(about) && of_init().as_ref().is_none_or(is_read_only)
}

/// `blobs/sha256-HEX-partial` holds the bytes and `…-partial-N` the state of its parts
/// (`server/download.go` of Ollama). The first has the whole length from the start.
fn partial_downloads(readers: &Readers, models: &File) -> Option<PartialDownloads> {
    let (blobs, _) = readers.open(&path_of(models).join("blobs")).ok()?;
    let entries = fs::read_dir(path_of(&blobs)).ok()?.flatten().take(MOST_BLOBS);
    let partial = entries.filter(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("sha256-") && name.contains("-partial")
    });
    let sizes = partial.filter_map(|entry| Some(entry.metadata().ok()?.blocks() * 512));
    let (files, bytes) = sizes.fold((0, 0), |(files, bytes), size| (files + 1, bytes + size));
    (files > 0).then_some(PartialDownloads { files, bytes })
}
