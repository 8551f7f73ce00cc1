//! Do the tools of OpenClaw reach the model?

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Config, Facts, ToolPolicy, Unseen, is_typable_config_key};
use crate::rules::openclaw::primary::ConfiguredModel;
use crate::rules::openclaw::tools::{CALL_REFUSED, Cut, cut, offers_tool_call, writes_tool_call};
use crate::types::capability::Capability;

/// Fails where the config takes the tools by which an agent acts from it, and where OpenClaw offers them in a way that
/// the model cannot use.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.usable_config()?;
    let Some((root, policies)) = config.tools.as_ref().and_then(|all| Some((all.first()?, all))) else {
        // What the log of an older bundle says needs no policy.
        return call_refused(facts, &ToolPolicy::default()).map_or(Err(Unseen::Absent), Failure::verdict);
    };
    let mut failures: Vec<Failure> = call_refused(facts, root).into_iter().collect();
    if failures.is_empty() {
        failures.extend(searched(facts, config, root));
    }
    for (index, own) in policies.iter().enumerate() {
        failures.extend(cut(root, own).map(|cut| taken_away(index, own, &cut)));
    }
    failures.extend(switched_off(facts));
    Verdict::fail(failures).unwrap_or_else(|| Verdict::pass(pass(root)))
}

fn pass(root: &ToolPolicy) -> String {
    match &root.profile {
        Some(profile) => format!("agents get the tools of the profile {}", profile.value),
        None => "no profile and no list takes tools from the agents".into(),
    }
}

/// The log says that every call fails.
fn call_refused(facts: &Facts, root: &ToolPolicy) -> Option<Failure> {
    let version = facts.comparable_openclaw_version();
    if !offers_tool_call(version.as_ref(), root) {
        return None;
    }
    let started = facts.gateway.seen().and_then(|gateway| gateway.started_at.max(gateway.config_modified));
    let mut lines = facts.logs.gateway.seen()?.lines.iter().enumerate().rev();
    let (index, line) = lines.find(|(_, line)| {
        line.text.contains(CALL_REFUSED) && started.is_none_or(|started| line.time >= started)
    })?;
    let message =
        "the model's tool calls fail: Ollama takes its envelope <tool_call> for OpenClaw's tool tool_call";
    let failure = Failure::new("search-failing", message).seen(
        "gateway says",
        format!("/logs/gateway/lines/{index}/text"),
        &*line.text,
    );
    Some(with_search(failure, root))
}

/// The primary writes the envelope by which Ollama finds the wrong tool.
fn searched(facts: &Facts, config: &Config, root: &ToolPolicy) -> Option<Failure> {
    let version = facts.comparable_openclaw_version();
    let primary = ConfiguredModel::primary(facts).ok().filter(|primary| !primary.is_legacy())?;
    let site = Site::all(facts).find(|site| site.endpoint.provider == primary.provider)?;
    let has_tools =
        site.endpoint.capabilities(&primary.name).is_some_and(|(_, all)| Capability::Tools.is_in(all));
    let concerns = has_tools && writes_tool_call(primary.name.family()) && !wants_none(&primary);
    if !concerns || !offers_tool_call(version.as_ref(), root) {
        return None;
    }
    let message = format!(
        "OpenClaw {} offers {} a tool called tool_call, and Ollama may take the model's own <tool_call> for it",
        facts.openclaw_version().unwrap_or_default(),
        primary.model
    );
    let value = config.primary.as_ref()?;
    let failure = Failure::new("search", message)
        .seen("primary", "/config/primary/value", &*value.value)
        .note(&*value.from);
    Some(with_search(failure, root))
}

fn with_search(failure: Failure, root: &ToolPolicy) -> Failure {
    if root.at.is_empty() {
        return failure.path("tools.toolSearch");
    }
    match &root.search {
        Some(mode) => failure.setting("tool search", "/config/tools/0/search/value", mode),
        None => {
            failure.seen("tool search", "/config/tools/0", "not set, so it is on").path("tools.toolSearch")
        }
    }
    .expected("false")
}

fn taken_away(index: usize, own: &ToolPolicy, cut: &Cut) -> Failure {
    let whose = match own.at.as_str() {
        "tools" => "agents".to_string(),
        at => format!("the agent of {at}"),
    };
    let (cause, setting, message) = match cut {
        Cut::Profile(setting) => {
            let message = format!(
                "the profile {} gives {whose} no tool that reads files or runs commands",
                setting.value
            );
            ("profile", *setting, message)
        }
        Cut::Denied(setting) => (
            "denied",
            *setting,
            format!("tools.deny takes every tool that reads files or runs commands from {whose}"),
        ),
        Cut::NotAllowed(setting) => (
            "not-allowed",
            *setting,
            format!("tools.allow gives {whose} no tool that reads files or runs commands"),
        ),
    };
    let failure = Failure::new(cause, message)
        .seen("tools", format!("/config/tools/{index}"), &*setting.value)
        .note(&*setting.from)
        .at(setting);
    match is_typable_config_key(&setting.from) {
        true => failure.value("profile_key", &*setting.from),
        false => failure,
    }
}

fn wants_none(primary: &ConfiguredModel) -> bool {
    let says = primary.entry.and_then(|(_, entry)| entry.supports_tools.as_ref());
    says.is_some_and(|says| !says.value)
}

/// The config says that the primary takes no tools, and Ollama says that it does.
fn switched_off(facts: &Facts) -> Option<Failure> {
    let primary = ConfiguredModel::primary(facts).ok().filter(wants_none)?;
    let site = Site::all(facts).find(|site| site.endpoint.provider == primary.provider)?;
    let (index, capabilities) = site.endpoint.capabilities(&primary.name)?;
    let (_, entry) = primary.entry.filter(|_| Capability::Tools.is_in(capabilities))?;
    let says = entry.supports_tools.as_ref()?;
    let message = format!("{} can call tools, and the config has OpenClaw send it none", primary.model);
    let pointer = site.pointer(&format!("/shows/{index}/answer/outcome/understood/capabilities"));
    let failure = Failure::new("switched-off", message)
        .seen("supportsTools", primary.entry_fact("/supportsTools/value"), "false")
        .note(&*says.from)
        .seen("capabilities", pointer, capabilities.join(", "));
    Some(failure.at(says))
}
