//! The list of checks. A check is one pure function from facts to a verdict; it
//! does no input or output and holds no command.

mod dns;
mod failure;
mod host;
mod ollama;
mod openclaw;
mod shared;

use crate::facts::{Facts, Need, Unseen};
use crate::text::scrub::excerpt;

pub use crate::facts::site::Site;
pub use failure::Failure;

/// One check.
pub struct Check {
    /// Path of its page without `.md`; never reused for something else.
    pub id: &'static str,
    /// Its page.
    pub page: &'static str,
    /// The facts that it judges: whatever waits for one of them waits for this check.
    pub judges: &'static [Need],
    /// The function.
    pub judge: Judge,
}

/// What a check looks at.
#[derive(Clone, Copy)]
pub enum Judge {
    /// The machine and its OpenClaw.
    Machine(fn(&Facts) -> Judgement),
    /// Each endpoint by itself.
    EachEndpoint(fn(&Facts, &Site) -> Judgement),
    /// The endpoint that serves the primary model.
    FirstEndpoint(fn(&Facts, &Site) -> Judgement),
    /// The log of a service, by the signatures on the page.
    Log,
    /// The installed version of a program, by the versions on the page.
    Version,
}

/// A verdict, or the reason why there is none; the `?` on a fact makes the latter.
pub type Judgement = Result<Verdict, Unseen>;

/// What a check found.
#[derive(Debug)]
pub enum Verdict {
    /// Fine, and what was seen.
    Pass(String),
    /// Wrong: one failure for each thing that is mended by itself, at least one.
    Fail(Vec<Failure>),
}

/// All checks in report order: earlier means more fundamental.
pub const ALL: &[Check] = &[
    Check {
        id: "openclaw/config-parse",
        page: include_str!("../../checks/openclaw/config-parse.md"),
        judges: &[Need::Config],
        judge: Judge::Machine(openclaw::config_parse::judge),
    },
    Check {
        id: "openclaw/config-keys",
        page: include_str!("../../checks/openclaw/config-keys.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::config_keys::judge),
    },
    Check {
        id: "openclaw/config-files",
        page: include_str!("../../checks/openclaw/config-files.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::config_files::judge),
    },
    Check {
        id: "openclaw/gateway-mode",
        page: include_str!("../../checks/openclaw/gateway-mode.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::gateway_mode::judge),
    },
    Check {
        id: "openclaw/gateway-user",
        page: include_str!("../../checks/openclaw/gateway-user.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::gateway_user::judge),
    },
    Check {
        id: "openclaw/node-version",
        page: include_str!("../../checks/openclaw/node-version.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::node_version::judge),
    },
    version("openclaw/version", include_str!("../../checks/openclaw/version.md")),
    Check {
        id: "openclaw/provider-enabled",
        page: include_str!("../../checks/openclaw/provider-enabled.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::provider_enabled::judge),
    },
    Check {
        id: "openclaw/service-env",
        page: include_str!("../../checks/openclaw/service-env.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::service_env::judge),
    },
    Check {
        id: "openclaw/base-url",
        page: include_str!("../../checks/openclaw/base-url.md"),
        judges: &[],
        judge: Judge::EachEndpoint(openclaw::base_url::judge),
    },
    Check {
        id: "ollama/environment",
        page: include_str!("../../checks/ollama/environment.md"),
        judges: &[],
        judge: Judge::Machine(ollama::environment::judge),
    },
    Check {
        id: "host/wsl",
        page: include_str!("../../checks/host/wsl.md"),
        judges: &[],
        judge: Judge::Machine(host::wsl::judge),
    },
    Check {
        id: "host/disk-space",
        page: include_str!("../../checks/host/disk-space.md"),
        judges: &[],
        judge: Judge::Machine(host::disk_space::judge),
    },
    Check {
        id: "openclaw/container",
        page: include_str!("../../checks/openclaw/container.md"),
        judges: &[],
        judge: Judge::EachEndpoint(openclaw::container::judge),
    },
    log("ollama/start", include_str!("../../checks/ollama/start.md")),
    Check {
        id: "ollama/models-dir",
        page: include_str!("../../checks/ollama/models-dir.md"),
        judges: &[],
        judge: Judge::Machine(ollama::models_dir::judge),
    },
    Check {
        id: "ollama/bind-address",
        page: include_str!("../../checks/ollama/bind-address.md"),
        judges: &[],
        judge: Judge::EachEndpoint(ollama::bind_address::judge),
    },
    Check {
        id: "ollama/port-reachable",
        page: include_str!("../../checks/ollama/port-reachable.md"),
        judges: &[Need::Resolution, Need::Connect],
        judge: Judge::EachEndpoint(ollama::port_reachable::judge),
    },
    Check {
        id: "ollama/api-tags",
        page: include_str!("../../checks/ollama/api-tags.md"),
        judges: &[Need::Tags],
        judge: Judge::EachEndpoint(ollama::api_tags::judge),
    },
    version("ollama/version", include_str!("../../checks/ollama/version.md")),
    Check {
        id: "ollama/reverse-proxy",
        page: include_str!("../../checks/ollama/reverse-proxy.md"),
        judges: &[],
        judge: Judge::EachEndpoint(ollama::reverse_proxy::judge),
    },
    Check {
        id: "ollama/instances",
        page: include_str!("../../checks/ollama/instances.md"),
        judges: &[],
        judge: Judge::FirstEndpoint(ollama::instances::judge),
    },
    Check {
        id: "ollama/model-store",
        page: include_str!("../../checks/ollama/model-store.md"),
        judges: &[],
        judge: Judge::FirstEndpoint(ollama::model_store::judge),
    },
    Check {
        id: "ollama/tool-models",
        page: include_str!("../../checks/ollama/tool-models.md"),
        judges: &[Need::Shows],
        judge: Judge::FirstEndpoint(ollama::tool_models::judge),
    },
    Check {
        id: "ollama/show-slow",
        page: include_str!("../../checks/ollama/show-slow.md"),
        judges: &[],
        judge: Judge::FirstEndpoint(ollama::show_slow::judge),
    },
    Check {
        id: "openclaw/primary-model",
        page: include_str!("../../checks/openclaw/primary-model.md"),
        judges: &[Need::Primary],
        judge: Judge::Machine(openclaw::primary_model::judge),
    },
    Check {
        id: "openclaw/fallback-models",
        page: include_str!("../../checks/openclaw/fallback-models.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::fallback_models::judge),
    },
    Check {
        id: "openclaw/per-agent-model",
        page: include_str!("../../checks/openclaw/per-agent-model.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::per_agent_model::judge),
    },
    Check {
        id: "openclaw/model-references",
        page: include_str!("../../checks/openclaw/model-references.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::model_references::judge),
    },
    Check {
        id: "ollama/cloud-models",
        page: include_str!("../../checks/ollama/cloud-models.md"),
        judges: &[],
        judge: Judge::Machine(ollama::cloud_models::judge),
    },
    Check {
        id: "openclaw/explicit-provider",
        page: include_str!("../../checks/openclaw/explicit-provider.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::explicit_provider::judge),
    },
    Check {
        id: "openclaw/api-mode",
        page: include_str!("../../checks/openclaw/api-mode.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::api_mode::judge),
    },
    Check {
        id: "openclaw/private-network",
        page: include_str!("../../checks/openclaw/private-network.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::private_network::judge),
    },
    Check {
        id: "openclaw/model-cache",
        page: include_str!("../../checks/openclaw/model-cache.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::model_cache::judge),
    },
    Check {
        id: "openclaw/proxy-environment",
        page: include_str!("../../checks/openclaw/proxy-environment.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::proxy_environment::judge),
    },
    Check {
        id: "openclaw/context-window",
        page: include_str!("../../checks/openclaw/context-window.md"),
        judges: &[],
        judge: Judge::FirstEndpoint(openclaw::context_window::judge),
    },
    Check {
        id: "ollama/context-memory",
        page: include_str!("../../checks/ollama/context-memory.md"),
        judges: &[],
        judge: Judge::FirstEndpoint(ollama::context_memory::judge),
    },
    Check {
        id: "openclaw/thinking",
        page: include_str!("../../checks/openclaw/thinking.md"),
        judges: &[],
        judge: Judge::FirstEndpoint(openclaw::thinking::judge),
    },
    log("openclaw/gateway-secrets", include_str!("../../checks/openclaw/gateway-secrets.md")),
    Check {
        id: "openclaw/gateway-running",
        page: include_str!("../../checks/openclaw/gateway-running.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::gateway_running::judge),
    },
    Check {
        id: "openclaw/linger",
        page: include_str!("../../checks/openclaw/linger.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::linger::judge),
    },
    Check {
        id: "openclaw/memory-search",
        page: include_str!("../../checks/openclaw/memory-search.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::memory_search::judge),
    },
    Check {
        id: "ollama/answers",
        page: include_str!("../../checks/ollama/answers.md"),
        judges: &[],
        judge: Judge::Machine(ollama::answers::judge),
    },
    Check {
        id: "ollama/cpu-inference",
        page: include_str!("../../checks/ollama/cpu-inference.md"),
        judges: &[],
        judge: Judge::FirstEndpoint(ollama::cpu_inference::judge),
    },
    Check {
        id: "ollama/model-swapping",
        page: include_str!("../../checks/ollama/model-swapping.md"),
        judges: &[],
        judge: Judge::FirstEndpoint(ollama::model_swapping::judge),
    },
    Check {
        id: "ollama/parallel-requests",
        page: include_str!("../../checks/ollama/parallel-requests.md"),
        judges: &[],
        judge: Judge::FirstEndpoint(ollama::parallel_requests::judge),
    },
    log("ollama/model-load", include_str!("../../checks/ollama/model-load.md")),
    log("ollama/prompt-truncated", include_str!("../../checks/ollama/prompt-truncated.md")),
    log("ollama/queue", include_str!("../../checks/ollama/queue.md")),
    log("ollama/downloads", include_str!("../../checks/ollama/downloads.md")),
    log("ollama/gpu-discovery", include_str!("../../checks/ollama/gpu-discovery.md")),
    log("openclaw/model-requests", include_str!("../../checks/openclaw/model-requests.md")),
    Check {
        id: "ollama/exposure",
        page: include_str!("../../checks/ollama/exposure.md"),
        judges: &[],
        judge: Judge::Machine(ollama::exposure::judge),
    },
    Check {
        id: "ollama/proxy-environment",
        page: include_str!("../../checks/ollama/proxy-environment.md"),
        judges: &[],
        judge: Judge::Machine(ollama::proxy_environment::judge),
    },
    Check {
        id: "ollama/unit-settings",
        page: include_str!("../../checks/ollama/unit-settings.md"),
        judges: &[],
        judge: Judge::Machine(ollama::unit_settings::judge),
    },
    Check {
        id: "openclaw/model-costs",
        page: include_str!("../../checks/openclaw/model-costs.md"),
        judges: &[],
        judge: Judge::Machine(openclaw::model_costs::judge),
    },
    Check {
        id: "dns/resolved-crash",
        page: include_str!("../../checks/dns/resolved-crash.md"),
        judges: &[],
        judge: Judge::Machine(dns::resolved_crash::judge),
    },
    log("dns/degraded", include_str!("../../checks/dns/degraded.md")),
    Check {
        id: "dns/resolver",
        page: include_str!("../../checks/dns/resolver.md"),
        judges: &[],
        judge: Judge::Machine(dns::resolver::judge),
    },
];

/// A page with a `product` is a whole check.
const fn version(id: &'static str, page: &'static str) -> Check {
    Check { id, page, judges: &[], judge: Judge::Version }
}

/// A page with a `unit` is a whole check.
const fn log(id: &'static str, page: &'static str) -> Check {
    Check { id, page, judges: &[], judge: Judge::Log }
}

/// The check of that id.
pub fn find(id: &str) -> Option<&'static Check> {
    ALL.iter().find(|check| check.id == id)
}

/// Text of servers and configs may be of any length; a report shows so much of it.
fn clipped(text: String) -> String {
    const LONGEST: usize = 300;
    excerpt(&text, LONGEST)
}

impl Check {
    /// The part of the id before the slash.
    pub fn area(&self) -> &'static str {
        self.id.split('/').next().unwrap_or(self.id)
    }
}

impl Verdict {
    /// Fine, and what was seen.
    pub fn pass(seen: impl Into<String>) -> Judgement {
        Ok(Verdict::Pass(clipped(seen.into())))
    }

    /// Wrong in each of these ways, where there are any.
    pub fn fail(failures: Vec<Failure>) -> Option<Judgement> {
        (!failures.is_empty()).then_some(Ok(Verdict::Fail(failures)))
    }
}
