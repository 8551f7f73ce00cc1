//! What a reference to a model leads to: the only place where one is split.
//!
//! The rules are those of OpenClaw 2026.9.6 (`resolveConfiguredModelRef`, `splitTrailingAuthProfile`,
//! `inferUniqueProviderFromConfiguredModels` and `stripSelfProviderModelPrefix` of the npm package).
//! Older versions were not measured and are read by the same rules.

use crate::facts::{Config, Facts, ListedModel, ModelParams, Need, Provider, Sourced, Unseen, provider_id};
use crate::types::model_name::ModelName;

/// The provider that OpenClaw gives a name without one.
pub const DEFAULT_PROVIDER: &str = "openai";

/// How OpenClaw comes to the provider of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// The reference names it.
    Provider,
    /// The reference is an alias of `agents.defaults.models`.
    Alias,
    /// The name has no provider, and only one lists it.
    OnlyLister,
    /// The name has no provider, and the default is taken.
    Default,
}

/// A reference as OpenClaw resolves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelReference {
    /// The provider id, as OpenClaw compares it.
    pub provider: String,
    /// The model without its provider and without an auth profile.
    pub model: String,
    /// How the provider was found.
    pub found_by: FoundBy,
}

impl ModelReference {
    /// Its name as Ollama reads it, which takes off its own suffix `:local`; `None` for what Ollama
    /// could not have.
    pub fn name(&self) -> Option<ModelName> {
        ModelName::parse(self.model.strip_suffix(":local").unwrap_or(&self.model))
    }

    /// Whether it is that installed model of that provider.
    pub fn is(&self, provider: &str, tag: &str) -> bool {
        self.provider == provider && self.name().is_some_and(|name| name.is_named(tag))
    }
}

/// Resolves a reference; `None` for one that names no model, such as `ollama/`.
pub fn resolve(config: &Config, text: &str) -> Option<ModelReference> {
    resolve_or(config, text, DEFAULT_PROVIDER)
}

/// Resolves a fallback: one without a provider gets the primary's
/// (`model-fallback-candidates` of the npm package).
pub fn resolve_fallback(config: &Config, text: &str) -> Option<ModelReference> {
    resolve_or(config, text, &provider_of_fallbacks(config))
}

/// The provider of a fallback that names none.
pub fn provider_of_fallbacks(config: &Config) -> String {
    let primary = config.primary.as_ref().and_then(|primary| resolve(config, &primary.value));
    primary.map_or_else(|| DEFAULT_PROVIDER.to_string(), |primary| primary.provider)
}

/// Every model that agents name, resolved, each with the key that names it.
pub fn references(config: &Config) -> impl Iterator<Item = (&Sourced<String>, ModelReference)> {
    let fallbacks = config.fallbacks.iter().map(|one| (one, resolve_fallback(config, &one.value)));
    let agents = config.agents.iter().flat_map(|agent| agent.primary.iter().chain(&agent.fallbacks));
    let primaries = config.primary.iter().chain(agents).map(|one| (one, resolve(config, &one.value)));
    // The defaults come first.
    let (default, agents): (Vec<_>, Vec<_>) = primaries
        .partition(|(one, _)| config.primary.as_ref().is_some_and(|primary| std::ptr::eq(primary, *one)));
    let all = default.into_iter().chain(fallbacks).chain(agents);
    all.filter_map(|(one, resolved)| Some((one, resolved?)))
}

/// Whether an agent, or the default, names a model of that provider.
pub fn is_used(config: &Config, provider: &str) -> bool {
    references(config).any(|(_, reference)| reference.provider == provider)
}

/// Resolves a reference whose default provider is that one.
pub fn resolve_or(config: &Config, text: &str, default_provider: &str) -> Option<ModelReference> {
    let text = text.trim();
    let plain = without_profile(text);
    if let Some(key) = alias(config, text).or_else(|| alias(config, plain)) {
        return qualified(key).map(|found| ModelReference { found_by: FoundBy::Alias, ..found });
    }
    if let Some(found) = qualified(plain) {
        return Some(alias_of_provider(config, &found).unwrap_or(found));
    }
    if plain.is_empty() || plain.contains('/') {
        return None;
    }
    let (provider, found_by) = match only_lister(config, plain) {
        Some(provider) => (provider, FoundBy::OnlyLister),
        None => (default_provider.to_string(), FoundBy::Default),
    };
    Some(ModelReference { provider, model: plain.to_string(), found_by })
}

/// `provider/model`: parted at the first slash; a repeated provider is taken off the model.
fn qualified(text: &str) -> Option<ModelReference> {
    let (provider, model) = written(text);
    let (provider, model) = (provider_id(provider?), model.trim());
    let repeated = model.get(..=provider.len()).is_some_and(|start| {
        start.strip_suffix('/').is_some_and(|start| start.eq_ignore_ascii_case(&provider))
    });
    let model = if repeated { &model[provider.len() + 1..] } else { model };
    (!provider.is_empty() && !model.is_empty()).then(|| ModelReference {
        provider,
        model: model.to_string(),
        found_by: FoundBy::Provider,
    })
}

/// Provider and model of a reference as they are written; no provider where there is no slash.
pub fn written(text: &str) -> (Option<&str>, &str) {
    text.split_once('/').map_or((None, text), |(provider, model)| (Some(provider), model))
}

/// The provider of a reference as it is written, for a person.
pub fn written_provider(text: &str) -> &str {
    text.split('/').next().unwrap_or(text)
}

/// The reference behind an alias. Case does not matter, and of two the last one counts.
fn alias<'a>(config: &'a Config, text: &str) -> Option<&'a str> {
    let is_it = |alias: &&Sourced<String>| alias.value.trim().eq_ignore_ascii_case(text);
    config.aliases.iter().rev().find(is_it).map(|alias| &*alias.from)
}

/// `ollama/fast`, where `fast` is an alias of a model of Ollama and no listed model has that name.
fn alias_of_provider(config: &Config, found: &ModelReference) -> Option<ModelReference> {
    let listed = config.provider(&found.provider).map_or(&[][..], |provider| &provider.models);
    let aliased = qualified(alias(config, &found.model)?)?;
    let is_listed = listed.iter().any(|entry| entry.id.value.trim() == found.model);
    (aliased.provider == found.provider && !is_listed)
        .then_some(ModelReference { found_by: FoundBy::Alias, ..aliased })
}

/// The provider of a bare name, where just one has it: by the keys of `agents.defaults.models` and by
/// the models that providers list. Only where none has it exactly, case does not matter.
fn only_lister(config: &Config, model: &str) -> Option<String> {
    let named = config.catalog.iter().filter_map(|key| qualified(&key.value));
    let listed = config.providers.iter().flat_map(|provider| {
        provider.models.iter().map(|entry| ModelReference {
            provider: provider.id.clone(),
            model: entry.id.value.trim().to_string(),
            found_by: FoundBy::OnlyLister,
        })
    });
    let all: Vec<ModelReference> = named.chain(listed).collect();
    let only = |is_it: &dyn Fn(&str) -> bool| {
        let mut providers: Vec<&str> =
            all.iter().filter(|one| is_it(&one.model)).map(|one| &*one.provider).collect();
        providers.sort_unstable();
        providers.dedup();
        providers
    };
    let exact = only(&|name| name == model);
    let found = if exact.is_empty() { only(&|name| name.eq_ignore_ascii_case(model)) } else { exact };
    match found[..] {
        [provider] => Some(provider.to_string()),
        _ => None,
    }
}

/// A reference without the auth profile behind its `@`. Dates (`@20260101`) and quantisations
/// (`@q4_k_m`, `@4bit`) belong to the model.
fn without_profile(text: &str) -> &str {
    let start = text.rfind('/').map_or(0, |slash| slash + 1);
    let mut at = text[start..].find('@').map(|at| start + at);
    while let Some(place) = at.filter(|place| *place > 0) {
        let suffix = text[place + 1..].split('@').next().unwrap_or_default();
        if !is_date(suffix) && !is_quantisation(suffix) {
            let (model, profile) = (text[..place].trim(), text[place + 1..].trim());
            return if model.is_empty() || profile.is_empty() { text } else { model };
        }
        at = text[place + 1..].find('@').map(|next| place + 1 + next);
    }
    text
}

fn is_date(suffix: &str) -> bool {
    suffix.len() == 8 && suffix.bytes().all(|byte| byte.is_ascii_digit())
}

/// `q4`, `iq3_xxs`, `8bit`.
fn is_quantisation(suffix: &str) -> bool {
    let suffix = suffix.to_ascii_lowercase();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if suffix.strip_suffix("bit").is_some_and(is_number) {
        return true;
    }
    let rest = suffix.strip_prefix('i').unwrap_or(&suffix);
    let mut parts = rest.strip_prefix('q').unwrap_or_default().split('_');
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    parts.next().is_some_and(is_number) && parts.all(is_word)
}

/// What `agents.defaults.models` sets for a model. OpenClaw compares the key with the reference as a
/// whole (`resolveModelExtraParamSources` of 2026.9.6).
pub fn model_params<'a>(config: &'a Config, provider: &str, model: &str) -> Option<&'a ModelParams> {
    let is_it = |key: ModelReference| key.provider == provider && key.model == model;
    config.model_params.iter().find(|params| qualified(&params.reference).is_some_and(is_it))
}

/// A model of an Ollama, and where the config says something of it.
pub struct ConfiguredModel<'a> {
    /// The provider id.
    pub provider: String,
    /// The model without its provider.
    pub model: String,
    /// Its name as Ollama reads it.
    pub name: ModelName,
    /// Where the provider stands in the config.
    pub config: Option<(usize, &'a Provider)>,
    /// Where the model stands in the provider's list.
    pub entry: Option<(usize, &'a ListedModel)>,
}

impl<'a> ConfiguredModel<'a> {
    /// The primary model.
    ///
    /// # Errors
    /// Nothing is set, its provider is only guessed, or it runs on ollama.com.
    pub fn primary(facts: &'a Facts) -> Result<ConfiguredModel<'a>, Unseen> {
        let config = facts.usable_config()?;
        let written = config.primary.as_ref().ok_or(Unseen::Blocked { by: Need::Primary })?;
        let reference =
            resolve(config, &written.value).filter(|reference| reference.found_by != FoundBy::Default);
        let named = reference.and_then(|reference| Some((reference.name()?, reference)));
        let (name, reference) = named.ok_or(Unseen::Blocked { by: Need::Primary })?;
        if name.is_cloud() {
            let why = format!("{} runs on ollama.com, which is not asked", written.value);
            return Err(Unseen::NotApplicable { why });
        }
        Ok(Self::of(config, reference.provider, reference.model, name))
    }

    /// A model that is installed in the Ollama of a provider.
    pub fn installed(config: &'a Config, provider: &str, tag: &str) -> Option<ConfiguredModel<'a>> {
        Some(Self::of(config, provider.to_string(), tag.to_string(), ModelName::parse(tag)?))
    }

    fn of(config: &'a Config, provider: String, model: String, name: ModelName) -> ConfiguredModel<'a> {
        let found = config.providers.iter().enumerate().find(|(_, known)| known.id == provider);
        let is_it = |entry: &ListedModel| {
            let id = entry.id.value.trim();
            let own = qualified(id).filter(|listed| listed.provider == provider);
            name.is_named(own.as_ref().map_or(id, |listed| &listed.model))
        };
        let entry =
            found.and_then(|(_, known)| known.models.iter().enumerate().find(|(_, entry)| is_it(entry)));
        ConfiguredModel { provider, model, name, config: found, entry }
    }

    /// What the `params` of the model say of thinking: those of its entry, then those of the agents.
    pub fn think(&self, config: &'a Config) -> Option<&'a Sourced<String>> {
        let of_entry = self.entry.and_then(|(_, entry)| entry.think.as_ref());
        of_entry.or_else(|| model_params(config, &self.provider, &self.model)?.think.as_ref())
    }

    /// Whether OpenClaw speaks OpenAI's format to it instead of Ollama's.
    pub fn is_legacy(&self) -> bool {
        self.config.is_some_and(|(_, provider)| is_legacy(provider, self.entry.map(|(_, entry)| entry)))
    }

    /// JSON Pointer to the model's entry in the provider's list; `rest` starts with a slash.
    pub fn entry_fact(&self, rest: &str) -> String {
        let provider = self.config.map_or(0, |(index, _)| index);
        let entry = self.entry.map_or(0, |(index, _)| index);
        format!("/config/providers/{provider}/models/{entry}{rest}")
    }
}

/// The `api` with which the first model of a provider that agents use is asked: its own, else the provider's.
pub fn api_in_use<'a>(config: &'a Config, provider: &'a Provider) -> Option<&'a Sourced<String>> {
    let used = references(config).find(|(_, found)| found.provider == provider.id);
    let entry = used
        .and_then(|(_, found)| provider.models.iter().find(|entry| found.is(&provider.id, &entry.id.value)));
    entry.and_then(|entry| entry.api.as_ref()).or(provider.api.as_ref())
}

/// Whether OpenClaw speaks OpenAI's format to a model: by the `api` of its entry, else of its provider.
/// A provider with another name than `ollama` has it for its default (`provider-discovery`, 2026.9.6).
pub fn is_legacy(provider: &Provider, entry: Option<&ListedModel>) -> bool {
    let of_entry = entry.and_then(|entry| entry.api.as_ref());
    match of_entry.or(provider.api.as_ref()) {
        Some(api) => matches!(&*api.value, "openai-completions" | "openai-responses"),
        None => provider.id != "ollama",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sourced(value: &str, from: &str) -> Sourced<String> {
        Sourced { value: value.into(), from: from.into(), line: None, column: None }
    }

    fn config() -> Config {
        let box_ = Provider {
            id: "box".into(),
            models: vec![ListedModel { id: sourced("Qwen3:8b", "x"), ..ListedModel::default() }],
            ..Provider::default()
        };
        Config {
            aliases: vec![sourced("Fast", "ollama/llama3.2:3b"), sourced("deep", "box/qwen3:8b")],
            catalog: vec![sourced("ollama/llama3.2:3b", "x"), sourced("box/qwen3:8b", "x")],
            providers: vec![box_],
            ..Config::default()
        }
    }

    #[test]
    fn references_lead_where_openclaw_takes_them() {
        use FoundBy::{Alias, Default, OnlyLister, Provider};
        let config = config();
        for (text, provider, model, found_by) in [
            ("ollama/llama3.2:3b", "ollama", "llama3.2:3b", Provider),
            (" Ollama / llama3.2:3b ", "ollama", "llama3.2:3b", Provider),
            ("ollama/hf.co/x/y:1", "ollama", "hf.co/x/y:1", Provider),
            ("ollama/Ollama/m", "ollama", "m", Provider),
            ("ollama/m@work", "ollama", "m", Provider),
            ("ollama/m@q4_k_m", "ollama", "m@q4_k_m", Provider),
            ("ollama/m@4bit@work", "ollama", "m@4bit", Provider),
            ("ollama/m@20260101@work", "ollama", "m@20260101", Provider),
            ("fast", "ollama", "llama3.2:3b", Alias),
            ("FAST@work", "ollama", "llama3.2:3b", Alias),
            ("ollama/fast", "ollama", "llama3.2:3b", Alias),
            ("box/fast", "box", "fast", Provider),
            ("llama3.2:3b", "ollama", "llama3.2:3b", OnlyLister),
            ("qwen3:8b", "box", "qwen3:8b", OnlyLister),
            ("mistral", "openai", "mistral", Default),
        ] {
            let expected = ModelReference { provider: provider.into(), model: model.into(), found_by };
            assert_eq!(resolve(&config, text), Some(expected), "{text}");
        }
        for text in ["", "/", "ollama/", "/m"] {
            assert_eq!(resolve(&config, text), None, "{text}");
        }
    }

    #[test]
    fn a_fallback_without_a_provider_gets_the_primarys() {
        let config = Config { primary: Some(sourced("fast", "x")), ..config() };
        let found = resolve_fallback(&config, "mistral").map(|found| found.provider);
        assert_eq!(found.as_deref(), Some("ollama"));
    }

    #[test]
    fn ollamas_own_suffix_is_no_part_of_the_name() {
        let name = |text| resolve(&config(), text).and_then(|found| Some(found.name()?.short()));
        assert_eq!(name("ollama/mistral:local").as_deref(), Some("mistral:latest"));
        assert_eq!(name("ollama/a b"), None);
    }
}
