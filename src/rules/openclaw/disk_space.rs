//! How little room on a file system keeps OpenClaw or Ollama from writing.

use crate::facts::{FileSystem, Written, WrittenDirectory};

/// OpenClaw has some databases, and SQLite writes 4 MB beside each before it cleans up
/// (`wal_autocheckpoint`). A gateway on a full disk gave back 3 MB and took them again.
const FULL: u64 = 16 << 20;

/// OpenClaw's own doctor warns of less (`WARNING_BYTES` in `doctor-disk-space` of 2026.9.6). A
/// small file system has less from the start, so that only a used one is told of.
const LOW: u64 = 500 << 20;
const LOW_PERCENT: u128 = 10;

/// A directory on a file system.
pub struct Place<'a> {
    /// Its place in the facts.
    pub index: usize,
    /// The directory.
    pub directory: &'a WrittenDirectory,
    /// Its file system.
    pub system: &'a FileSystem,
}

/// Which things lie on a file system.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// Both OpenClaw's state and Ollama's models.
    StateAndModels,
    /// OpenClaw's state.
    State,
    /// Ollama's models.
    Models,
    /// Neither.
    Temporary,
}

impl<'a> Place<'a> {
    /// The directory, where its file system was seen.
    pub fn of(index: usize, directory: &'a WrittenDirectory) -> Option<Self> {
        Some(Place { index, directory, system: directory.file_system.seen()? })
    }

    /// Bytes that its user may still write; some are kept back for root.
    pub fn bytes_free(&self) -> u64 {
        match self.directory.user.as_deref() {
            Some("root") => self.system.free_to_root,
            _ => self.system.free,
        }
    }

    /// Nothing of use can be written any more.
    pub fn is_full(&self) -> bool {
        self.is_low() && self.bytes_free() < FULL
    }

    /// Little is left, and most is used. A file system may not tell its size.
    pub fn is_low(&self) -> bool {
        let limit = u128::from(self.system.total) * LOW_PERCENT / 100;
        self.bytes_free() < LOW && u128::from(self.bytes_free()) < limit
    }

    /// No file can be made any more. Some file systems do not count them.
    pub fn has_no_inodes(&self) -> bool {
        self.system.inodes > 0 && self.system.inodes_free == 0
    }
}

/// What lies there.
pub fn holding(places: &[&Place]) -> Holding {
    let holds = |what: Written| places.iter().any(|place| place.directory.holds == what);
    match (holds(Written::State), holds(Written::Models)) {
        (true, true) => Holding::StateAndModels,
        (true, false) => Holding::State,
        (false, true) => Holding::Models,
        (false, false) => Holding::Temporary,
    }
}

impl Holding {
    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Holding::StateAndModels => "OpenClaw's state and Ollama's models",
            Holding::State => "OpenClaw's state",
            Holding::Models => "Ollama's models",
            Holding::Temporary => "temporary files",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Fact;

    #[test]
    fn little_is_left_only_where_most_is_used() {
        const GB: u64 = 1_000_000_000;
        for (total, free, low, full) in [
            (2_000 * GB, 40 * GB, false, false),
            (20 * GB, 2 * GB, false, false),
            (20 * GB, GB / 3, true, false),
            (GB / 4, GB / 4, false, false),
            (GB / 4, GB / 50, true, false),
            (GB, GB * 3 / 10, false, false),
            (20 * GB, 4096, true, true),
            (GB / 4, GB / 100, true, true),
            (GB / 10, GB / 80, false, false),
            (0, 0, false, false),
        ] {
            let system = FileSystem {
                device: 1,
                total,
                free,
                free_to_root: free + GB,
                inodes: 0,
                inodes_free: 0,
                read_only: false,
            };
            let directory = |user: &str| WrittenDirectory {
                holds: Written::State,
                path: "/x".into(),
                user: Some(user.into()),
                file_system: Fact::Seen(system.clone()),
                partial_downloads: None,
            };
            let (of_user, of_root) = (directory("openclaw"), directory("root"));
            let place = Place::of(0, &of_user);
            let seen = place.as_ref().map(|place| (place.is_low(), place.is_full(), place.has_no_inodes()));
            assert_eq!(seen, Some((low, full, false)), "{free} of {total}");
            assert_eq!(Place::of(0, &of_root).map(|place| place.is_full()), Some(false));
        }
    }
}
