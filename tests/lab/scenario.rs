//! A scenario as data: `scenarios/NN-name.toml`. The keys are explained in `scenarios/README.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::command::Outcome;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The file's name without `.toml`.
    #[serde(skip)]
    pub name: String,
    pub title: String,
    /// The machines; the doctor runs on the first.
    #[serde(default = "one_machine")]
    pub machines: Vec<String>,
    /// Which Ollama the machines have.
    #[serde(default)]
    pub ollama: Kind,
    /// The container engine that the machines have, if any.
    pub engine: Option<Engine>,
    /// Why it is not the real one.
    pub because: Option<String>,
    /// What goes wrong on the first machine.
    #[serde(default, rename = "break")]
    pub breaking: String,
    /// What goes wrong on the others, by name, before that.
    #[serde(default)]
    pub break_on: BTreeMap<String, String>,
    /// Played on the machines that this scenario leaves, where it is played too and passes. A saving of time
    /// only: `break` must make what it needs where it is not there.
    pub after: Option<String>,
    /// The first machine is powered off and booted again after it.
    #[serde(default)]
    pub reboot: bool,
    #[serde(default)]
    pub doctor: Doctor,
    pub expect: Stage,
    /// What is told next, once the first is healed.
    #[serde(default, rename = "then")]
    pub then: Vec<Stage>,
    /// Bash on the first machine once all is healed: what has to work then, as a turn of an agent.
    #[serde(default)]
    pub last_word: String,
    /// Other roots of severity error that may still be there at the end.
    #[serde(default)]
    pub left: Vec<String>,
    /// For `--every-fix`: fixes that cannot run in the lab, by key, and why.
    #[serde(default)]
    pub fixes_left: BTreeMap<String, String>,
    /// Seconds that what was healed may take to show.
    #[serde(default = "a_moment")]
    pub settle: u64,
    /// The check comes with this later work; the scenario runs only when it is named.
    pub waiting: Option<String>,
    /// For `compare`: a new finding of the peer that says one of these has named the cause.
    #[serde(default = "not_reached")]
    pub peer_says: Vec<String>,
}

/// Which Ollama a machine has.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    #[default]
    Real,
    StandIn,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Real => "real",
            Kind::StandIn => "stand-in",
        }
    }
}

/// A container engine, with what it takes to run in a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    Docker,
}

/// How the doctor is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Doctor {
    pub user: String,
    pub flags: Vec<String>,
    pub env: BTreeMap<String, String>,
    /// The user that a fix `as = "gateway"` means; the doctor's own where not said.
    pub gateway: Option<String>,
}

impl Default for Doctor {
    fn default() -> Self {
        Self { user: "root".into(), flags: Vec::new(), env: BTreeMap::new(), gateway: None }
    }
}

/// One look of the doctor: what it has to say, and what becomes of its fix.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stage {
    /// Nothing may be found at all.
    pub healthy: bool,
    pub root: String,
    pub cause: String,
    pub severity: Option<String>,
    pub exit: Option<i32>,
    pub skipped: Vec<String>,
    pub pass: Vec<String>,
    pub folded: Vec<String>,
    /// The other roots, in order.
    pub also: Vec<String>,
    /// Checks that may be unknown on a healthy machine.
    pub unknown: Vec<String>,
    pub heal: Heal,
}

/// What the lab does with the first fix of the first finding.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Heal {
    /// Runs its commands, its verify lines, and the doctor again.
    #[default]
    Run,
    /// The commands are there, but need what the lab does not have.
    None,
    /// It has words and no commands: it lies outside the machine, or takes a decision.
    Text,
}

impl Stage {
    /// Errors end with 1, anything less with 0.
    pub fn exit(&self) -> i32 {
        let default = i32::from(!self.healthy && self.severity() == "error");
        self.exit.unwrap_or(default)
    }

    pub fn severity(&self) -> &str {
        self.severity.as_deref().unwrap_or("error")
    }
}

impl Scenario {
    pub fn stages(&self) -> impl Iterator<Item = &Stage> {
        std::iter::once(&self.expect).chain(&self.then)
    }

    /// How many places it takes among those that are played side by side: two where a real gateway starts.
    pub fn places(&self) -> usize {
        let starts = ["real_gateway_as", "/dist/index.js gateway", "gateway_in_docker"]
            .iter()
            .any(|what| self.breaking.contains(what));
        1 + usize::from(starts)
    }

    fn read(path: &Path) -> Outcome<Self> {
        let place = path.display();
        let text = fs::read_to_string(path).map_err(|error| format!("{place}: {error}"))?;
        let mut scenario: Self = toml::from_str(&text).map_err(|error| format!("{place}: {error}"))?;
        scenario.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        scenario.check().map_err(|error| format!("{place}: {error}"))?;
        Ok(scenario)
    }

    /// What the types cannot say.
    fn check(&self) -> Outcome<()> {
        if self.machines.is_empty() || self.machines.len() > 9 {
            return Err("one to nine machines".into());
        }
        if let Some(name) = self.break_on.keys().find(|name| !self.machines[1..].contains(name)) {
            return Err(format!("break_on.{name}: not one of the other machines"));
        }
        if self.because.is_some() != (self.ollama == Kind::StandIn) {
            return Err("`ollama = \"stand-in\"` says `because` what, and nothing else does".into());
        }
        for stage in self.stages() {
            if stage.healthy != stage.root.is_empty() {
                return Err("each expectation has either `healthy = true` or a `root`".into());
            }
            if !stage.healthy && stage.cause.is_empty() {
                return Err(format!("{} is expected without a `cause`", stage.root));
            }
        }
        let stages: Vec<&Stage> = self.stages().collect();
        if stages[..stages.len() - 1].iter().any(|stage| stage.heal != Heal::Run) {
            return Err("what comes `then` needs the one before to be healed".into());
        }
        Ok(())
    }
}

/// All scenarios of a folder, by name.
pub fn all(folder: &Path) -> Outcome<Vec<Scenario>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let all: Vec<Scenario> = paths.iter().map(|path| Scenario::read(path)).collect::<Outcome<_>>()?;
    for one in &all {
        let before = one.after.as_ref().map(|after| all.iter().find(|other| other.name == *after));
        let same = |before: &Scenario| {
            before.machines == one.machines && before.ollama == one.ollama && before.engine == one.engine
        };
        if before.is_some_and(|before| !before.is_some_and(same)) {
            return Err(format!("{}: `after` names no scenario with the same machines", one.name));
        }
    }
    Ok(all)
}

/// Each row is played on one boot of its machines: a scenario, what comes after it, and so on. What takes longest comes
/// first, so that none is left alone at the end.
pub fn rows<'a>(chosen: &[&'a Scenario]) -> Outcome<Vec<Vec<&'a Scenario>>> {
    let next = |name: &str| chosen.iter().copied().find(|one| one.after.as_deref() == Some(name));
    let goes_on = |one: &Scenario| {
        let after = one.after.as_deref().filter(|after| chosen.iter().any(|other| other.name == *after));
        after.and_then(next).is_some_and(|first| first.name == one.name)
    };
    let starts = chosen.iter().copied().filter(|one| !goes_on(one));
    let row = |first| std::iter::successors(Some(first), |last: &&Scenario| next(&last.name)).collect();
    let mut rows: Vec<Vec<&Scenario>> = starts.map(row).collect();
    if rows.iter().map(Vec::len).sum::<usize>() != chosen.len() {
        return Err("`after` leads in a circle".into());
    }
    let weight = |row: &Vec<&Scenario>| row.iter().map(|one| one.places()).sum::<usize>();
    rows.sort_by_key(|row| std::cmp::Reverse(weight(row)));
    Ok(rows)
}

/// Those that a person named: by the whole name, by its number, or by a part of it.
pub fn named<'a>(all: &'a [Scenario], names: &[String]) -> Outcome<Vec<&'a Scenario>> {
    let mut chosen: Vec<&Scenario> = Vec::new();
    for name in names {
        let exact =
            |scenario: &&Scenario| scenario.name == *name || scenario.name.split('-').next() == Some(name);
        let mut found: Vec<&Scenario> = all.iter().filter(exact).collect();
        if found.is_empty() {
            found.extend(all.iter().filter(|scenario| scenario.name.contains(name)));
        }
        if found.is_empty() {
            return Err(format!("no scenario is called {name}; tests/lab/run --list shows them"));
        }
        chosen.extend(found);
    }
    let mut seen = std::collections::BTreeSet::new();
    chosen.retain(|scenario| seen.insert(&scenario.name));
    Ok(chosen)
}

/// What a finding about an Ollama that cannot be reached would say.
fn not_reached() -> Vec<String> {
    ["refused", "unreachable", "not reachable", "could not be reached", "not running", "cannot connect"]
        .map(String::from)
        .into()
}

/// A service that was started listens a moment later.
fn a_moment() -> u64 {
    15
}

fn one_machine() -> Vec<String> {
    vec!["vps".into()]
}
