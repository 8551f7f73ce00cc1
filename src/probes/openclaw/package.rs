//! The npm package of OpenClaw: what it is and which version.

use std::path::Path;

use serde_json::Value;

use crate::probes::files::text_of;
use crate::text::bounded_json;

/// A `package.json` is no larger than this.
const LARGEST_PACKAGE: u64 = 1 << 20;

/// The version of the package that a program is of, and the file that says so.
pub fn version_behind(program: &Path) -> Option<(String, String)> {
    let program = program.canonicalize().ok()?;
    program.ancestors().skip(1).find_map(|dir| {
        let file = dir.join("package.json");
        let version = version_of(&file)?;
        Some((version, file.display().to_string()))
    })
}

/// The version in a `package.json`, where it is OpenClaw's.
pub fn version_of(file: &Path) -> Option<String> {
    let text = text_of(file, LARGEST_PACKAGE)?;
    let package = bounded_json::read(text.as_bytes(), &[]).ok()?;
    let is_openclaw = package.get("name").and_then(Value::as_str) == Some("openclaw");
    let version = package.get("version")?.as_str()?.to_string();
    is_openclaw.then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_package_behind_the_program() -> std::io::Result<()> {
        let dir = tempfile::tempdir()?;
        let package = dir.path().join("lib/node_modules/openclaw");
        std::fs::create_dir_all(package.join("dist"))?;
        std::fs::write(package.join("openclaw.mjs"), "")?;
        std::fs::write(package.join("package.json"), r#"{"name":"openclaw","version":"2026.9.6"}"#)?;
        std::fs::create_dir_all(dir.path().join("bin"))?;
        std::os::unix::fs::symlink(package.join("openclaw.mjs"), dir.path().join("bin/openclaw"))?;
        let version = version_behind(&dir.path().join("bin/openclaw"));
        assert_eq!(version.map(|(version, _)| version).as_deref(), Some("2026.9.6"));
        Ok(())
    }
}
