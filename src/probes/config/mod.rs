//! OpenClaw's config: read, projected, and turned into the endpoints to ask.

mod endpoints;
mod file;
mod json5_text;
mod masked_line;
mod projection;
mod providers;

use std::path::Path;

use secrecy::ExposeSecret;

use super::environment::{Variables, dotenv_files, of_process, own};
use super::host::user_name;
use crate::facts::{
    AgentModels, Config, ConfigProblem, ConfigState, Fact, Install, KeyPlace, KeySight, Unseen,
};
use crate::secret::{SecretSight, Tagger};
use endpoints::Plans;
pub use endpoints::{Credentials, EndpointPlan, shown_url, target};
use file::Failure;
use projection::{Read, View};
use providers::ProviderSecrets;

/// The variable that enables Ollama for OpenClaw.
const KEY_VARIABLE: &str = "OLLAMA_API_KEY";

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
}

impl Reading {
    /// A config that could not be looked at, or no install to read one of.
    pub fn unseen(unseen: Option<Unseen>) -> Reading {
        let unseen = unseen.unwrap_or(Unseen::Unknown {
            error: "no home directory is known; set HOME or use --config".into(),
        });
        Reading {
            config: Fact::Unseen(unseen),
            keys: Vec::new(),
            endpoints: Vec::new(),
            compatible: Vec::new(),
        }
    }
}

/// Where OpenClaw's variables come from, before the config adds its own.
struct Sources {
    gateway: Variables,
    own: Variables,
    dotenv: Variables,
}

/// Reads the config of an install. `base_url` overrides that of the primary's provider.
pub fn read(install: &Install, base_url: Option<&str>) -> Reading {
    let tagger = Tagger::default();
    let sources = sources(install);
    let mut config = empty(&install.config_path);
    let mut secrets = Vec::new();
    let mut from_config = Variables::new();
    match file::load(Path::new(&install.config_path)) {
        Ok(loaded) => {
            config.state = ConfigState::Parsed;
            config.includes = loaded.includes.clone();
            match project(&mut config, &loaded, &sources, &tagger) {
                Ok((found, vars)) => (secrets, from_config) = (found, vars),
                Err(problem) => {
                    config = Config { state: ConfigState::Broken(*problem), ..empty(&install.config_path) }
                }
            }
        }
        Err(Failure::Missing) => {}
        Err(Failure::Problem(problem)) => config.state = ConfigState::Broken(*problem),
        Err(Failure::Unseen(unseen)) => return Reading::unseen(Some(unseen)),
    }
    let keys = keys(&sources, &from_config, &config, &tagger);
    let Plans { endpoints, compatible } = endpoints::plan(&mut config, secrets, base_url);
    Reading { config: Fact::Seen(config), keys, endpoints, compatible }
}

fn empty(path: &str) -> Config {
    Config {
        path: path.to_string(),
        state: ConfigState::Missing,
        includes: Vec::new(),
        primary: None,
        fallbacks: Vec::new(),
        agents: Vec::new(),
        catalog: Vec::new(),
        allow: None,
        gateway_mode: None,
        gateway_port: None,
        reload_mode: None,
        plugin_enabled: None,
        discovery_enabled: None,
        auth_profiles: Vec::new(),
        providers: Vec::new(),
        unresolved: Vec::new(),
        bad_base_urls: Vec::new(),
    }
}

fn sources(install: &Install) -> Sources {
    let is_own_user = install.user == user_name(nix::unistd::Uid::effective().as_raw());
    Sources {
        gateway: install.gateway_pid.and_then(of_process).unwrap_or_default(),
        own: if is_own_user { own() } else { Variables::new() },
        dotenv: dotenv_files(install),
    }
}

impl Sources {
    /// Everything OpenClaw would see; the first source of a name counts. The
    /// running gateway counts, not the shell, where there is one.
    fn merged(&self, from_config: &Variables) -> Variables {
        let process = if self.gateway.is_empty() { &self.own } else { &self.gateway };
        let mut merged = from_config.clone();
        merged.extend(self.dotenv.clone());
        merged.extend(process.clone());
        merged
    }
}

fn project(
    config: &mut Config,
    loaded: &file::Loaded,
    sources: &Sources,
    tagger: &Tagger,
) -> Result<(Vec<ProviderSecrets>, Variables), Box<ConfigProblem>> {
    let path = config.path.clone();
    let nothing = Variables::new();
    let from_config = View::new(&loaded.root, &loaded.text, &path, &nothing, tagger).env_vars()?;
    let variables = sources.merged(&from_config);
    let mut view = View::new(&loaded.root, &loaded.text, &path, &variables, tagger);
    project_models(config, &mut view)?;
    project_gateway(config, &mut view)?;
    let mut secrets = Vec::new();
    for (provider, secret) in providers::read(&mut view)? {
        config.providers.push(provider);
        secrets.push(secret);
    }
    config.unresolved = view.unresolved;
    Ok((secrets, from_config))
}

/// Which models the config names, and where.
fn project_models(config: &mut Config, view: &mut View) -> Read<()> {
    (config.primary, config.fallbacks) = view.model(&["agents", "defaults", "model"])?;
    for agent in view.keys(&["agents", "entries"])? {
        let (primary, fallbacks) = view.model(&["agents", "entries", &agent.value, "model"])?;
        config.agents.push(AgentModels { id: agent.value, primary, fallbacks });
    }
    // The layout before `agents.entries`; still read, with a warning.
    for index in 0..view.length(&["agents", "list"])? {
        let index = index.to_string();
        let id = view.string(&["agents", "list", &index, "id"])?;
        let (primary, fallbacks) = view.model(&["agents", "list", &index, "model"])?;
        config.agents.push(AgentModels { id: id.map_or(index.clone(), |id| id.value), primary, fallbacks });
    }
    config.catalog = view.keys(&["agents", "defaults", "models"])?;
    const ALLOW: [&str; 4] = ["agents", "defaults", "modelPolicy", "allow"];
    view.object(&ALLOW[..3])?;
    config.allow = if view.has(&ALLOW) { Some(view.strings(&ALLOW)?) } else { None };
    Ok(())
}

/// How the gateway runs, and what enables Ollama beside a key.
fn project_gateway(config: &mut Config, view: &mut View) -> Read<()> {
    view.object(&["gateway"])?;
    config.gateway_mode = view.string(&["gateway", "mode"])?;
    config.gateway_port = view.number(&["gateway", "port"])?;
    config.reload_mode = view.string(&["gateway", "reload", "mode"])?;
    config.plugin_enabled = view.boolean(&["plugins", "entries", "ollama", "enabled"])?;
    config.discovery_enabled =
        view.boolean(&["plugins", "entries", "ollama", "config", "discovery", "enabled"])?;
    for profile in view.keys(&["auth", "profiles"])? {
        config.auth_profiles.extend(view.string(&["auth", "profiles", &profile.value, "provider"])?);
    }
    Ok(())
}

fn keys(sources: &Sources, from_config: &Variables, config: &Config, tagger: &Tagger) -> Vec<KeySight> {
    let sight = |variables: &Variables| match variables.get(KEY_VARIABLE) {
        Some(value) if !value.expose_secret().trim().is_empty() => tagger.literal(value),
        _ => SecretSight::none(),
    };
    let provider = config.providers.iter().find(|provider| provider.id == "ollama");
    let all = [
        (KeyPlace::GatewayEnvironment, sight(&sources.gateway)),
        (KeyPlace::OwnEnvironment, sight(&sources.own)),
        (KeyPlace::DotEnv, sight(&sources.dotenv)),
        (KeyPlace::ConfigEnv, sight(from_config)),
        (KeyPlace::ProviderConfig, provider.map_or(SecretSight::none(), |provider| provider.api_key.clone())),
    ];
    all.into_iter().map(|(place, key)| KeySight { place, key }).collect()
}
