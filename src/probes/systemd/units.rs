//! The units that concern us, from one `systemctl show`.

use jiff::{SignedDuration, Timestamp};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::{Gid, Uid};
use std::collections::HashMap;
use std::path::PathBuf;

use super::super::process;
use super::booted::{NOT_BOOTED, is_booted};
use super::unit_text::{environment_file, is_variable_name, split_words, unit_names};
use super::unread;
use crate::facts::{Confinement, EnvironmentSource, Fact, Unit, UnitVariable};
use crate::probes::files::text_of;
use crate::probes::process::blocking;
use crate::rules::ollama::service::{SERVICE, SNAP};
use crate::types::ollama_env::is_no_secret;

const UNITS: [&str; 8] = [
    SERVICE,
    SNAP,
    "openclaw-gateway.service",
    "systemd-resolved.service",
    "ufw.service",
    "firewalld.service",
    "nftables.service",
    "netfilter-persistent.service",
];

const PROPERTIES: &str = "--property=Id,LoadState,ActiveState,SubState,UnitFileState,FragmentPath,DropInPaths,Restart,NRestarts,\
Result,ExecMainStatus,MainPID,User,Environment,EnvironmentFiles,NeedDaemonReload,\
ExecMainStartTimestampMonotonic,MemoryMax,CPUQuotaPerSecUSec,ProtectHome,ProtectSystem,ReadWritePaths,RootDirectory";

/// The value of a variable, where it cannot be a secret: a password before `@` is the only way to one.
pub fn shown(name: &str, value: &str) -> Option<String> {
    const LONGEST: usize = 1000;
    (is_no_secret(name) && !value.contains('@') && value.len() <= LONGEST).then(|| value.to_string())
}

/// Asks systemd for the units that concern us, and for `more`. A unit that does not exist has `not-found` as load state.
pub async fn look(more: &[String]) -> Fact<Vec<Unit>> {
    if !is_booted() {
        return Fact::not_applicable(NOT_BOOTED);
    }
    let mut arguments = vec!["show", PROPERTIES, "--no-pager"];
    arguments.extend(UNITS);
    arguments.extend(more.iter().map(String::as_str).filter(|name| !UNITS.contains(name)));
    let output = match process::output("systemctl", &arguments).await {
        Ok(output) => output,
        Err(unseen) => return Fact::Unseen(unseen),
    };
    if !output.success {
        return Fact::unknown("systemctl show failed; is the system bus running?");
    }
    let mut units = Vec::new();
    for block in output.stdout.split("\n\n").filter(|block| !block.trim().is_empty()) {
        units.push(unit(&Properties::read(block), true).await);
    }
    Fact::Seen(units)
}

/// Asks the systemd of a user, which must be running, for one of its units.
pub async fn look_at_user_unit(uid: Uid, gid: Gid, name: &str) -> Fact<Unit> {
    let arguments = ["--user", "show", PROPERTIES, "--no-pager", name];
    match process::output_as(uid, gid, "systemctl", &arguments).await {
        Ok(output) if output.success => Fact::Seen(unit(&Properties::read(&output.stdout), false).await),
        Ok(_) => Fact::unknown("systemctl --user show failed; does the systemd of that user run?"),
        Err(unseen) => Fact::Unseen(unseen),
    }
}

/// What `systemctl show` prints of one unit.
struct Properties<'a>(HashMap<&'a str, String>);

impl<'a> Properties<'a> {
    /// A property may be printed once for each of its values, as `EnvironmentFiles` is.
    fn read(block: &'a str) -> Properties<'a> {
        let mut properties: HashMap<&str, String> = HashMap::new();
        for (name, value) in block.lines().filter_map(|line| line.split_once('=')) {
            let values = properties.entry(name).or_default();
            if !values.is_empty() {
                values.push(' ');
            }
            values.push_str(value);
        }
        Properties(properties)
    }

    fn text(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_default()
    }

    fn some(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|value| !value.is_empty())
    }

    fn drop_ins(&self) -> Vec<String> {
        self.text("DropInPaths").split_whitespace().map(str::to_string).collect()
    }

    /// Printed as `PATH (ignore_errors=no)`; a path may have blanks.
    fn environment_files(&self) -> Vec<String> {
        self.text("EnvironmentFiles")
            .split(" (ignore_errors=")
            .map(|part| part.trim_start_matches(|c| c != '/').to_string())
            .filter(|path| !path.is_empty())
            .collect()
    }

    fn confinement(&self) -> Confinement {
        Confinement {
            protect_home: self.text("ProtectHome"),
            protect_system: self.text("ProtectSystem"),
            read_write_paths: self
                .text("ReadWritePaths")
                .split_whitespace()
                .map(|path| path.trim_start_matches(['-', '+']).to_string())
                .collect(),
            root_directory: self.some("RootDirectory"),
        }
    }
}

/// `of_system` is for units that root wrote: only their files are read, since a user's
/// may name any file, and a doctor that runs as root could read it.
async fn unit(properties: &Properties<'_>, of_system: bool) -> Unit {
    let text = |name: &str| properties.text(name);
    let mut environment = Environment::of_systemd(properties);
    if of_system {
        environment.read_files(properties).await;
    }
    Unit {
        name: text("Id"),
        load_state: text("LoadState"),
        active_state: text("ActiveState"),
        sub_state: text("SubState"),
        unit_file_state: text("UnitFileState"),
        drop_ins: properties.drop_ins(),
        environment_sources: environment.sources,
        restart: properties.some("Restart"),
        restarts: text("NRestarts").parse().unwrap_or_default(),
        result: text("Result"),
        exit_status: text("ExecMainStatus").parse().unwrap_or_default(),
        main_pid: text("MainPID").parse().ok().filter(|pid| *pid != 0),
        user: properties.some("User"),
        environment: environment.variables,
        environment_lines: environment.lines,
        fragment_path: properties.some("FragmentPath"),
        needs_reload: text("NeedDaemonReload") == "yes",
        started_at: text("ExecMainStartTimestampMonotonic").parse().ok().and_then(since_boot),
        // Both are `infinity` where there is no limit.
        memory_max: text("MemoryMax").parse().ok().filter(|bytes| *bytes != u64::MAX),
        cpu_quota: seconds(&text("CPUQuotaPerSecUSec")),
        confinement: properties.confinement(),
        unread_files: match of_system && text("Id") == SERVICE {
            true => blocking(unread::files).await.unwrap_or_default(),
            false => Vec::new(),
        },
    }
}

/// What a unit gives its process.
struct Environment {
    variables: Vec<UnitVariable>,
    /// The files that set some of it.
    sources: Vec<EnvironmentSource>,
    /// The `Environment=` lines of the unit file, without values.
    lines: Vec<String>,
}

impl Environment {
    /// What all `Environment=` lines come to, as systemd tells it.
    fn of_systemd(properties: &Properties<'_>) -> Environment {
        let words = split_words(&properties.text("Environment")).unwrap_or_default();
        let variables = words.into_iter().filter_map(|word| variable(&word)).collect();
        Environment { variables, sources: Vec::new(), lines: Vec::new() }
    }

    /// Adds what the unit's files say, in the order in which systemd reads them.
    async fn read_files(&mut self, properties: &Properties<'_>) {
        let fragment_path = properties.some("FragmentPath");
        let mut texts = Vec::new();
        for path in fragment_path.iter().cloned().chain(properties.drop_ins()) {
            let (source, text) = source(&path, unit_names).await;
            self.sources.push(source);
            if fragment_path.as_ref() == Some(&path) {
                self.lines = environment_lines(&text);
            }
            texts.push((path, text));
        }
        for path in properties.environment_files() {
            let (source, text) = file_source(&path).await;
            let named_by =
                texts.iter().rfind(|(_, text)| names_file(text, &path)).map(|(file, _)| file.clone());
            self.sources.push(EnvironmentSource { named_by, ..source });
            // What a file sets counts more than `Environment=` (`systemd.exec(5)`).
            for set in file_variables(&text) {
                self.variables.retain(|known| known.name != set.name);
                self.variables.push(set);
            }
        }
    }
}

/// The names that a file sets. It may be of any kind, so it is read as a regular file and no further than this.
async fn source(path: &str, names: fn(&str) -> Vec<String>) -> (EnvironmentSource, String) {
    const LARGEST: u64 = 1 << 20;
    let file = PathBuf::from(path);
    let text = blocking(move || text_of(&file, LARGEST)).await.ok().flatten();
    let names = text.as_deref().map(names);
    (EnvironmentSource { path: path.to_string(), names, named_by: None }, text.unwrap_or_default())
}

/// What an environment file sets: nothing where there is none, as `-` before its path allows. A pattern
/// (`glob(7)`) is a path of no file, and stands for files that may set anything.
async fn file_source(path: &str) -> (EnvironmentSource, String) {
    let (mut source, text) = source(path, file_names).await;
    let is_pattern = path.contains(['*', '?', '[', '\\']);
    let found = tokio::fs::metadata(path).await;
    if !is_pattern && found.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        source.names = Some(Vec::new());
    }
    (source, text)
}

/// Whether an `EnvironmentFile=` line of a unit file or drop-in is about this file.
fn names_file(text: &str, path: &str) -> bool {
    let mut lines = text.lines().filter_map(|line| line.trim().strip_prefix("EnvironmentFile="));
    lines.any(|file| file.trim().trim_start_matches('-') == path)
}

/// The names that an environment file sets.
fn file_names(text: &str) -> Vec<String> {
    environment_file(text).into_iter().map(|(name, _)| name).collect()
}

/// What an environment file sets, with the values that may be shown.
fn file_variables(text: &str) -> impl Iterator<Item = UnitVariable> {
    environment_file(text).into_iter().map(|(name, value)| UnitVariable { value: shown(&name, &value), name })
}

fn variable(word: &str) -> Option<UnitVariable> {
    let (name, value) = word.split_once('=')?;
    Some(UnitVariable { name: name.to_string(), value: shown(name, value) })
}

/// The `Environment=` lines of a unit file, each up to the `=` of its first
/// variable, so that no value is kept; nothing is kept of a line that begins with something else.
fn environment_lines(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim)
        .filter_map(|line| {
            let rest = line.strip_prefix("Environment=")?;
            let before = rest.split_once('=').map_or("", |(before, _)| before);
            let is_name = is_variable_name(before.trim_start_matches(['"', '\'']));
            Some(if is_name { format!("Environment={before}=") } else { "Environment=".into() })
        })
        .collect()
}

/// The time of day of a reading of the monotonic clock, in microseconds since
/// boot; `None` for 0, which means never. Timestamps in words depend on the
/// version of systemd and on the time zone, and this number does not.
pub(super) fn since_boot(micros: i64) -> Option<Timestamp> {
    if micros == 0 {
        return None;
    }
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).ok()?;
    let now_micros = now.tv_sec() * 1_000_000 + now.tv_nsec() / 1_000;
    Timestamp::now().checked_sub(SignedDuration::from_micros(now_micros.saturating_sub(micros))).ok()
}

/// A time span as systemd prints it (`systemd.time(7)`), such as `1.500000s`, `500ms`
/// or `1min 4s`, in seconds; `None` for `infinity`.
fn seconds(text: &str) -> Option<f64> {
    let words = text.split_whitespace().map(|word| {
        let digits = word.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit) = word.split_at(digits);
        let scale = match unit {
            "us" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "min" => 60.0,
            _ => return None,
        };
        number.parse::<f64>().ok().map(|number| number * scale)
    });
    let all: Option<Vec<f64>> = words.collect();
    all.filter(|all| !all.is_empty()).map(|all| all.iter().sum())
}

/// What is kept of a text, whichever of the texts that are read here it is.
#[cfg(fuzzing)]
pub fn kept(text: &str) -> (Vec<UnitVariable>, Vec<String>) {
    let of_files = file_variables(text);
    let variables = split_words(text)
        .unwrap_or_default()
        .iter()
        .filter_map(|word| variable(word))
        .chain(of_files)
        .collect();
    let names = [unit_names(text), file_names(text), environment_lines(text)].concat();
    for value in Properties::read(text).0.values() {
        let _ = seconds(value);
    }
    (variables, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_environment_file_that_is_not_there_sets_nothing() -> std::io::Result<()> {
        let home = tempfile::tempdir()?;
        let dir = home.path().display();
        std::fs::write(home.path().join("a b"), "OLLAMA_HOST=::1\n")?;
        std::fs::write(home.path().join("x.conf"), format!("[Service]\nEnvironmentFile=-{dir}/none\n"))?;
        let block = format!(
            "DropInPaths={dir}/x.conf\nEnvironmentFiles={dir}/none (ignore_errors=yes)\n\
             EnvironmentFiles={dir}/a b (ignore_errors=no)\n\
             EnvironmentFiles={dir}/*.env (ignore_errors=yes)\n"
        );
        let unit = unit(&Properties::read(&block), true).await;
        let names: Vec<_> = unit.environment_sources.iter().map(|source| source.names.clone()).collect();
        assert_eq!(names, [Some(vec![]), Some(vec![]), Some(vec!["OLLAMA_HOST".to_string()]), None]);
        assert_eq!(unit.environment[0].value.as_deref(), Some("::1"));
        let named_by = |place: usize| unit.environment_sources[place].named_by.as_ref();
        assert_eq!((named_by(1), named_by(2)), (unit.drop_ins.first(), None));
        Ok(())
    }

    #[test]
    fn a_quota_is_read_as_systemd_prints_it() {
        assert_eq!(seconds("2s"), Some(2.0));
        assert_eq!(seconds("1.500000s"), Some(1.5));
        assert_eq!(seconds("500ms"), Some(0.5));
        assert_eq!(seconds("1min 4s"), Some(64.0));
        assert_eq!((seconds("infinity"), seconds("")), (None, None));
    }

    #[test]
    fn values_that_may_be_secret_are_not_kept() {
        assert_eq!(variable("OLLAMA_HOST=0.0.0.0").and_then(|v| v.value).as_deref(), Some("0.0.0.0"));
        assert_eq!(
            variable("HTTPS_PROXY=http://u:p@x").map(|v| (v.name, v.value)),
            Some(("HTTPS_PROXY".into(), None))
        );
        assert_eq!(unit_names("[Service]\nEnvironment=\"A=b c\" D=e\nUser=x\n"), ["A", "D"]);
        let of_file = |line: &str| file_variables(line).next().and_then(|variable| variable.value);
        assert_eq!(of_file("OLLAMA_HOST = \"0.0.0.0\"").as_deref(), Some("0.0.0.0"));
        assert_eq!((of_file("#OLLAMA_HOST=x"), of_file("OLLAMA_HOST=http://u:p@x")), (None, None));
        assert_eq!(file_names("# A=1\nOLLAMA_HOST = x\nbad\n"), ["OLLAMA_HOST"]);
        let lines = environment_lines(
            "[Service]\nEnvironment=\"PATH=/a:/b\"\n Environment=OLLAMA_API_KEY=canary\nUser=ollama\n",
        );
        assert_eq!(lines, ["Environment=\"PATH=", "Environment=OLLAMA_API_KEY="]);
        let lines = environment_lines("Environment=canary\nEnvironment=canary A=b\nEnvironment=\n");
        assert_eq!(lines, ["Environment="; 3]);
    }
}
