//! Reads the pages of `checks/` into titles, causes, fixes and citations.
//!
//! A page is the documentation of a check, what `explain` prints, and the data
//! of the check. Pages are the only home of commands.

mod citation;
mod fix;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;

use crate::report::Severity;
use crate::types::versions::Range;

pub use citation::{PROVIDER_PAGE_HEADINGS, citation};
pub use fix::{Fix, Place, Step};

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
    /// On a page with a `unit`: lines after which a cause is over that names none of its own.
    #[serde(default)]
    pub over: Vec<Pattern>,
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
    /// Only where there is a GPU that Ollama could use.
    #[serde(default)]
    pub gpu: bool,
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

/// All pages by id. Of a page the head is read at once, and the rest where somebody asks for it: a look at a healthy
/// machine needs few of them.
pub struct Catalogue {
    sheets: BTreeMap<&'static str, Sheet>,
}

/// A page as it is read: its text, what its head says, and all of it once it was asked for.
struct Sheet {
    text: &'static str,
    head: Head,
    page: OnceLock<Option<Page>>,
}

/// What the first lines of a page say: a test compares them with what is read of the whole page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// As of [`PageData`].
    pub severity: Severity,
    /// As of [`PageData`].
    pub unit: Option<Service>,
}

impl Catalogue {
    /// Takes pages, each an id and its text.
    ///
    /// # Errors
    /// Names the page and what is wrong with its head. A test reads every page, so a
    /// released program does not meet this.
    pub fn load(texts: impl Iterator<Item = (&'static str, &'static str)>) -> Result<Catalogue, String> {
        let sheet = |(id, text)| {
            let head =
                parse_head(text).ok_or_else(|| format!("checks/{id}.md: its head says no severity"))?;
            Ok((id, Sheet { text, head, page: OnceLock::new() }))
        };
        Ok(Catalogue { sheets: texts.map(sheet).collect::<Result<_, String>>()? })
    }

    /// Whether every page can be read, and all that its causes name exists: their fixes, and what they explain.
    ///
    /// # Errors
    /// Names the page and what is wrong with it.
    pub fn verify(&self) -> Result<(), String> {
        for (id, sheet) in &self.sheets {
            let page = self.parse(id, sheet).map_err(|error| format!("checks/{id}.md: {error}"))?;
            for (key, cause) in &page.data.cause {
                let wrong =
                    |what: &str| Err(format!("checks/{id}.md: {key} names {what}, which stands nowhere"));
                if let Some(fix) = cause.fix.iter().find(|fix| self.fix(id, fix).is_none()) {
                    return wrong(fix);
                }
                if let Some(effect) = cause.explains.iter().find(|effect| !self.has_effect(effect)) {
                    return wrong(effect);
                }
            }
        }
        Ok(())
    }

    /// Whether there is such a check, and such a cause of it: `id` or `id:cause`.
    fn has_effect(&self, effect: &str) -> bool {
        let (id, cause) = effect.split_once(':').map_or((effect, None), |(id, cause)| (id, Some(cause)));
        let page = self.page(id);
        page.is_some_and(|page| cause.is_none_or(|cause| page.data.cause.contains_key(cause)))
    }

    /// What the head of the page of a check says.
    pub fn head(&self, id: &str) -> Option<Head> {
        self.sheets.get(id).map(|sheet| sheet.head)
    }

    /// The page of a check.
    pub fn page(&self, id: &str) -> Option<&Page> {
        let (id, sheet) = self.sheets.get_key_value(id)?;
        sheet.page.get_or_init(|| self.parse(id, sheet).ok()).as_ref()
    }

    /// A fix by its key on `page`, or by `page#key`.
    pub fn fix(&self, page: &str, key: &str) -> Option<&Fix> {
        let (page, key) = key.split_once('#').unwrap_or((page, key));
        self.page(page)?.data.fix.get(key)
    }

    /// All pages, by id.
    pub fn pages(&self) -> impl Iterator<Item = &Page> {
        self.sheets.keys().filter_map(|id| self.page(id))
    }

    /// Reads a page, and gives each fix that is like one of another page what it takes from it.
    fn parse(&self, id: &str, sheet: &Sheet) -> Result<Page, String> {
        let mut page = parse_page(id, sheet.text)?;
        for (key, fix) in &mut page.data.fix {
            let Some(like) = &fix.like else { continue };
            let other = like.split_once('#').and_then(|(other, name)| {
                let mut other = parse_page(other, self.sheets.get(other)?.text).ok()?;
                other.data.fix.remove(name).filter(|other| other.like.is_none())
            });
            let nowhere = || format!("{key} is like {like}, which stands nowhere, or is like another");
            *fix = fix.with_all_of(&other.ok_or_else(nowhere)?);
        }
        Ok(page)
    }
}

/// The first lines of the data: the severity, and perhaps a unit.
fn parse_head(text: &str) -> Option<Head> {
    let (_, data) = text.split_once("```toml\n")?;
    let mut lines =
        data.lines().map(|line| line.split_once('=').map(|(key, value)| (key.trim(), value.trim())));
    let severity = match lines.next()?? {
        ("severity", "\"error\"") => Severity::Error,
        ("severity", "\"warning\"") => Severity::Warning,
        ("severity", "\"info\"") => Severity::Info,
        _ => return None,
    };
    let unit = match lines.next().flatten() {
        Some(("unit", "\"ollama\"")) => Some(Service::Ollama),
        Some(("unit", "\"openclaw-gateway\"")) => Some(Service::OpenclawGateway),
        Some(("unit", "\"systemd-resolved\"")) => Some(Service::SystemdResolved),
        _ => None,
    };
    Some(Head { severity, unit })
}

fn parse_page(id: &str, text: &str) -> Result<Page, String> {
    let (first, rest) = text.split_once('\n').ok_or("the page is empty")?;
    let title = first.strip_prefix("# ").ok_or("the first line is no heading")?;
    let (_, rest) = rest.split_once("```toml\n").ok_or("there is no ```toml block")?;
    let (data, body) = rest.split_once("\n```\n").ok_or("the ```toml block has no end")?;
    let mut data: PageData = toml::from_str(data).map_err(|error| error.to_string())?;
    for cause in data.cause.values_mut().filter(|cause| cause.over.is_empty()) {
        cause.over.clone_from(&data.over);
    }
    Ok(Page { id: id.to_string(), title: title.trim().to_string(), data, body: body.trim().to_string() })
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

    fn page(causes: &str) -> &'static str {
        format!("# T\n\n```toml\nseverity = \"error\"\n{causes}\n```\n\n## What it means\n").leak()
    }

    const BASE: &str = r#"
[cause.x]
fix = ["pull"]
[fix.pull]
say = "Pull it"
on  = "ollama"
run = [{ when = "key", run = "first" }, "ollama pull {model}"]
cite."a#b" = "c""#;

    #[test]
    fn a_fix_that_is_like_another_keeps_its_own_words() -> Result<(), String> {
        let like = "[cause.y]\nfix = [\"own\"]\n[fix.own]\nlike = \"a/x#pull\"\nsay = \"Get it\"";
        let texts = [("a/x", page(BASE)), ("a/y", page(like))];
        let catalogue = Catalogue::load(texts.into_iter())?;
        let fix = catalogue.fix("a/y", "own").ok_or("no such fix")?;
        let run: Vec<_> = fix.run.iter().map(|step| (step.when(), step.command())).collect();
        assert_eq!(run, [(Some("key"), "first"), (None, "ollama pull {model}")]);
        assert_eq!((&*fix.say, fix.on, fix.cite.len()), ("Get it", Some(Place::Ollama), 1));
        Ok(())
    }

    #[test]
    fn what_a_page_names_must_exist() -> Result<(), String> {
        for (causes, wrong) in [
            ("[cause.x]\nfix = [\"no\"]", "no"),
            ("[cause.x]\nfix = [\"a/x#no\"]", "a/x#no"),
            ("[cause.x]\nexplains = [\"a/z\"]", "a/z"),
            ("[cause.x]\nexplains = [\"a/x:z\"]", "a/x:z"),
            ("[fix.x]\nlike = \"a/x#no\"", "a/x#no"),
        ] {
            let catalogue = Catalogue::load([("a/x", page(causes))].into_iter())?;
            let error = catalogue.verify().err().unwrap_or_default();
            assert!(error.starts_with("checks/a/x.md: x ") && error.contains(wrong), "{error}");
        }
        Ok(())
    }
}
