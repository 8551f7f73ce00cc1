//! `models`: which models OpenClaw offers from this Ollama, and why each.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::checks::{self, Failure};
use crate::cli::{ListFormat, ModelsArgs, RulesFlag};
use crate::diagnosis::fixes;
use crate::facts::{Endpoint, Fact, Facts, Unseen};
use crate::render::{models as table, provider_entry, text};
use crate::report::{Report, TargetLine, Tool, Versions};
use crate::rules::openclaw::by_version::Rules;
use crate::rules::openclaw::context_window::ENOUGH;
use crate::rules::openclaw::discovery::{Discovery, Model, Offer, found, offer};
use crate::rules::openclaw::primary::resolve;
use crate::run::exit;
use crate::run::{decide_color, layout, look_once, print, report_on, scope, until_signal};
use crate::text::json;
use crate::types::model_name::ModelName;

/// The check that waits for what `models` waits for.
const ANSWERS: &str = "ollama/api-tags";

/// The JSON of `models`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listing<'a> {
    schema_version: u32,
    tool: &'a Tool,
    target: &'a Option<TargetLine>,
    provider: Option<&'a str>,
    versions: &'a Versions,
    rules: Rules,
    /// `on`, `listed` or `off`; `null` where Ollama did not answer.
    discovery: Option<&'static str>,
    /// Why there are no models.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<NoAnswer<'a>>,
    models: &'a [Model],
}

/// Why Ollama told no models: the finding of the report, or the reason why it was not asked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NoAnswer<'a> {
    check_id: &'a str,
    cause: Option<&'a str>,
    message: &'a str,
    fix_hint: Option<&'a str>,
}

/// Looks, and prints the table, the JSON or the config.
///
/// # Errors
/// A bad flag, or a stdout that cannot be written.
pub fn run(arguments: &ModelsArgs) -> Result<u8, String> {
    let scope = scope(&arguments.look)?;
    let catalogue = Catalogue::load(checks::pages())?;
    let started = Instant::now();
    let arguments = arguments.clone();
    until_signal(
        async |stopped| Ok(look_once(&scope, stopped).await),
        move |facts: Facts, interrupted| {
            let code = show(&arguments, &catalogue, &facts, started.elapsed())?;
            Ok(interrupted.unwrap_or(code))
        },
    )
}

fn show(arguments: &ModelsArgs, catalogue: &Catalogue, facts: &Facts, took: Duration) -> Result<u8, String> {
    let rules = rules(arguments.rules, facts);
    let report = report(facts, catalogue, rules, took)?;
    let offer = facts.endpoints.first().and_then(|endpoint| offer(facts, endpoint, rules));
    decide_color(arguments.color);
    let printed = match (&offer, arguments.format) {
        (Some(offer), _) if arguments.print_config => Ok(config(offer, rules, facts, catalogue)),
        (_, ListFormat::Json) => json::render(&listing(&report, facts, rules, offer.as_ref())),
        (Some(offer), ListFormat::Text) => {
            Ok(table::render(offer, rules, &report, &primary(offer, facts), &layout(0, false)))
        }
        (None, ListFormat::Text) => Ok(no_table(&report, facts)),
    };
    print(&printed?)?;
    Ok(if offer.is_some() { exit::OK } else { exit::FINDINGS })
}

/// What became of the primary model among those that are offered.
fn primary(offer: &Offer, facts: &Facts) -> String {
    let config = facts.usable_config().ok();
    let Some((config, written)) = config.and_then(|config| Some((config, config.primary.as_ref()?))) else {
        return "primary model: none is set".to_string();
    };
    let written = &written.value;
    let provider = facts.endpoints.first().map(|endpoint| &*endpoint.provider);
    let Some(reference) = resolve(config, written).filter(|reference| Some(&*reference.provider) == provider)
    else {
        return format!("primary model: {written}, which is not one of this Ollama");
    };
    match offer.models.iter().find(|model| reference.is(&reference.provider, &model.id)) {
        Some(model) if model.offered => format!("primary model: {written}, offered: {}", model.why),
        Some(model) => format!("primary model: {written}, not offered: {}", model.why),
        None => format!("primary model: {written}, which is not installed here"),
    }
}

/// Those asked for, else those of the OpenClaw that was found, else the newest.
fn rules(flag: Option<RulesFlag>, facts: &Facts) -> Rules {
    match flag {
        Some(RulesFlag::Documented) => Rules::Documented,
        Some(RulesFlag::Installed) => Rules::Installed,
        None => facts.rules(),
    }
}

/// The report on why Ollama answers or not, for its header and its words.
fn report(facts: &Facts, catalogue: &Catalogue, rules: Rules, took: Duration) -> Result<Report, String> {
    let mut report = report_on(ANSWERS, facts, catalogue, took)?;
    let words = match rules {
        Rules::Documented => "those of the provider page, for OpenClaw 2026.1 and 2026.2",
        Rules::Installed => "those measured on OpenClaw 2026.9.6",
    };
    report.versions.rules = words.to_string();
    Ok(report)
}

fn listing<'a>(report: &'a Report, facts: &'a Facts, rules: Rules, offer: Option<&'a Offer>) -> Listing<'a> {
    Listing {
        schema_version: report.schema_version,
        tool: &report.tool,
        target: &report.target,
        provider: facts.endpoints.first().map(|endpoint| &*endpoint.provider),
        versions: &report.versions,
        rules,
        discovery: offer.map(|offer| match offer.discovery {
            Discovery::On => "on",
            Discovery::Listed => "listed",
            Discovery::Off(_) => "off",
        }),
        error: offer.is_none().then(|| no_answer(report, facts)),
        models: offer.map(|offer| &*offer.models).unwrap_or_default(),
    }
}

fn no_answer<'a>(report: &'a Report, facts: &'a Facts) -> NoAnswer<'a> {
    match report.roots().next() {
        Some(finding) => NoAnswer {
            check_id: &finding.check_id,
            cause: Some(&finding.cause),
            message: &finding.message,
            fix_hint: finding.fix_hint.as_deref(),
        },
        None => {
            NoAnswer { check_id: ANSWERS, cause: None, message: not_asked(report, facts), fix_hint: None }
        }
    }
}

/// Why Ollama was not asked, where nothing is known to be wrong.
fn not_asked<'a>(report: &'a Report, facts: &'a Facts) -> &'a str {
    let row = report.checks.iter().find(|row| row.id == ANSWERS);
    let told = row.and_then(|row| row.error.as_deref().or(row.reason.as_deref()));
    match &facts.config {
        Fact::Unseen(Unseen::Unknown { error }) if told.is_none() => error,
        _ => told.unwrap_or("Ollama was not asked"),
    }
}

/// What the report says where there is a finding, else one line.
fn no_table(report: &Report, facts: &Facts) -> String {
    let layout = layout(0, false);
    if report.roots().next().is_some() {
        return text::render(report, &layout);
    }
    let why = format!("No models are known: {}\n", not_asked(report, facts));
    text::header(report, &layout) + &table::wrapped(&why, &layout)
}

/// Where OpenClaw does not ask, the entry has what it would find.
fn config(offer: &Offer, rules: Rules, facts: &Facts, catalogue: &Catalogue) -> String {
    let Some(endpoint) = facts.endpoints.first() else {
        return String::new();
    };
    let (intro, models) = match &offer.discovery {
        Discovery::Off(why) => {
            (format!("OpenClaw looks for no models now: {why}. With this it offers"), found(endpoint, rules))
        }
        _ => ("Offers exactly the models that OpenClaw offers now".to_string(), Some(offer.models.clone())),
    };
    let offered: Vec<Model> = models.unwrap_or_default().into_iter().filter(|model| model.offered).collect();
    let select = selected(&offered, facts, endpoint).map(|model| commands(&model, facts, catalogue));
    provider_entry::render(&intro, &offered, rules, facts, endpoint, &select.unwrap_or_default())
}

/// The model that the commands select: the primary where it is offered, else the
/// smallest local one that has tools and room for an agent. A name that Ollama
/// could not have gets no command.
fn selected(offered: &[Model], facts: &Facts, endpoint: &Endpoint) -> Option<String> {
    let primary =
        facts.usable_config().ok().and_then(|config| resolve(config, &config.primary.as_ref()?.value));
    let shows = endpoint.shows.seen().map(Vec::as_slice).unwrap_or_default();
    let fitness = |model: &&Model| {
        let show = shows.iter().find(|show| show.name == model.id);
        let trained = show.and_then(|show| show.answer.understood()?.context_length);
        let is_small = trained.is_none_or(|trained| trained < ENOUGH);
        (show.is_none(), model.tools != Some(true), is_small, model.size_bytes)
    };
    let is_primary = |model: &&Model| {
        primary
            .as_ref()
            .is_some_and(|primary| primary.provider == endpoint.provider && primary.model == model.id)
    };
    let model = offered.iter().find(is_primary).or_else(|| offered.iter().min_by_key(fitness))?;
    ModelName::parse(&model.id)?;
    Some(format!("{}/{}", endpoint.provider, model.id))
}

/// The two commands of the provider page, from the page of the check that needs them too.
fn commands(primary: &str, facts: &Facts, catalogue: &Catalogue) -> Vec<String> {
    let failure = Failure::new("", "").value("primary", primary);
    let user = facts.judged_install().map(|install| install.user.clone()).unwrap_or_default();
    let reader = layout(0, false).reader;
    let typed = |command: String| match user.is_empty() || reader.user == user {
        true => command,
        false => reader.command_as(&user, &command),
    };
    let fix = catalogue.fix("openclaw/primary-model", "select");
    let all = fix
        .into_iter()
        .flat_map(|fix| fixes::taken(fix, &failure).chain(fix.verify.iter().map(String::as_str)));
    all.filter_map(|command| fixes::substitute(command, &failure)).map(typed).collect()
}
