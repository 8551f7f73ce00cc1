//! Where in which file a finding is.

use crate::report::{Finding, Report};

/// A place in a file.
pub struct Place<'a> {
    /// The file; none where there is neither a file nor a config.
    pub file: Option<&'a str>,
    /// The key in the config that it is about.
    pub key: Option<&'a str>,
    /// Line from 1.
    pub line: Option<usize>,
    /// Column from 1.
    pub column: Option<usize>,
}

/// The place of a finding: the path of it is a file or a key of the config.
pub fn place<'a>(finding: &'a Finding, report: &'a Report) -> Place<'a> {
    let path = finding.path.as_deref();
    let is_file = path.is_some_and(|path| path.starts_with(['/', '~']));
    let config = report.openclaw.as_ref().map(|openclaw| &*openclaw.config);
    Place {
        file: if is_file { path } else { config },
        key: path.filter(|_| !is_file),
        line: finding.line,
        column: finding.column.filter(|_| finding.line.is_some()),
    }
}
