//! Which providers there are beside those that a config writes out.
//!
//! From the package of 2026.9.6: the ids, aliases and sign-in names of the plugins that come with OpenClaw
//! (`openclaw.plugin.json`) and of those that it offers to install (`official-external-provider-catalog.json`), and
//! names of older versions. OpenClaw answers a reference to any other provider with `Unknown model`.

use crate::facts::{Config, Facts, provider_id};
use crate::rules::openclaw::by_version::Rules;
use crate::types::model_name::ModelName;

#[rustfmt::skip]
const KNOWN: [&str; 105] = [
    "alibaba", "amazon-bedrock", "amazon-bedrock-mantle", "anthropic", "anthropic-vertex", "apple-fm",
    "arcee", "aws-bedrock", "azure-openai-responses", "bailian-token-plan", "baseten", "bedrock",
    "byteplus", "byteplus-plan", "cerebras", "chutes", "claude-cli", "clawrouter", "cloudflare-ai-gateway",
    "codex", "codex-cli", "cohere", "comfy", "copilot-proxy", "dashscope", "deepinfra", "deepseek", "fal",
    "featherless", "fireworks", "fireworks-ai", "gemini-cli", "github-copilot", "gmi", "gmi-cloud",
    "gmicloud", "google", "google-antigravity", "google-gemini-cli", "google-vertex", "groq", "huggingface",
    "kilocode", "kimi", "kimi-code", "kimi-coding", "litellm", "lmstudio", "longcat", "meituan-longcat",
    "meta", "microsoft-foundry", "minimax", "minimax-cn", "minimax-portal", "minimax-portal-cn", "mistral",
    "modelstudio", "moonshot", "moonshot-ai", "moonshotai", "novita", "novita-ai", "novitaai", "nvidia",
    "ollama", "ollama-cloud", "openai", "openai-codex", "opencode", "opencode-go", "opencode-zen",
    "openrouter", "perplexity", "pixverse", "qianfan", "qwen", "qwen-portal", "qwen-token-plan",
    "qwencloud", "radius", "runway", "sglang", "stepfun", "stepfun-plan", "synthetic", "tencent",
    "tencent-tokenhub", "tencent-tokenplan", "together", "venice", "vercel-ai-gateway", "vllm",
    "volcengine", "volcengine-plan", "voyage", "vydra", "x-ai", "xai", "xiaomi", "xiaomi-token-plan",
    "z-ai", "z.ai", "zai", "zen",
];

/// Whether a provider exists nowhere: the config does not write it out, no profile signs in to it, no plugin that is
/// known here has it, and none that the config names may. `text` is the whole reference.
pub fn is_nowhere(facts: &Facts, config: &Config, provider: &str, text: &str) -> bool {
    let is_signed_in = || config.auth_profiles.iter().any(|one| provider_id(&one.value) == provider);
    if KNOWN.contains(&provider) || config.provider(provider).is_some() || is_signed_in() {
        return false;
    }
    // No provider but z.ai has a dot in its id, and hosts of models have one.
    if provider.contains('.') || is_installed(facts, text) {
        return true;
    }
    facts.rules() == Rules::Installed && !may_come_from_plugin(config, provider)
}

/// Whether an Ollama has a model of that whole name, which is then no provider and a model.
pub fn is_installed(facts: &Facts, text: &str) -> bool {
    let Some(name) = ModelName::parse(text) else { return false };
    let lists = facts.endpoints.iter().filter_map(|endpoint| endpoint.tags.seen()?.understood());
    lists.flatten().any(|tag| name.is_named(&tag.name))
}

/// Whether the config loads plugins of one's own, or has one that sounds like the provider's.
fn may_come_from_plugin(config: &Config, provider: &str) -> bool {
    let Some(shape) = &config.shape else { return false };
    let sounds_like = |index: usize| {
        let at = &shape.nodes[index].at;
        at.contains('*') || at.to_ascii_lowercase().contains(provider)
    };
    ["plugins.load.paths.*", "plugins.installs.*"].iter().any(|path| !shape.find(path).is_empty())
        || shape.find("plugins.entries.*").into_iter().any(sounds_like)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_of_models_is_no_provider_and_a_provider_of_a_plugin_is_one() {
        let (facts, config) = (Facts::default(), Config::default());
        for provider in ["hf.co", "huggingface.co", "mfdoom"] {
            assert!(is_nowhere(&facts, &config, provider, "x/y"), "{provider}");
        }
        for provider in ["anthropic", "groq", "z.ai", "ollama"] {
            assert!(!is_nowhere(&facts, &config, provider, "x/y"), "{provider}");
        }
        assert!(KNOWN.is_sorted());
    }
}
