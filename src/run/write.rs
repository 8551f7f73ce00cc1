//! Writes a file whole or not at all.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::text::printable::printable;

/// Puts a file with this content and, as far as the umask lets it, this mode in
/// place of what is there. Whoever reads it meanwhile sees the old one or the
/// new one. A link is replaced and not followed, for its folder may be another
/// user's; what is no file (a device, a folder) is left alone.
///
/// # Errors
/// In words, with the name of the file.
pub fn write_whole(path: &Path, content: &str, mode: u32) -> Result<(), String> {
    let failed = |why: &str| format!("{} cannot be written: {why}", printable(&path.display().to_string()));
    match path.symlink_metadata() {
        Ok(there) if !there.is_file() && !there.is_symlink() => return Err(failed("it is no file")),
        _ => {}
    }
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let write = || {
        let mut file = tempfile::Builder::new()
            .prefix(".openclaw-doctor.")
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder)?;
        file.write_all(content.as_bytes())?;
        // The new name must not be on the disk before the content is.
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)
    };
    write().map(drop).map_err(|error| failed(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_a_link_is_not_followed() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let (file, link) = (folder.path().join("a.json"), folder.path().join("b.json"));
        write_whole(&file, "one", 0o600)?;
        std::os::unix::fs::symlink(&file, &link)?;
        write_whole(&link, "two", 0o600)?;
        assert_eq!(
            (std::fs::read_to_string(&file)?, std::fs::read_to_string(&link)?),
            ("one".into(), "two".into())
        );
        assert_eq!(std::fs::metadata(&link)?.permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 2);
        Ok(())
    }

    #[test]
    fn what_is_no_file_is_left_alone() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let inner = folder.path().join("x.json");
        std::fs::create_dir(&inner)?;
        assert!(write_whole(&inner, "one", 0o644).is_err_and(|error| error.contains("it is no file")));
        assert!(write_whole(&folder.path().join("none/x.json"), "one", 0o644).is_err());
        assert!(inner.is_dir() && std::fs::read_dir(folder.path())?.count() == 1);
        Ok(())
    }
}
