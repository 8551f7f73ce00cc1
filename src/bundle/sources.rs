//! Where bundles lie: files, folders, archives, streams of many.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::documents::Documents;
use super::load::{LARGE, LARGEST};
use crate::text::printable::printable;

/// A folder within a folder within a folder …
const DEEPEST: usize = 16;
/// What an archive may hold, unpacked: a few bytes become many.
const MOST_UNPACKED: u64 = 4 << 30;
/// The longest name in an archive, with what stands around it.
const LONGEST_NAME: u64 = 8 << 10;

/// One bundle, or a small file that may hold several.
pub struct Source {
    /// What to call it.
    pub name: String,
    /// Its text, or why there is none.
    pub content: Result<Content, String>,
}

/// The text of a bundle.
pub enum Content {
    /// Not yet read.
    File(PathBuf),
    /// One document.
    Bytes(Vec<u8>),
}

/// Takes bundles, and says when to stop.
pub type Take<'a> = dyn FnMut(Source) -> Result<(), String> + 'a;

/// Gives all bundles of a path, which may be `-` for stdin, in the order of their names.
///
/// # Errors
/// What the taker says; what cannot be read is handed to it.
pub fn each(path: &Path, take: &mut Take) -> Result<(), String> {
    let failed = |error: std::io::Error| Source { name: name(path), content: Err(error.to_string()) };
    if path == Path::new("-") {
        return stream("-", std::io::stdin().lock(), take);
    }
    let meta = match path.metadata() {
        Ok(meta) => meta,
        Err(error) => return take(failed(error)),
    };
    if meta.is_dir() {
        return folder(path, take);
    }
    if meta.is_file() && meta.len() <= LARGE && !is_archive(path) {
        return take(Source { name: name(path), content: Ok(Content::File(path.to_path_buf())) });
    }
    match File::open(path) {
        Ok(file) if is_archive(path) => archive(&name(path), file, take),
        Ok(file) => stream(&name(path), file, take),
        Err(error) => take(failed(error)),
    }
}

/// Whether a path holds more than its one file: a folder or an archive.
pub fn holds_several(path: &Path) -> bool {
    path != Path::new("-") && (is_archive(path) || path.is_dir())
}

/// The bundles of one text: usually a single one.
pub fn documents(of: &str, reader: impl Read) -> Vec<Source> {
    let mut found = Vec::new();
    // A taker that takes all says nothing.
    let _ = stream(of, reader, &mut |source| {
        found.push(source);
        Ok(())
    });
    found
}

fn stream(of: &str, reader: impl Read, take: &mut Take) -> Result<(), String> {
    let mut documents = Documents::of(reader);
    let mut number = 0;
    while let Some(document) = documents.next() {
        let is_only = number == 0 && documents.is_over().unwrap_or(true);
        number += 1;
        let name = if is_only { of.to_string() } else { format!("{of}#{number}") };
        take(Source { name, content: document.map(Content::Bytes) })?;
    }
    if number == 0 {
        take(Source { name: of.to_string(), content: Err("it is empty".into()) })
    } else {
        Ok(())
    }
}

fn folder(path: &Path, take: &mut Take) -> Result<(), String> {
    let (mut files, mut failed) = (Vec::new(), Vec::new());
    walk(path, DEEPEST, &mut files, &mut failed);
    for (path, error) in failed {
        take(Source { name: name(&path), content: Err(error) })?;
    }
    if files.is_empty() {
        let why = "there is no .json, .jsonl, .ndjson, .tar.gz or .tgz in it".to_string();
        return take(Source { name: name(path), content: Err(why) });
    }
    files.sort();
    files.iter().try_for_each(|file| each(file, take))
}

/// A folder that is a link is not entered: it may lead back.
fn walk(path: &Path, depth: usize, files: &mut Vec<PathBuf>, failed: &mut Vec<(PathBuf, String)>) {
    let entries = match std::fs::read_dir(path) {
        Ok(entries) if depth > 0 => entries,
        Ok(_) => return failed.push((path.to_path_buf(), "it is nested too deep".into())),
        Err(error) => return failed.push((path.to_path_buf(), error.to_string())),
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&path, depth - 1, files, failed);
        } else if path.is_file() && (is_archive(&path) || is_json(&path)) {
            files.push(path);
        }
    }
}

fn archive(of: &str, file: File, take: &mut Take) -> Result<(), String> {
    let mut archive = tar::Archive::new(MultiGzDecoder::new(file).take(MOST_UNPACKED));
    let failed = |why: String| Source { name: of.to_string(), content: Err(why) };
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(error) => return take(failed(printable(&error.to_string()))),
    };
    let (mut long_name, mut number) = (None, 0);
    // Raw: otherwise a name is read into memory whatever length it claims.
    for entry in entries.raw(true) {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) => return take(failed(printable(&error.to_string()))),
        };
        let kind = entry.header().entry_type();
        if kind.is_gnu_longname() || kind.is_pax_local_extensions() {
            let mut bytes = Vec::new();
            entry.by_ref().take(LONGEST_NAME).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
            long_name = if kind.is_gnu_longname() { Some(bytes) } else { pax_path(&bytes).or(long_name) };
            continue;
        }
        let path = long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
        let path = String::from_utf8_lossy(&path).trim_end_matches('\0').to_string();
        if kind.is_file() && is_json(Path::new(&path)) {
            number += 1;
            stream(&printable(&format!("{of}/{path}")), entry.take(LARGEST + 1), take)?;
        }
    }
    if number == 0 { take(failed("there is no .json in it".into())) } else { Ok(()) }
}

/// The path in the records of an extended header: `LENGTH path=NAME`.
fn pax_path(bytes: &[u8]) -> Option<Vec<u8>> {
    let records = bytes.split(|byte| *byte == b'\n');
    let mut paths = records.filter_map(|record| {
        let key = record.iter().position(|byte| *byte == b' ')?;
        record[key + 1..].strip_prefix(b"path=").map(<[u8]>::to_vec)
    });
    paths.next()
}

fn is_archive(path: &Path) -> bool {
    ends_with(path, &[".tar.gz", ".tgz"])
}

fn is_json(path: &Path) -> bool {
    ends_with(path, &[".json", ".jsonl", ".ndjson"])
}

/// What a Mac puts beside a file into an archive begins with a dot.
fn ends_with(path: &Path, ends: &[&str]) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    !name.starts_with('.') && ends.iter().any(|end| name.ends_with(end))
}

fn name(path: &Path) -> String {
    printable(&path.display().to_string())
}
