//! How long OpenClaw waits for the first word of a model on a server of one's own.

use crate::versions::Version;

/// The default in seconds. `docs/concepts/agent-loop.md` of 2026.9.6 says 300 for
/// self-hosted models; in OpenClaw's issues 119602 (2026.7.2) the same, 84063
/// (2026.5.18) 120, and 46049 (April 2026) 60. From before 2026.3 only the limit of
/// a whole run is known, 600. Without a known version the newest rule holds.
pub fn idle_limit(openclaw: Option<&str>) -> u32 {
    const SINCE: [(&str, u32); 3] = [("2026.7.0", 300), ("2026.5.0", 120), ("2026.3.0", 60)];
    let Some(version) = openclaw.and_then(|text| text.parse::<Version>().ok()) else {
        return SINCE[0].1;
    };
    let is_since = |first: &str| first.parse::<Version>().is_ok_and(|first| version >= first);
    SINCE.iter().find(|(first, _)| is_since(first)).map_or(600, |(_, seconds)| *seconds)
}

/// Whether `models.providers.<id>.timeoutSeconds` moves that limit: since 2026.6
/// (pull request 83979 of OpenClaw, May 2026).
pub fn has_timeout_seconds(openclaw: Option<&str>) -> bool {
    let version = openclaw.and_then(|text| text.parse::<Version>().ok());
    version.is_none_or(|version| "2026.6.0".parse().is_ok_and(|first: Version| version >= first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_follows_the_version() {
        for (version, seconds) in [
            (Some("2026.2.26"), 600),
            (Some("2026.4.9"), 60),
            (Some("2026.5.18"), 120),
            (Some("2026.7.2-beta.7"), 300),
            (Some("2026.9.6"), 300),
            (Some("nonsense"), 300),
            (None, 300),
        ] {
            assert_eq!(idle_limit(version), seconds, "{version:?}");
        }
        assert!(has_timeout_seconds(Some("2026.9.6")) && has_timeout_seconds(None));
        assert!(!has_timeout_seconds(Some("2026.5.18")));
    }
}
