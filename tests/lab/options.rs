//! The lab's command line. `tests/lab/run` gives the paths; a person gives the rest.

use std::path::PathBuf;

use crate::command::Outcome;

#[derive(Debug, Default)]
pub struct Options {
    pub image: PathBuf,
    pub doctor: PathBuf,
    /// The stand-in.
    pub ollama: PathBuf,
    /// The layer of a real Ollama; none where it cannot be had.
    pub real: Option<PathBuf>,
    /// The layer of a Docker Engine; none where it cannot be had.
    pub docker: Option<PathBuf>,
    /// What cannot be played for want of it has failed.
    pub require_all: bool,
    /// All on the stand-in, whatever the scenarios say.
    pub stand_in: bool,
    pub scenarios: PathBuf,
    /// How many scenarios at a time; two for each core where not said, because one waits much of its time.
    pub jobs: Option<usize>,
    pub action: Action,
    pub keep: bool,
    pub names: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub enum Action {
    #[default]
    Run,
    List,
    Shell,
    Compare,
    /// Runs each alternative fix on a machine of its own.
    EveryFix,
    /// Proves the credential matrix; the file that holds it.
    Credentials(PathBuf),
    /// Breaks machines by seeds; what the names are is seeds then. With OpenClaw's own doctor beside ours.
    Sabotage {
        peer: bool,
    },
}

impl Options {
    pub fn read(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--image" => options.image = value()?.into(),
                "--doctor" => options.doctor = value()?.into(),
                "--ollama" => options.ollama = value()?.into(),
                "--real" => options.real = Some(value()?.into()),
                "--docker" => options.docker = Some(value()?.into()),
                "--require-all" => options.require_all = true,
                "--stand-in" => options.stand_in = true,
                "--scenarios" => options.scenarios = value()?.into(),
                "--jobs" => options.jobs = Some(number(&value()?)?),
                "--list" => options.action = Action::List,
                "--shell" => options.action = Action::Shell,
                "--compare" => options.action = Action::Compare,
                "--every-fix" => options.action = Action::EveryFix,
                "--credentials" => options.action = Action::Credentials(value()?.into()),
                "--sabotage" => options.action = Action::Sabotage { peer: false },
                "--peer" => options.action = Action::Sabotage { peer: true },
                "--keep" => options.keep = true,
                flag if flag.starts_with('-') => {
                    return Err(format!("{flag} is no option of the lab"));
                }
                name => options.names.push(name.into()),
            }
        }
        let one = options.keep || options.action == Action::Shell;
        if one && options.names.len() != 1 {
            return Err("--keep and --shell take one scenario".into());
        }
        Ok(options)
    }

    /// The seeds of `--sabotage`: numbers, or ranges like 1-12.
    pub fn seeds(&self) -> Outcome<Vec<u32>> {
        let mut seeds = Vec::new();
        for word in &self.names {
            let (first, last) = word.split_once('-').unwrap_or((word, word));
            match (first.parse::<u32>(), last.parse::<u32>()) {
                (Ok(first), Ok(last)) => seeds.extend(first..=last),
                _ => return Err(format!("{word} is no seed: a number, or a range like 1-12")),
            }
        }
        Ok(seeds)
    }

    /// How many machines, or pairs of them, run at a time.
    pub fn jobs(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        match self.action {
            // Beside others, a time would mean nothing.
            Action::Compare => 1,
            _ => self.jobs.unwrap_or(2 * cores),
        }
    }
}

fn number(text: &str) -> Outcome<usize> {
    match text.parse() {
        Ok(number @ 1..=64) => Ok(number),
        _ => Err(format!("--jobs {text}: a number from 1 to 64")),
    }
}
