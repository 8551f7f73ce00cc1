//! Makes what a check says fit to be shown: without what looks like a secret in foreign text, and with the
//! placeholders of the bundle that was judged.

use std::borrow::Cow;

use crate::bundle::StandIns;
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::Unseen;
use crate::text::scrub::scrub;

/// Goes over all text of a judgement.
pub fn fit_to_show(judgement: &mut Judgement, stand_ins: &StandIns) {
    let show = |text: &mut String| fit_text(text, stand_ins);
    match judgement {
        Ok(Verdict::Pass(seen)) => show(seen),
        Ok(Verdict::Fail(failures)) => failures.iter_mut().for_each(|failure| each_text(failure, &show)),
        Err(Unseen::Unknown { error }) => show(error),
        Err(Unseen::NotApplicable { why } | Unseen::Withheld { why }) => show(why),
        Err(Unseen::Blocked { .. } | Unseen::NotAsked { .. } | Unseen::Absent) => {}
    }
}

/// The same for one text.
pub fn fit_text(text: &mut String, stand_ins: &StandIns) {
    if let Cow::Owned(scrubbed) = scrub(text, &mut |_| {}) {
        *text = scrubbed;
    }
    stand_ins.take_out(text);
}

fn each_text(failure: &mut Failure, show: &impl Fn(&mut String)) {
    // Listed one by one, so that a new field is not forgotten.
    let Failure {
        cause: _,
        message,
        path,
        place: _,
        excerpt,
        evidence,
        fixes: _,
        values,
        steps: _,
        ollama_host,
    } = failure;
    show(message);
    [path, excerpt, ollama_host].into_iter().flatten().for_each(show);
    values.values_mut().for_each(show);
    for line in evidence {
        show(&mut line.seen);
        [&mut line.expected, &mut line.note].into_iter().flatten().for_each(show);
    }
}
