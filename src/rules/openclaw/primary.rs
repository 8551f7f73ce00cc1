//! How many tokens OpenClaw and Ollama grant the primary model: OpenClaw's own
//! rules, by version.

use crate::diagnosis::fixes::has_page_rules;
use crate::facts::{Config, Facts, ListedModel, ModelInfo, Need, Provider, Sourced, Unseen, model_reference};
use crate::rules::openclaw::discovery::num_ctx_as_read;
use crate::types::model_name::ModelName;
use crate::types::versions::Version;

/// The most that OpenClaw asks of a local model that it discovered (`provider-models`, 2026.9.6).
const MOST_DISCOVERED: u64 = 32_768;
/// What OpenClaw takes for the window where Ollama does not tell one (2026.9.6).
const UNTOLD: u64 = 128_000;
/// The same under the rules of the provider page.
const UNTOLD_BY_PAGE: u64 = 8_192;

/// The primary model and where it is set.
pub struct Primary<'a> {
    /// The provider id.
    pub provider: &'a str,
    /// The model without its provider.
    pub model: &'a str,
    /// Its name as Ollama reads it.
    pub name: ModelName,
    /// Where the provider stands in the config.
    pub config: Option<(usize, &'a Provider)>,
    /// Where the model stands in the provider's list.
    pub entry: Option<(usize, &'a ListedModel)>,
}

/// A number of tokens and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// The number.
    pub count: u64,
    /// The config key, or words.
    pub from: String,
    /// JSON Pointer into the facts.
    pub fact: String,
    /// Line and column in the config.
    pub place: Option<(usize, usize)>,
}

/// What OpenClaw makes of a model's window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// What OpenClaw takes for its budget, and what its guard looks at.
    pub budget: Tokens,
    /// `options.num_ctx` of its requests; none where the server decides.
    pub asked: Option<Tokens>,
}

impl<'a> Primary<'a> {
    /// What the `params` of the model say of thinking: those of its entry, then those of the agents.
    pub fn think(&self, config: &'a Config) -> Option<&'a Sourced<String>> {
        let of_entry = self.entry.and_then(|(_, entry)| entry.think.as_ref());
        of_entry.or_else(|| config.model_params(self.provider, self.model)?.think.as_ref())
    }

    /// The primary model.
    ///
    /// # Errors
    /// Nothing is set, or it is no model of an Ollama.
    pub fn of(facts: &'a Facts) -> Result<Primary<'a>, Unseen> {
        let config = facts.usable_config()?;
        let reference = config.primary.as_ref().ok_or(Unseen::Blocked { by: Need::Primary })?;
        let (provider, model) =
            model_reference(&reference.value).ok_or(Unseen::Blocked { by: Need::Primary })?;
        let known = facts.endpoints.iter().map(|endpoint| &*endpoint.provider);
        let known =
            known.chain(config.providers.iter().map(|provider| &*provider.id)).find(|id| *id == provider);
        let written = reference.value.split('/').next().unwrap_or_default();
        let provider = known.unwrap_or(written);
        let model = model.strip_prefix(provider).and_then(|rest| rest.strip_prefix('/')).unwrap_or(model);
        let name = ModelName::parse(model).ok_or(Unseen::Blocked { by: Need::Primary })?;
        if name.is_cloud() {
            let why = format!("{} runs on ollama.com, which is not asked", reference.value);
            return Err(Unseen::NotApplicable { why });
        }
        let config = config.providers.iter().enumerate().find(|(_, known)| known.id == provider);
        let is_it = |entry: &ListedModel| {
            let id = &entry.id.value;
            let id = id.strip_prefix(provider).and_then(|rest| rest.strip_prefix('/')).unwrap_or(id);
            name.is_named(id)
        };
        let entry = config
            .and_then(|(_, provider)| provider.models.iter().enumerate().find(|(_, entry)| is_it(entry)));
        Ok(Primary { provider, model, name, config, entry })
    }

    /// Whether OpenClaw speaks OpenAI's format to it instead of Ollama's. A
    /// provider of another name does so unless it says otherwise.
    pub fn is_legacy(&self) -> bool {
        self.config.is_some_and(|(_, provider)| is_legacy(provider))
    }

    /// JSON Pointer to the model's entry in the provider's list; `rest` starts with a slash.
    fn entry_fact(&self, rest: &str) -> String {
        let provider = self.config.map_or(0, |(index, _)| index);
        let entry = self.entry.map_or(0, |(index, _)| index);
        format!("/config/providers/{provider}/models/{entry}{rest}")
    }

    /// What OpenClaw makes of its window, for a model that Ollama describes so.
    pub fn window(&self, facts: &Facts, info: &ModelInfo, info_fact: &str) -> Window {
        let by_page = version(facts).is_some_and(has_page_rules);
        let told = Tokens {
            count: told(info, by_page),
            from: "/api/show".into(),
            fact: format!("{info_fact}/contextLength"),
            place: None,
        };
        let number = |value: &Option<Sourced<f64>>, key: &str| {
            value.as_ref().and_then(|value| tokens(value, self.entry_fact(&format!("/{key}"))))
        };
        let Some((_, entry)) = self.entry else {
            return self.discovered(facts, told, by_page);
        };
        let window = number(&entry.context_window, "contextWindow");
        if by_page {
            // `ollama-stream` of 2026.2 asks for the window, whatever it is.
            let budget = window.unwrap_or(told);
            return Window { asked: Some(budget.clone()), budget };
        }
        let cap = number(&entry.context_tokens, "contextTokens");
        let asked = number(&entry.num_ctx, "numCtx").or_else(|| self.num_ctx(facts)).or(cap.clone());
        let budget = match (cap, window) {
            (Some(cap), Some(window)) if window.count < cap.count => window,
            (Some(cap), _) => cap,
            (None, window) => window.unwrap_or(Tokens {
                count: UNTOLD,
                from: "OpenClaw's default".into(),
                fact: self.entry_fact("/contextWindow"),
                place: None,
            }),
        };
        Window { budget, asked }
    }

    fn discovered(&self, facts: &Facts, told: Tokens, by_page: bool) -> Window {
        let most = if by_page { told.count } else { told.count.min(MOST_DISCOVERED) };
        let budget = Tokens { count: most, ..told };
        let asked = self.num_ctx(facts).filter(|_| !by_page);
        Window { asked: Some(asked.unwrap_or_else(|| budget.clone())), budget }
    }

    /// `params.num_ctx` of the provider, else of `agents.defaults.models` (measured on 2026.9.6).
    fn num_ctx(&self, facts: &Facts) -> Option<Tokens> {
        let of_provider = self.config.and_then(|(index, provider)| {
            tokens(provider.num_ctx.as_ref()?, format!("/config/providers/{index}/numCtx"))
        });
        of_provider.or_else(|| {
            let config = facts.config.seen()?;
            let params = config.model_params(self.provider, self.model)?;
            let index = config.model_params.iter().position(|one| std::ptr::eq(one, params))?;
            tokens(params.num_ctx.as_ref()?, format!("/config/modelParams/{index}/numCtx"))
        })
    }
}

/// Whether OpenClaw speaks OpenAI's format to a provider. Another name than
/// `ollama` has it for its default (`provider-discovery`, 2026.9.6).
pub fn is_legacy(provider: &Provider) -> bool {
    match &provider.api {
        Some(api) => matches!(&*api.value, "openai-completions" | "openai-responses"),
        None => provider.id != "ollama",
    }
}

/// The version of OpenClaw that is judged, where it can be compared.
pub fn comparable_version(facts: &Facts) -> Option<Version> {
    version(facts)?.parse().ok()
}

/// The version of OpenClaw that is judged.
pub fn version(facts: &Facts) -> Option<&str> {
    facts.judged_install()?.version.as_deref()
}

/// What OpenClaw reads from `/api/show`: the larger of both under today's rules.
fn told(info: &ModelInfo, by_page: bool) -> u64 {
    if by_page {
        return info.context_length.unwrap_or(UNTOLD_BY_PAGE);
    }
    // Of `1.048576e+06`, as Ollama prints it, OpenClaw reads the 1.
    let parameter = info.num_ctx.and_then(num_ctx_as_read);
    info.context_length.max(parameter).unwrap_or(UNTOLD)
}

fn tokens(value: &Sourced<f64>, fact: String) -> Option<Tokens> {
    Some(Tokens {
        count: whole(value.value)?,
        from: value.from.clone(),
        fact: format!("{fact}/value"),
        place: value.line.zip(value.column),
    })
}

/// A positive number of tokens; OpenClaw ignores anything else.
pub fn whole(number: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, as seen before")]
    (number.is_finite() && (1.0..1e15).contains(&number)).then(|| number.floor() as u64)
}

/// Whether an agent, or the default, names a model of that provider.
pub fn is_used(config: &Config, id: &str) -> bool {
    let of_it = |named: (String, &str)| named.0 == id;
    config.references().any(|reference| model_reference(&reference.value).is_some_and(of_it))
}
