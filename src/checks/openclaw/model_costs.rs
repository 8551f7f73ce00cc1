//! Does a model that runs on the user's own machines cost anything?

use serde_json::{Map, Value};

use crate::checks::shared::models_patch::merging;
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Facts, ListedModel, Provider};
use crate::types::model_name::ModelName;

/// Fails when the config gives a price to a model of a local Ollama.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let own = config.providers.iter().enumerate().filter(|(_, provider)| is_own(facts, provider));
    let mut listed = 0;
    for (index, provider) in own {
        let paid: Vec<(usize, &ListedModel)> =
            provider.models.iter().enumerate().filter(|(_, model)| is_paid(model)).collect();
        if let Some((_, first)) = paid.first() {
            let more = if paid.len() > 1 { format!(" and {} more", paid.len() - 1) } else { String::new() };
            let message = format!("{}{more} on your own Ollama has a price in the config", first.id.value);
            return fails(Failure::new("not-zero", message), index, provider, &paid);
        }
        listed += provider.models.len();
    }
    Verdict::pass(match listed {
        0 => "no prices are set, so all costs are 0".to_string(),
        listed => format!("all costs are 0 ({listed} models listed)"),
    })
}

fn fails(failure: Failure, index: usize, provider: &Provider, paid: &[(usize, &ListedModel)]) -> Judgement {
    let costs = paid.iter().flat_map(|(at, model)| {
        let of_model = move |(number, cost)| {
            (format!("/config/providers/{index}/models/{at}/costs/{number}/value"), *model, cost)
        };
        model.costs.iter().enumerate().map(of_model)
    });
    let mut failure = costs.take(6).fold(failure, |failure, (fact, model, cost)| {
        let key = cost.from.rsplit('.').next().unwrap_or_default();
        failure.seen(key, fact, cost.value.to_string()).note(model.id.value.clone()).expected("0")
    });
    if let Some(first) = paid.first().and_then(|(_, model)| model.costs.first()) {
        failure.path = Some(first.from.clone());
        failure.place = first.place();
    }
    let changes = paid.iter().map(|(_, model)| (&*model.id.value, zero(model))).collect();
    merging(failure, provider, changes).verdict()
}

/// A cost of 0 in every respect.
fn zero(model: &ListedModel) -> Value {
    let set = model.costs.iter().filter_map(|cost| cost.from.rsplit('.').next());
    let keys = ["input", "output", "cacheRead", "cacheWrite"].into_iter().chain(set);
    let cost: Map<String, Value> = keys.map(|key| (key.to_string(), 0.into())).collect();
    Value::Object([("cost".to_string(), Value::Object(cost))].into_iter().collect())
}

fn is_paid(model: &ListedModel) -> bool {
    let is_cloud = ModelName::parse(&model.id.value).is_some_and(|name| name.is_cloud());
    !model.costs.is_empty() && !is_cloud
}

/// Whether a provider is an Ollama of the user's own, and not Ollama's cloud.
fn is_own(facts: &Facts, provider: &Provider) -> bool {
    let at = provider.base_url.as_ref().map(|url| url.value.to_ascii_lowercase()).unwrap_or_default();
    let is_ollama = provider.is_ollama()
        || facts.compatible.iter().any(|seen| seen.provider == provider.id && seen.is_ollama());
    is_ollama && !at.contains("ollama.com")
}
