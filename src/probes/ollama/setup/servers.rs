//! Processes that run `ollama serve`.

use std::fs;
use std::path::{Path, PathBuf};

use nix::unistd::{Uid, User};
use procfs::process::Process;
use secrecy::ExposeSecret;

use super::settings;
use crate::facts::{Fact, OllamaServer};
use crate::probes::machine::host::user_name;
use crate::probes::machine::processes;
use crate::probes::openclaw::environment::{Variables, of_process};
use crate::types::ollama_env::trimmed;

/// More servers than this are not listed.
const MOST: usize = 32;

/// The servers, by process id. A process is one by the kernel's name for it and its first argument.
pub fn find() -> Vec<OllamaServer> {
    let processes = processes::named("ollama").filter(|pid| is_server(*pid)).take(MOST);
    let mut servers: Vec<OllamaServer> =
        processes.filter_map(|pid| server(&Process::new(pid).ok()?)).collect();
    servers.sort_by_key(|server| server.pid);
    servers
}

fn is_server(pid: i32) -> bool {
    processes::arguments(pid)
        .split(|byte| *byte == 0)
        .nth(1)
        .is_some_and(|word| word == b"serve" || word == b"start")
}

fn server(process: &Process) -> Option<OllamaServer> {
    let pid = process.pid.unsigned_abs();
    let uid = process.status().ok()?.euid;
    let program = process.exe().ok().map(|exe| exe.display().to_string());
    let gone = program.as_deref().and_then(|program| program.strip_suffix(" (deleted)"));
    let path = gone.or(program.as_deref()).map(str::to_string);
    let variables = of_process(pid);
    Some(OllamaServer {
        pid,
        user: user_name(uid),
        replaced: gone.is_some(),
        program_exists: path.as_ref().is_some_and(|path| Path::new(path).is_file()),
        program: path,
        unit: unit(pid),
        own_network: same_network(pid),
        models_dir: models_dir(variables.as_ref(), uid),
        environment: match variables {
            Some(variables) => Fact::Seen(settings(&variables)),
            None => Fact::unknown("the environment of Ollama's process can be read by root and its own user"),
        },
    })
}

/// The last unit or scope in the path of its control group (`cgroups(7)`).
fn unit(pid: u32) -> Option<String> {
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?;
    let is_unit = |part: &&str| part.ends_with(".service") || part.ends_with(".scope");
    let path = groups.lines().find_map(|line| line.splitn(3, ':').nth(2))?;
    path.rsplit('/').find(is_unit).map(str::to_string)
}

fn same_network(pid: u32) -> Option<bool> {
    let theirs = fs::read_link(format!("/proc/{pid}/ns/net")).ok()?;
    Some(theirs == fs::read_link("/proc/self/ns/net").ok()?)
}

/// `OLLAMA_MODELS`, or `.ollama/models` in `HOME`. Where the environment is hidden
/// from us, it is the user's home that the user database knows.
fn models_dir(variables: Option<&Variables>, uid: u32) -> Option<String> {
    let value = |name: &str| {
        let value = trimmed(variables?.get(name)?.expose_secret()).to_string();
        (!value.is_empty()).then_some(value)
    };
    if let Some(dir) = value("OLLAMA_MODELS") {
        return Some(dir);
    }
    let home = match variables {
        Some(_) => PathBuf::from(value("HOME")?),
        None => User::from_uid(Uid::from_raw(uid)).ok().flatten()?.dir,
    };
    Some(default_dir(&home))
}

/// Where models are unless `OLLAMA_MODELS` says otherwise.
pub fn default_dir(home: &Path) -> String {
    home.join(".ollama/models").display().to_string()
}
