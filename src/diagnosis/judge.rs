//! Runs the checks over the facts.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{log, version};
use crate::catalogue::Catalogue;
use crate::checks::{self, Check, Judge, Judgement, Site, Verdict};
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
        Judge::Log => return vec![guard(None, &|| log::judge(facts, check, catalogue))],
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

/// The most failures of one check that a report lists. A person mends the first few and looks again.
const MOST_OF_A_CHECK: usize = 50;

/// Leaves out what a check finds beyond that, over all endpoints, and has the last one say how many more there are.
pub fn limit(judged: &mut Vec<Judged>) {
    for check in checks::ALL {
        let of_check = judged.iter_mut().filter(|one| one.check.id == check.id);
        let mut lists: Vec<_> = of_check.filter_map(|one| one.judgement.as_mut().ok()).collect();
        let failures = lists.iter_mut().filter_map(|verdict| match verdict {
            Verdict::Fail(failures) => Some(failures),
            Verdict::Pass(_) => None,
        });
        let (mut left, mut more) = (MOST_OF_A_CHECK, 0);
        let mut last = None;
        for failures in failures {
            more += failures.len().saturating_sub(left);
            failures.truncate(left);
            left -= failures.len();
            last = failures.last_mut().or(last);
        }
        if let Some(last) = last.filter(|_| more > 0) {
            last.message = format!("{}; {more} more like it are not listed", last.message);
        }
    }
    judged.retain(|one| !matches!(&one.judgement, Ok(Verdict::Fail(failures)) if failures.is_empty()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Failure;

    #[test]
    fn what_a_check_finds_beyond_the_limit_is_counted() {
        let failing = |endpoint: usize, count: usize| Judged {
            check: &checks::ALL[0],
            endpoint: Some(endpoint),
            judgement: Ok(Verdict::Fail((0..count).map(|_| Failure::new("syntax", "x")).collect())),
        };
        let mut judged = vec![failing(0, 3), failing(1, MOST_OF_A_CHECK), failing(2, 7)];
        limit(&mut judged);
        let failures = |one: &Judged| match &one.judgement {
            Ok(Verdict::Fail(failures)) => failures.iter().map(|one| one.message.clone()).collect(),
            _ => Vec::new(),
        };
        let all: Vec<String> = judged.iter().flat_map(failures).collect();
        assert_eq!((judged.len(), all.len()), (2, MOST_OF_A_CHECK));
        assert_eq!(all.last().map(String::as_str), Some("x; 10 more like it are not listed"));
    }
}
