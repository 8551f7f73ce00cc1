//! Checks without code of their own: a page with a `unit` and signatures, judged
//! by the lines that the log of that service has since it was last started.

use jiff::Timestamp;

use crate::catalogue::{Catalogue, Cause, Page, Service};
use crate::checks::{Check, Failure, Judgement, Verdict};
use crate::facts::{Facts, LOG_HORIZON, Log, LogLine, Unit, Unseen};
use crate::report::Severity;
use crate::rules::ollama::gpus;
use crate::text::time::second;
use crate::types::versions::Range;

/// Starts before the latest one whose lines count in a restart loop.
const LOOP: u32 = 3;

/// A service: its log, and what counts of it.
struct Scene<'a> {
    log: &'a Log,
    /// The member of the facts' `logs`.
    key: &'static str,
    /// The name of its unit.
    unit: &'a str,
    /// Its main process was started then.
    started: Timestamp,
    /// Lines from then on count.
    since: Timestamp,
    /// Starts before the latest one that count too.
    runs: u32,
    /// It runs, so that only recent lines tell of now.
    runs_now: bool,
}

/// What the log tells of one cause.
struct Match<'a> {
    key: &'static str,
    cause: &'a Cause,
    severity: Severity,
    index: usize,
    line: &'a LogLine,
    count: u32,
    first: Timestamp,
}

/// Fails for the gravest cause that a line tells of; of two, for the one that was logged last.
pub fn judge(facts: &Facts, check: &'static Check, catalogue: &Catalogue) -> Judgement {
    let nothing = || Unseen::NotApplicable { why: "its page names no service".into() };
    let service = catalogue.head(check.id).and_then(|head| head.unit).ok_or_else(nothing)?;
    let scene = scene(facts, service)?;
    let page = catalogue.page(check.id).ok_or_else(nothing)?;
    let mut over: Option<Match> = None;
    let mut worst: Option<Match> = None;
    for (key, cause) in &page.data.cause {
        let Some(found) = find(facts, &scene, check, page, key, cause) else { continue };
        let place = if is_over(facts, &scene, &found) { &mut over } else { &mut worst };
        let rank = |one: &Match| (one.severity, one.line.time);
        if place.as_ref().is_none_or(|other| rank(other) < rank(&found)) {
            *place = Some(found);
        }
    }
    match (worst, over) {
        (Some(found), _) => failure(&scene, &found).verdict(),
        (None, Some(found)) => Verdict::pass(format!(
            "{}, last at {}: over since",
            sentence(found.cause, found.line),
            second(found.line.time)
        )),
        (None, None) => pass(&scene),
    }
}

/// The service, if it runs, or ends again and again. One that was stopped says nothing of now.
fn scene(facts: &Facts, service: Service) -> Result<Scene<'_>, Unseen> {
    let (log, key) = match service {
        Service::Ollama => (&facts.logs.ollama, "ollama"),
        Service::OpenclawGateway => (&facts.logs.gateway, "gateway"),
        Service::SystemdResolved => (&facts.logs.resolved, "resolved"),
    };
    let log = log.get()?;
    let (state, started) = state(facts, service, log)?;
    let stopped = state.is_some_and(|unit| unit.active_state == "inactive");
    let Some(started) = started.filter(|_| !stopped) else {
        return Err(Unseen::NotApplicable { why: format!("{} is not running", log.unit) });
    };
    let running = state.is_none_or(|unit| unit.active_state == "active" && unit.sub_state == "running");
    let restarts = state.map_or(0, |unit| unit.restarts);
    let loops = restarts > 0 && !running || state.is_some_and(|unit| unit.was_just_restarted(facts.at));
    // An edit of the config is applied while the gateway runs: what was before it may be mended.
    let edited = facts.gateway.seen().and_then(|gateway| gateway.config_modified);
    let edited = edited.filter(|_| service == Service::OpenclawGateway);
    Ok(Scene {
        log,
        key,
        unit: &log.unit,
        started,
        since: edited.unwrap_or(Timestamp::UNIX_EPOCH).max(if loops {
            Timestamp::UNIX_EPOCH
        } else {
            started
        }),
        runs: if loops { restarts.min(LOOP) } else { 0 },
        runs_now: running,
    })
}

/// What systemd says of the service, and when its process was started.
fn state<'a>(
    facts: &'a Facts,
    service: Service,
    log: &Log,
) -> Result<(Option<&'a Unit>, Option<Timestamp>), Unseen> {
    if service != Service::OpenclawGateway {
        facts.units.get()?;
        let unit = facts.loaded_unit(&log.unit).map(|(_, unit)| unit);
        return Ok((unit, unit.and_then(|unit| unit.started_at)));
    }
    let gateway = facts.gateway.get()?;
    let state = match &gateway.service {
        Some(service) => service.state.get().map(Some),
        None => Ok(None),
    };
    match (state, gateway.started_at) {
        (Ok(Some(unit)), _) => Ok((Some(unit), unit.started_at)),
        (_, Some(started)) => Ok((None, Some(started))),
        (Ok(None), None) => Ok((None, None)),
        (Err(unseen), None) => Err(unseen),
    }
}

/// The lines that tell of a cause, as one: the latest, and how many there are.
fn find<'a>(
    facts: &Facts,
    scene: &Scene<'a>,
    check: &'static Check,
    page: &Page,
    key: &str,
    cause: &'a Cause,
) -> Option<Match<'a>> {
    if cause.gpu && has_no_gpu(facts) {
        return None;
    }
    let patterns: Vec<_> = cause.signature.iter().filter(|one| is_worded(facts, scene, one)).collect();
    let is_match = |line: &LogLine| patterns.iter().any(|one| one.pattern.is_match(&line.text));
    let lines = scene.log.lines.iter().enumerate();
    let lines: Vec<_> = lines.filter(|(_, line)| scene.counts(line) && is_match(line)).collect();
    let (index, line) = lines.iter().max_by_key(|(_, line)| line.time)?;
    Some(Match {
        key: key_of(check, key)?,
        cause,
        severity: cause.severity.unwrap_or(page.data.severity),
        index: *index,
        line,
        count: lines.iter().map(|(_, line)| line.count).sum(),
        first: lines.iter().map(|(_, line)| line.first).min()?,
    })
}

/// Where it was not seen what there is, there may be one.
fn has_no_gpu(facts: &Facts) -> bool {
    facts.compute.seen().is_some_and(|compute| gpus::usable(compute).next().is_none())
}

/// Whether the installed version words it so; where none is known, all wordings are looked for.
fn is_worded(facts: &Facts, scene: &Scene, signature: &crate::catalogue::Signature) -> bool {
    if (&signature.ollama, &signature.openclaw) == (&None, &None) {
        return true;
    }
    let here =
        |index| crate::checks::Site { index, endpoint: &facts.endpoints[index] }.is_here(facts) == Some(true);
    let ollama = (0..facts.endpoints.len())
        .find(|index| here(*index))
        .and_then(|index| facts.endpoints[index].version.seen()?.understood());
    let openclaw = facts.judged_install().and_then(|install| install.version.as_ref());
    let fits = |range: &Option<String>, version: Option<&String>| {
        let range = range.as_ref().and_then(|range| range.parse::<Range>().ok());
        let version = version.and_then(|version| version.parse().ok());
        range.zip(version).is_none_or(|(range, version)| range.contains(&version))
    };
    let of_ollama = scene.key != "ollama" || fits(&signature.ollama, ollama);
    of_ollama && fits(&signature.openclaw, openclaw)
}

/// Whether what a line tells of has passed: success was logged after it, or the
/// service runs and has not logged it for long.
fn is_over(facts: &Facts, scene: &Scene, found: &Match) -> bool {
    let ends = |line: &&LogLine| found.cause.over.iter().any(|pattern| pattern.is_match(&line.text));
    let mended = scene.log.lines.iter().filter(ends).any(|line| line.time > found.line.time);
    mended || (scene.runs_now && facts.at.duration_since(found.line.time) > LOG_HORIZON)
}

fn failure(scene: &Scene, found: &Match) -> Failure {
    let place = format!("/logs/{}/lines/{}/text", scene.key, found.index);
    let times = match found.count {
        1 => second(found.line.time),
        count => format!("{count} times, {} to {}", second(found.first), second(found.line.time)),
    };
    Failure::new(found.key, sentence(found.cause, found.line))
        .seen(scene.unit, place, found.line.text.clone())
        .note(times)
        .expected("no such line")
}

fn pass(scene: &Scene) -> Judgement {
    let log = scene.log;
    let Some(from) = log.from.filter(|_| log.read > 0) else {
        let error = format!("no line of {} could be read in time", scene.unit);
        return match log.truncated {
            true => Err(Unseen::Unknown { error }),
            false => Verdict::pass(format!("{} has logged nothing", scene.unit)),
        };
    };
    if log.truncated && from > scene.since {
        return Verdict::pass(format!("nothing in the last {} lines, since {}", log.read, second(from)));
    }
    Verdict::pass(format!("nothing in the log since {} started at {}", scene.unit, second(scene.started)))
}

/// The cause in words, with what its pattern captured.
fn sentence(cause: &Cause, line: &LogLine) -> String {
    let mut text = cause.say.clone().unwrap_or_default();
    let found = cause.signature.iter().find_map(|one| one.pattern.named(&line.text));
    for (name, value) in found.into_iter().flatten() {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

/// The key of a cause as it stands on the embedded page.
pub fn key_of(check: &'static Check, key: &str) -> Option<&'static str> {
    const BEFORE: &str = "[cause.";
    let at = check.page.find(&format!("{BEFORE}{key}]"))? + BEFORE.len();
    check.page.get(at..at + key.len())
}

impl Scene<'_> {
    fn counts(&self, line: &LogLine) -> bool {
        line.run <= self.runs && line.time >= self.since
    }
}
