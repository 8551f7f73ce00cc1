//! Is everything in effect that somebody wrote into the files of Ollama's service?

use jiff::SignedDuration;

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{EnvironmentSource, Facts, LogLine, OVERRIDE, Unit, UnreadFile, UnreadWhy, Unseen};
use crate::rules::ollama::environment::is_here;
use crate::rules::ollama::service::{DROP_IN_DIR, SERVICE};
use crate::text::time::second;

/// systemd reads the files again just before a restart that follows.
const BEFORE_START: SignedDuration = SignedDuration::from_secs(60);

/// A line of a file that systemd ignores.
struct Ignored<'a> {
    /// The place of systemd's words in the log.
    index: usize,
    line: &'a LogLine,
    /// The file.
    file: &'a str,
    /// The line in it, where systemd says so.
    number: Option<usize>,
    /// Why, in systemd's words.
    why: &'a str,
}

/// Fails for a line that systemd said to ignore when it read the files last, and for a variable of Ollama's
/// that a file names and the service does not get.
pub fn judge(facts: &Facts) -> Judgement {
    facts.units.get()?;
    let Some((index, unit)) = facts.ollama_service().filter(|_| is_here(facts)) else {
        return Err(Unseen::NotApplicable { why: "no ollama.service of this machine is in use".into() });
    };
    let told: Vec<Ignored> = ignored(facts, unit);
    let lost = lost(unit);
    let said = told.iter().max_by_key(|one| one.line.time);
    match (said, lost) {
        (Some(said), lost) => by_word(index, said, lost).verdict(),
        (None, Some((source, name))) => by_state(index, unit, source, name).verdict(),
        (None, None) => match unread(unit) {
            Some((place, file)) => not_read(unit, (index, place), file).verdict(),
            None => Verdict::pass(read(unit)),
        },
    }
}

/// What systemd said of the files that count, when it read them last.
fn ignored<'a>(facts: &'a Facts, unit: &Unit) -> Vec<Ignored<'a>> {
    let Some(log) = facts.logs.ollama.seen() else { return Vec::new() };
    let since = unit.started_at.and_then(|at| at.checked_sub(BEFORE_START).ok());
    let is_of_unit = |file: &str| unit.environment_sources.iter().any(|source| source.path == file);
    let lines = log.lines.iter().enumerate().filter(|(_, line)| since.is_none_or(|since| line.time >= since));
    lines.filter_map(|(index, line)| read_line(index, line)).filter(|one| is_of_unit(one.file)).collect()
}

/// `FILE:LINE: WHY, ignoring: …` and `UNIT: Ignoring invalid environment assignment '…': FILE` (systemd 257).
fn read_line(index: usize, line: &LogLine) -> Option<Ignored<'_>> {
    let text = &*line.text;
    if let Some(rest) = text.strip_prefix("ollama.service: Ignoring invalid environment assignment ") {
        let (why, file) = rest.rsplit_once(": ")?;
        return Some(Ignored { index, line, file, number: None, why });
    }
    let is_ignoring = text.starts_with('/') && text.to_ascii_lowercase().contains("ignoring");
    let (place, why) = text.split_once(": ").filter(|_| is_ignoring)?;
    let (file, number) = place.rsplit_once(':')?;
    Some(Ignored { index, line, file, number: number.parse().ok(), why })
}

/// The first variable of Ollama's that a file names and that the service does not get.
fn lost(unit: &Unit) -> Option<(&EnvironmentSource, &str)> {
    // What systemd has not read yet is another check's.
    let has = |name: &str| unit.environment.iter().any(|variable| variable.name == name);
    let of_ollama = |name: &&String| name.contains("OLLAMA_") && !has(name);
    // What stands in a file that EnvironmentFile= names is read at each start, and is in no list of systemd's.
    let in_unit = |source: &&EnvironmentSource| source.named_by.is_none() && !unit.needs_reload;
    let mut sources = unit.environment_sources.iter().filter(in_unit);
    sources.find_map(|source| Some((source, source.names.as_ref()?.iter().find(of_ollama)?.as_str())))
}

fn by_word(unit: usize, said: &Ignored, lost: Option<(&EnvironmentSource, &str)>) -> Failure {
    let place = match said.number {
        Some(number) => format!("line {number} of {}", said.file),
        None => format!("a line of {}", said.file),
    };
    let cause = if said.why.contains("outside of section") { "no-section" } else { "bad-line" };
    let failure = Failure::new(cause, format!("systemd ignores {place}: {}", said.why))
        .seen("systemd says", format!("/logs/ollama/lines/{}/text", said.index), &*said.line.text)
        .note(second(said.line.time))
        .path(said.file);
    let failure = match lost {
        Some((_, name)) => failure.seen(name, format!("/units/{unit}/environment"), "not in effect"),
        None => failure,
    };
    failure.value("file", said.file)
}

fn by_state(index: usize, unit: &Unit, source: &EnvironmentSource, name: &str) -> Failure {
    let path = &source.path;
    let place = unit.environment_sources.iter().position(|one| one.path == *path).unwrap_or_default();
    Failure::new(
        "not-in-effect",
        format!("{name} in {path} is not in effect: systemd does not read that line"),
    )
    .seen("named in", format!("/units/{index}/environmentSources/{place}/names"), name)
    .note(path.clone())
    .expected(format!("{name} in the environment of {SERVICE}"))
    .path(path.clone())
    .value("file", path.clone())
}

/// The first file that systemd does not read and that names a variable which the service does not get; a file in
/// the place of the directory keeps every drop-in out.
fn unread(unit: &Unit) -> Option<(usize, &UnreadFile)> {
    let has = |name: &str| unit.environment.iter().any(|variable| variable.name == name);
    let lacks = |name: &String| name.contains("OLLAMA_") && !has(name);
    let counts = |file: &UnreadFile| file.why == UnreadWhy::IsTheDirectory || file.names.iter().any(lacks);
    unit.unread_files.iter().enumerate().find(|(_, file)| counts(file))
}

fn not_read(of: &Unit, (unit, place): (usize, usize), file: &UnreadFile) -> Failure {
    let path = &*file.path;
    let name = path.rsplit('/').next().unwrap_or(path);
    let (why, target) = match file.why {
        UnreadWhy::IsTheDirectory => {
            ("it is a file, and a directory of drop-ins belongs there", OVERRIDE.to_string())
        }
        UnreadWhy::OtherSuffix => ("its name does not end in .conf", format!("{DROP_IN_DIR}/{name}.conf")),
        UnreadWhy::OtherPlace => {
            ("drop-ins of ollama.service belong elsewhere", format!("{DROP_IN_DIR}/{name}"))
        }
    };
    // A drop-in of that name stays what it is.
    let is_taken = of.drop_ins.contains(&target);
    let target = if is_taken { format!("{DROP_IN_DIR}/90-{name}.conf") } else { target };
    let failure = Failure::new("not-read", format!("systemd does not read {path}: {why}"))
        .seen("file", format!("/units/{unit}/unreadFiles/{place}/path"), path)
        .expected(&*target)
        .path(path)
        .value("file", path)
        .value("target", target);
    let failure = match file.names.first() {
        Some(name) => failure.seen(name, format!("/units/{unit}/environment"), "not in effect"),
        None => failure,
    };
    match file.why {
        UnreadWhy::IsTheDirectory => {
            failure.value("aside", format!("{path}.old")).fixes(&["directory", "look"])
        }
        _ => failure.fixes(&["move", "look"]),
    }
}

fn read(unit: &Unit) -> String {
    let names = unit.environment.iter().filter(|variable| variable.name.starts_with("OLLAMA_"));
    match names.count() {
        0 => format!("the files of {SERVICE} set nothing of Ollama's, and systemd ignores no line of them"),
        1 => format!("the setting of Ollama's in the files of {SERVICE} is in effect"),
        count => format!("all {count} settings of Ollama's in the files of {SERVICE} are in effect"),
    }
}
