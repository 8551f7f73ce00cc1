//! The Ollamas of this machine beyond units and listeners: who serves, with which
//! environment, and which directories hold models.

mod models_dir;
mod servers;
mod stores;
mod user_units;

use std::path::PathBuf;

use secrecy::ExposeSecret;

use crate::facts::{Fact, OllamaSetup, Unit, UnitVariable};
use crate::probes::openclaw::environment::{Variables, own};
use crate::probes::process::blocking;
use crate::probes::systemd::shown;
use crate::rules::ollama::service::SERVICE;
use crate::scope::Scope;

/// Looks at processes, stores and the models directory of the service.
pub async fn look(scope: &Scope, units: &Fact<Vec<Unit>>) -> Fact<OllamaSetup> {
    let service = units
        .seen()
        .and_then(|units| units.iter().find(|unit| unit.name == SERVICE && unit.load_state == "loaded"))
        .cloned();
    let home = scope.environment.home.clone();
    blocking(move || Fact::Seen(read(service.as_ref(), home))).await.unwrap_or_else(Fact::Unseen)
}

fn read(service: Option<&Unit>, home: Option<PathBuf>) -> OllamaSetup {
    let servers = servers::find();
    let environment = own();
    let shell = settings(&environment);
    // sudo keeps few variables, and a service has those of its unit (`systemd.exec(5)`).
    let at_prompt = !["SUDO_USER", "INVOCATION_ID"].iter().any(|name| environment.contains_key(*name));
    let models_dir = service.and_then(models_dir::of_service);
    let named = |variables: &[UnitVariable]| {
        let models = variables.iter().find(|variable| variable.name == "OLLAMA_MODELS");
        models.and_then(|models| models.value.clone())
    };
    let mut places: Vec<PathBuf> = servers
        .iter()
        .filter(|server| server.own_network != Some(false))
        .filter_map(|server| server.models_dir.clone())
        .chain(models_dir.as_ref().map(|dir| dir.path.clone()))
        .chain(named(&shell))
        .map(PathBuf::from)
        .collect();
    places.extend(home.map(|home| home.join(".ollama/models")));
    let (stores, closed_homes) = stores::find(places);
    OllamaSetup {
        servers,
        shell,
        at_prompt,
        stores,
        closed_homes,
        models_dir,
        user_units: user_units::find(),
    }
}

/// The settings of Ollama, and the names of proxy variables.
fn settings(variables: &Variables) -> Vec<UnitVariable> {
    let concerns_us =
        |name: &str| name.starts_with("OLLAMA_") || name.to_ascii_lowercase().ends_with("_proxy");
    let mut all: Vec<UnitVariable> = variables
        .iter()
        .filter(|(name, value)| concerns_us(name) && !value.expose_secret().is_empty())
        .take(200)
        .map(|(name, value)| UnitVariable { name: name.clone(), value: shown(name, value.expose_secret()) })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}
