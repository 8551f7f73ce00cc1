//! The list of checks. A check is one pure function from facts to a verdict; it
//! does no input or output and holds no command.

mod dns;
mod failure;
mod host;
mod ollama;
mod openclaw;
mod shared;
mod verdict;

use crate::facts::Need;
use crate::types::link::Link;

pub use crate::facts::site::Site;
pub use failure::Failure;
pub use verdict::{Check, Judge, Judgement, Verdict};

/// Makes [`ALL`] from one line a check: the id, which is the path of its page; what it looks at,
/// with its function; the link of the path that it shows, or refines; and the facts that it judges, where others wait
/// for these.
macro_rules! checks {
    ($($id:literal: $look:ident $(($area:ident::$file:ident))? $part:ident $link:ident
        $(judges $($need:ident),+)?;)+) => {
        /// All checks in report order: earlier means more fundamental.
        pub const ALL: &[Check] = &[$(Check {
            id: $id,
            page: include_str!(concat!("../../checks/", $id, ".md")),
            link: Link::$link,
            is_outcome: checks!(@is_outcome $part),
            judges: &[$($(Need::$need),+)?],
            judge: Judge::$look $(($area::$file::judge))?,
        }),+];
    };
    (@is_outcome shows) => { true };
    (@is_outcome refines) => { false };
}

checks! {
    "openclaw/installed": Machine(openclaw::installed) shows Config;
    "openclaw/config-parse": Machine(openclaw::config_parse) shows Config judges Config;
    "openclaw/config-accepted": Machine(openclaw::config_accepted) shows Config;
    "openclaw/config-files": Machine(openclaw::config_files) refines Config;
    "openclaw/gateway-mode": Machine(openclaw::gateway_mode) refines Gateway;
    "openclaw/gateway-user": Machine(openclaw::gateway_user) refines Gateway;
    "openclaw/node-version": Machine(openclaw::node_version) refines Gateway;
    "openclaw/version": Version refines Gateway;
    "openclaw/provider-enabled": Machine(openclaw::provider_enabled) shows Key;
    "openclaw/service-env": Machine(openclaw::service_env) refines Key judges Started;
    "openclaw/base-url": EachEndpoint(openclaw::base_url) refines Ollama;
    "ollama/ignored-settings": Machine(ollama::ignored_settings) refines Ollama;
    "ollama/environment": Machine(ollama::environment) refines Ollama;
    "host/wsl": Machine(host::wsl) refines Ollama;
    "host/disk-space": Machine(host::disk_space) refines Config;
    "openclaw/container": EachEndpoint(openclaw::container) refines Ollama;
    "ollama/start": Log refines Ollama;
    "ollama/models-dir": Machine(ollama::models_dir) refines Ollama;
    "ollama/stays-up": Machine(ollama::stays_up) shows Ollama;
    "ollama/bind-address": EachEndpoint(ollama::bind_address) refines Ollama;
    "ollama/port-reachable": EachEndpoint(ollama::port_reachable) shows Ollama judges Resolution, Connect;
    "ollama/api-tags": EachEndpoint(ollama::api_tags) shows Ollama judges Tags;
    "ollama/version": Version refines Ollama;
    "ollama/reverse-proxy": EachEndpoint(ollama::reverse_proxy) refines Ollama;
    "ollama/instances": FirstEndpoint(ollama::instances) refines Ollama;
    "ollama/model-store": FirstEndpoint(ollama::model_store) refines Model;
    "ollama/model-readable": EachEndpoint(ollama::model_readable) shows Model judges Readable;
    "ollama/tool-models": FirstEndpoint(ollama::tool_models) refines Model judges Shows;
    "ollama/show-slow": FirstEndpoint(ollama::show_slow) refines Model;
    "openclaw/primary-model": Machine(openclaw::primary_model) shows Model judges Primary;
    "openclaw/fallback-models": Machine(openclaw::fallback_models) refines Model;
    "openclaw/per-agent-model": Machine(openclaw::per_agent_model) refines Model;
    "openclaw/model-references": Machine(openclaw::model_references) refines Model;
    "ollama/cloud-models": Machine(ollama::cloud_models) refines Model;
    "openclaw/explicit-provider": Machine(openclaw::explicit_provider) refines Model;
    "openclaw/api-mode": Machine(openclaw::api_mode) refines Model;
    "openclaw/private-network": Machine(openclaw::private_network) refines Ollama;
    "openclaw/model-cache": Machine(openclaw::model_cache) refines Ollama;
    "openclaw/proxy-environment": Machine(openclaw::proxy_environment) refines Ollama;
    "openclaw/context-window": FirstEndpoint(openclaw::context_window) shows Context;
    "ollama/context-memory": FirstEndpoint(ollama::context_memory) refines Context;
    "openclaw/thinking": FirstEndpoint(openclaw::thinking) refines Model;
    "openclaw/gateway-secrets": Log refines Gateway;
    "openclaw/gateway-running": Machine(openclaw::gateway_running) shows Gateway;
    "openclaw/linger": Machine(openclaw::linger) refines Gateway;
    "openclaw/memory-search": Machine(openclaw::memory_search) refines Model;
    "ollama/answers": Machine(ollama::answers) shows Answer;
    "openclaw/turns": Machine(openclaw::turns) shows Answer;
    "ollama/requests": Machine(ollama::requests) shows Answer;
    "ollama/cpu-inference": FirstEndpoint(ollama::cpu_inference) refines Answer;
    "ollama/model-swapping": FirstEndpoint(ollama::model_swapping) refines Answer;
    "ollama/parallel-requests": FirstEndpoint(ollama::parallel_requests) refines Answer;
    "openclaw/tools": Machine(openclaw::tools) shows Model;
    "ollama/model-load": Log refines Model;
    "ollama/prompt-truncated": Log refines Context;
    "ollama/queue": Log refines Answer;
    "ollama/downloads": Log refines Model;
    "ollama/gpu-discovery": Log refines Answer;
    "openclaw/model-requests": Log refines Answer;
    "ollama/exposure": Machine(ollama::exposure) refines Ollama;
    "ollama/proxy-environment": Machine(ollama::proxy_environment) refines Model;
    "ollama/unit-settings": Machine(ollama::unit_settings) refines Ollama;
    "openclaw/model-costs": Machine(openclaw::model_costs) refines Model;
    "dns/resolved-crash": Machine(dns::resolved_crash) refines Name;
    "dns/degraded": Log refines Name;
    "dns/resolver": Machine(dns::resolver) refines Name;
    "dns/names": Machine(dns::names) shows Name;
}

/// The page of each check, by its id.
pub fn pages() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter().map(|check| (check.id, check.page))
}

/// The check of that id.
pub fn find(id: &str) -> Option<&'static Check> {
    ALL.iter().find(|check| check.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn every_page_can_be_read_and_every_pattern_is_one() {
        let catalogue = Catalogue::load(pages()).unwrap_or_else(|error| panic!("{error}"));
        catalogue.verify().unwrap_or_else(|error| panic!("{error}"));
        for check in ALL {
            let page = catalogue.page(check.id).map(|page| (page.data.severity, page.data.unit));
            let head = catalogue.head(check.id).map(|head| (head.severity, head.unit));
            assert!(page.is_some() && page == head, "checks/{}.md", check.id);
        }
        let causes = catalogue.pages().flat_map(|page| page.data.cause.values());
        let patterns =
            causes.flat_map(|cause| cause.signature.iter().map(|one| &one.pattern).chain(&cause.over));
        let broken: Vec<&str> =
            patterns.filter(|pattern| !pattern.is_valid()).map(|pattern| pattern.as_str()).collect();
        assert!(broken.is_empty(), "{broken:?}");
    }
}
