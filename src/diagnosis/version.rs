//! Checks without code of their own: a page with a `product`, judged by the version
//! that is installed and by whether the config has what a problem of it concerns.

use super::log;
use crate::catalogue::{Cause, Condition, Page, Product};
use crate::checks::{Check, Failure, Judgement, Site, Verdict};
use crate::facts::{Config, Facts, Need, Provider, Sourced, Target, Unseen};
use crate::rules::openclaw::primary::{ConfiguredModel, is_used, references};
use crate::text::scrub::excerpt;
use crate::types::capability::Capability;
use crate::types::ollama_env::DEFAULT_PORT;
use crate::types::versions::{Range, Version};

/// A program as it is installed.
struct Installed<'a> {
    name: &'static str,
    /// Its version as it stands.
    text: &'a str,
    version: Version,
    /// JSON Pointer to that.
    fact: String,
    /// Where it was read.
    from: String,
    /// The host that it runs on, where that is another one.
    elsewhere: Option<String>,
}

/// Fails for the gravest problem that the installed version has and that the config meets.
pub fn judge(facts: &Facts, check: &'static Check, page: Option<&Page>) -> Judgement {
    let (page, product) = page
        .and_then(|page| Some((page, page.data.product?)))
        .ok_or(Unseen::NotApplicable { why: "its page names no product".into() })?;
    let installed = match product {
        Product::Openclaw => openclaw(facts)?,
        Product::Ollama => ollama(facts)?,
    };
    let ranges =
        |cause: &Cause| cause.versions.iter().find(|range| range.contains(&installed.version)).cloned();
    let known: Vec<(&String, &Cause, Range)> =
        page.data.cause.iter().filter_map(|(key, cause)| Some((key, cause, ranges(cause)?))).collect();
    if known.is_empty() {
        return Verdict::pass(format!("no problem of {} {} is known here", installed.name, installed.text));
    }
    let config = facts.usable_config()?;
    let depends = known.iter().any(|(_, cause, _)| cause.when == Some(Condition::ThinkingOff));
    let met = known.into_iter().filter(|(_, cause, _)| concerns(facts, config, cause));
    let gravest = met.max_by_key(|(_, cause, _)| cause.severity.unwrap_or(page.data.severity));
    let found = gravest.and_then(|(key, cause, range)| Some((log::key_of(check, key)?, cause, range)));
    match found {
        Some((key, cause, range)) => failure(facts, &installed, key, cause, &range).verdict(),
        None if depends
            && ConfiguredModel::primary(facts)
                .is_ok_and(|primary| capabilities(facts, &primary).is_none()) =>
        {
            Err(Unseen::Blocked { by: Need::Shows })
        }
        None => Verdict::pass(format!(
            "what is known of {} {} does not concern this config",
            installed.name, installed.text
        )),
    }
}

fn openclaw(facts: &Facts) -> Result<Installed<'_>, Unseen> {
    let not = |why: &str| Unseen::NotApplicable { why: why.into() };
    let judged = facts.judged.as_ref().ok_or_else(|| not("no OpenClaw was found on this machine"))?;
    let install = facts.judged_install().ok_or_else(|| not("no OpenClaw was found on this machine"))?;
    let text = install
        .version
        .as_deref()
        .ok_or_else(|| not("which version of OpenClaw is installed could not be seen"))?;
    Ok(Installed {
        name: "OpenClaw",
        text,
        version: numbered("OpenClaw", text)?,
        fact: format!("/installs/{}/version", judged.install),
        from: install.version_from.clone().unwrap_or_else(|| "package.json".into()),
        elsewhere: None,
    })
}

fn ollama(facts: &Facts) -> Result<Installed<'_>, Unseen> {
    let endpoint = facts.endpoints.first().ok_or(Unseen::Blocked { by: Need::Config })?;
    let site = Site { index: 0, endpoint };
    let text = endpoint
        .version
        .need(Need::Tags)?
        .understood()
        .ok_or(Unseen::NotApplicable { why: "/api/version named no version".into() })?;
    Ok(Installed {
        name: "Ollama",
        text,
        version: numbered("Ollama", text)?,
        fact: site.pointer("/version/outcome/understood"),
        from: "/api/version".into(),
        elsewhere: site.other_host(facts),
    })
}

/// A version that can be compared with others.
fn numbered(name: &str, text: &str) -> Result<Version, Unseen> {
    const LONGEST: usize = 60;
    let error =
        || format!("{name} calls its version \"{}\", which cannot be compared", excerpt(text, LONGEST));
    let version: Version = text.parse().map_err(|_| Unseen::Unknown { error: error() })?;
    if version.is_unnumbered() {
        let why = format!("{name} {text} was built from source, which says nothing of its age");
        return Err(Unseen::NotApplicable { why });
    }
    Ok(version)
}

fn failure(facts: &Facts, installed: &Installed, key: &'static str, cause: &Cause, range: &Range) -> Failure {
    let primary = ConfiguredModel::primary(facts).map(|primary| primary.model.to_string());
    let say = cause.say.clone().unwrap_or_default();
    let say = say.replace("{version}", installed.text).replace("{model}", &primary.unwrap_or_default());
    let mended = range.end().map_or("a newer version".into(), |version| format!("{version} or newer"));
    Failure::new(key, say)
        .seen(installed.name, installed.fact.clone(), installed.text)
        .note(installed.from.clone())
        .expected(mended)
        .on(installed.elsewhere.clone())
}

/// Whether the config has what the problem concerns.
fn concerns(facts: &Facts, config: &Config, cause: &Cause) -> bool {
    let primary = ConfiguredModel::primary(facts).ok();
    let is_named = || {
        let family = primary.as_ref().map(|primary| primary.name.family());
        family.is_some_and(|family| cause.models.iter().any(|model| model.eq_ignore_ascii_case(family)))
    };
    // Where no OpenClaw's version is known the newest rules hold.
    let openclaw = facts.comparable_openclaw_version();
    let meets = cause
        .openclaw
        .as_ref()
        .is_none_or(|range| openclaw.as_ref().is_none_or(|version| range.contains(version)));
    let native =
        || primary.as_ref().filter(|primary| !primary.is_legacy() && is_first(facts, &primary.provider));
    let is_met = match cause.when {
        None => true,
        Some(Condition::Discovery) => discovered(facts, config).next().is_some(),
        Some(Condition::DiscoveryElsewhere) => discovered(facts, config).any(|target| !is_default(target)),
        Some(Condition::OtherName) => has_other_name(config),
        Some(Condition::NativeTools) => native().is_some_and(|primary| gets_tools(facts, primary)),
        Some(Condition::ThinkingOn) => native().is_some_and(|primary| is_told_to_think(config, primary)),
        Some(Condition::ThinkingOff) => {
            native().is_some_and(|primary| is_told_not_to_think(facts, config, primary))
        }
        Some(Condition::CloudModel) => uses_cloud(facts, config),
    };
    is_met && meets && (cause.models.is_empty() || is_named())
}

fn is_first(facts: &Facts, provider: &str) -> bool {
    facts.endpoints.first().is_some_and(|endpoint| endpoint.provider == provider)
}

/// Where the Ollamas are whose models OpenClaw finds out itself and uses: an entry that lists models is not asked.
fn discovered<'a>(facts: &'a Facts, config: &'a Config) -> impl Iterator<Item = &'a Target> {
    let lists = |id: &str| config.provider(id).is_some_and(|provider| !provider.models.is_empty());
    let endpoints = facts.endpoints.iter().filter(|endpoint| !endpoint.is_by_flag());
    endpoints
        .filter(move |endpoint| !lists(&endpoint.provider) && is_used(config, &endpoint.provider))
        .filter_map(|endpoint| endpoint.target.seen())
}

fn is_default(target: &Target) -> bool {
    target.port == DEFAULT_PORT && ["127.0.0.1", "localhost"].contains(&&*target.host)
}

fn has_other_name(config: &Config) -> bool {
    references(config).any(|(_, found)| {
        found.provider != "ollama" && config.provider(&found.provider).is_some_and(Provider::says_ollama)
    })
}

/// What `/api/show` says that the primary can do.
fn capabilities<'a>(facts: &'a Facts, primary: &ConfiguredModel) -> Option<&'a Vec<String>> {
    facts.endpoints.first()?.capabilities(&primary.name).map(|(_, all)| all)
}

/// An agent's model gets tools unless the config or Ollama says that it takes none.
fn gets_tools(facts: &Facts, primary: &ConfiguredModel) -> bool {
    let entry = primary.entry.and_then(|(_, entry)| entry.supports_tools.as_ref());
    let told = capabilities(facts, primary).is_none_or(|all| Capability::Tools.is_in(all));
    entry.map_or(told, |says| says.value)
}

fn is_off(level: &Sourced<String>) -> bool {
    ["false", "off"].contains(&&*level.value)
}

fn is_told_to_think(config: &Config, primary: &ConfiguredModel) -> bool {
    primary.think(config).is_some_and(|level| !is_off(level))
}

/// With no level set, and with `false`, 2026.9.6 sends `think: false` for a model that cannot think
/// (`shouldForwardNativeOllamaThink`; seen in its requests).
fn is_told_not_to_think(facts: &Facts, config: &Config, primary: &ConfiguredModel) -> bool {
    let cannot = capabilities(facts, primary).is_some_and(|all| !Capability::Thinking.is_in(all));
    cannot && primary.think(config).is_none_or(is_off) && config.thinking_default.as_ref().is_none_or(is_off)
}

fn uses_cloud(facts: &Facts, config: &Config) -> bool {
    references(config).any(|(_, found)| {
        is_first(facts, &found.provider) && found.name().is_some_and(|name| name.is_cloud())
    })
}
