//! Does the primary model exist, with its provider, and can it call tools?

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Config, Endpoint, Facts, KeyPlace, Need, Sourced, Unseen};
use crate::model_name::{ModelName, nearest};

const KEY: &str = "agents.defaults.model.primary";

/// Fails when the primary is unset, has no provider (OpenClaw then reads it as
/// `openai/…`), misspells the provider, or names an Ollama model that is not
/// installed or has no tools.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let Some(primary) = &config.primary else {
        let failure =
            Failure::new("unset", "no primary model is set, so OpenClaw asks OpenAI instead of Ollama")
                .seen("primary", "/config/primary", "unset")
                .expected("ollama/MODEL");
        return selecting(failure, facts, config, None).verdict();
    };
    let Some((provider, model)) = primary.value.split_once('/') else {
        let message =
            format!("the primary model {0} has no provider; OpenClaw reads it as openai/{0}", primary.value);
        return selecting(failing("no-provider", message, primary), facts, config, Some(&primary.value))
            .verdict();
    };
    let Some((index, endpoint)) =
        facts.endpoints.iter().enumerate().find(|(_, endpoint)| endpoint.provider == provider)
    else {
        return other_provider(facts, config, primary, provider, model);
    };
    let model = model.strip_prefix(&format!("{provider}/")).unwrap_or(model);
    let Some(name) = ModelName::parse(model) else {
        let message = format!("{model} is no name that an Ollama model can have");
        return selecting(failing("invalid-name", message, primary), facts, config, Some(model)).verdict();
    };
    if name.is_cloud() {
        return Verdict::pass(format!("{} runs on ollama.com, which is not asked", primary.value));
    }
    installed(facts, config, primary, &name, index, endpoint)
}

fn other_provider(
    facts: &Facts,
    config: &Config,
    primary: &Sourced<String>,
    provider: &str,
    model: &str,
) -> Judgement {
    let configured = config.providers.iter().any(|known| known.id == provider);
    let meant = facts
        .endpoints
        .iter()
        .map(|endpoint| &*endpoint.provider)
        .chain(["ollama"])
        .find(|known| strsim::damerau_levenshtein(known, &provider.to_ascii_lowercase()) <= 2);
    match meant {
        Some(meant) if !configured => {
            let message = format!(
                "the primary model names the provider {provider}, which does not exist; {meant} does"
            );
            selecting(failing("unknown-provider", message, primary), facts, config, Some(model)).verdict()
        }
        _ => Verdict::pass(format!("{} is served by {provider}, which is not Ollama", primary.value)),
    }
}

fn installed(
    facts: &Facts,
    config: &Config,
    primary: &Sourced<String>,
    name: &ModelName,
    index: usize,
    endpoint: &Endpoint,
) -> Judgement {
    let tags = endpoint.tags.get()?.understood().ok_or(Unseen::Blocked { by: Need::Tags })?;
    let Some(tag) = tags.iter().find(|tag| ModelName::parse(&tag.name).is_some_and(|tag| tag.is_same(name)))
    else {
        let near = nearest(&name.short(), tags.iter().map(|tag| &*tag.name));
        let list = if near.is_empty() { "none".to_string() } else { near[..near.len().min(3)].join(", ") };
        let failure = failing(
            "not-installed",
            format!("the primary model {} is not installed in Ollama", name.short()),
            primary,
        )
        .seen("installed", format!("/endpoints/{index}/tags/outcome/understood"), list)
        .note(if tags.len() > 3 { format!("nearest of {}", tags.len()) } else { String::new() })
        .value("model", name.short());
        return selecting(failure, facts, config, Some(&name.short())).verdict();
    };
    let shows = endpoint.shows.get()?;
    let show = shows.iter().position(|show| show.name == tag.name);
    let info = show.and_then(|show| shows[show].answer.understood());
    match (show, info.and_then(|info| info.capabilities.as_ref())) {
        (_, None) => {
            let error = format!(
                "Ollama did not tell the capabilities of {}, so whether it calls tools is not known",
                tag.name
            );
            Err(Unseen::Unknown { error })
        }
        (_, Some(capabilities)) if capabilities.iter().any(|capability| capability == "tools") => {
            Verdict::pass(format!("{} is installed and can call tools", primary.value))
        }
        (show, Some(capabilities)) => {
            let pointer = format!(
                "/endpoints/{index}/shows/{}/answer/outcome/understood/capabilities",
                show.unwrap_or_default()
            );
            let failure =
                failing("no-tools", format!("the primary model {} cannot call tools", tag.name), primary)
                    .seen("capabilities", pointer, capabilities.join(", "))
                    .expected("tools");
            selecting(failure, facts, config, Some(&name.short())).verdict()
        }
    }
}

fn failing(cause: &'static str, message: String, primary: &Sourced<String>) -> Failure {
    let mut failure = Failure::new(cause, message)
        .seen("primary", "/config/primary/value", primary.value.clone())
        .note(primary.from.clone());
    failure.path = Some(KEY.to_string());
    failure.place = primary.line.zip(primary.column);
    failure
}

/// Hands over the model to select: the installed one with tools that is most
/// like `wanted`. OpenClaw 2026.9 takes the command only while Ollama answers,
/// has that model, and a key is seen, so a missing key is set first.
fn selecting(failure: Failure, facts: &Facts, config: &Config, wanted: Option<&str>) -> Failure {
    let Some(endpoint) = facts.endpoints.first() else {
        return failure;
    };
    let failure = match selectable(endpoint, wanted) {
        Some(model) => failure.value("primary", format!("{}/{model}", endpoint.provider)),
        None => failure,
    };
    let remote_mode = config.gateway_mode.as_ref().is_some_and(|mode| mode.value == "remote");
    let select = match (remote_mode, sees_key(facts)) {
        (true, true) => "select-only",
        (true, false) => "enable-and-select-only",
        (false, true) => "select",
        (false, false) => "enable-and-select",
    };
    let can_select = failure.values.contains_key("primary");
    match failure.cause {
        "not-installed" => failure.fixes(&["pull", select]),
        "no-tools" => failure.fixes(&[select, "ollama/tool-models#pull"]),
        _ if can_select => failure.fixes(&[select]),
        _ => failure.fixes(&["by-hand"]),
    }
}

fn selectable(endpoint: &Endpoint, wanted: Option<&str>) -> Option<String> {
    let with_tools: Vec<&str> = endpoint
        .shows
        .seen()?
        .iter()
        .filter(|show| {
            let info = show.answer.understood();
            info.and_then(|info| info.capabilities.as_ref())
                .is_some_and(|all| all.iter().any(|one| one == "tools"))
        })
        .map(|show| &*show.name)
        .collect();
    let best = nearest(wanted.unwrap_or_default(), with_tools.into_iter()).into_iter().next()?;
    ModelName::parse(best).map(|name| name.short())
}

/// Whether `openclaw config set` run by the gateway's user would see a key. The
/// environment of this shell and of the gateway process do not reach it.
fn sees_key(facts: &Facts) -> bool {
    facts.keys.iter().any(|sight| {
        sight.key.set
            && matches!(sight.place, KeyPlace::DotEnv | KeyPlace::ConfigEnv | KeyPlace::ProviderConfig)
    })
}
