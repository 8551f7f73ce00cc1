//! OpenClaw's config: read, projected, and turned into the endpoints to ask.

mod endpoints;
mod file;
mod gate;
mod json5_text;
mod key_variables;
mod masked_line;
mod named_models;
mod projection;
mod providers;
mod proxy;
mod secrets;
mod sources;
mod tools;
mod written;

use std::path::Path;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::environment::Variables;
use crate::facts::{
    AgentModels, Config, ConfigProblem, ConfigState, Fact, Install, KeyPlace, KeySight, Sourced, Unseen,
};
use crate::probes::deadline::Deadline;
use crate::probes::files::Readers;
use crate::probes::process::blocking;
use crate::rules::openclaw::config_schema::Schema;
use crate::rules::openclaw::credentials::KEY_VARIABLE;
use crate::scope::Scope;
use crate::text::known::Known;
use crate::text::secret::{SecretSight, Tagger};
pub use endpoints::EndpointPlan;
use endpoints::Plans;
use file::Failure;
use gate::{Admitted, Gate};
use projection::{Read, Step, View};
use providers::ProviderSecrets;
use sources::Sources;

/// How long reading a config may take.
const LIMIT: Duration = Duration::from_secs(3);

/// What reading a config brought: facts, and whom to ask with what.
pub struct Reading {
    /// The config.
    pub config: Fact<Config>,
    /// Where keys for Ollama were seen.
    pub keys: Vec<KeySight>,
    /// The endpoints to ask.
    pub endpoints: Vec<EndpointPlan>,
    /// Servers of OpenAI's format that may be Ollamas.
    pub compatible: Vec<EndpointPlan>,
    /// The secrets that were come across; they leave with no fact.
    pub known: Known,
}

impl Reading {
    /// A config that could not be looked at, or no install to read one of. An
    /// endpoint that was named by a flag is asked all the same.
    pub fn unseen(unseen: Option<Unseen>, base_url: Option<&str>) -> Reading {
        let unseen = unseen.unwrap_or(Unseen::Unknown {
            error: "no home directory is known; set HOME or use --config".into(),
        });
        Reading {
            config: Fact::Unseen(unseen),
            keys: Vec::new(),
            compatible: Vec::new(),
            known: Known::default(),
            endpoints: base_url.map(endpoints::from_flag).into_iter().collect(),
        }
    }
}

/// Reads the config of one of the installs, within a deadline.
pub async fn look(scope: &Scope, deadline: &Deadline, install: Install, installs: Vec<Install>) -> Reading {
    let base_url = scope.base_url.clone();
    let reading = deadline.look("config", LIMIT, async move {
        blocking(move || read(&install, &installs, base_url.as_deref()))
            .await
            .map_or_else(Fact::Unseen, Fact::Seen)
    });
    match reading.await {
        Fact::Seen(reading) => reading,
        Fact::Unseen(unseen) => Reading::unseen(Some(unseen), scope.base_url.as_deref()),
    }
}

/// Reads the config of one of the installs. `base_url` overrides that of the primary's provider.
pub fn read(install: &Install, installs: &[Install], base_url: Option<&str>) -> Reading {
    match read_files(install, installs) {
        Ok(files) => {
            let mut known = Known::default();
            secrets::of_sources(&files.sources, &mut known);
            if let Ok(loaded) = &files.config {
                secrets::of_config(&loaded.root, &mut known);
            }
            understand(install, files, base_url, known)
        }
        Err(unseen) => Reading::unseen(Some(unseen), base_url),
    }
}

/// What an install's files hold.
struct Files {
    config: Result<file::Loaded, Failure>,
    sources: Sources,
    gate: Gate,
}

fn read_files(install: &Install, installs: &[Install]) -> Result<Files, Unseen> {
    let mut readers = Readers::of(install);
    let main = file::open(Path::new(&install.config_path), &readers);
    let mut gate = Gate { is_foreign: Gate::is_foreign(install, installs), ..Gate::default() };
    if let Ok(main) = &main {
        readers = readers.and_owner(install, &main.meta);
        gate.writers.and_writer(&main.meta);
    }
    let sources = Sources::of(install, &readers, &gate)?;
    let config = main.and_then(|main| file::load(main, &readers, sources.include_roots(install, &gate)));
    for included in config.iter().flat_map(|loaded| &loaded.included) {
        gate.writers.and_writer(included);
    }
    match config {
        Err(Failure::Unseen(unseen)) => Err(unseen),
        config => Ok(Files { config, sources, gate }),
    }
}

fn understand(install: &Install, files: Files, base_url: Option<&str>, mut known: Known) -> Reading {
    let Files { config: loaded, sources, gate } = files;
    let tagger = Tagger::default();
    let mut config = empty(&install.config_path);
    let mut secrets = Vec::new();
    let mut from_config = Variables::new();
    match loaded {
        Ok(loaded) => {
            config.state = ConfigState::Parsed;
            config.includes = loaded.includes.clone();
            let schema = Schema::of(install.version.as_deref());
            match project(&mut config, &loaded, (&sources, &gate), (&tagger, schema.as_ref())) {
                Ok((found, vars)) => (secrets, from_config) = (found, vars),
                Err(problem) => {
                    let shape = config.shape.take();
                    let state = ConfigState::Broken(*problem);
                    config = Config { state, shape, ..empty(&install.config_path) };
                }
            }
        }
        Err(Failure::Missing) => {}
        Err(Failure::Problem(problem)) => config.state = ConfigState::Broken(*problem),
        Err(Failure::Unseen(unseen)) => return Reading { known, ..Reading::unseen(Some(unseen), base_url) },
    }
    secrets::of_variables(&from_config, &mut known);
    secrets::of_providers(&secrets, &mut known);
    if let Some(unseen) = misread(&config) {
        return Reading { known, ..Reading::unseen(Some(unseen), base_url) };
    }
    let keys = keys(&sources, &from_config, &config, &tagger);
    let admitted = sources.admitted(&from_config, &gate);
    let variable = admitted.get(KEY_VARIABLE).filter(|value| projection::is_key(value));
    let Plans { endpoints, compatible } = endpoints::plan(&mut config, secrets, variable, base_url);
    proxy::add_bypassed(&mut config.proxies, endpoints.iter().chain(&compatible));
    Reading { config: Fact::Seen(config), keys, endpoints, compatible, known }
}

/// A config of which a part that decides something is not what OpenClaw reads, since a value is kept
/// from it. Of a key and of a header it is enough to know that they are set.
fn misread(config: &Config) -> Option<Unseen> {
    let decides = |at: &str| {
        let of_models = at.starts_with("models.") || at.starts_with("agents.");
        of_models && !at.ends_with(".apiKey") && !at.contains(".headers.") || at.starts_with("gateway.mode")
    };
    let kept = config.kept.iter().find(|kept| decides(&kept.at))?;
    let (name, at, why) = (&kept.name, &kept.at, &kept.why);
    Some(Unseen::Unknown { error: format!("${{{name}}} in {at} of {} is not filled in: {why}", config.path) })
}

fn empty(path: &str) -> Config {
    Config { path: path.to_string(), ..Config::default() }
}

fn project(
    config: &mut Config,
    loaded: &file::Loaded,
    (sources, gate): (&Sources, &Gate),
    (tagger, schema): (&Tagger, Option<&Schema>),
) -> Result<(Vec<ProviderSecrets>, Variables), Box<ConfigProblem>> {
    let path = config.path.clone();
    let nothing = Admitted::default();
    let from_config = View::new(&loaded.root, &loaded.text, &path, &nothing, tagger).env_vars()?;
    let variables = sources.admitted(&from_config, gate);
    let mut view = View::new(&loaded.root, &loaded.text, &path, &variables, tagger);
    // Before what may find a value of the wrong type: the schema has better words for it.
    config.shape = schema.map(|schema| view.shape(schema));
    project_models(config, &mut view)?;
    project_gateway(config, &mut view)?;
    config.proxies = proxy::of(sources);
    proxy::add_config(&mut config.proxies, &mut view);
    written::read(config, &mut view, &loaded.root);
    let mut secrets = Vec::new();
    for (provider, secret) in providers::read(&mut view)? {
        config.providers.push(provider);
        secrets.push(secret);
    }
    config.key_variables = key_variables::read(sources, &config.providers, &secrets, tagger);
    config.unresolved = view.unresolved;
    config.kept = view.kept;
    Ok((secrets, from_config))
}

/// Which models the config names, and where.
fn project_models(config: &mut Config, view: &mut View) -> Read<()> {
    (config.primary, config.fallbacks) = view.model(&["agents", "defaults", "model"])?;
    for agent in view.keys(&["agents", "entries"])? {
        let (primary, fallbacks) = view.model(&["agents", "entries", &agent.value, "model"])?;
        let allow = allow(view, &["agents", "entries", &agent.value, "modelPolicy", "allow"])?;
        config.agents.push(AgentModels { id: agent.value, primary, fallbacks, allow });
    }
    // The layout before `agents.entries`; still read, with a warning.
    for index in 0..view.length(&["agents", "list"])? {
        let index = index.to_string();
        let id = view.string(&["agents", "list", &index, "id"])?;
        let (primary, fallbacks) = view.model(&["agents", "list", &index, "model"])?;
        let allow = allow(view, &["agents", "list", &index, "modelPolicy", "allow"])?;
        let id = id.map_or(index.clone(), |id| id.value);
        config.agents.push(AgentModels { id, primary, fallbacks, allow });
    }
    config.catalog = view.keys(&["agents", "defaults", "models"])?;
    for key in config.catalog.clone() {
        let path = ["agents", "defaults", "models", &key.value, "alias"];
        let alias = view.string(&path).ok().flatten();
        config.aliases.extend(alias.map(|alias| Sourced { from: key.value.clone(), ..alias }));
        config.model_params.extend(providers::model_params(view, &key.value));
    }
    let defaults = |key| ["agents", "defaults", key];
    config.thinking_default = view.string(&defaults("thinkingDefault")).ok().flatten();
    config.max_concurrent = view.number(&defaults("maxConcurrent")).ok().flatten();
    config.max_subagents = view.number(&["agents", "defaults", "subagents", "maxConcurrent"]).ok().flatten();
    config.other_models = named_models::read(view);
    config.tools = Some(tools::read(view));
    config.allow = allow(view, &["agents", "defaults", "modelPolicy", "allow"])?;
    let marker = view.boolean(&["meta", "migrations", "modelPolicyAllowlist"]).ok().flatten();
    config.policy_migrated =
        view.has(&["agents", "defaults", "modelPolicy"]) || marker.is_some_and(|marker| marker.value);
    Ok(())
}

/// A `modelPolicy.allow`, where there is one.
fn allow(view: &mut View, path: Step) -> Read<Option<Vec<Sourced<String>>>> {
    view.object(&path[..path.len() - 1])?;
    Ok(if view.has(path) { Some(view.strings(path)?) } else { None })
}

/// How the gateway runs, and what enables Ollama beside a key.
fn project_gateway(config: &mut Config, view: &mut View) -> Read<()> {
    view.object(&["gateway"])?;
    config.gateway_mode = view.string(&["gateway", "mode"])?;
    config.gateway_port = view.number(&["gateway", "port"])?;
    config.reload_mode = view.string(&["gateway", "reload", "mode"])?;
    config.plugin_enabled = plugin_enabled(view)?;
    config.shell_env = view.boolean(&["env", "shellEnv", "enabled"])?;
    config.discovery_enabled =
        view.boolean(&["plugins", "entries", "ollama", "config", "discovery", "enabled"])?;
    for profile in view.keys(&["auth", "profiles"])? {
        config.auth_profiles.extend(view.string(&["auth", "profiles", &profile.value, "provider"])?);
    }
    Ok(())
}

/// What keeps the plugin from running, or its own switch. `plugins.allow` does not keep it
/// from running: it comes with OpenClaw (all measured on 2026.9.6).
fn plugin_enabled(view: &mut View) -> Read<Option<Sourced<bool>>> {
    view.object(&["plugins"])?;
    let all = view.boolean(&["plugins", "enabled"])?.filter(|all| !all.value);
    let denied = view.strings(&["plugins", "deny"])?.into_iter().find(|id| id.value == "ollama");
    let denied = denied.map(|id| Sourced { value: false, from: id.from, line: id.line, column: id.column });
    Ok(all.or(denied).or(view.boolean(&["plugins", "entries", "ollama", "enabled"])?))
}

fn keys(sources: &Sources, from_config: &Variables, config: &Config, tagger: &Tagger) -> Vec<KeySight> {
    let sight = |variables: &Variables| match variables.get(KEY_VARIABLE) {
        Some(value) if !value.expose_secret().trim().is_empty() => tagger.literal(&value.secret),
        _ => SecretSight::none(),
    };
    let provider = config.provider("ollama");
    let own = if sources.own_counts { sight(&sources.own) } else { SecretSight::none() };
    // A place that is not there, or that may not be looked at, is left out.
    let all = [
        (KeyPlace::GatewayEnvironment, sources.gateway.as_ref().map(&sight)),
        (KeyPlace::UnitEnvironment, sources.unit.as_ref().map(&sight)),
        (KeyPlace::OwnEnvironment, Some(own)),
        (KeyPlace::DotEnv, Some(sight(&sources.dotenv))),
        (KeyPlace::ConfigEnv, Some(sight(from_config))),
        (
            KeyPlace::ProviderConfig,
            Some(provider.map_or(SecretSight::none(), |provider| provider.api_key.clone())),
        ),
    ];
    all.into_iter().filter_map(|(place, key)| Some(KeySight { place, key: key? })).collect()
}
