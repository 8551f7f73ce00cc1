//! Runs the checks over the facts.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{log, version};
use crate::catalogue::Catalogue;
use crate::checks::{Check, Judge, Judgement, Site, Verdict};
use crate::facts::{Facts, Need, Unseen};
use crate::report::Status;

/// What one check came to on one endpoint or on the machine.
pub struct Judged {
    /// The check.
    pub check: &'static Check,
    /// The place of the endpoint, where it looked at one.
    pub endpoint: Option<usize>,
    /// What it came to.
    pub judgement: Judgement,
}

/// Runs a check on whatever it looks at; a panic in it becomes an unknown.
pub fn evaluate(check: &'static Check, facts: &Facts, catalogue: &Catalogue) -> Vec<Judged> {
    let guard = |endpoint: Option<usize>, run: &dyn Fn() -> Judgement| Judged {
        check,
        endpoint,
        judgement: catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
            let error = format!(
                "the check {} crashed, which is a bug of openclaw-doctor; please report it",
                check.id
            );
            Err(Unseen::Unknown { error })
        }),
    };
    let (function, sites) = match check.judge {
        Judge::Machine(function) => return vec![guard(None, &|| function(facts))],
        Judge::Log => return vec![guard(None, &|| log::judge(facts, check, catalogue.page(check.id)))],
        Judge::Version => {
            return vec![guard(None, &|| version::judge(facts, check, catalogue.page(check.id)))];
        }
        Judge::EachEndpoint(function) => (function, facts.endpoints.len()),
        Judge::FirstEndpoint(function) => (function, facts.endpoints.len().min(1)),
    };
    if sites == 0 {
        return vec![guard(None, &|| Err(Unseen::Blocked { by: Need::Config }))];
    }
    let site = |index| Site { index, endpoint: &facts.endpoints[index] };
    (0..sites).map(|index| guard(Some(index), &|| function(facts, &site(index)))).collect()
}

/// The status of its row.
pub fn status_of(judgement: &Judgement) -> Status {
    match judgement {
        Ok(Verdict::Pass(_)) => Status::Pass,
        Ok(Verdict::Fail(_)) => Status::Fail,
        Err(Unseen::Unknown { .. }) => Status::Unknown,
        Err(_) => Status::Skipped,
    }
}

/// Whether a check says nothing because somebody did not look, or could not.
pub fn is_undetermined(judgement: &Judgement) -> bool {
    matches!(judgement, Err(Unseen::Unknown { .. } | Unseen::Withheld { .. } | Unseen::Absent))
}
