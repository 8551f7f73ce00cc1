//! The processes of this machine. Of one that nobody looks for no more is read than its name.

use std::fs::File;
use std::io::Read;

/// The kernel keeps 15 bytes of a name.
const LONGEST_NAME: usize = 16;
/// What is read of the arguments of a process.
const MOST_ARGUMENTS: u64 = 64 << 10;

/// The ids of all that we can see.
pub fn all() -> impl Iterator<Item = i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The ids of those that the kernel calls so.
pub fn named(name: &str) -> impl Iterator<Item = i32> {
    all().filter(move |pid| is_named(*pid, name))
}

/// Whether the kernel calls a process so.
pub fn is_named(pid: i32, name: &str) -> bool {
    let mut bytes = [0; LONGEST_NAME];
    let read = File::open(format!("/proc/{pid}/comm")).and_then(|mut file| file.read(&mut bytes));
    read.is_ok_and(|read| bytes[..read].trim_ascii_end() == name.as_bytes())
}

/// The arguments of a process, each ended by a zero; nothing of a thread of the kernel.
pub fn arguments(pid: i32) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What cannot be read is not there for us.
    let _ = File::open(format!("/proc/{pid}/cmdline"))
        .and_then(|file| file.take(MOST_ARGUMENTS).read_to_end(&mut bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_found_by_its_name_and_has_arguments() -> std::io::Result<()> {
        let own = i32::try_from(std::process::id()).unwrap_or_default();
        let name = std::fs::read_to_string(format!("/proc/{own}/comm"))?;
        assert!(named(name.trim_end()).any(|pid| pid == own) && !is_named(own, "no such name"));
        assert!(all().any(|pid| pid == own) && arguments(own).ends_with(b"\0"));
        assert!(arguments(-1).is_empty());
        Ok(())
    }
}
