//! Which model to select instead, and with which of the documented commands.

use crate::checks::Failure;
use crate::facts::{Config, Endpoint, Facts, NameUse};
use crate::rules::openclaw::credentials::{Access, Eyes, Refusal, access};
use crate::types::capability::Capability;
use crate::types::model_name::{ModelName, nearest};

/// Hands over the model to select: the installed one with tools that is most
/// like `wanted`. OpenClaw 2026.9 takes the command only while Ollama answers,
/// has that model, and a key is seen, so a missing key is set first.
pub fn selecting(failure: Failure, facts: &Facts, config: &Config, wanted: Option<&str>) -> Failure {
    if facts.endpoints.is_empty() {
        return failure;
    }
    let failure = match instead(facts, wanted) {
        Some(model) => failure.value("primary", model),
        None => failure,
    };
    let provider = &*facts.endpoints[0].provider;
    let key = access(facts, config, provider, Eyes::Command);
    if key == Access::Refused(Refusal::Unresolved) {
        // The selection would be refused until the provider's key has a value.
        let key = config.provider_key(provider, "apiKey");
        return failure.value("api_key_key", key).fixes(&["openclaw/provider-enabled#enable-by-name"]);
    }
    let failure = with_select_steps(failure, facts, config);
    let can_select = failure.values.contains_key("primary");
    match failure.cause {
        // A pull that cannot work is not the first thing to do.
        "not-installed" if can_select && registry_is_unknown(facts) => failure.fixes(&["select", "pull"]),
        "not-installed" => failure.fixes(&["pull", "select"]),
        "no-tools" => failure.fixes(&["select", "ollama/tool-models#pull"]),
        _ if can_select => failure.fixes(&["select"]),
        _ => failure.fixes(&["by-hand"]),
    }
}

/// The documented way to select a primary, on the page of `openclaw/primary-model`.
pub const SELECT: &str = "openclaw/primary-model#select";

/// Has the selection take the steps that are not taken yet: a key, and the mode of a gateway of this machine.
pub fn with_select_steps(failure: Failure, facts: &Facts, config: &Config) -> Failure {
    let provider = facts.endpoints.first().map_or("ollama", |endpoint| &*endpoint.provider);
    // Only the provider named ollama reads the variable by itself.
    let sees_key =
        matches!(access(facts, config, provider, Eyes::Command), Access::Usable(_)) || provider != "ollama";
    let failure = if sees_key { failure } else { failure.step("key") };
    match config.gateway_mode {
        None => failure.step("mode"),
        Some(_) => failure,
    }
}

/// The reference of the installed model with tools that is most like `wanted`.
pub fn instead(facts: &Facts, wanted: Option<&str>) -> Option<String> {
    let endpoint = facts.endpoints.first()?;
    Some(format!("{}/{}", endpoint.provider, selectable(endpoint, wanted)?))
}

fn selectable(endpoint: &Endpoint, wanted: Option<&str>) -> Option<String> {
    let with_tools: Vec<&str> = endpoint
        .shows
        .seen()?
        .iter()
        .filter(|show| show.can(Capability::Tools) == Some(true))
        .map(|show| &*show.name)
        .collect();
    let best = nearest(wanted.unwrap_or_default(), with_tools.into_iter()).into_iter().next()?;
    ModelName::parse(best).map(|name| name.short())
}

/// Whether the registry's name was looked up and has no address here.
fn registry_is_unknown(facts: &Facts) -> bool {
    let names = facts.names.seen().into_iter().flatten();
    names.filter(|name| name.needed_for == NameUse::Pull).any(|name| name.resolution.addresses.is_empty())
}
