//! What a person types for a finding: which of its fixes, and where it is explained.

use crate::report::{Finding, FixLine};

/// The place of the first fix that has something to type; else that of the first.
pub(super) fn first_to_type(finding: &Finding) -> usize {
    finding.fixes.iter().position(|fix| !fix.run.is_empty()).unwrap_or_default()
}

/// That fix, where there is any.
pub(super) fn first_fix(finding: &Finding) -> Option<&FixLine> {
    finding.fixes.get(first_to_type(finding))
}

/// The command that explains it.
pub(super) fn explain(finding: &Finding) -> String {
    format!("openclaw-doctor explain {}", finding.check_id)
}
