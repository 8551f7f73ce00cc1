//! Has the primary model as much context as an agent needs, and no more than there is?

use crate::checks::openclaw::shared::context_fixes::{Look, as_number, with_fixes};
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Facts, ModelInfo, Need, Show, Tag, Unseen};
use crate::rules::ollama::context::effective;
use crate::rules::openclaw::context_window::{ENOUGH, context_window, guard};
use crate::rules::openclaw::primary::ConfiguredModel;

/// Fails when OpenClaw's guard blocks the window, when less than 16,384 tokens
/// are in effect, or when OpenClaw counts on more than there is.
pub fn judge(facts: &Facts, site: &Site) -> Judgement {
    let primary = ConfiguredModel::primary(facts)?;
    if site.endpoint.provider != primary.provider {
        return Err(Unseen::NotApplicable { why: "the primary model is not one of an Ollama".into() });
    }
    let (info, info_fact) = described(site, &primary)?;
    let window = context_window(facts, &primary, info, &info_fact);
    let effective = effective(facts, site, &primary, &window, info, &info_fact);
    Look { facts, site, primary: &primary, info, window, effective }.judge()
}

/// What Ollama says of the primary model, and where that stands in the facts.
fn described<'a>(site: &'a Site, primary: &ConfiguredModel) -> Result<(&'a ModelInfo, String), Unseen> {
    let tags = site.endpoint.tags.get()?.understood().ok_or(Unseen::Blocked { by: Need::Tags })?;
    let is_it = |tag: &&Tag| primary.name.is_named(&tag.name);
    let tag = tags.iter().find(is_it).ok_or(Unseen::Blocked { by: Need::Primary })?;
    if let Some(host) = &tag.remote_host {
        return Err(Unseen::NotApplicable {
            why: format!("{} runs on {host}, which is not asked", tag.name),
        });
    }
    let shows = site.endpoint.shows.get()?;
    let index = shows.iter().position(|show: &Show| show.name == tag.name);
    if index.is_some_and(|index| shows[index].answer.understood().is_none()) {
        return Err(Unseen::Blocked { by: Need::Readable });
    }
    let told = index.and_then(|index| Some((index, shows[index].answer.understood()?)));
    let untold = || Unseen::Unknown { error: format!("Ollama did not tell the window of {}", tag.name) };
    let (index, info) = told.ok_or_else(untold)?;
    Ok((info, site.pointer(&format!("/shows/{index}/answer/outcome/understood"))))
}

impl Look<'_> {
    fn judge(&self) -> Judgement {
        let (name, budget) = (&self.primary.model, &self.window.budget);
        let guard = guard(self.facts.rules());
        let trained = self.info.context_length.unwrap_or(u64::MAX);
        let asked = self.window.asked.as_ref();
        // Only what somebody chose can be too much; what was discovered fits.
        let is_set = self.primary.entry.is_some();
        let (cause, message) = if budget.count < guard && budget.from != "/api/show" {
            ("guard-config", format!("OpenClaw refuses {name}: only {} tokens are set for it", budget.count))
        } else if budget.count < guard && self.info.num_ctx.is_some_and(|set| set > as_number(budget.count)) {
            ("guard-model", format!("OpenClaw refuses {name}: it reads {} from its num_ctx", budget.count))
        } else if budget.count < guard {
            ("guard-model", format!("OpenClaw refuses {name}: it has only {} tokens", budget.count))
        } else if trained < ENOUGH {
            ("small-model", format!("{name} was trained for {trained} tokens, too few for an agent"))
        } else if is_set && budget.count.max(asked.map_or(0, |asked| asked.count)) > trained {
            ("larger-than-model", format!("the config gives {name} more context than the model has"))
        } else {
            let Some(effective) = &self.effective else {
                let error = format!(
                    "OpenClaw asks for no context, and what Ollama gives {name} then cannot be seen from here; \
                     ollama ps shows it while the model is loaded"
                );
                return Err(Unseen::Unknown { error });
            };
            match self.of_server(effective.count) {
                Some(found) => found,
                None => {
                    let (count, from) = (effective.count, &effective.from);
                    return Verdict::pass(format!("{name} runs with {count} tokens of context ({from})"));
                }
            }
        };
        with_fixes(Failure::new(cause, message), self, guard.max(ENOUGH)).verdict()
    }

    /// What is wrong with the context that Ollama runs the model with.
    fn of_server(&self, has: u64) -> Option<(&'static str, String)> {
        let (name, budget) = (&self.primary.model, self.window.budget.count);
        let asked = self.window.asked.as_ref();
        Some(if has < ENOUGH && self.primary.is_legacy() {
            ("server-default", format!("in OpenAI's format {name} gets {has} tokens, too few for an agent"))
        } else if has < ENOUGH && asked.is_none() {
            ("server-default", format!("OpenClaw asks for no context, so {name} gets {has} tokens"))
        } else if has < ENOUGH && asked.is_some_and(|asked| asked.from.ends_with("num_ctx")) {
            ("num-ctx", format!("num_ctx gives {name} {has} tokens, too few for an agent"))
        } else if has < ENOUGH {
            ("small-config", format!("the config gives {name} {has} tokens, too few for an agent"))
        } else if self.primary.entry.is_some() && budget > has {
            let message = format!("OpenClaw counts on {budget} tokens, but {name} runs with {has}");
            ("larger-than-server", message)
        } else {
            return None;
        })
    }
}
