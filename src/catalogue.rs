//! Reads the pages of `checks/` into titles, causes, fixes and citations.
//!
//! A page is the documentation of a check, what `explain` prints, and the data
//! of the check. Pages are the only home of commands.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;

use crate::report::{RunAs, Severity};
use crate::types::versions::Range;

/// One page of `checks/`.
#[derive(Debug, Clone)]
pub struct Page {
    /// Path without `.md`.
    pub id: String,
    /// The first heading: the check in words.
    pub title: String,
    /// Severity, causes and fixes.
    pub data: PageData,
    /// Everything after the data: the explanation, in Markdown.
    pub body: String,
}

/// The TOML block of a page.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageData {
    /// Severity of causes that name none of their own.
    pub severity: Severity,
    /// The service whose log is searched for the signatures of the causes; such
    /// a page is a whole check without code.
    pub unit: Option<Service>,
    /// The program whose installed version is compared with the versions of the
    /// causes; such a page is a whole check without code.
    pub product: Option<Product>,
    /// Causes by key.
    #[serde(default)]
    pub cause: BTreeMap<String, Cause>,
    /// Fixes by key.
    #[serde(default)]
    pub fix: BTreeMap<String, Fix>,
}

/// One cause that a check tells apart.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// Severity, where it differs from the page's.
    pub severity: Option<Severity>,
    /// What fails because of it: `id` or `id:cause`.
    #[serde(default)]
    pub explains: Vec<String>,
    /// Keys of its fixes, best first; `page#key` for a fix of another page.
    #[serde(default)]
    pub fix: Vec<String>,
    /// On a page with a `unit`: what is wrong, with `{name}` for what a pattern captured. On a page
    /// with a `product`: the same, with `{version}` and `{model}`, which is the primary.
    pub say: Option<String>,
    /// On a page with a `unit`: the lines that tell of it.
    #[serde(default)]
    pub signature: Vec<Signature>,
    /// Lines after which it is over.
    #[serde(default)]
    pub over: Vec<Pattern>,
    /// On a page with a `product`: its versions that have the problem.
    #[serde(default)]
    pub versions: Vec<Range>,
    /// On the page of another product: the versions of OpenClaw that meet the problem.
    pub openclaw: Option<Range>,
    /// On a page with a `product`: what must be configured for the problem to matter.
    pub when: Option<Condition>,
    /// The primaries that the problem is known of, without namespace and tag; none for all.
    #[serde(default)]
    pub models: Vec<String>,
}

/// Lines of a log that tell of a cause.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// From the start of the line on, so that what others can write into a line is not taken for it.
    pub pattern: Pattern,
    /// OpenClaw versions that word it so.
    pub openclaw: Option<String>,
    /// Ollama versions that word it so.
    pub ollama: Option<String>,
}

/// A regular expression. Most are of services that are not here or say nothing, so it is made when it is asked.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "String")]
pub struct Pattern {
    text: String,
    regex: OnceLock<Option<Regex>>,
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        Pattern { text, regex: OnceLock::new() }
    }
}

impl Pattern {
    /// As it stands on the page.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the line is one of these.
    pub fn is_match(&self, line: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(line))
    }

    /// What its groups found in the line, by their names.
    pub fn named<'t>(&self, line: &'t str) -> Option<Vec<(&str, &'t str)>> {
        let regex = self.regex()?;
        let found = regex.captures(line)?;
        let value = |name| (name, found.name(name).map_or("?", |value| value.as_str()));
        Some(regex.capture_names().flatten().map(value).collect())
    }

    /// Whether it is a regular expression at all; a test asks every one.
    pub fn is_valid(&self) -> bool {
        self.regex().is_some()
    }

    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| Regex::new(&self.text).ok()).as_ref()
    }
}

/// A service whose log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Ollama's service.
    Ollama,
    /// The gateway of the judged OpenClaw.
    OpenclawGateway,
    /// systemd-resolved.
    SystemdResolved,
}

/// A program whose versions a page judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Product {
    /// The judged OpenClaw.
    Openclaw,
    /// The Ollama that serves the primary model.
    Ollama,
}

/// What of the config a problem of a version concerns (`checks::known_versions`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// A model is used of an Ollama whose models OpenClaw has to find out.
    Discovery,
    /// The same, and that Ollama is not at OpenClaw's default address.
    DiscoveryElsewhere,
    /// A model is used of a provider that speaks Ollama's API and is not called `ollama`.
    OtherName,
    /// The primary gets tools through Ollama's own API.
    NativeTools,
    /// The config tells the primary to think.
    ThinkingOn,
    /// The primary cannot think, and OpenClaw says with every request that it must not.
    ThinkingOff,
    /// A model that runs on ollama.com is used through this Ollama.
    CloudModel,
}

/// One documented way to mend a cause.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fix {
    /// What it does, in words; all there is for a fix that no command can do.
    pub say: String,
    /// Who must run it.
    #[serde(rename = "as", default = "anybody")]
    pub run_as: RunAs,
    /// The machine it belongs on, where that may be another one.
    pub on: Option<Place>,
    /// All steps in order.
    #[serde(default)]
    pub run: Vec<String>,
    /// Commands that show whether it worked.
    #[serde(default)]
    pub verify: Vec<String>,
    /// Commands that take it back.
    #[serde(default)]
    pub undo: Vec<String>,
    /// What to know before.
    pub caution: Option<String>,
    /// OpenClaw versions in which it works.
    pub openclaw: Option<String>,
    /// Ollama versions in which it works.
    pub ollama: Option<String>,
    /// `page#anchor` to the words that stand there.
    #[serde(default)]
    pub cite: BTreeMap<String, String>,
}

/// The machine that a fix belongs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The host that Ollama runs on.
    Ollama,
}

fn anybody() -> RunAs {
    RunAs::Any
}

/// All pages by id.
pub struct Catalogue {
    pages: BTreeMap<String, Page>,
}

impl Catalogue {
    /// Reads pages, each an id and its text.
    ///
    /// # Errors
    /// Names the page and what is wrong with it. A test reads every page, so a
    /// released program does not meet this.
    pub fn load<'a>(texts: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Catalogue, String> {
        let mut pages = BTreeMap::new();
        for (id, text) in texts {
            let page = parse_page(id, text).map_err(|error| format!("checks/{id}.md: {error}"))?;
            pages.insert(id.to_string(), page);
        }
        Ok(Catalogue { pages })
    }

    /// The page of a check.
    pub fn page(&self, id: &str) -> Option<&Page> {
        self.pages.get(id)
    }

    /// A fix by its key on `page`, or by `page#key`.
    pub fn fix(&self, page: &str, key: &str) -> Option<&Fix> {
        let (page, key) = key.split_once('#').unwrap_or((page, key));
        self.pages.get(page)?.data.fix.get(key)
    }

    /// All pages, by id.
    pub fn pages(&self) -> impl Iterator<Item = &Page> {
        self.pages.values()
    }
}

fn parse_page(id: &str, text: &str) -> Result<Page, String> {
    let (first, rest) = text.split_once('\n').ok_or("the page is empty")?;
    let title = first.strip_prefix("# ").ok_or("the first line is no heading")?;
    let (_, rest) = rest.split_once("```toml\n").ok_or("there is no ```toml block")?;
    let (data, body) = rest.split_once("\n```\n").ok_or("the ```toml block has no end")?;
    Ok(Page {
        id: id.to_string(),
        title: title.trim().to_string(),
        data: toml::from_str(data).map_err(|error| error.to_string())?,
        body: body.trim().to_string(),
    })
}

/// Headings of the provider page, which has no URL to lead a reader to them:
/// anchor as GitHub makes it, and the heading itself.
pub const PROVIDER_PAGE_HEADINGS: &[(&str, &str)] = &[
    ("quick-start", "Quick start"),
    ("custom-base-url-explicit-config", "Custom base URL (explicit config)"),
    ("model-selection", "Model selection"),
    ("ollama-not-detected", "Ollama not detected"),
    ("no-models-available", "No models available"),
    ("connection-refused", "Connection refused"),
    (
        "vps--remote-ollama-connection-refused-econnrefused",
        "VPS / remote Ollama: connection refused (ECONNREFUSED)",
    ),
    (
        "vps--ubuntu-2204-intermittent-dns-failures-systemd-255--ipv6",
        "VPS / Ubuntu 22.04: intermittent DNS failures (systemd 255 + IPv6)",
    ),
    ("vps-agents-use-wrong-or-slow-model-after-setup", "VPS: agents use wrong or slow model after setup"),
];

/// A citation for a person: page and heading, and a link where there is one.
pub fn citation(target: &str) -> (String, Option<String>) {
    let (page, anchor) = target.split_once('#').unwrap_or((target, ""));
    if page == "ollama-provider" {
        let heading = PROVIDER_PAGE_HEADINGS
            .iter()
            .find(|(slug, _)| *slug == anchor)
            .map_or(anchor, |(_, heading)| heading);
        return (format!("OpenClaw docs 2026.2.26, Ollama page, \"{heading}\""), None);
    }
    let site = match page.split_once('/') {
        Some(("openclaw", rest)) => Some(("OpenClaw docs", format!("https://docs.openclaw.ai/{rest}"))),
        Some(("ollama", rest)) => Some(("Ollama docs", format!("https://docs.ollama.com/{rest}"))),
        _ => None,
    };
    match site {
        Some((name, url)) if anchor.is_empty() => (format!("{name}, {page}"), Some(url)),
        Some((name, url)) => (format!("{name}, {page}"), Some(format!("{url}#{anchor}"))),
        None => (target.to_string(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_what_it_finds() {
        let pattern = Pattern::from("^a (?P<what>[a-z]+)(?P<more> .)?".to_string());
        assert_eq!(pattern.named("a box"), Some(vec![("what", "box"), ("more", "?")]));
        assert_eq!((pattern.named("box"), pattern.is_match("a box")), (None, true));
    }

    #[test]
    fn a_citation_of_the_provider_page_has_a_heading_and_no_link() {
        let (page, url) = citation("ollama-provider#connection-refused");
        assert_eq!(page, "OpenClaw docs 2026.2.26, Ollama page, \"Connection refused\"");
        assert_eq!(url, None);
    }

    #[test]
    fn a_citation_of_the_docs_has_a_link() {
        let (_, url) = citation("ollama/linux#customizing");
        assert_eq!(url.as_deref(), Some("https://docs.ollama.com/linux#customizing"));
    }
}
