//! Does Ollama's service run, and stay up?

use jiff::{SignedDuration, Timestamp};

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Facts, Log, LogLine, Unit, Unseen};
use crate::rules::ollama::service::SERVICE;
use crate::text::time::second;
use crate::types::exit_status::meaning;

/// What ended longer ago than this tells nothing of now.
const RECENT: SignedDuration = SignedDuration::from_hours(24);

/// The status with which systemd gives up a service whose program it cannot run.
const NO_PROGRAM: i32 = 203;

/// An end of the service that nobody asked for.
struct End<'a> {
    /// Its line's place in the log.
    index: usize,
    /// What systemd wrote: `Main process exited, code=…, status=…`.
    line: &'a LogLine,
    /// The last line before it that the service itself, or systemd for it, wrote of a reason.
    before: Option<(usize, &'a LogLine)>,
}

impl End<'_> {
    /// Somebody, or the kernel, ended it with a signal that no program can refuse. Once is no crash loop.
    fn was_killed(&self) -> bool {
        self.line.text.contains("code=killed")
    }
}

/// Fails when systemd cannot load the service, when it ends by itself, and when it was killed or ended in
/// the last day, whatever the reason.
pub fn judge(facts: &Facts) -> Judgement {
    let units = facts.units.get()?;
    if let Some((index, unit)) = units.iter().enumerate().find(|(_, unit)| is_unloadable(unit)) {
        return unloadable(index, unit).verdict();
    }
    let Some((index, unit)) = facts.ollama_service() else {
        return Err(Unseen::NotApplicable { why: "ollama.service is not installed here".into() });
    };
    if unit.active_state == "inactive" {
        return Err(Unseen::NotApplicable { why: "ollama.service is stopped".into() });
    }
    let log = facts.logs.ollama.seen();
    let end = log.and_then(|log| last_end(log, unit, facts.at));
    let may_end_again = end.as_ref().is_some_and(|end| unit.restarts > 1 || !end.was_killed());
    if is_down(unit) || may_end_again && unit.was_just_restarted(facts.at) {
        return match unit.exit_status {
            NO_PROGRAM => without_program(facts, index, unit, end).verdict(),
            _ => ends(facts, index, unit, end).verdict(),
        };
    }
    match end {
        Some(end) => came_back(index, unit, end).verdict(),
        None if log.is_none() && unit.restarts > 0 => {
            Err(facts.logs.ollama.get().err().unwrap_or(Unseen::Absent))
        }
        None => Verdict::pass(up(unit)),
    }
}

fn is_unloadable(unit: &Unit) -> bool {
    unit.name == SERVICE && matches!(unit.load_state.as_str(), "bad-setting" | "error")
}

/// It ended, or systemd starts it again and again.
fn is_down(unit: &Unit) -> bool {
    unit.active_state == "failed" || unit.sub_state == "auto-restart" || unit.active_state == "activating"
}

fn unloadable(index: usize, unit: &Unit) -> Failure {
    let message = format!("systemd cannot load {SERVICE}: it has a bad setting");
    let failure = Failure::new("bad-unit", message).seen(
        SERVICE,
        format!("/units/{index}/loadState"),
        &*unit.load_state,
    );
    unit.fragment_path.iter().fold(failure.expected("loaded"), |failure, path| failure.path(path))
}

/// The last end that systemd did not cause by stopping it, since it was last started by hand.
fn last_end<'a>(log: &'a Log, unit: &Unit, now: Timestamp) -> Option<End<'a>> {
    let is_end = |line: &LogLine| {
        let text = line.text.strip_prefix("ollama.service: ").unwrap_or_default();
        // Whoever stops the service ends it with 15, which is no failure.
        text.starts_with("Main process exited") && !text.ends_with("status=15/TERM")
    };
    let counts = |line: &LogLine| line.run <= unit.restarts && now.duration_since(line.time) <= RECENT;
    let lines = log.lines.iter().enumerate();
    let (index, line) =
        lines.filter(|(_, line)| counts(line) && is_end(line)).max_by_key(|(_, line)| line.time)?;
    Some(End { index, line, before: reason(log, line) })
}

/// The last line of that run that says more than that it ended.
fn reason<'a>(log: &'a Log, end: &LogLine) -> Option<(usize, &'a LogLine)> {
    let is_reason = |line: &LogLine| {
        let text = &line.text;
        let of_systemd = text.strip_prefix("ollama.service: ");
        let says_why = |text: &str| {
            text.starts_with("Failed to") || text.starts_with("Failed at step") || text.contains("OOM killer")
        };
        let of_service = text.starts_with("Error: ")
            || text.starts_with("panic: ")
            || text.starts_with("fatal error: ")
            || text.starts_with("SIG")
            || text.contains("level=ERROR");
        of_systemd.map_or(of_service, says_why)
    };
    let same_run =
        log.lines.iter().enumerate().filter(|(_, line)| line.run == end.run && line.time <= end.time);
    same_run.filter(|(_, line)| is_reason(line)).max_by_key(|(_, line)| line.time)
}

fn ends(facts: &Facts, index: usize, unit: &Unit, end: Option<End>) -> Failure {
    let of_status =
        meaning(unit.exit_status).map(|meaning| format!("status {}, {meaning}", unit.exit_status));
    let why = of_status.or_else(|| end.as_ref().and_then(why));
    let message = match why {
        Some(why) => format!("{SERVICE} does not stay up: {why}"),
        None => format!("{SERVICE} does not stay up (status {})", unit.exit_status),
    };
    // Another Ollama may answer in its place.
    let is_served = Site::all(facts).any(|site| site.is_here(facts) == Some(true) && site.tags().is_ok());
    let cause = if is_served { "ends-beside" } else { "ends" };
    with_end(
        Failure::new(cause, message).seen(SERVICE, format!("/units/{index}/activeState"), unit.state()),
        unit,
        end,
    )
    .expected("active (running)")
}

/// What `ExecStart=` names is not there; Ollama may be elsewhere.
fn without_program(facts: &Facts, index: usize, unit: &Unit, end: Option<End>) -> Failure {
    let text = end.as_ref().and_then(|end| end.before).map(|(_, line)| &*line.text).unwrap_or_default();
    let named =
        text.split_whitespace().find(|word| word.starts_with('/')).map(|path| path.trim_end_matches(':'));
    let named = named.unwrap_or("a program").to_string();
    let installed = facts.host.seen().and_then(|host| host.ollama_program.as_deref());
    let (cause, message) = match installed.filter(|path| *path != named) {
        Some(path) => (
            "wrong-program",
            format!("{SERVICE} cannot start: it runs {named}, which cannot be run; ollama is {path}"),
        ),
        None => ("no-program", format!("{SERVICE} cannot start: it runs {named}, which cannot be run")),
    };
    let failure =
        Failure::new(cause, message).seen(SERVICE, format!("/units/{index}/exitStatus"), unit.state());
    let failure = with_end(failure, unit, end);
    installed.into_iter().fold(failure, |failure, path| failure.seen("ollama", "/host/ollamaProgram", path))
}

fn came_back(index: usize, unit: &Unit, end: End) -> Failure {
    let why = why(&end).unwrap_or_else(|| "the reason is not in its log".into());
    let (cause, verb) =
        if end.was_killed() { ("killed", "was killed") } else { ("ended", "ended by itself") };
    let times = match end.line.count {
        1 => String::new(),
        count => format!("{count} times, last "),
    };
    let message = format!("{SERVICE} {verb} {times}at {}, and runs again: {why}", second(end.line.time));
    let failure =
        Failure::new(cause, message).seen(SERVICE, format!("/units/{index}/restarts"), unit.state());
    with_end(failure, unit, Some(end))
}

/// The reason in words: what the service wrote last, or what its status means.
fn why(end: &End) -> Option<String> {
    if let Some((_, line)) = end.before {
        let text = line.text.strip_prefix("ollama.service: ").unwrap_or(&line.text);
        return Some(text.trim_end_matches('.').to_string());
    }
    let (_, status) = end.line.text.split_once("status=")?;
    let number: i32 = status.split('/').next()?.parse().ok()?;
    meaning(number).map(|meaning| format!("status {number}, {meaning}"))
}

fn with_end(failure: Failure, unit: &Unit, end: Option<End>) -> Failure {
    let failure = failure.note(format!("restarted {} times, {}", unit.restarts, unit.result));
    let Some(end) = end else { return failure };
    let at = |index: usize| format!("/logs/ollama/lines/{index}/text");
    let failure = match end.before {
        Some((index, line)) => failure.seen("its last words", at(index), &*line.text),
        None => failure,
    };
    let failure = failure.seen("end", at(end.index), &*end.line.text);
    failure.note(format!("{} times since {}", end.line.count, second(end.line.first)))
}

fn up(unit: &Unit) -> String {
    let since = unit.started_at.map(|at| format!(" since {}", second(at))).unwrap_or_default();
    format!("{SERVICE} is {}{since}, and has not ended by itself in the last day", unit.state())
}
