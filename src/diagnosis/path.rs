//! The path of a request, a row for each link: what became of it, by its outcome checks.

use super::fold::{Fault, root_of};
use super::judge::{Judged, is_undetermined, status_of};
use crate::checks::{self, Judge, Site, Verdict};
use crate::facts::{Facts, Need, Unseen};
use crate::report::{CheckRow, Finding, Ignored, PathRow, Severity, Status};
use crate::text::time::span;
use crate::types::link::Link;

/// A row for each link, in order.
pub fn path(facts: &Facts, judged: &[Judged], faults: &[Fault], rows: &[CheckRow]) -> Vec<PathRow> {
    let of_link = |link| LinkView { facts, link, judged, faults, rows };
    let mut path: Vec<PathRow> = Link::ALL.into_iter().filter_map(|link| of_link(link).row()).collect();
    let broken = path.iter().find(|row| row.severity == Some(Severity::Error) && row.link < Link::Answer);
    let broken = broken.map(|row| row.link);
    let answer = path.iter_mut().find(|row| row.link == Link::Answer && row.state == Status::Pass);
    if let Some((answer, broken)) = answer.zip(broken) {
        // An answer of the past is none of what is broken now.
        answer.state = Status::Skipped;
        answer.seen = once(broken);
    }
    path
}

/// Marks a link no longer by a finding that the settings file ignores.
pub fn set_ignored_aside(path: &mut [PathRow], ignored: &[Ignored], left: &[Finding]) {
    for row in path.iter_mut().filter(|row| row.state == Status::Fail) {
        let is_ignored = ignored.iter().any(|one| one.finding.check_id == row.check);
        if is_ignored && !left.iter().any(|finding| finding.check_id == row.check) {
            row.state = Status::Skipped;
            row.severity = None;
            row.seen = format!("ignored: {}", row.seen);
        }
    }
}

/// The link that a failure is about, where that is another one than that of its check: what a real program says of
/// its config, and a name that is looked up before anything is connected to.
const ELSEWHERE: [(&str, &str, Link); 2] = [
    ("openclaw/gateway-running", "refused-config", Link::Config),
    ("ollama/port-reachable", "unresolvable", Link::Name),
];

/// The link that a failure marks.
pub fn link_of(fault: &Fault) -> Link {
    let is_it = |(id, cause, _): &&(&str, &str, Link)| fault.check.id == *id && fault.failure.cause == *cause;
    ELSEWHERE.iter().find(is_it).map_or(fault.check.link, |(_, _, link)| *link)
}

fn once(link: Link) -> String {
    format!("can be checked once {}", link.once_it_holds())
}

/// What was found of one link.
struct LinkView<'a> {
    facts: &'a Facts,
    link: Link,
    judged: &'a [Judged],
    faults: &'a [Fault<'a>],
    /// The rows of the report, which know what was asked.
    rows: &'a [CheckRow],
}

impl<'a> LinkView<'a> {
    fn row(&self) -> Option<PathRow> {
        let outcomes: Vec<&Judged> = self.outcomes().collect();
        let first = outcomes.first()?;
        if let Some(index) = self.worst() {
            let fault = &self.faults[index];
            let root = link_of(&self.faults[root_of(self.faults, index)]);
            // What an earlier link explains is looked at again once that holds; of an answer the words are the symptom.
            return Some(match root < self.link && self.link != Link::Answer {
                true => self.plain(Status::Skipped, once(root), fault.check.id),
                false => self.failed(fault),
            });
        }
        let unknown = outcomes.iter().find(|one| status_of(&one.judgement) == Status::Unknown);
        if let Some((one, Err(Unseen::Unknown { error }))) = unknown.map(|one| (one, &one.judgement)) {
            return Some(self.plain(Status::Unknown, error.clone(), one.check.id));
        }
        if let Some((seen, id)) = self.passed(&outcomes) {
            return Some(self.plain(Status::Pass, self.in_short(seen), id));
        }
        let waiting = outcomes.iter().find(|one| matches!(one.judgement, Err(Unseen::Blocked { .. })));
        let id = waiting.unwrap_or(first).check.id;
        Some(self.plain(Status::Skipped, self.why_skipped(id), id))
    }

    fn plain(&self, state: Status, seen: String, id: &str) -> PathRow {
        PathRow { link: self.link, state, severity: None, seen, check: id.to_string() }
    }

    /// The outcome checks that were asked for, at the Ollama that serves the primary.
    fn outcomes(&self) -> impl Iterator<Item = &'a Judged> {
        let is_asked = |id: &str| {
            let row = self.rows.iter().find(|row| row.id == id);
            row.is_some_and(|row| row.reason.as_deref() != Some(super::rows::NOT_ASKED))
        };
        self.judged.iter().filter(move |one| {
            let is_of_primary = one.endpoint.is_none_or(|endpoint| endpoint == 0);
            one.check.link == self.link && one.check.is_outcome && is_of_primary && is_asked(one.check.id)
        })
    }

    /// The failure that marks the link: a warning or an error of an outcome check, or an error of any other check.
    fn worst(&self) -> Option<usize> {
        let of_primary = |fault: &Fault| link_of(fault) == self.link && self.concerns(fault);
        let marks = |fault: &Fault| match fault.check.is_outcome {
            true => fault.severity > Severity::Info,
            false => fault.severity == Severity::Error && fault.folds_under.is_none(),
        };
        let all = (0..self.faults.len()).rev();
        let marking = all.filter(|index| of_primary(&self.faults[*index]) && marks(&self.faults[*index]));
        // Of equal ones the first in report order.
        marking.max_by_key(|index| (self.faults[*index].severity, self.faults[*index].check.is_outcome))
    }

    /// Whether it is about what serves the primary: what is wrong with the Ollama of this machine says nothing of one
    /// elsewhere.
    fn concerns(&self, fault: &Fault) -> bool {
        let Some(endpoint) = self.facts.endpoints.first().filter(|_| fault.check.area() == "ollama") else {
            return fault.endpoint.is_none_or(|endpoint| endpoint == 0);
        };
        match fault.endpoint {
            Some(index) => index == 0,
            // A version is that of whatever serves the primary.
            None if matches!(fault.check.judge, Judge::Version) => true,
            None => Site { index: 0, endpoint }.is_here(self.facts) != Some(false),
        }
    }

    fn failed(&self, fault: &Fault) -> PathRow {
        PathRow {
            severity: Some(fault.severity),
            ..self.plain(Status::Fail, fault.failure.message.clone(), fault.check.id)
        }
    }

    /// What the outcome check saw to be good; nothing where one of the outcome checks could not look.
    fn passed(&self, outcomes: &[&'a Judged]) -> Option<(&'a str, &'static str)> {
        let is_unseen = |one: &&&Judged| {
            is_undetermined(&one.judgement) || matches!(one.judgement, Err(Unseen::Blocked { .. }))
        };
        if outcomes.iter().any(|one| is_unseen(&one)) {
            return None;
        }
        let of_primary = |one: &Judged| self.link != Link::Model || one.check.judges.contains(&Need::Primary);
        let mut passes =
            outcomes.iter().filter(|one| of_primary(one)).filter_map(|one| match &one.judgement {
                Ok(Verdict::Pass(seen)) => Some((seen.as_str(), one.check.id)),
                _ => None,
            });
        match self.link {
            // Of an answer the first is the nearest: the one that `--deep` got.
            Link::Answer => passes.next(),
            _ => passes.next_back(),
        }
    }

    /// What the row says of a link that is good: that of the check, or what a person asks for first.
    fn in_short(&self, seen: &str) -> String {
        let composed = match self.link {
            Link::Config => self.config(),
            Link::Gateway => self.gateway(),
            Link::Ollama => self.ollama(),
            _ => None,
        };
        composed.unwrap_or_else(|| seen.to_string())
    }

    fn config(&self) -> Option<String> {
        let config = self.facts.usable_config().ok()?;
        if !self.facts.judged_install()?.config_exists {
            return Some("no config file; OpenClaw's defaults apply".into());
        }
        Some(match &config.primary {
            Some(primary) => format!("OpenClaw accepts it; primary model is {}", primary.value),
            None => "OpenClaw accepts it; no primary model is set".to_string(),
        })
    }

    fn gateway(&self) -> Option<String> {
        let gateway = self.facts.gateway.seen()?;
        let service = gateway.service.as_ref();
        let user = match service {
            Some(service) => &service.user,
            None => &self.facts.judged_install()?.user,
        };
        let age =
            gateway.started_at.map(|started| format!(" for {}", span(self.facts.at.duration_since(started))));
        let unit = service.map(|service| format!(", {}", service.name));
        Some(format!("running as {user}{}{}", age.unwrap_or_default(), unit.unwrap_or_default()))
    }

    fn ollama(&self) -> Option<String> {
        let endpoint = self.facts.endpoints.first()?;
        let version = endpoint.version.seen().and_then(|version| version.understood());
        let version = version.map(|version| format!("{version} ")).unwrap_or_default();
        Some(format!("{version}answers at {}", endpoint.base_url.value))
    }

    /// Why nobody looked: another link comes first, or the check says why.
    fn why_skipped(&self, id: &str) -> String {
        let Some(row) = self.rows.iter().find(|row| row.id == id) else { return String::new() };
        let Some(root) = row.root.as_deref().or(row.because.as_deref()) else {
            if self.link == Link::Answer {
                return "no answered request was seen; openclaw-doctor --deep asks the model one".into();
            }
            return match self.info() {
                Some(fault) => fault.failure.message.clone(),
                None => row.reason.clone().unwrap_or_default(),
            };
        };
        let fault = self.faults.iter().find(|fault| fault.check.id == root);
        let link = fault.map(link_of).or_else(|| checks::find(root).map(|check| check.link));
        match link.filter(|link| *link != self.link) {
            Some(link) => once(link),
            None => row.reason.clone().unwrap_or_else(|| format!("waits for {root}")),
        }
    }

    /// What an outcome of this link says that is no more than worth knowing.
    fn info(&self) -> Option<&'a Fault<'a>> {
        self.faults.iter().find(|fault| fault.check.link == self.link && fault.check.is_outcome)
    }
}
