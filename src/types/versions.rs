//! Versions of OpenClaw and Ollama: their order, and the ranges that rules hold for.
//!
//! OpenClaw counts `YEAR.MONTH.PATCH`; a numeric suffix (`-1`) is later than its
//! base, letters (`-beta.1`) are earlier. Ollama uses semantic versions. Both
//! orders are the same but for the numeric suffix, so one type serves both.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// A version of OpenClaw or of Ollama.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    numbers: [u64; 3],
    suffix: Suffix,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Suffix {
    Before(String),
    Release,
    After(u64),
}

/// Comparisons that must all hold, such as `>=2026.3, <2026.10`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Range(Vec<(Comparison, Version)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error = || format!("{text:?} is not a version");
        let text = text.trim().trim_start_matches('v');
        // What follows a plus names a build and orders nothing.
        let text = text.split('+').next().unwrap_or(text);
        let (core, suffix) = match text.split_once('-') {
            Some((core, suffix)) => (core, parse_suffix(suffix)),
            None => (text, Suffix::Release),
        };
        let mut numbers = [0; 3];
        let parts: Vec<&str> = core.split('.').collect();
        if parts.len() > numbers.len() {
            return Err(error());
        }
        for (number, part) in numbers.iter_mut().zip(parts) {
            *number = part.parse().map_err(|_| error())?;
        }
        Ok(Version { numbers, suffix })
    }
}

/// `git describe` writes `N-gHASH` for a build N commits after the release.
fn parse_suffix(text: &str) -> Suffix {
    let described = text.split_once("-g").filter(|(_, hash)| hash.chars().all(|c| c.is_ascii_hexdigit()));
    match described.map_or(text, |(commits, _)| commits).parse() {
        Ok(number) => Suffix::After(number),
        Err(_) => Suffix::Before(text.to_string()),
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.numbers, &self.suffix).cmp(&(other.numbers, &other.suffix))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        match &self.suffix {
            Suffix::Release => Ok(()),
            Suffix::Before(text) => write!(f, "-{text}"),
            Suffix::After(number) => write!(f, "-{number}"),
        }
    }
}

impl TryFrom<String> for Range {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',').map(parse_comparison).collect::<Result<_, _>>().map(Range)
    }
}

fn parse_comparison(text: &str) -> Result<(Comparison, Version), String> {
    const SIGNS: [(&str, Comparison); 5] = [
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
        ("=", Comparison::Equal),
    ];
    let text = text.trim();
    for (sign, comparison) in SIGNS {
        if let Some(version) = text.strip_prefix(sign) {
            return Ok((comparison, version.parse()?));
        }
    }
    Err(format!("{text:?} has no comparison; write >=, >, <=, < or = before a version"))
}

impl Version {
    /// A build of the source that was given no version; it may be of any age.
    pub fn is_unnumbered(&self) -> bool {
        self.numbers == [0; 3]
    }
}

impl Range {
    /// The first version after the range, where it has an end that it does not hold itself.
    pub fn end(&self) -> Option<&Version> {
        let (_, version) = self.0.iter().find(|(comparison, _)| *comparison == Comparison::Less)?;
        Some(version)
    }

    /// Whether every comparison holds.
    pub fn contains(&self, version: &Version) -> bool {
        self.0.iter().all(|(comparison, bound)| {
            let order = version.cmp(bound);
            match comparison {
                Comparison::Less => order == Ordering::Less,
                Comparison::LessOrEqual => order != Ordering::Greater,
                Comparison::Equal => order == Ordering::Equal,
                Comparison::GreaterOrEqual => order != Ordering::Less,
                Comparison::Greater => order == Ordering::Greater,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn a_numeric_suffix_is_later_and_letters_are_earlier() {
        let order = ["2026.9.5", "2026.9.6-beta.1", "2026.9.6", "2026.9.6-1", "2026.9.6-2", "2026.10"];
        for pair in order.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn ollama_versions_compare() {
        assert!(version("0.6.3") < version("0.6.4"));
        assert!(version("v0.33.0-rc2") < version("0.33.0"));
    }

    #[test]
    fn a_build_of_the_source_is_no_earlier_than_its_release() {
        assert_eq!(version("0.32.15+cuda"), version("0.32.15"));
        assert!(version("0.32.15-3-gabc1234") > version("0.32.15"));
        assert!(version("0.32.15-rc1-2-gabc1234") < version("0.32.15"));
        assert!(version("0.32.15-3-gabc1234") < version("0.32.16"));
    }

    #[test]
    fn ranges_are_conjunctions() {
        let range: Range = ">=2026.3, <2026.10".parse().unwrap_or_else(|error| panic!("{error}"));
        assert!(range.contains(&version("2026.9.6-1")));
        assert!(!range.contains(&version("2026.2.26")));
        assert!(!range.contains(&version("2026.10.0")));
    }

    #[test]
    fn what_is_no_version_is_an_error() {
        for text in ["", "latest", "1.2.3.4", "1..2"] {
            assert!(text.parse::<Version>().is_err(), "{text:?}");
        }
        assert!("2026.3".parse::<Range>().is_err());
    }
}
