//! The settings file: what is set for every run on this machine or in this repository, and what is ignored there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use jiff::Zoned;
use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::until::within;
use crate::checks;
use crate::cli::{FailOn, JudgeArgs, duration};
use crate::diagnosis::ignore::Ignore;
use crate::diagnosis::selection::known;
use crate::probes::{text_for_us, text_of};
use crate::report::{Report, SettingsLine};
use crate::text::printable::printable;

/// Where it lies where no flag names one; the first that is there counts alone.
const PLACES: [&str; 2] = ["openclaw-doctor.toml", "/etc/openclaw-doctor/openclaw-doctor.toml"];
/// Nobody writes a larger one.
const LARGEST: u64 = 64 << 10;
/// A mount that hangs is waited for no longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What it says.
#[derive(Debug, Default)]
pub struct Settings {
    line: Option<SettingsLine>,
    /// For `--fail-on`.
    fail_on: Option<FailOn>,
    /// Beside `--skip`.
    skip: Vec<String>,
    /// For `--timeout`.
    pub timeout: Option<Duration>,
    /// For `--deep-timeout`.
    pub deep_timeout: Option<Duration>,
    /// What is ignored today.
    pub ignores: Vec<Ignore>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    fail_on: Option<Spanned<String>>,
    #[serde(default)]
    skip: Vec<Spanned<String>>,
    timeout: Option<Spanned<String>>,
    deep_timeout: Option<Spanned<String>>,
    #[serde(default)]
    ignore: Vec<WrittenIgnore>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenIgnore {
    check: Spanned<String>,
    target: Option<String>,
    reason: Spanned<String>,
    until: Spanned<Datetime>,
}

/// What is wrong, and at which byte.
struct Wrong(usize, String);

impl Settings {
    /// Reads the file that `--settings` names, or the first that is there.
    ///
    /// # Errors
    /// Where and why it cannot be understood, or that the named one cannot be read.
    pub fn load(judge: &JudgeArgs) -> Result<Settings, String> {
        if let Some(file) = &judge.settings {
            let path = file.clone();
            let name = printable(&file.display().to_string());
            let text = within(PATIENCE, move || text_of(&path, LARGEST)).flatten();
            let text = text
                .ok_or(format!("{name}, which --settings names, cannot be read as a text of up to 64 kB"))?;
            return Settings::understand(&name, &text);
        }
        let mut warnings = Vec::new();
        for place in PLACES {
            // A name in the working directory may lead anywhere; what is in /etc is its owner's affair.
            let follow = Path::new(place).is_absolute();
            let read = within(PATIENCE, move || text_for_us(&PathBuf::from(place), LARGEST, follow));
            match read.unwrap_or_else(|| Err("it could not be read in time".into())) {
                Ok(None) => {}
                Ok(Some(text)) => {
                    let mut settings = Settings::understand(place, &text)?;
                    settings.line.get_or_insert_default().warnings.splice(0..0, warnings);
                    return Ok(settings);
                }
                Err(why) => warnings.push(format!("{place} is not read: {why}")),
            }
        }
        let line = (!warnings.is_empty()).then_some(SettingsLine { file: None, warnings });
        Ok(Settings { line, ..Settings::default() })
    }

    fn understand(name: &str, text: &str) -> Result<Settings, String> {
        let today = Zoned::now().date();
        let settings = read(text, today).map_err(|Wrong(at, why)| {
            let (line, column) = place_of(text, at);
            format!("{name}:{line}:{column}: {}", printable(&why))
        })?;
        let warnings = settings.line.unwrap_or_default().warnings;
        let warnings = warnings.into_iter().map(|warning| format!("{name}: {warning}")).collect();
        Ok(Settings { line: Some(SettingsLine { file: Some(name.to_string()), warnings }), ..settings })
    }

    /// The flags, and what the file says where they say nothing.
    pub fn with_flags(&self, judge: &JudgeArgs) -> JudgeArgs {
        let mut judge = judge.clone();
        judge.fail_on = judge.fail_on.or(self.fail_on);
        judge.skip.extend(self.skip.iter().cloned());
        judge
    }

    /// Names the file in the report.
    pub fn note(&self, report: &mut Report) {
        report.settings.clone_from(&self.line);
        let unused = self.ignores.iter().enumerate().filter(|(rule, ignore)| {
            ignore.is_looked_at(report) && !report.ignored.iter().any(|one| one.rule == *rule)
        });
        let warnings: Vec<String> = unused.map(|(_, ignore)| self.ignores_nothing(ignore)).collect();
        if let Some(line) = &mut report.settings {
            line.warnings.extend(warnings);
        }
    }

    /// What is wrong with the file, whatever a report says.
    pub fn warnings(&self) -> Vec<String> {
        self.line.as_ref().map(|line| line.warnings.clone()).unwrap_or_default()
    }

    /// The words for an entry that found nothing.
    pub fn ignores_nothing(&self, ignore: &Ignore) -> String {
        let file = self.line.as_ref().and_then(|line| line.file.as_deref()).unwrap_or_default();
        let target = ignore.target.as_ref().map(|target| format!(" at {}", printable(target)));
        format!("{file}: the entry for {}{} ignores nothing", ignore.what(), target.unwrap_or_default())
    }
}

fn read(text: &str, today: Date) -> Result<Settings, Wrong> {
    let written: Written = toml::from_str(text).map_err(|error| {
        let at = error.span().map(|span| span.start).unwrap_or_default();
        Wrong(at, error.message().lines().collect::<Vec<_>>().join(" "))
    })?;
    let mut settings = Settings {
        fail_on: written.fail_on.map(|word| value(&word, severity)).transpose()?,
        timeout: written.timeout.map(|time| value(&time, duration)).transpose()?,
        deep_timeout: written.deep_timeout.map(|time| value(&time, duration)).transpose()?,
        ..Settings::default()
    };
    for word in written.skip {
        value(&word, known)?;
        settings.skip.push(word.into_inner());
    }
    let mut warnings = Vec::new();
    for ignore in written.ignore {
        let ignore = entry(ignore)?;
        if ignore.until < today {
            warnings.push(format!("the entry for {} ended on {}", ignore.what(), ignore.until));
        } else {
            settings.ignores.push(ignore);
        }
    }
    settings.line = Some(SettingsLine { file: None, warnings });
    Ok(settings)
}

fn entry(written: WrittenIgnore) -> Result<Ignore, Wrong> {
    let at = written.check.span().start;
    let (id, cause) = match written.check.get_ref().split_once(':') {
        Some((id, cause)) => (id, Some(cause.to_string())),
        None => (&**written.check.get_ref(), None),
    };
    let has_cause = |page: &str| {
        let cause = cause.as_ref().map(|cause| format!("\n[cause.{cause}]\n"));
        cause.is_none_or(|head| page.contains(&head))
    };
    let page = checks::pages().find(|(page, _)| *page == id);
    let Some((_, page)) = page else {
        let ids = checks::ALL.iter().map(|check| check.id);
        return Err(Wrong(at, crate::diagnosis::selection::unknown(id, ids)));
    };
    if !has_cause(page) {
        return Err(Wrong(at, format!("{id} has no cause {:?}", cause.unwrap_or_default())));
    }
    if written.reason.get_ref().trim().is_empty() {
        return Err(Wrong(written.reason.span().start, "say why it is ignored".into()));
    }
    let until = written.until.get_ref();
    let date = until.date.filter(|_| until.time.is_none()).and_then(|date| {
        Date::new(
            i16::try_from(date.year).ok()?,
            i8::try_from(date.month).ok()?,
            i8::try_from(date.day).ok()?,
        )
        .ok()
    });
    let until =
        date.ok_or_else(|| Wrong(written.until.span().start, "write the last day like 2027-01-31".into()))?;
    Ok(Ignore {
        check: id.to_string(),
        cause,
        target: written.target,
        reason: printable(written.reason.get_ref()),
        until,
    })
}

fn severity(word: &str) -> Result<FailOn, String> {
    FailOn::from_str(word, false).map_err(|_| "write error, warning, info or never".into())
}

/// A value read by the rule of its flag.
fn value<T>(word: &Spanned<String>, read: impl FnOnce(&str) -> Result<T, String>) -> Result<T, Wrong> {
    read(word.get_ref()).map_err(|why| Wrong(word.span().start, format!("{:?}: {why}", word.get_ref())))
}

/// Line and column of a byte, from 1.
fn place_of(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
