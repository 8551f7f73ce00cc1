//! Do the agents with a model of their own get one, and may the primary be chosen?

use crate::checks::shared::model_reference::{Lead, Reference};
use crate::checks::shared::select_model::instead;
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{AgentModels, Facts, Sourced};
use crate::rules::openclaw::allowlist::{Allowlist, excluding};
use crate::rules::openclaw::by_version::Rules;
use crate::rules::openclaw::primary::DEFAULT_PROVIDER;

/// Fails for each model of an agent, which shadows the default, that could not
/// answer, and for each allowlist that leaves out the model that is asked first.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let (mut own, mut failures) = (Vec::new(), Vec::new());
    let mut blocked = None;
    for (index, agent) in config.agents.iter().enumerate() {
        for (pointer, value) in models(agent) {
            let reference = Reference {
                facts,
                config,
                what: format!("model of agent {}", agent.id),
                label: "agent's model",
                pointer: format!("/config/agents/{index}/{pointer}/value"),
                value,
                default_provider: DEFAULT_PROVIDER.into(),
            };
            match reference.follow() {
                Ok(Lead::Broken { failure, wanted }) => {
                    let failure = with_values(*failure, facts, agent.entry_key(&value.from), &wanted);
                    let has_fallbacks = !(agent.fallbacks.is_empty() && config.fallbacks.is_empty());
                    let is_sole = config.agents.len() == 1 && pointer == "primary" && !has_fallbacks;
                    failures.push(if is_sole { of_sole_agent(failure) } else { failure });
                }
                Ok(_) => own.push(format!("{} has {}", agent.id, value.value)),
                Err(unseen) => blocked = blocked.or(Some(unseen)),
            }
        }
    }
    failures.extend(excluding(facts, config).into_iter().map(excluded));
    match (Verdict::fail(failures), blocked) {
        (Some(failed), _) => failed,
        (None, Some(unseen)) => Err(unseen),
        (None, None) if !own.is_empty() => Verdict::pass(own.join(", ")),
        (None, None) => Verdict::pass("no agent has a model of its own, and no allowlist lacks the primary"),
    }
}

/// Nobody else answers.
fn of_sole_agent(failure: Failure) -> Failure {
    let message = format!("{}; there is no other agent", failure.message);
    Failure { cause: "sole-agent", message, ..failure }
}

/// An agent's own primary and fallbacks, each with its place in the agent.
fn models(agent: &AgentModels) -> impl Iterator<Item = (String, &Sourced<String>)> {
    let primary = agent.primary.iter().map(|value| ("primary".to_string(), value));
    let fallbacks = agent.fallbacks.iter().enumerate();
    primary.chain(fallbacks.map(|(index, value)| (format!("fallbacks/{index}"), value)))
}

fn with_values(failure: Failure, facts: &Facts, key: String, wanted: &str) -> Failure {
    match instead(facts, Some(wanted)) {
        Some(model) if can_write(facts, &failure) => failure.value("model_key", key).value("instead", model),
        _ => failure,
    }
}

/// Up to 2026.2 no command knows an agent of `agents.list` by its id.
fn can_write(facts: &Facts, failure: &Failure) -> bool {
    let is_listed = failure.path.as_ref().is_some_and(|path| path.starts_with("agents.list."));
    !is_listed || facts.rules() != Rules::Documented
}

fn excluded(list: Allowlist) -> Failure {
    let asked = &*list.asked.value;
    let names: Vec<&str> = list.entries.iter().map(|entry| &*entry.value).collect();
    let failure = Failure::new("excluded", format!("the allowlist {} lacks {asked}", list.key))
        .seen("allowlist", list.fact, names.join(", "))
        .note(list.key.clone())
        .expected(asked)
        .path(list.key);
    let all: Vec<&str> = names.into_iter().chain([asked]).collect();
    failure.value("allow_key", list.written).value("allow", serde_json::json!(all).to_string())
}
