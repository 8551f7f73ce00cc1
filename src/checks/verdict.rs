//! What a check is, what it looks at, and what it finds.

use super::failure::{Failure, clipped};
use crate::facts::site::Site;
use crate::facts::{Facts, Need, Unseen};
use crate::types::link::Link;

/// One check.
pub struct Check {
    /// Path of its page without `.md`; never reused for something else.
    pub id: &'static str,
    /// Its page.
    pub page: &'static str,
    /// The link of the path of a request that it is about.
    pub link: Link,
    /// Whether that link is marked by it: it sees what comes of the link, whatever the reason. The others name reasons.
    pub is_outcome: bool,
    /// The facts that it judges: whatever waits for one of them waits for this check.
    pub judges: &'static [Need],
    /// The function.
    pub judge: Judge,
}

/// What a check looks at.
#[derive(Clone, Copy)]
pub enum Judge {
    /// The machine and its OpenClaw.
    Machine(fn(&Facts) -> Judgement),
    /// Each endpoint by itself.
    EachEndpoint(fn(&Facts, &Site) -> Judgement),
    /// The endpoint that serves the primary model.
    FirstEndpoint(fn(&Facts, &Site) -> Judgement),
    /// The log of a service, by the signatures on the page.
    Log,
    /// The installed version of a program, by the versions on the page.
    Version,
}

/// A verdict, or the reason why there is none; the `?` on a fact makes the latter.
pub type Judgement = Result<Verdict, Unseen>;

/// What a check found.
#[derive(Debug)]
pub enum Verdict {
    /// Fine, and what was seen.
    Pass(String),
    /// Wrong: one failure for each thing that is mended by itself, at least one.
    Fail(Vec<Failure>),
}

impl Failure {
    /// The verdict of a check that found this and nothing else.
    pub fn verdict(self) -> Judgement {
        Ok(Verdict::Fail(vec![self]))
    }
}

impl Check {
    /// The part of the id before the slash.
    pub fn area(&self) -> &'static str {
        self.id.split('/').next().unwrap_or(self.id)
    }
}

impl Verdict {
    /// Fine, and what was seen.
    pub fn pass(seen: impl Into<String>) -> Judgement {
        Ok(Verdict::Pass(clipped(seen.into())))
    }

    /// Wrong in each of these ways, where there are any.
    pub fn fail(failures: Vec<Failure>) -> Option<Judgement> {
        (!failures.is_empty()).then_some(Ok(Verdict::Fail(failures)))
    }
}
