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

pub use crate::facts::site::Site;
pub use failure::Failure;
pub use verdict::{Check, Judge, Judgement, Verdict};

/// Makes [`ALL`] from one line a check: the id, which is the path of its page; what it looks at,
/// with its function; and the facts that it judges, where others wait for these.
macro_rules! checks {
    ($($id:literal: $look:ident $(($area:ident::$file:ident))? $(judges $($need:ident),+)?;)+) => {
        /// All checks in report order: earlier means more fundamental.
        pub const ALL: &[Check] = &[$(Check {
            id: $id,
            page: include_str!(concat!("../../checks/", $id, ".md")),
            judges: &[$($(Need::$need),+)?],
            judge: Judge::$look $(($area::$file::judge))?,
        }),+];
    };
}

checks! {
    "openclaw/installed": Machine(openclaw::installed);
    "openclaw/config-parse": Machine(openclaw::config_parse) judges Config;
    "openclaw/config-accepted": Machine(openclaw::config_accepted);
    "openclaw/config-files": Machine(openclaw::config_files);
    "openclaw/gateway-mode": Machine(openclaw::gateway_mode);
    "openclaw/gateway-user": Machine(openclaw::gateway_user);
    "openclaw/node-version": Machine(openclaw::node_version);
    "openclaw/version": Version;
    "openclaw/provider-enabled": Machine(openclaw::provider_enabled);
    "openclaw/service-env": Machine(openclaw::service_env) judges Started;
    "openclaw/base-url": EachEndpoint(openclaw::base_url);
    "ollama/ignored-settings": Machine(ollama::ignored_settings);
    "ollama/environment": Machine(ollama::environment);
    "host/wsl": Machine(host::wsl);
    "host/disk-space": Machine(host::disk_space);
    "openclaw/container": EachEndpoint(openclaw::container);
    "ollama/start": Log;
    "ollama/models-dir": Machine(ollama::models_dir);
    "ollama/stays-up": Machine(ollama::stays_up);
    "ollama/bind-address": EachEndpoint(ollama::bind_address);
    "ollama/port-reachable": EachEndpoint(ollama::port_reachable) judges Resolution, Connect;
    "ollama/api-tags": EachEndpoint(ollama::api_tags) judges Tags;
    "ollama/version": Version;
    "ollama/reverse-proxy": EachEndpoint(ollama::reverse_proxy);
    "ollama/instances": FirstEndpoint(ollama::instances);
    "ollama/model-store": FirstEndpoint(ollama::model_store);
    "ollama/model-readable": EachEndpoint(ollama::model_readable) judges Readable;
    "ollama/tool-models": FirstEndpoint(ollama::tool_models) judges Shows;
    "ollama/show-slow": FirstEndpoint(ollama::show_slow);
    "openclaw/primary-model": Machine(openclaw::primary_model) judges Primary;
    "openclaw/fallback-models": Machine(openclaw::fallback_models);
    "openclaw/per-agent-model": Machine(openclaw::per_agent_model);
    "openclaw/model-references": Machine(openclaw::model_references);
    "ollama/cloud-models": Machine(ollama::cloud_models);
    "openclaw/explicit-provider": Machine(openclaw::explicit_provider);
    "openclaw/api-mode": Machine(openclaw::api_mode);
    "openclaw/private-network": Machine(openclaw::private_network);
    "openclaw/model-cache": Machine(openclaw::model_cache);
    "openclaw/proxy-environment": Machine(openclaw::proxy_environment);
    "openclaw/context-window": FirstEndpoint(openclaw::context_window);
    "ollama/context-memory": FirstEndpoint(ollama::context_memory);
    "openclaw/thinking": FirstEndpoint(openclaw::thinking);
    "openclaw/gateway-secrets": Log;
    "openclaw/gateway-running": Machine(openclaw::gateway_running);
    "openclaw/linger": Machine(openclaw::linger);
    "openclaw/memory-search": Machine(openclaw::memory_search);
    "ollama/answers": Machine(ollama::answers);
    "openclaw/turns": Machine(openclaw::turns);
    "ollama/requests": Machine(ollama::requests);
    "ollama/cpu-inference": FirstEndpoint(ollama::cpu_inference);
    "ollama/model-swapping": FirstEndpoint(ollama::model_swapping);
    "ollama/parallel-requests": FirstEndpoint(ollama::parallel_requests);
    "openclaw/tools": Machine(openclaw::tools);
    "ollama/model-load": Log;
    "ollama/prompt-truncated": Log;
    "ollama/queue": Log;
    "ollama/downloads": Log;
    "ollama/gpu-discovery": Log;
    "openclaw/model-requests": Log;
    "ollama/exposure": Machine(ollama::exposure);
    "ollama/proxy-environment": Machine(ollama::proxy_environment);
    "ollama/unit-settings": Machine(ollama::unit_settings);
    "openclaw/model-costs": Machine(openclaw::model_costs);
    "dns/resolved-crash": Machine(dns::resolved_crash);
    "dns/degraded": Log;
    "dns/resolver": Machine(dns::resolver);
    "dns/names": Machine(dns::names);
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
