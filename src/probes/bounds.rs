//! What is not asked: servers that are none of the user's, and with `--offline` other machines.

use crate::facts::{Fact, Host, Target, Unseen, is_own_address};
use crate::rules::openclaw::ollama_cloud::is_cloud_host;
use crate::scope::Scope;

/// Why an endpoint is not asked at all.
pub fn out_of_bounds(scope: &Scope, host: &Fact<Host>, target: &Target) -> Option<Unseen> {
    let name = target.host.to_ascii_lowercase();
    if is_cloud_host(&name) {
        return Some(Unseen::NotApplicable {
            why: format!("{name} is Ollama's cloud, not a server of yours"),
        });
    }
    let is_here = match target.host.parse::<std::net::IpAddr>() {
        Ok(address) => is_own_address(host, address) == Some(true),
        Err(_) => name == "localhost",
    };
    (scope.offline && !is_here)
        .then(|| Unseen::Withheld { why: format!("--offline: {} is not this machine", target.host) })
}
