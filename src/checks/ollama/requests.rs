//! Were the last requests to a model answered, by what Ollama's log says?

use jiff::Timestamp;

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Facts, LOG_HORIZON, Log, Unseen};
use crate::rules::ollama::requests::{Requests, asked, last_answer};
use crate::rules::openclaw::response_timeout::{ResponseTimeout, response_timeout};
use crate::text::time::second;

/// So many clients do not close their connection by chance.
const SEVERAL: u32 = 3;
/// Nobody who waited so long closed it for the fun of it.
const PATIENT: f64 = 30.0;
/// The status for a client that closed the connection before its answer.
const CLIENT_CLOSED: u16 = 499;

/// Fails when the last requests got no answer, whatever the reason, and none was answered after them.
pub fn judge(facts: &Facts) -> Judgement {
    let log = facts.logs.ollama.get()?;
    let all: Vec<Requests> = asked(log).into_iter().filter(|one| is_recent(facts, one.line.time)).collect();
    let answered = last_answer(&all);
    let limit = limit(facts);
    let after = |one: &&Requests| !one.is_answered() && answered.is_none_or(|last| one.line.time > last);
    let failed =
        all.iter().filter(after).filter(|one| means_something(one, &limit)).max_by_key(|one| one.line.time);
    match (failed, answered) {
        (Some(last), _) => failure(facts, &all, last).verdict(),
        (None, Some(last)) => Verdict::pass(summary(&all, last)),
        (None, None) => Err(Unseen::NotApplicable { why: none_seen(log) }),
    }
}

fn is_recent(facts: &Facts, time: Timestamp) -> bool {
    facts.at.duration_since(time) <= LOG_HORIZON
}

/// Whoever presses Escape closes a connection too.
fn means_something(requests: &Requests, limit: &ResponseTimeout) -> bool {
    let is_short = limit.shortened.is_some() && limit.ended(requests.seconds);
    requests.status != CLIENT_CLOSED
        || requests.line.count >= SEVERAL
        || requests.seconds >= PATIENT
        || is_short
}

/// How long OpenClaw waits for the Ollama that is judged.
fn limit(facts: &Facts) -> ResponseTimeout {
    response_timeout(facts, facts.endpoints.first().map_or("ollama", |endpoint| &*endpoint.provider))
}

fn failure(facts: &Facts, all: &[Requests], last: &Requests) -> Failure {
    let since = last.line.first;
    let answered: u32 = all.iter().filter(|one| one.is_answered() && one.line.time >= since).map(count).sum();
    let took = whole(last.seconds);
    let path = last.path;
    let limit = limit(facts);
    let (cause, message) = match last.status {
        CLIENT_CLOSED if limit.shortened.is_some() && limit.ended(last.seconds) => {
            ("short-limit", format!("OpenClaw waits {} s for an answer, and gives up", limit.seconds))
        }
        CLIENT_CLOSED => {
            ("given-up", format!("requests to {path} are given up after {took}, before Ollama has answered"))
        }
        500.. => ("failed", format!("Ollama answers requests to {path} with {}", last.status)),
        _ => ("refused", format!("Ollama refuses requests to {path} with {}", last.status)),
    };
    let failure = Failure::new(cause, message)
        .seen("last request", format!("/logs/ollama/lines/{}/text", last.index), &*last.line.text)
        .note(format!("{} such since {}, {answered} answered", last.line.count, second(since)))
        .expected("200");
    match cause {
        "short-limit" => own_limit(failure, &limit),
        "given-up" => who_gave_up(failure, &limit, last),
        _ => failure,
    }
}

/// A person set the time that OpenClaw waits below its default.
fn own_limit(failure: Failure, limit: &ResponseTimeout) -> Failure {
    let Some(shortened) = &limit.shortened else { return failure };
    failure
        .seen("OpenClaw waits", &*shortened.fact, format!("{} s", limit.seconds))
        .note(limit.from.clone())
        .expected(format!("{} s, as without it", shortened.default))
        .value("limit_key", shortened.key.clone())
        .value("seconds", limit.seconds.to_string())
}

/// Who closed the connection: OpenClaw after its own time, or something between the two.
fn who_gave_up(failure: Failure, limit: &ResponseTimeout, last: &Requests) -> Failure {
    let is_own = limit.ended(last.seconds);
    let by = if is_own { "as long as OpenClaw waits" } else { "OpenClaw waits otherwise" };
    let failure = failure
        .seen("OpenClaw waits", "/installs", format!("{} s", limit.seconds))
        .note(format!("{}; {by}", limit.from))
        .seen("asked by", format!("/logs/ollama/lines/{}/text", last.index), last.client);
    failure.fixes(&[if is_own { "slow" } else { "between" }, "log"])
}

fn summary(all: &[Requests], last: Timestamp) -> String {
    let answered = all.iter().filter(|one| one.is_answered());
    let first = answered.clone().map(|one| one.line.first).min().unwrap_or(last);
    let count: u32 = answered.map(count).sum();
    match count {
        1 => format!("a request was answered at {}", second(last)),
        count => {
            format!("{count} requests were answered since {}, the last at {}", second(first), second(last))
        }
    }
}

fn none_seen(log: &Log) -> String {
    match log.truncated {
        true => format!("the last {} lines of {} tell of no request to a model", log.read, log.unit),
        false => format!("the log of {} tells of no request to a model", log.unit),
    }
}

fn count(requests: &Requests) -> u32 {
    requests.line.count
}

fn whole(seconds: f64) -> String {
    if seconds < 1.0 { "less than a second".into() } else { format!("{seconds:.0} s") }
}
