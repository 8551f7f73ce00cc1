//! What a model can run on: GPUs by their device files, the CPU, swap, and who Ollama runs as.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use nix::unistd::{Gid, Group};
use procfs::Meminfo;
use procfs::process::Process;

use super::host::memory;
use super::processes;
use crate::facts::{Compute, Fact, GpuDevice, ProcessIdentity, Unit};
use crate::probes::process::blocking;
use crate::rules::ollama::service::SERVICE;

/// The extensions that llama.cpp has code of its own for.
const EXTENSIONS: [&str; 8] =
    ["avx", "avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimd", "asimddp"];

/// Device files in a directory that are looked at, at most.
const MOST: usize = 64;

/// Looks at the hardware. Ollama's process is the main one of its unit, or the
/// first of that name.
pub async fn look(units: &Fact<Vec<Unit>>) -> Fact<Compute> {
    let main = units
        .seen()
        .and_then(|units| units.iter().find(|unit| unit.name == SERVICE).and_then(|unit| unit.main_pid));
    blocking(move || Fact::Seen(read(main))).await.unwrap_or_else(Fact::Unseen)
}

fn read(main: Option<u32>) -> Compute {
    let memory = memory();
    let swap = |value: fn(&Meminfo) -> u64| match &memory {
        Ok(memory) => Fact::Seen(value(memory)),
        Err(unseen) => Fact::Unseen(unseen.clone()),
    };
    Compute {
        gpus: gpus(Path::new("/")),
        vector_extensions: vector_extensions(&head("/proc/cpuinfo")),
        swap_total: swap(|memory| memory.swap_total),
        swap_free: swap(|memory| memory.swap_free),
        ollama: identity(main),
    }
}

/// The device files below `root`, by path.
fn gpus(root: &Path) -> Vec<GpuDevice> {
    let mut paths = vec![root.join("dev/kfd")];
    paths.extend(named(&root.join("dev"), "nvidia"));
    paths.extend(named(&root.join("dev/dri"), "renderD"));
    let mut gpus: Vec<GpuDevice> = paths.iter().filter_map(|path| device(root, path)).collect();
    gpus.sort_by(|a, b| a.path.cmp(&b.path));
    gpus
}

fn named(dir: &Path, start: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let names = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(start));
    names.map(|entry| entry.path()).take(MOST).collect()
}

fn device(root: &Path, path: &Path) -> Option<GpuDevice> {
    let meta = fs::metadata(path).ok().filter(|meta| meta.file_type().is_char_device())?;
    let name = path.file_name()?;
    let about = root.join("sys/class/drm").join(name).join("device");
    let driver = fs::read_link(about.join("driver")).ok();
    let memory = head(about.join("mem_info_vram_total"));
    Some(GpuDevice {
        path: Path::new("/").join(path.strip_prefix(root).ok()?).display().to_string(),
        driver: driver.and_then(|link| Some(link.file_name()?.to_string_lossy().into_owned())),
        memory: memory.trim().parse().ok(),
        mode: meta.mode() & 0o777,
        uid: meta.uid(),
        gid: meta.gid(),
        group: group_name(meta.gid()),
    })
}

fn group_name(gid: u32) -> String {
    match Group::from_gid(Gid::from_raw(gid)) {
        Ok(Some(group)) => group.name,
        _ => gid.to_string(),
    }
}

/// The start of a file of the kernel's; empty where it cannot be read.
fn head(path: impl AsRef<Path>) -> String {
    use std::io::Read;
    let mut bytes = Vec::new();
    // What cannot be read is not there for us.
    let _ = fs::File::open(path).and_then(|file| file.take(64 << 10).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The flags of the first CPU: `flags` on x86, `Features` on ARM.
fn vector_extensions(cpuinfo: &str) -> Option<Vec<String>> {
    let flags = cpuinfo.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        matches!(key.trim(), "flags" | "Features").then_some(value)
    });
    let flags: Vec<&str> = flags?.split_whitespace().collect();
    Some(EXTENSIONS.iter().filter(|known| flags.contains(known)).map(|known| known.to_string()).collect())
}

fn identity(main: Option<u32>) -> Option<ProcessIdentity> {
    let main = main.and_then(|pid| i32::try_from(pid).ok()).or_else(|| processes::named("ollama").next())?;
    let status = Process::new(main).ok()?.status().ok()?;
    let mut gids = vec![status.egid];
    gids.extend(&status.groups);
    gids.sort_unstable();
    gids.dedup();
    Some(ProcessIdentity { pid: status.pid.unsigned_abs(), uid: status.euid, gids })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn devices_are_found_with_driver_and_memory() {
        let Ok(root) = tempfile::tempdir() else { return };
        let make = |path: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap_or(&path)).map(|()| path)
        };
        // A link to a device is a device to whoever asks what it is.
        for path in ["dev/nvidia0", "dev/nvidia-uvm", "dev/kfd", "dev/dri/renderD128"] {
            let made = make(path).and_then(|path| symlink("/dev/null", path));
            assert!(made.is_ok(), "{path}");
        }
        let about = "sys/class/drm/renderD128/device";
        let written = make(&format!("{about}/mem_info_vram_total"))
            .and_then(|path| fs::write(path, "17163091968\n"))
            .and_then(|()| make(&format!("{about}/driver")))
            .and_then(|path| symlink("../../bus/pci/drivers/amdgpu", path))
            .and_then(|()| make("dev/nvidia-notes"))
            .and_then(|path| fs::write(path, "no device"));
        assert!(written.is_ok());
        let gpus = gpus(root.path());
        let paths: Vec<&str> = gpus.iter().map(|gpu| &*gpu.path).collect();
        assert_eq!(paths, ["/dev/dri/renderD128", "/dev/kfd", "/dev/nvidia-uvm", "/dev/nvidia0"]);
        assert_eq!(gpus[0].driver.as_deref(), Some("amdgpu"));
        assert_eq!((gpus[0].memory, gpus[1].memory), (Some(17_163_091_968), None));
    }

    #[test]
    fn only_extensions_that_matter_are_kept() {
        let found = |text| vector_extensions(text).map(|found| found.join(" "));
        let x86 = "processor : 0\nflags\t\t: fpu sse2 avx avx2 fma\n\nflags : amx_int8\n";
        assert_eq!(found(x86).as_deref(), Some("avx avx2"));
        assert_eq!(found("Features : fp asimd asimddp\n").as_deref(), Some("asimd asimddp"));
        assert_eq!(found("flags : fpu sse2\n").as_deref(), Some(""));
        assert_eq!(found(""), None);
    }
}
