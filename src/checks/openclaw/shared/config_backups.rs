//! What OpenClaw keeps beside its config: a way back, where the file is broken.

use crate::checks::Failure;
use crate::facts::{Facts, SiblingKind};

/// Adds the newest file of each kind that lies beside the config
/// (`gateway/troubleshooting/config-validation-and-probes`).
pub fn with_backups(facts: &Facts, failure: Failure) -> Failure {
    let Some(state) = facts.state.seen() else { return failure };
    let size = state.config_size.map(|size| format!("; the config has {size}")).unwrap_or_default();
    state.siblings.iter().enumerate().fold(failure, |failure, (index, kept)| {
        let what = match kept.kind {
            SiblingKind::Rejected => "what OpenClaw refused to write",
            SiblingKind::Clobbered => "what its doctor replaced",
            SiblingKind::Backup => "before its last change",
        };
        failure
            .seen("kept beside it", format!("/state/siblings/{index}/path"), &*kept.path)
            .note(format!("{what}; {} bytes{size}", kept.size))
    })
}
