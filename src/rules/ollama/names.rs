//! The names that Ollama looks up (`types/model/name.go`, `envconfig`).

use crate::facts::Facts;

/// Where a model comes from whose name has no host.
pub const REGISTRY: &str = "registry.ollama.ai";

/// Where models run whose tag ends in `cloud`.
pub const CLOUD: &str = "ollama.com";

/// Whether Ollama goes out through a proxy. The proxy looks up the names then.
pub fn pulls_through_proxy(facts: &Facts) -> bool {
    let is_proxy = |name: &str| name.eq_ignore_ascii_case("HTTPS_PROXY");
    let of_service = facts.ollama_service().into_iter().flat_map(|(_, unit)| &unit.environment);
    let servers = facts.ollama_setup.seen().into_iter().flat_map(|setup| &setup.servers);
    let of_servers = servers.filter_map(|server| server.environment.seen()).flatten();
    of_service.chain(of_servers).any(|variable| is_proxy(&variable.name))
}
