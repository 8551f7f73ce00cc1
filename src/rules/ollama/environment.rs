//! The settings that an Ollama of this machine was started with, or will be.

use crate::facts::site::Site;
use crate::facts::{
    ConnectOutcome, EnvironmentSource, Facts, OllamaServer, OllamaSetup, Unit, UnitVariable, Unseen,
};
use crate::types::ollama_env::{
    DEFAULT_PORT, HostSetting, Kind, bad_origin, is_ignored, is_yes_by_mistake, kind, meant,
};

/// An environment with Ollama's settings, and where it stands in the facts.
pub struct Settings<'a> {
    /// The variables.
    pub variables: &'a [UnitVariable],
    /// JSON Pointer to them.
    pub pointer: String,
    /// Whose they are: `ollama.service`, or a process.
    pub whose: String,
    /// Of the service of Ollama's installer.
    pub of_service: bool,
}

/// The service of Ollama's installer, as far as it is in use: it runs, or tries to.
pub struct Service<'a> {
    /// Its place among the units.
    pub index: usize,
    /// The unit.
    pub unit: &'a Unit,
}

/// A variable in the environment of Ollama's service.
pub struct Setting<'a> {
    /// Its value.
    pub value: &'a str,
    /// JSON Pointer into the facts.
    pub fact: String,
}

/// That variable, where systemd has the service and it is set.
pub fn setting<'a>(facts: &'a Facts, name: &str) -> Option<Setting<'a>> {
    let (unit, service) = facts.ollama_service()?;
    let (place, value) = service.setting(name)?;
    Some(Setting { value, fact: format!("/units/{unit}/environment/{place}/value") })
}

/// A value that Ollama reads otherwise than it was meant.
pub struct Mistake {
    /// The cause.
    pub cause: &'static str,
    /// What is wrong, in a sentence that names the variable.
    pub message: String,
    /// The variable's place.
    pub index: usize,
    /// What counts instead.
    pub expected: String,
}

impl<'a> Service<'a> {
    /// `ollama.service`, where systemd has it and it is not switched off.
    pub fn in_use(facts: &'a Facts) -> Option<Service<'a>> {
        let (index, unit) = facts.ollama_service()?;
        (unit.active_state != "inactive").then_some(Service { index, unit })
    }

    /// What its next start gives it.
    pub fn settings(&self) -> Settings<'a> {
        Settings {
            variables: &self.unit.environment,
            pointer: format!("/units/{}/environment", self.index),
            whose: self.unit.name.clone(),
            of_service: true,
        }
    }

    /// Its process, where that may be looked at.
    pub fn process(&self, facts: &'a Facts) -> Option<Settings<'a>> {
        let (index, server) = facts.ollama_setup.seen()?.server(self.unit.main_pid?)?;
        Some(Settings { of_service: true, ..of_server(index, server)? })
    }
}

/// The settings of servers that no service of the installer started, on our network.
pub fn by_hand(facts: &Facts) -> Vec<Settings<'_>> {
    started_by_hand(facts).filter_map(|(index, server)| of_server(index, server)).collect()
}

/// The settings of those that OpenClaw connects to.
pub fn by_hand_in_use(facts: &Facts) -> Vec<Settings<'_>> {
    let here = Site::all(facts).filter(|site| site.is_here(facts) != Some(false));
    let pids: Vec<u32> = here
        .filter_map(|site| site.listener(facts).and(site.server(facts)))
        .map(|server| server.pid)
        .collect();
    let used = started_by_hand(facts).filter(|(_, server)| pids.contains(&server.pid));
    used.filter_map(|(index, server)| of_server(index, server)).collect()
}

fn started_by_hand(facts: &Facts) -> impl Iterator<Item = (usize, &OllamaServer)> {
    let service = facts.ollama_service().and_then(|(_, unit)| unit.main_pid);
    let servers = facts.ollama_setup.seen().map(|setup| setup.servers.as_slice()).unwrap_or_default();
    servers
        .iter()
        .enumerate()
        .filter(move |(_, server)| Some(server.pid) != service && server.own_network != Some(false))
}

/// Why there are no settings to judge.
pub fn nobodys(setup: &OllamaSetup) -> Unseen {
    match setup.servers.iter().find(|server| server.own_network != Some(false)) {
        Some(server) => Unseen::Unknown {
            error: format!("the environment of ollama serve (pid {}) is hidden; run as root", server.pid),
        },
        None => Unseen::NotApplicable { why: "no Ollama runs on this machine itself".into() },
    }
}

fn of_server(index: usize, server: &OllamaServer) -> Option<Settings<'_>> {
    Some(Settings {
        variables: server.environment.seen()?,
        pointer: format!("/ollamaSetup/servers/{index}/environment"),
        whose: format!("ollama serve (pid {}, user {})", server.pid, server.user),
        of_service: false,
    })
}

impl<'a> Settings<'a> {
    /// The value of a variable, where it is set and can be shown.
    pub fn value(&self, name: &str) -> Option<(usize, &'a str)> {
        let index = self.variables.iter().position(|variable| variable.name == name)?;
        self.variables[index].value.as_deref().map(|value| (index, value))
    }

    /// The settings in a few words.
    pub fn summary(&self) -> String {
        let own = self.variables.iter().filter(|one| one.name.starts_with("OLLAMA_"));
        let told: Vec<String> = own
            .map(|one| match &one.value {
                Some(value) => format!("{}={value}", one.name),
                None => one.name.clone(),
            })
            .collect();
        match told.is_empty() {
            true => format!("{} has no setting of Ollama's in effect", self.whose),
            false => format!("{} has {}", self.whose, told.join(", ")),
        }
    }

    /// What keeps Ollama from serving OpenClaw at once: origins it ends with, a port by scheme.
    pub fn fatal(&self, facts: &Facts) -> Option<Mistake> {
        let origins = self.value("OLLAMA_ORIGINS");
        if let Some((index, entry)) = origins.and_then(|(index, value)| Some((index, bad_origin(value)?))) {
            return Some(Mistake {
                cause: "origins",
                message: format!("Ollama cannot start: OLLAMA_ORIGINS has the entry \"{entry}\""),
                index,
                expected: "entries with http:// or https://, or with one *, and no blanks".into(),
            });
        }
        let (index, value) = self.value("OLLAMA_HOST")?;
        let host = HostSetting::parse(value);
        let scheme = host.port_of_scheme.filter(|_| !is_wanted(facts, host.port))?;
        Some(Mistake {
            cause: "host-port",
            message: format!(
                "OLLAMA_HOST={value} makes Ollama listen on port {}, not {DEFAULT_PORT}",
                host.port
            ),
            index,
            expected: format!("a port after the host: {scheme}:// alone means {}", host.port),
        })
    }

    /// The first value that Ollama leaves out or reads otherwise, or a name that it does not know.
    pub fn misread(&self) -> Option<Mistake> {
        let all = || self.variables.iter().enumerate().filter(|(_, one)| one.name.starts_with("OLLAMA_"));
        let ignored = all().find_map(|(index, one)| ignored(index, one));
        let yes = || all().find_map(|(index, one)| yes_by_mistake(index, one));
        let misspelt = || all().find_map(|(index, one)| self.misspelt(index, one));
        let unknown = || all().find_map(|(index, one)| unknown(index, one));
        ignored.or_else(yes).or_else(misspelt).or_else(unknown)
    }

    fn misspelt(&self, index: usize, variable: &UnitVariable) -> Option<Mistake> {
        let name = &variable.name;
        let meant = meant(name).filter(|meant| kind(name).is_none() && !self.has(meant))?;
        Some(Mistake {
            cause: "misspelt",
            message: format!("Ollama does not read {name}; it reads {meant}"),
            index,
            expected: meant.into(),
        })
    }

    fn has(&self, name: &str) -> bool {
        self.variables.iter().any(|variable| variable.name == name)
    }

    /// The names of Ollama's settings that differ from another environment's.
    pub fn differs(&self, other: &Settings<'a>) -> Vec<&'a str> {
        let get = |all: &'a [UnitVariable], name: &str| all.iter().find(|one| one.name == name);
        let both = self.variables.iter().chain(other.variables);
        let mut names: Vec<&str> =
            both.map(|one| &*one.name).filter(|name| name.starts_with("OLLAMA_")).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| {
            get(self.variables, name).map(|one| &one.value)
                != get(other.variables, name).map(|one| &one.value)
        });
        names
    }
}

fn ignored(index: usize, variable: &UnitVariable) -> Option<Mistake> {
    let (name, value) = (&variable.name, variable.value.as_deref()?);
    let bad_port = || HostSetting::parse(value).bad_port.filter(|port| !port.is_empty());
    let cause = match name.as_str() {
        "OLLAMA_CONTEXT_LENGTH" => "context-length",
        _ => "ignored",
    };
    let expected = match kind(name)? {
        kind @ Kind::Number if is_ignored(kind, value) => "digits and nothing else",
        kind @ Kind::Span if is_ignored(kind, value) => "seconds, or a number with s, m or h, such as 30m",
        Kind::Text if name == "OLLAMA_HOST" && bad_port().is_some() => "a port from 0 to 65535",
        _ => return None,
    };
    let message = format!("Ollama ignores {name}={value} and goes on with its default");
    Some(Mistake { cause, message, index, expected: expected.into() })
}

fn yes_by_mistake(index: usize, variable: &UnitVariable) -> Option<Mistake> {
    let (name, value) = (&variable.name, variable.value.as_deref()?);
    (kind(name) == Some(Kind::Flag) && is_yes_by_mistake(value)).then(|| Mistake {
        cause: "counts-as-yes",
        message: format!("Ollama takes {name}={value} as on"),
        index,
        expected: "0 or false for a no".into(),
    })
}

fn unknown(index: usize, variable: &UnitVariable) -> Option<Mistake> {
    kind(&variable.name).is_none().then(|| Mistake {
        cause: "unknown-name",
        message: format!("no Ollama up to 0.33 reads {}", variable.name),
        index,
        expected: "a variable that Ollama reads".into(),
    })
}

/// Whether OpenClaw connects to that port of this machine.
fn is_wanted(facts: &Facts, port: u16) -> bool {
    let here = Site::all(facts).filter(|site| site.is_here(facts) != Some(false));
    here.filter_map(|site| site.endpoint.target.seen()).any(|target| target.port == port)
}

/// Whether OpenClaw connects to this machine at all, as far as can be told.
pub fn is_here(facts: &Facts) -> bool {
    facts.endpoints.is_empty() || Site::all(facts).any(|site| site.is_here(facts) != Some(false))
}

/// How Ollama is set up here, where OpenClaw uses one of this machine.
pub fn setup_here(facts: &Facts) -> Result<&OllamaSetup, Unseen> {
    let setup = facts.ollama_setup.get()?;
    if is_here(facts) {
        return Ok(setup);
    }
    let why = "OpenClaw uses an Ollama of another machine, whose environment cannot be seen".into();
    Err(Unseen::NotApplicable { why })
}

/// Whether a connection to this machine that OpenClaw needs was not accepted.
pub fn is_refused_here(facts: &Facts) -> bool {
    let accepted = |site: &Site| {
        let attempts = site.endpoint.connect.seen().map(Vec::as_slice).unwrap_or_default();
        attempts.iter().any(|attempt| attempt.outcome == ConnectOutcome::Accepted)
    };
    Site::all(facts).any(|site| site.is_here(facts) != Some(false) && !accepted(&site))
}

/// Whether all files of its environment could be read.
pub fn all_readable(unit: &Unit) -> bool {
    unread(unit).is_none()
}

/// The first file of its environment that could not be read.
pub fn unread(unit: &Unit) -> Option<&EnvironmentSource> {
    unit.environment_sources.iter().find(|source| source.names.is_none())
}

/// That a file which counts was not read, or that nobody can tell whether it counts.
pub fn not_told(facts: &Facts, source: &EnvironmentSource, what: &str) -> Unseen {
    let path = &source.path;
    let is_root = facts.host.seen().is_some_and(|host| host.uid == 0);
    let error = match (&source.names, is_root) {
        (Some(_), _) => format!("no file that could be read names {path}, which sets {what}"),
        (None, true) => format!("{path} could not be read and may set {what}"),
        (None, false) => format!("{path} could not be read and may set {what}; run as root"),
    };
    Unseen::Unknown { error }
}
