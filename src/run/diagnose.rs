//! `diagnose`: judges bundles.

use std::path::Path;

use crate::bundle::parse_owned;
use crate::bundle::sources::{Content, Source, each, holds_several};
use crate::cli::DiagnoseArgs;
use crate::render::fleet::GroupBy;
use crate::render::nagios;
use crate::run::exit;

use super::bundled::{Judge, name, opened, unread};
use super::fleet::Several;
use super::settings::Settings;
use super::show;
use super::write::are_different;

/// Judges the bundles, each by itself, and prints one report or a table.
///
/// # Errors
/// A bad flag, or a stdout that cannot be written.
pub fn run(arguments: &DiagnoseArgs) -> Result<u8, String> {
    let settings = Settings::load(&arguments.judge)?;
    let judge = settings.with_flags(&arguments.judge);
    let judge = Judge::new(&judge, settings)?;
    if let [file] = arguments.files.as_slice()
        && !holds_several(file)
    {
        return one_or_several(&judge, file, arguments.group_by);
    }
    let mut several = Several::new(&judge, arguments.group_by)?;
    for path in &arguments.files {
        each(path, &mut |source| several.add(source))?;
    }
    several.end()
}

/// Most files hold one bundle, which gets a report of its own. The second bundle makes it a table.
fn one_or_several(judge: &Judge, file: &Path, by: GroupBy) -> Result<u8, String> {
    are_different(judge.arguments.output.iter().map(|output| &*output.path).chain([file]))?;
    let (mut first, mut several): (Option<Source>, Option<Several>) = (None, None);
    let mut take = |source: Source| -> Result<(), String> {
        if several.is_none() && first.is_none() {
            first = Some(source);
            return Ok(());
        }
        if several.is_none() {
            several = Some(Several::new(judge, by)?);
        }
        several.iter_mut().try_for_each(|several| match first.take() {
            Some(first) => several.add(first),
            None => Ok(()),
        })?;
        several.as_mut().map_or(Ok(()), |several| several.add(source))
    };
    each(file, &mut |source| match source.content {
        Ok(Content::File(path)) => opened(&source.name, &path).into_iter().try_for_each(&mut take),
        content => take(Source { content, ..source }),
    })?;
    match (several, first) {
        (Some(several), _) => several.end(),
        (None, first) => one(judge, file, first),
    }
}

fn one(judge: &Judge, file: &Path, source: Option<Source>) -> Result<u8, String> {
    let content = source.map_or(Err("it is empty".into()), |source| source.content);
    let bundled = content.and_then(|content| match content {
        Content::Bytes(bytes) => parse_owned(bytes),
        Content::File(_) => Err("it is not read".into()),
    });
    let bundled = bundled.map_err(|why| unread(&name(file), &why))?;
    let mut report = judge.report(&bundled);
    judge.settings.note(&mut report);
    let looker = bundled.facts.host.seen().map(|host| host.user.clone());
    show::publish(&report, &judge.catalogue, judge.arguments, looker)?;
    Ok(if judge.arguments.nagios_exit { nagios::exit_code(&report) } else { exit::code(&report) })
}
