//! The keys that OpenClaw 2026.9 knows where it accepts no other: those of the
//! schema that OpenClaw 2026.9.6 prints itself. Keys that it takes away when it
//! reads a config, with a warning, are known too (measured).

use crate::facts::Sourced;

const ROOT: &str = "$schema accessGroups acp agents approvals attachments auth bindings broadcast browser channels \
cloudWorkers commands cron desktop diagnostics discovery env gateway hooks logging mcp memory messages meta models \
nodeHost plugins proxy secrets security session skills surfaces talk telemetry tools transcripts tts ui update \
wizard worktreeAcceleration worktreeRoot $include";
const GATEWAY: &str = "allowRealIpFallback auth bind cliAgents controlUi customBindHost http mode nodes port portals \
publicOrigin push reload remote roles tailscale terminal tls tools trustedProxies $include";
const MODELS: &str = "catalogRefresh mode providers $include";
const PROVIDER: &str = "agentRuntime api apiKey auth authHeader baseUrl headers injectNumCtxForOpenAICompat \
localService maxTokens models params region request timeoutSeconds contextWindow contextTokens $include";
const MODEL: &str = "agentRuntime api baseUrl compat contextTokens contextWindow cost headers id input maxTokens \
mediaInput metadataSource name params reasoning thinkingLevelMap $include";
const AGENTS: &str = "defaults entries ownership list $include";
const DEFAULTS: &str = "authInheritance blockStreamingBreak blockStreamingChunk blockStreamingCoalesce \
blockStreamingDefault bootstrapMaxChars bootstrapTotalMaxChars compaction contextInjection contextLimits \
contextPruning cwd decisionModel elevatedDefault embeddedAgent experimental fastModeDefault heartbeat humanDelay \
imageMaxDimensionPx imageModel imageQuality maxConcurrent mediaMaxMb mediaModels model modelPolicy \
modelSelectionScope models params pdfMaxMb pdfMaxPages pdfModel reasoningDefault repoRoot sandbox sessionStore \
silentReply skills skipBootstrap skipOptionalBootstrapFiles startupContext subagents systemAgent thinkingDefault \
timeoutSeconds toolProgressDetail typingIntervalSeconds typingMode userTimezone utilityModel verboseDefault \
voiceModel workspace contextTokens $include";

/// Whether OpenClaw knows a key of the object at that place.
pub fn is_known(place: &str, key: &str) -> bool {
    let known = match place {
        "" => ROOT,
        "gateway" => GATEWAY,
        "models" => MODELS,
        "agents" => AGENTS,
        "agents.defaults" => DEFAULTS,
        place if is_entry(place) => MODEL,
        place if place.starts_with("models.providers") => PROVIDER,
        _ => return true,
    };
    known.split_whitespace().any(|one| one == key)
}

/// The first entry of a list of models without `id` or `name`, the place of its
/// first key, and what is missing.
pub fn lacking(keys: &[Sourced<String>]) -> Option<(String, usize, &'static str)> {
    let entries = keys.iter().enumerate().filter(|(_, key)| is_entry(&key.from));
    let has = |entry: &str, name: &str| keys.iter().any(|key| key.from == entry && key.value == name);
    entries.into_iter().find_map(|(index, key)| {
        let missing = ["id", "name"].into_iter().find(|name| !has(&key.from, name))?;
        (!has(&key.from, "$include")).then(|| (key.from.clone(), index, missing))
    })
}

/// `models.providers.ID.models[N]`, of which the last step is a number.
fn is_entry(place: &str) -> bool {
    let (list, last) = place.rsplit_once('.').unwrap_or_default();
    place.starts_with("models.providers")
        && list.ends_with(".models")
        && last.chars().all(|c| c.is_ascii_digit())
}
