//! `models.providers` and the models that it lists.

use secrecy::SecretString;

use super::projection::{Read, Secret, Step, View, join};
use crate::facts::{ListedModel, ModelParams, Provider, Sourced, provider_id};
use crate::rules::openclaw::base_url::shown_url;
use crate::text::secret::SecretClass;

/// What a config says of providers beyond the facts: what their requests carry.
pub struct ProviderSecrets {
    /// `apiKey`.
    pub api_key: Secret,
    /// `headers` with their values.
    pub headers: Vec<(String, SecretString)>,
    /// `baseUrl` as OpenClaw would use it, user info and query included.
    pub base_url: Option<String>,
}

/// Every provider, each with what its requests carry.
pub fn read(view: &mut View) -> Read<Vec<(Provider, ProviderSecrets)>> {
    view.object(&["models"])?;
    let mut keys: Vec<String> =
        view.keys(&["models", "providers"])?.into_iter().map(|key| key.value).collect();
    // Of two keys for one id the one that is written like the id counts, then the first.
    let all = keys.clone();
    let is_written = |id: &str| all.iter().any(|key| key == id);
    let mut seen = Vec::new();
    keys.retain(|key| {
        let id = provider_id(key);
        let counts = !seen.contains(&id) && (*key == id || !is_written(&id));
        if counts {
            seen.push(id);
        }
        counts
    });
    keys.iter().map(|key| provider(view, key)).collect()
}

fn provider(view: &mut View, id: &str) -> Read<(Provider, ProviderSecrets)> {
    let path = |key| ["models", "providers", id, key];
    view.object(&["models", "providers", id])?;
    let api = view.string(&path("api"))?;
    let base_url = view.string(&path("baseUrl"))?;
    let api_key = view.secret(&path("apiKey"))?;
    let names: Vec<String> = view.keys(&path("headers"))?.into_iter().map(|name| name.value).collect();
    let (mut headers, mut elsewhere) = (Vec::new(), Vec::new());
    for name in &names {
        let Secret { value, sight, .. } = view.secret(&["models", "providers", id, "headers", name])?;
        match value {
            Some(value) => headers.push((name.clone(), value)),
            // A reference that was followed has a tag.
            None if sight.class == SecretClass::Reference && sight.tag.is_none() => {
                elsewhere.push(name.clone())
            }
            None => {}
        }
    }
    let shown = base_url.clone().map(|url| Sourced { value: shown_url(&url.value), ..url });
    let provider = Provider {
        id: provider_id(id),
        written: Some(id.to_string()).filter(|written| *written != provider_id(id)),
        api,
        base_url: shown,
        api_key: api_key.sight.clone(),
        headers: names,
        headers_elsewhere: elsewhere,
        models: models(view, &path("models"))?,
        num_ctx: number_or_none(view, &["models", "providers", id, "params", "num_ctx"]),
        timeout_seconds: view.number(&path("timeoutSeconds"))?,
        allow_private_network: boolean_or_none(
            view,
            &["models", "providers", id, "request", "allowPrivateNetwork"],
        ),
    };
    Ok((provider, ProviderSecrets { api_key, headers, base_url: base_url.map(|url| url.value) }))
}

fn models(view: &mut View, path: Step) -> Read<Vec<ListedModel>> {
    (0..view.length(path)?).map(|index| model(view, &join(path, &index.to_string()))).collect()
}

fn model(view: &mut View, path: Step) -> Read<ListedModel> {
    view.object(path)?;
    let params = join(path, "params");
    let cost = join(path, "cost");
    // `cost` may hold more, such as the list `tieredPricing`.
    let costs = ["input", "output", "cacheRead", "cacheWrite"]
        .iter()
        .filter_map(|key| number_or_none(view, &join(&cost, key)))
        .filter(|cost| cost.value != 0.0)
        .collect();
    Ok(ListedModel {
        id: view.string(&join(path, "id"))?.unwrap_or_default(),
        api: view.string(&join(path, "api"))?,
        context_window: view.number(&join(path, "contextWindow"))?,
        context_tokens: view.number(&join(path, "contextTokens"))?,
        num_ctx: number_or_none(view, &join(&params, "num_ctx")),
        think: think(view, &params),
        streaming: boolean_or_none(view, &join(&params, "streaming")),
        reasoning: view.boolean(&join(path, "reasoning"))?,
        input: view.strings(&join(path, "input"))?.into_iter().map(|input| input.value).collect(),
        max_tokens: view.number(&join(path, "maxTokens"))?,
        supports_tools: boolean_or_none(view, &join(&join(path, "compat"), "supportsTools")),
        costs,
    })
}

/// What `agents.defaults.models.<reference>.params` sets of what we judge.
pub fn model_params(view: &mut View, reference: &str) -> Option<ModelParams> {
    let params = ["agents", "defaults", "models", reference, "params"];
    let num_ctx = number_or_none(view, &join(&params, "num_ctx"));
    let think = think(view, &params);
    let is_set = num_ctx.is_some() || think.is_some();
    is_set.then(|| ModelParams { reference: reference.to_string(), num_ctx, think })
}

/// `think`, else `thinking`, each true, false or a word (`resolveOllamaThinkParamValue` of the npm package).
fn think(view: &mut View, params: Step) -> Option<Sourced<String>> {
    ["think", "thinking"].iter().find_map(|key| {
        let path = join(params, key);
        match boolean_or_none(view, &path) {
            Some(Sourced { value, from, line, column }) => {
                Some(Sourced { value: value.to_string(), from, line, column })
            }
            None => view.string(&path).ok().flatten(),
        }
    })
}

/// What OpenClaw does not refuse must not be refused here: these are only noted.
fn boolean_or_none(view: &View, path: Step) -> Option<Sourced<bool>> {
    view.boolean(path).ok().flatten()
}

/// `params` may hold anything; OpenClaw ignores a `num_ctx` that is no number.
fn number_or_none(view: &View, path: Step) -> Option<Sourced<f64>> {
    view.number(path).ok().flatten()
}
