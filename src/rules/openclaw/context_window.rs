//! How many tokens of context OpenClaw counts on for a model, and how many it asks Ollama for, by version.

use crate::facts::{Facts, ModelInfo, Sourced};
use crate::rules::openclaw::by_version::Rules;
use crate::rules::openclaw::primary::{ConfiguredModel, model_params};

/// The most that OpenClaw asks of a local model that it discovered (`OLLAMA_LOCAL_CONTEXT_TOKENS`, 2026.9.6).
pub const MOST_DISCOVERED: u64 = 32_768;
/// What OpenClaw takes for the window where Ollama tells none (`buildOllamaModelDefinition`, 2026.9.6).
pub const UNTOLD: u64 = 128_000;
/// The same under the rules of the provider page.
pub const UNTOLD_BY_PAGE: u64 = 8_192;
/// Below this OpenClaw's guided setup takes no model (2026.9.6).
pub const ENOUGH: u64 = 16_384;
/// What an agent's first prompt takes, in tokens: measured on 2026.9.6 in an empty workspace.
pub const AGENT_PROMPT: u64 = 13_000;

/// What OpenClaw's guard refuses: a smaller window than this (`context-window-guard` of 2026.9.6; before
/// 2026.3 by the provider page).
pub fn guard(rules: Rules) -> u64 {
    match rules {
        Rules::Documented => 16_000,
        Rules::Installed => 4_000,
    }
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

/// What OpenClaw makes of a model's context window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextWindow {
    /// What OpenClaw takes for its budget, and what its guard looks at.
    pub budget: Tokens,
    /// `options.num_ctx` of its requests; none where the server decides.
    pub asked: Option<Tokens>,
}

/// The context window of a model that Ollama describes so. `info_fact` points to the description.
pub fn context_window(
    facts: &Facts,
    model: &ConfiguredModel,
    info: &ModelInfo,
    info_fact: &str,
) -> ContextWindow {
    let mut window = of_native_api(facts, model, info, info_fact);
    if model.is_legacy() {
        // Ollama takes no context length in OpenAI's format (`openai/openai.go`).
        window.asked = None;
    }
    window
}

fn of_native_api(facts: &Facts, model: &ConfiguredModel, info: &ModelInfo, info_fact: &str) -> ContextWindow {
    let rules = facts.rules();
    let told = Tokens {
        count: reported_length(info, rules),
        from: "/api/show".into(),
        fact: format!("{info_fact}/contextLength"),
        place: None,
    };
    let number = |value: &Option<Sourced<f64>>, key: &str| {
        value.as_ref().and_then(|value| tokens(value, model.entry_fact(&format!("/{key}"))))
    };
    let Some((_, entry)) = model.entry else {
        return discovered(facts, model, told, rules);
    };
    let window = number(&entry.context_window, "contextWindow");
    if rules == Rules::Documented {
        // `ollama-stream` of 2026.2 asks for the window, whatever it is.
        let budget = window.unwrap_or(told);
        return ContextWindow { asked: Some(budget.clone()), budget };
    }
    let cap = number(&entry.context_tokens, "contextTokens");
    let asked = number(&entry.num_ctx, "numCtx").or_else(|| num_ctx(facts, model)).or(cap.clone());
    let budget = match (cap, window) {
        (Some(cap), Some(window)) if window.count < cap.count => window,
        (Some(cap), _) => cap,
        (None, window) => window.unwrap_or(Tokens {
            count: UNTOLD,
            from: "OpenClaw's default".into(),
            fact: model.entry_fact("/contextWindow"),
            place: None,
        }),
    };
    ContextWindow { budget, asked }
}

fn discovered(facts: &Facts, model: &ConfiguredModel, told: Tokens, rules: Rules) -> ContextWindow {
    match rules {
        Rules::Documented => ContextWindow { asked: Some(told.clone()), budget: told },
        Rules::Installed => {
            let budget = Tokens { count: told.count.min(MOST_DISCOVERED), ..told };
            let asked = num_ctx(facts, model).unwrap_or_else(|| budget.clone());
            ContextWindow { asked: Some(asked), budget }
        }
    }
}

/// `params.num_ctx` of the provider, else of `agents.defaults.models` (measured on 2026.9.6).
fn num_ctx(facts: &Facts, model: &ConfiguredModel) -> Option<Tokens> {
    let of_provider = model.config.and_then(|(index, provider)| {
        tokens(provider.num_ctx.as_ref()?, format!("/config/providers/{index}/numCtx"))
    });
    of_provider.or_else(|| {
        let config = facts.config.seen()?;
        let params = model_params(config, &model.provider, &model.model)?;
        let index = config.model_params.iter().position(|one| std::ptr::eq(one, params))?;
        tokens(params.num_ctx.as_ref()?, format!("/config/modelParams/{index}/numCtx"))
    })
}

/// What OpenClaw reads from `/api/show`: the larger of both under today's rules.
fn reported_length(info: &ModelInfo, rules: Rules) -> u64 {
    if rules == Rules::Documented {
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
        place: value.place(),
    })
}

/// A positive number of tokens; OpenClaw ignores anything else.
pub fn whole(number: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, as seen before")]
    (number.is_finite() && (1.0..1e15).contains(&number)).then(|| number.floor() as u64)
}

/// `num_ctx` as OpenClaw reads it: the whole digits before a word boundary. Go
/// writes numbers from a million on with an exponent, so that of
/// `1.048576e+06` the 1 is read, and of `1e+06` nothing.
pub fn num_ctx_as_read(value: f64) -> Option<u64> {
    let text = if value.abs() < 1e6 { value.to_string() } else { format!("{value:e}") };
    let digits = text.find(|c: char| !c.is_ascii_digit()).map_or(&*text, |end| &text[..end]);
    let is_cut_off = text[digits.len()..].starts_with('e');
    digits.parse().ok().filter(|number| *number > 0 && !is_cut_off)
}
