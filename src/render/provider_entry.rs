//! `--print-config`: the explicit provider entry, as JSON5 in the shape of the
//! provider page, that offers exactly these models.

use std::fmt::Write;

use crate::facts::{Endpoint, Facts, Provider};
use crate::rules::openclaw::base_url::api_base;
use crate::rules::openclaw::by_version::Rules;
use crate::rules::openclaw::discovery::Model;
use crate::text::json;
use crate::text::printable::printable;
use crate::text::secret::SecretClass;
use crate::types::host_class::HostClass;
use crate::types::ollama_env::NO_KEY_MARKER;

/// Renders the entry; the commands that select a model stand below it as a comment.
pub fn render(
    intro: &str,
    offered: &[Model],
    rules: Rules,
    facts: &Facts,
    endpoint: &Endpoint,
    select: &[String],
) -> String {
    let base_url = api_base(&endpoint.base_url.value);
    let provider = facts.usable_config().ok().and_then(|config| config.provider(&endpoint.provider));
    let mut out = String::new();
    let mut line = |text: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{text}");
    };
    line(&format!("// {}:", printable(intro)));
    line("// merge it into OpenClaw's config file.");
    if provider.is_some_and(|provider| !provider.headers.is_empty()) {
        line("// The headers of your provider entry are not shown here; keep them.");
    }
    line("{");
    line("  models: {");
    line("    providers: {");
    line(&format!("      {}: {{", key(&endpoint.provider)));
    line(&format!("        baseUrl: {},", quoted(base_url)));
    line(&format!("        apiKey: {},", quoted(api_key(provider, base_url))));
    line("        api: \"ollama\",");
    line("        models: [");
    for model in offered {
        line(&entry(model, rules));
    }
    for text in ["        ],", "      },", "    },", "  },", "}"] {
        line(text);
    }
    if !select.is_empty() {
        line("// Then select one of them:");
        select.iter().for_each(|command| line(&format!("//   {}", printable(command))));
    }
    out
}

/// The marker will do where an agent's turn takes it; a real one is never printed.
fn api_key(provider: Option<&Provider>, base_url: &str) -> &'static str {
    let class = provider.map_or(SecretClass::None, |provider| provider.api_key.class);
    let is_none = matches!(class, SecretClass::None | SecretClass::Marker);
    let takes_marker = HostClass::of_base_url(base_url).is_some_and(HostClass::takes_marker);
    if is_none && takes_marker { NO_KEY_MARKER } else { "${OLLAMA_API_KEY}" }
}

fn entry(model: &Model, rules: Rules) -> String {
    let input = if model.vision == Some(true) { r#"["text", "image"]"# } else { r#"["text"]"# };
    let cost = &model.cost;
    let number = |name: &str, value: Option<u64>| value.map(|value| format!("{name}: {value},"));
    let installed = rules == Rules::Installed;
    let lines = [
        Some(format!("id: {},", quoted(&model.id))),
        Some(format!("name: {},", quoted(&model.id))),
        Some(format!("reasoning: {},", model.reasoning.unwrap_or_default())),
        Some(format!("input: {input},")),
        Some(format!(
            "cost: {{ input: {}, output: {}, cacheRead: {}, cacheWrite: {} }},",
            cost.input, cost.output, cost.cache_read, cost.cache_write
        )),
        number("contextWindow", model.context_window),
        number("contextTokens", model.context_tokens.filter(|_| installed)),
        number("maxTokens", model.max_tokens),
        model.tools.filter(|_| installed).map(|tools| format!("compat: {{ supportsTools: {tools} }},")),
    ];
    let lines: Vec<String> = lines.into_iter().flatten().map(|line| format!("            {line}")).collect();
    format!("          {{\n{}\n          }},", lines.join("\n"))
}

fn key(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphabetic() || c == '_') && !name.is_empty();
    if is_plain { name.to_string() } else { quoted(name) }
}

/// A string of JSON, without a raw control character.
fn quoted(text: &str) -> String {
    json::render(&text).map(|text| text.trim_end().to_string()).unwrap_or_default()
}
