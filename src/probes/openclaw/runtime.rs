//! The Node that runs the gateway. It is not started: what it is stands in the
//! program, in its path, or in the list of installed packages.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use procfs::process::Process;
use serde_json::Value;

use super::gateway_units;
use crate::facts::{Fact, Install, NodeProgram, Runtime, VersionSign};
use crate::probes::files::Readers;
use crate::probes::process::blocking;
use crate::probes::systemd;
use crate::rules::openclaw::gateway;
use crate::text::bounded_json;

/// Where programs for everybody are.
const SHARED: [&str; 2] = ["/usr/local/bin/node", "/usr/bin/node"];
/// What is read of the constants of a program: of official builds of Node 20 and
/// Node 26 the version stands in their first 600 kB (measured).
const CONSTANTS: u64 = 1 << 20;
/// The list of Debian's packages and `package.json` are no larger than this.
const LARGEST: u64 = 32 << 20;

/// Looks at the Node of the judged install's gateway.
pub async fn look(install: Option<Install>) -> Fact<Runtime> {
    let Some(install) = install else {
        return Fact::not_applicable("no OpenClaw was found");
    };
    let nothing = || Fact::not_applicable("no service of this OpenClaw names a Node, and no gateway runs");
    match blocking(move || of_gateway(&install)).await {
        Ok(runtime) => runtime.map_or_else(nothing, Fact::Seen),
        Err(unseen) => Fact::Unseen(unseen),
    }
}

fn of_gateway(install: &Install) -> Option<Runtime> {
    let readers = Readers::of(install);
    // Without systemd, as in a container, a unit file is a file like any other.
    let unit = gateway_units::of_install(install, &readers).filter(|_| systemd::is_booted());
    let command = unit.as_ref().and_then(|unit| unit.command());
    let started = command.filter(|words| words.first().is_some_and(|word| is_node(Path::new(word))));
    let process = install.gateway_pid.and_then(|pid| Process::new(i32::try_from(pid).ok()?).ok());
    let running = || Some(process.as_ref()?.exe().ok()?).filter(|program| is_node(program));
    let (path, unit, script) = match started {
        Some(words) => {
            let script = words.iter().skip(1).find(|word| word.starts_with('/')).map(PathBuf::from);
            (PathBuf::from(&words[0]), unit.map(|unit| unit.path), script)
        }
        None => (running()?, None, None),
    };
    let package = match script {
        Some(script) => package_above(&script, &readers),
        None => install.version_from.as_deref().and_then(|file| engines(Path::new(file), &readers)),
    };
    let others = SHARED.iter().map(Path::new).filter(|other| **other != path && other.exists());
    Some(Runtime {
        others: others.map(|other| node(other, &readers)).collect(),
        node: node(&path, &readers),
        unit,
        engines: package.as_ref().map(|(engines, _)| engines.clone()),
        package: package.map(|(_, file)| file),
    })
}

/// A program that is Node by its name, with its whole path.
fn is_node(program: &Path) -> bool {
    let name = program.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    program.is_absolute() && gateway::is_node(&name)
}

fn package_above(script: &Path, readers: &Readers) -> Option<(String, String)> {
    let script = script.canonicalize().ok()?;
    script.ancestors().skip(1).find_map(|dir| engines(&dir.join("package.json"), readers))
}

/// `engines.node` of OpenClaw's own `package.json`.
fn engines(file: &Path, readers: &Readers) -> Option<(String, String)> {
    let (opened, _) = readers.open(file).ok().filter(|(_, meta)| meta.is_file() && meta.len() <= 1 << 20)?;
    let mut text = Vec::new();
    opened.take(1 << 20).read_to_end(&mut text).ok()?;
    let package = bounded_json::read(&text, &[]).ok()?;
    let is_openclaw = package.get("name").and_then(Value::as_str) == Some("openclaw");
    let range = package.get("engines")?.get("node")?.as_str()?.to_string();
    (is_openclaw && range.len() < 200).then(|| (range, file.display().to_string()))
}

fn node(path: &Path, readers: &Readers) -> NodeProgram {
    let real = path.canonicalize();
    let found = real.as_deref().ok().and_then(|real| version(path, real, readers));
    NodeProgram {
        path: path.display().to_string(),
        exists: real.is_ok(),
        version: found.as_ref().map(|(version, _)| version.clone()),
        version_from: found.map(|(_, from)| from),
    }
}

fn version(path: &Path, real: &Path, readers: &Readers) -> Option<(String, VersionSign)> {
    let in_program = || {
        let (file, _) = readers.open(real).ok().filter(|(_, meta)| meta.is_file())?;
        version_in(&constants(&file)?)
    };
    let in_path =
        || real.iter().rev().find_map(|step| release(step.to_string_lossy().trim_start_matches('v')));
    let in_list = || packaged(path).then(installed_package).flatten();
    in_program()
        .map(|version| (version, VersionSign::Program))
        .or_else(|| in_path().map(|version| (version, VersionSign::Path)))
        .or_else(|| in_list().map(|version| (version, VersionSign::Package)))
}

/// `24.16.0` at the start of a text.
fn release(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let parts: Vec<&str> = text[..end].split('.').collect();
    let is_release = parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.len() < 6);
    is_release.then(|| text[..end].to_string())
}

/// The version in the addresses of its own source and headers, which every build carries.
fn version_in(constants: &[u8]) -> Option<String> {
    const SIGNS: [&[u8]; 2] = [b"node.js/v", b"/download/release/v"];
    let after = |sign: &[u8]| {
        let start = constants.windows(sign.len()).position(|window| window == sign)? + sign.len();
        release(&String::from_utf8_lossy(&constants[start..constants.len().min(start + 20)]))
    };
    SIGNS.iter().find_map(|sign| after(sign))
}

/// The start of `.rodata` of a 64-bit little-endian ELF file (`elf(5)`).
fn constants(file: &File) -> Option<Vec<u8>> {
    let at = |offset: u64, length: usize| {
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, offset).ok().map(|()| bytes)
    };
    let number = |bytes: &[u8], from: usize, size: usize| {
        bytes[from..from + size].iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    const SECTION: usize = 64;
    let header = at(0, 64).filter(|header| header.starts_with(b"\x7fELF\x02\x01"))?;
    let (table, count) = (number(&header, 0x28, 8), number(&header, 0x3c, 2) as usize);
    let sections = at(table, count * SECTION)?;
    let section = |index: usize| sections.get(index * SECTION..(index + 1) * SECTION);
    let names = section(number(&header, 0x3e, 2) as usize)?;
    let names = at(number(names, 0x18, 8), number(names, 0x20, 8).min(1 << 16) as usize)?;
    let is_rodata = |section: &&[u8]| {
        names.get(number(section, 0, 4) as usize..).is_some_and(|name| name.starts_with(b".rodata\0"))
    };
    let rodata = sections.chunks(SECTION).find(is_rodata)?;
    at(number(rodata, 0x18, 8), number(rodata, 0x20, 8).min(CONSTANTS) as usize)
}

/// Where a package of the distribution puts it.
fn packaged(path: &Path) -> bool {
    [Path::new("/usr/bin/node"), Path::new("/usr/bin/nodejs")].contains(&path)
}

/// The version of Debian's package `nodejs`, whose program is small and loads a library.
fn installed_package() -> Option<String> {
    let file = File::open("/var/lib/dpkg/status").ok()?;
    let mut lines = BufReader::new(file.take(LARGEST)).lines().map_while(Result::ok);
    lines.find(|line| line == "Package: nodejs")?;
    let of_it = lines.take_while(|line| !line.is_empty());
    let version = of_it.filter_map(|line| line.strip_prefix("Version: ").map(str::to_string)).next()?;
    release(version.rsplit(':').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_known_by_its_name_and_its_release() {
        for name in ["/usr/bin/node", "/usr/bin/nodejs", "/opt/node24", "/x/node-24"] {
            assert!(is_node(Path::new(name)), "{name}");
        }
        for name in ["node", "/usr/bin/nodemon", "/usr/local/bin/openclaw", "/usr/bin/bun"] {
            assert!(!is_node(Path::new(name)), "{name}");
        }
        assert_eq!(release("24.16.0+x").as_deref(), Some("24.16.0"));
        assert_eq!((release("24.16"), release("bin"), release("..")), (None, None, None));
    }

    #[test]
    fn the_version_stands_in_the_addresses_of_its_source() {
        assert_eq!(
            version_in(b"..https://nodejs.org/download/release/v26.10.0/x").as_deref(),
            Some("26.10.0")
        );
        assert_eq!(version_in(b"node.js/v"), None);
    }

    #[test]
    fn a_version_manager_names_its_directories() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        for (path, expected) in [
            (".nvm/versions/node/v22.22.3/bin/node", Some("22.22.3")),
            (".asdf/installs/nodejs/24.16.0/bin/node", Some("24.16.0")),
            ("bin/node", None),
        ] {
            let file = dir.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap_or(dir.path()))?;
            std::fs::write(&file, "#!/bin/sh\n")?;
            let found = node(&file, &Readers::default());
            assert_eq!(found.version.as_deref(), expected, "{path}");
            assert!(found.exists && found.version_from == expected.map(|_| VersionSign::Path));
        }
        assert!(!node(&dir.path().join("gone/node"), &Readers::default()).exists);
        Ok(())
    }

    #[test]
    fn what_is_no_program_has_no_constants() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        let file = dir.path().join("node");
        for text in [
            &b""[..],
            b"#!/bin/sh\n",
            b"\x7fELF\x02\x01",
            &[b"\x7fELF\x02\x01".as_slice(), &[0xff; 100]].concat(),
        ] {
            std::fs::write(&file, text)?;
            assert!(constants(&File::open(&file)?).is_none());
        }
        Ok(())
    }
}
