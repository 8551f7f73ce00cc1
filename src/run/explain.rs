//! `explain`: what a check means, and first of all what it finds on this machine.

use std::time::Instant;

use crate::catalogue::{Catalogue, Page};
use crate::checks;
use crate::cli::{ExplainArgs, ListFormat};
use crate::diagnosis::selection::unknown;
use crate::facts::Facts;
use crate::render::explain;
use crate::report::Report;
use crate::run::show::reader_of;
use crate::run::{decide_color, exit, layout, look_once, print, report_on, scope, until_signal};

/// Prints a page, or the titles of an area.
///
/// # Errors
/// A word that names nothing, with the nearest that does; a bad flag; a stdout that cannot be written.
pub fn run(arguments: &ExplainArgs) -> Result<u8, String> {
    decide_color(arguments.color);
    let Some(word) = &arguments.id else { return super::list(ListFormat::Text) };
    let catalogue = Catalogue::load(checks::pages())?;
    let Meant { id, cause } = match meant(word, &catalogue)? {
        Some(meant) => meant,
        None => return area(word, &catalogue),
    };
    let scope = scope(&arguments.look)?;
    let started = Instant::now();
    let (arguments, cause) = (arguments.clone(), cause.map(str::to_string));
    until_signal(
        async |stopped| Ok(look_once(&scope, stopped).await),
        move |facts: Facts, interrupted| {
            let report = report_on(id, &facts, &catalogue, started.elapsed())?;
            let page = catalogue.page(id).ok_or("this page cannot be read")?;
            print(&show(page, &catalogue, &report, cause.as_deref(), arguments.all))?;
            Ok(interrupted.unwrap_or(exit::OK))
        },
    )
}

fn show(page: &Page, catalogue: &Catalogue, report: &Report, cause: Option<&str>, all: bool) -> String {
    let mut layout = layout(2, false);
    layout.reader = reader_of(report, layout.reader);
    explain::page(&explain::Explained { page, catalogue, report, layout: &layout, cause, all })
}

/// What a word of the command line stands for.
struct Meant<'a> {
    id: &'static str,
    cause: Option<&'a str>,
}

/// The check that a word means: its id, the last word of that, `id:cause`, or a cause that one check alone has.
/// `None` for an area.
fn meant<'a>(word: &'a str, catalogue: &Catalogue) -> Result<Option<Meant<'a>>, String> {
    let (name, cause) = word.split_once(':').map_or((word, None), |(id, cause)| (id, Some(cause)));
    let is_named = |id: &str| id == name || id.split('/').next_back() == Some(name);
    let named: Vec<&checks::Check> = checks::ALL.iter().filter(|check| is_named(check.id)).collect();
    if let [_, _, ..] = named.as_slice() {
        return Err(several(word, "the last word of", &named));
    }
    if let [check] = named.as_slice() {
        let known =
            |cause: &&str| catalogue.page(check.id).is_some_and(|page| page.data.cause.contains_key(*cause));
        return match cause {
            Some(cause) if !known(&cause) => Err(format!("{} knows no cause {cause:?}", check.id)),
            cause => Ok(Some(Meant { id: check.id, cause })),
        };
    }
    if checks::ALL.iter().any(|check| check.area() == word) {
        return Ok(None);
    }
    let has_cause = |check: &&checks::Check| {
        catalogue.page(check.id).is_some_and(|page| page.data.cause.contains_key(word))
    };
    let of_cause: Vec<&checks::Check> = checks::ALL.iter().filter(has_cause).collect();
    match of_cause.as_slice() {
        [] => Err(unknown(word, checks::ALL.iter().map(|check| check.id))),
        [check] => Ok(Some(Meant { id: check.id, cause: Some(word) })),
        all => Err(several(word, "a cause of", all)),
    }
}

fn several(word: &str, what: &str, checks: &[&checks::Check]) -> String {
    let ids: Vec<&str> = checks.iter().map(|check| check.id).collect();
    format!("{word:?} is {what} several checks; name one of them: {}", ids.join(", "))
}

fn area(area: &str, catalogue: &Catalogue) -> Result<u8, String> {
    let of_area = checks::ALL.iter().filter(|check| check.area() == area);
    let pages: Vec<&Page> = of_area.filter_map(|check| catalogue.page(check.id)).collect();
    print(&explain::list(&pages))?;
    Ok(exit::OK)
}
