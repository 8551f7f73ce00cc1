//! Did the last turns of the agents bring an answer, by what OpenClaw's log says?

use jiff::{SignedDuration, Timestamp};

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Facts, LOG_HORIZON, Log, LogLine, Unseen};
use crate::rules::ollama::requests::{asked, last_answer};
use crate::rules::openclaw::primary::ConfiguredModel;
use crate::rules::openclaw::turns::{FailedTurn, failed};
use crate::text::time::second;

/// Lines so close together tell of one turn.
const SAME_TURN: SignedDuration = SignedDuration::from_secs(60);

/// What OpenClaw says of a name that leads to no model.
const UNKNOWN: &str = "Unknown model";

/// A line of the log that tells of a failed turn.
struct Failed<'a> {
    index: usize,
    line: &'a LogLine,
    turn: FailedTurn<'a>,
}

/// Fails when OpenClaw's log says that a turn got no answer, whatever the reason, and Ollama has
/// answered none since.
pub fn judge(facts: &Facts) -> Judgement {
    let log = facts.logs.gateway.get()?;
    let since = since(facts);
    let (all, older): (Vec<Failed>, Vec<Failed>) =
        failures(facts, log).partition(|one| one.line.time >= since);
    let answered = facts.logs.ollama.seen().and_then(|log| last_answer(&asked(log)));
    let Some(last) = last(&all) else { return nothing(log, &older, answered) };
    if let Some(started) = ollama_started(facts).filter(|started| *started > last.line.time) {
        let (failed, started) = (second(last.line.time), second(started));
        let why = format!(
            "a turn failed at {failed}, before Ollama was started at {started}; none is logged since"
        );
        return Err(Unseen::NotApplicable { why });
    }
    if answered.is_some_and(|answered| answered > last.line.time) {
        return Verdict::pass(format!(
            "a turn failed at {}; Ollama has answered since",
            second(last.line.time)
        ));
    }
    failure(facts, &all, last, answered).verdict()
}

/// What is older was said by another gateway, of another config, or long ago.
fn since(facts: &Facts) -> Timestamp {
    let recent = facts.at.checked_sub(LOG_HORIZON).unwrap_or(Timestamp::MIN);
    let started = facts.gateway.seen().map(|gateway| [gateway.started_at, gateway.config_modified]);
    started.unwrap_or_else(|| files_written(facts)).into_iter().flatten().fold(recent, Timestamp::max)
}

/// When the Ollama that OpenClaw asks was started, where it is a service of this machine.
fn ollama_started(facts: &Facts) -> Option<Timestamp> {
    Site::all(facts).next().filter(|site| site.is_here(facts) == Some(true))?;
    facts.ollama_service()?.1.started_at
}

/// Without a gateway each command of OpenClaw reads its files anew.
fn files_written(facts: &Facts) -> [Option<Timestamp>; 2] {
    let files = facts.state.seen().map(|state| state.files.iter().filter(|file| !file.directory));
    [files.and_then(|files| files.filter_map(|file| file.modified).max()), None]
}

/// The failures that concern an Ollama, or of which the log does not say whom they concern.
fn failures<'a>(facts: &'a Facts, log: &'a Log) -> impl Iterator<Item = Failed<'a>> {
    let is_ours = |turn: &FailedTurn| {
        turn.provider
            .is_none_or(|provider| facts.endpoints.iter().any(|endpoint| endpoint.provider == provider))
    };
    let lines = log.lines.iter().enumerate();
    lines
        .filter_map(|(index, line)| Some(Failed { index, line, turn: failed(line)? }))
        .filter(move |one| is_ours(&one.turn))
}

/// The last failure; of those of its minute the last that gives a reason.
fn last<'a, 'b>(all: &'b [Failed<'a>]) -> Option<&'b Failed<'a>> {
    let newest = all.iter().map(|one| one.line.time).max()?;
    let of_its_minute = all.iter().filter(|one| newest.duration_since(one.line.time) < SAME_TURN);
    of_its_minute.max_by_key(|one| (one.turn.has_reason, one.line.time))
}

/// Answered turns are not logged, so that silence is no answer; an answer of Ollama's is one.
fn nothing(log: &Log, older: &[Failed], answered: Option<Timestamp>) -> Judgement {
    let failed = older.iter().map(|one| one.line.time).max();
    if let Some(answered) = answered.filter(|answered| failed.is_none_or(|failed| *answered > failed)) {
        return Verdict::pass(format!(
            "no failed turn is logged{}, and Ollama answered at {}",
            failed.map_or(String::new(), |failed| format!(" after {}", second(failed))),
            second(answered)
        ));
    }
    let why = match failed {
        Some(failed) => {
            format!("the last turn that failed, at {}, was before the last edit or start", second(failed))
        }
        None if log.truncated => {
            format!("no failed turn in the last {} lines of the log of {}", log.read, log.unit)
        }
        None => format!("{} has logged no failed turn; it logs no answered one either", log.unit),
    };
    Err(Unseen::NotApplicable { why })
}

fn failure(facts: &Facts, all: &[Failed], last: &Failed, answered: Option<Timestamp>) -> Failure {
    let by_name = all.iter().rev().find(|one| one.turn.model.is_some());
    let model = last.turn.model.or_else(|| by_name.and_then(|one| one.turn.model));
    let words = last.turn.words;
    let next = all.iter().rev().find_map(|one| one.turn.next);
    let (cause, message) = match (next, model) {
        (Some(next), Some(model)) => {
            ("fell-back", format!("{model} gave no answer, so OpenClaw asked {next}: {words}"))
        }
        (_, Some(model)) if is_another(facts, last) && words.contains(UNKNOWN) => {
            ("failed-other", format!("the last turn with {model}, which is not the primary, failed: {words}"))
        }
        (_, Some(model)) => ("failed", format!("the last turn with {model} failed: {words}")),
        (_, None) => ("failed", format!("the last turn of an agent failed: {words}")),
    };
    let answered = match answered {
        Some(answered) => format!("Ollama answered last at {}", second(answered)),
        None => "no answer of Ollama is seen".into(),
    };
    let who = if facts.gateway.seen().is_some() { "gateway says" } else { "OpenClaw says" };
    let failure = Failure::new(cause, message).seen(who, place(last), &*last.line.text).note(format!(
        "{} times since {}; {answered}",
        last.line.count,
        second(last.line.first)
    ));
    let others = all.iter().filter(|one| one.index != last.index).rev().take(3);
    others.fold(failure, |failure, one| failure.seen("and before", place(one), &*one.line.text))
}

/// Whether the line names another model than the primary.
fn is_another(facts: &Facts, one: &Failed) -> bool {
    let primary = ConfiguredModel::primary(facts).ok();
    primary.zip(one.turn.model).is_some_and(|(primary, model)| !primary.name.is_named(model))
}

fn place(one: &Failed) -> String {
    format!("/logs/gateway/lines/{}/text", one.index)
}
