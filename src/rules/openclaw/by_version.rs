//! Whose rules the judged OpenClaw follows.

use serde::Serialize;

use crate::facts::Facts;
use crate::types::versions::Version;

/// Whose rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rules {
    /// The provider page's: up to 2026.2.
    Documented,
    /// Those measured on 2026.9.6: from 2026.3 on, and where no OpenClaw was found.
    Installed,
}

/// The first version that does not follow the provider page.
const FIRST_MEASURED: &str = "2026.3.0";

impl Rules {
    /// The rules of a version; what cannot be compared has the newest ones.
    pub fn of(version: &str) -> Rules {
        match (version.parse::<Version>(), FIRST_MEASURED.parse::<Version>()) {
            (Ok(version), Ok(first)) if version < first => Rules::Documented,
            _ => Rules::Installed,
        }
    }
}

impl Facts {
    /// The version of OpenClaw that is judged.
    pub fn openclaw_version(&self) -> Option<&str> {
        self.judged_install()?.version.as_deref()
    }

    /// The same, where it can be compared.
    pub fn comparable_openclaw_version(&self) -> Option<Version> {
        self.openclaw_version()?.parse().ok()
    }

    /// The rules that the judged OpenClaw follows.
    pub fn rules(&self) -> Rules {
        self.openclaw_version().map_or(Rules::Installed, Rules::of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_rules_end_with_2026_2() {
        assert_eq!(Rules::of("2026.2.26"), Rules::Documented);
        assert_eq!(Rules::of("2026.3.0"), Rules::Installed);
        assert_eq!(Rules::of("2026.9.6-1"), Rules::Installed);
        assert_eq!(Rules::of("main"), Rules::Installed);
    }
}
