//! Does OpenClaw accept the config?

use crate::checks::openclaw::shared::config_backups::with_backups;
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Config, ConfigProblemKind, ConfigShape, ConfigState, Facts, Need, Unseen};
use crate::rules::openclaw::by_version::Rules;
use crate::rules::openclaw::config_schema::{Judged, Mends, Problem, Reason, Schema, judge as by_schema};

/// So many refused places are shown.
const SHOWN: usize = 5;

/// Passes only where the schema of the installed OpenClaw, and what its functions ask beside that, were seen to be
/// met. Fails on what it refuses, and on a mark that OpenClaw shows in the place of a secret.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.config.need(Need::Config)?;
    let blocked = || Err(Unseen::Blocked { by: Need::Config });
    let is_broken = match &config.state {
        ConfigState::Missing => return Verdict::pass("there is no config: OpenClaw's defaults hold"),
        ConfigState::Parsed => false,
        // The schema has better words for a value of the wrong type.
        ConfigState::Broken(problem) if problem.kind == ConfigProblemKind::WrongType => true,
        ConfigState::Broken(_) => return blocked(),
    };
    if is_broken && config.shape.is_none() {
        return blocked();
    }
    let shape = config.shape.as_ref().ok_or(Unseen::Absent)?;
    let version = facts.openclaw_version();
    let schema = Schema::of(version).ok_or(Unseen::Absent)?;
    let whose = Whose { version, schema: &schema };
    if facts.rules() == Rules::Documented && !whose.is_measured() {
        let why = "the keys that this version of OpenClaw knows are not known here";
        return Err(Unseen::NotApplicable { why: why.into() });
    }
    let judged = by_schema(&schema, shape);
    if let Some(first) = judged.refused.first() {
        let failure = refused(config, shape, (first, &judged.refused), &whose);
        return with_backups(facts, failure).verdict();
    }
    if is_broken {
        return blocked();
    }
    if !config.redacted.is_empty() {
        return redacted(config, 0).verdict();
    }
    accepted(&judged, &whose)
}

/// The version that is judged, and whose schema judges it.
struct Whose<'a> {
    version: Option<&'a str>,
    schema: &'a Schema,
}

impl Whose<'_> {
    fn is_measured(&self) -> bool {
        self.version.is_none_or(|version| self.schema.is_of(version))
    }

    fn name(&self) -> String {
        format!("OpenClaw {}", self.version.unwrap_or(self.schema.version))
    }

    /// What must be known of a verdict by another version's schema.
    fn proviso(&self) -> String {
        match self.is_measured() {
            true => String::new(),
            false => {
                format!(", judged by the schema of {}, the nearest that is known here", self.schema.version)
            }
        }
    }
}

fn accepted(judged: &Judged, whose: &Whose) -> Judgement {
    if let Some(first) = judged.open.first() {
        let more = match judged.open.len() {
            1 => String::new(),
            all => format!(" and {} more", all - 1),
        };
        let error = format!(
            "whether {} accepts {first}{more} is judged by a rule that is not known here; OpenClaw \
             itself tells",
            whose.name()
        );
        return Err(Unseen::Unknown { error });
    }
    let moved =
        judged.moved.first().map(|moved| format!("; it removes {} when it reads the config", full(moved)));
    let keys = match judged.keys {
        1 => "the one key".to_string(),
        keys => format!("all {keys} keys"),
    };
    Verdict::pass(format!("{} accepts {keys}{}{}", whose.name(), moved.unwrap_or_default(), whose.proviso()))
}

/// The key that is wrong; OpenClaw itself may name the object around it.
fn full(problem: &Problem) -> String {
    if problem.shown.is_empty() { "the config".to_string() } else { problem.shown.clone() }
}

fn refused(config: &Config, shape: &ConfigShape, of: (&Problem, &[Problem]), whose: &Whose) -> Failure {
    let (first, all) = of;
    // A start leaves a config alone that includes another.
    let starts =
        all.iter().all(|problem| problem.mends == Some(Mends::Starting)) && config.includes.is_empty();
    let cause = match &first.reason {
        _ if starts => "older-key",
        // It may have come between the version that was measured and this one.
        Reason::Unknown if !whose.is_measured() => "newer-key",
        Reason::Unknown => "unknown-key",
        Reason::Missing(_) => "missing-key",
        Reason::Value => "wrong-value",
        Reason::Together => "not-together",
    };
    let more = if all.len() > 1 { format!(", and {} more", all.len() - 1) } else { String::new() };
    let verb = if cause == "newer-key" { "may refuse" } else { "refuses" };
    let after = if starts { "; a gateway that starts moves it" } else { "" };
    let sentence = sentence(first);
    let message = format!("{} {verb} the config: {sentence}{more}{after}{}", whose.name(), whose.proviso());
    let mut failure = Failure::new(cause, message);
    match cause {
        "unknown-key" => failure = failure.fixes(fixes_of_unknown(first, all)),
        "wrong-value" if all.iter().all(|problem| problem.mends.is_some()) => {
            failure = failure.fixes(&["doctor-fix", "edit"]);
        }
        "wrong-value" => failure = failure.fixes(&["edit"]),
        _ => {}
    }
    let mut failure = with_places(failure, shape, all);
    failure.path = Some(full(first));
    failure.place = shape.nodes[first.node].place();
    if let Some((line, column)) = failure.place {
        failure = failure.value("place", format!("+{line},{column}"));
    }
    failure.value("file", config.path.clone())
}

/// Adds the refused places.
fn with_places(mut failure: Failure, shape: &ConfigShape, all: &[Problem]) -> Failure {
    for problem in all.iter().take(SHOWN) {
        let pointer = format!("/config/shape/nodes/{}/at", problem.node);
        failure = failure.seen("refused", pointer, full(problem));
        if !problem.expected.is_empty() {
            failure = failure.expected(problem.expected.clone());
        }
        if let Some((line, column)) = shape.nodes[problem.node].place() {
            failure = failure.note(format!("line {line}, column {column}"));
        }
    }
    failure
}

/// Doctor takes away what is unknown, and nothing while there is more to mend; a slip is better corrected.
fn fixes_of_unknown(first: &Problem, all: &[Problem]) -> &'static [&'static str] {
    let goes =
        |problem: &Problem| problem.reason == Reason::Unknown || problem.mends == Some(Mends::Starting);
    match (all.iter().all(goes), first.expected.is_empty()) {
        (false, _) => &["edit"],
        (true, true) => &["take-away", "edit"],
        (true, false) => &["edit", "take-away"],
    }
}

fn sentence(problem: &Problem) -> String {
    let key = full(problem);
    match &problem.reason {
        Reason::Unknown if problem.expected.is_empty() => format!("it does not know the key {key}"),
        Reason::Unknown => format!("it does not know the key {key} (nearest: {})", problem.expected),
        Reason::Missing(missing) => match &*problem.expected {
            same if same == missing => format!("{key} has no {missing}"),
            expected => format!("{key} lacks {expected}"),
        },
        Reason::Value => format!("{key} must be {}", problem.expected),
        Reason::Together => format!("{key} takes {}", problem.expected),
    }
}

fn redacted(config: &Config, index: usize) -> Failure {
    let key = config.redacted[index].from.clone();
    let message = format!("{key} holds the mark that OpenClaw shows in the place of a secret");

    Failure::new("redacted", message)
        .seen("value", format!("/config/redacted/{index}/value"), "a mark, no secret")
        .note(key.clone())
        .expected("the secret itself, or a reference to it")
        .path(key)
}
