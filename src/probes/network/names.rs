//! The names that Ollama needs: that of its registry for a pull, and that of its cloud where a model runs there.

use super::resolve::{self, look_at_name};
use crate::facts::{Config, Fact, NameUse, NeededName};
use crate::probes::deadline::{Deadline, MARGIN};
use crate::rules::ollama::names::{CLOUD, REGISTRY};
use crate::rules::openclaw::ollama_cloud::is_used;
use crate::scope::Scope;

/// Looks the names up, side by side.
pub async fn look(scope: &Scope, deadline: &Deadline, config: &Fact<Config>) -> Fact<Vec<NeededName>> {
    if scope.offline {
        return Fact::withheld("--offline: a look-up may leave this machine");
    }
    let granted = deadline.grant(resolve::LIMIT);
    let has_cloud = config.seen().is_some_and(is_used);
    let names = [(REGISTRY, NameUse::Pull)].into_iter().chain(has_cloud.then_some((CLOUD, NameUse::Cloud)));
    let looks = names.map(|(name, needed_for)| look_at_name(name, needed_for, granted));
    let looks = async { Fact::Seen(futures_util::future::join_all(looks).await) };
    deadline.look("names that Ollama needs", MARGIN + granted, looks).await
}
