//! Can Ollama and OpenClaw write where they have to?

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Fact, Facts, OllamaServer, Unit, Unseen, Written, WrittenDirectory};
use crate::rules::ollama::environment::{Service, all_readable, is_here};
use crate::rules::openclaw::disk_space::{Holding, Place, holding};

/// Fails once for each file system that is full, closed or nearly full: what lies on
/// one is mended at once.
pub fn judge(facts: &Facts) -> Judgement {
    let all = facts.disk_space.get()?;
    let ours = ours(facts);
    let is_ours = |path: &str| ours.as_ref().is_ok_and(|dirs| dirs.contains(&path));
    let concerns_us = |one: &WrittenDirectory| one.holds != Written::Models || is_ours(&one.path);
    let directories = || all.iter().enumerate().filter(|(_, one)| concerns_us(one));
    let places: Vec<Place> = directories().filter_map(|(index, one)| Place::of(index, one)).collect();
    let mut devices: Vec<u64> = places.iter().map(|place| place.system.device).collect();
    devices.sort_unstable();
    devices.dedup();
    let failures = devices.iter().filter_map(|device| {
        let on_it: Vec<&Place> = places.iter().filter(|place| place.system.device == *device).collect();
        failure(&on_it)
    });
    if let Some(failed) = Verdict::fail(failures.collect()) {
        return failed;
    }
    let unknown = directories().filter_map(|(_, one)| one.file_system.get().err());
    let unknown =
        unknown.chain(ours.as_ref().err().cloned()).find(|unseen| matches!(unseen, Unseen::Unknown { .. }));
    if let Some(unseen) = unknown {
        return Err(unseen);
    }
    let state = all.iter().find(|one| one.holds == Written::State);
    match state.map(|state| state.file_system.get()) {
        Some(Ok(_)) => Verdict::pass(summary(&places)),
        Some(Err(unseen)) => Err(unseen),
        None => Err(Unseen::NotApplicable { why: "no state directory of OpenClaw is here".into() }),
    }
}

/// Where the Ollamas that OpenClaw uses keep their models; where none runs, its service.
fn ours(facts: &Facts) -> Result<Vec<&str>, Unseen> {
    if !is_here(facts) {
        return Ok(Vec::new());
    }
    let setup = facts.ollama_setup.get()?;
    let here = Site::all(facts).filter(|site| site.is_here(facts) != Some(false));
    let servers: Vec<&OllamaServer> = here.filter_map(|site| site.server(facts)).collect();
    let of_service = setup.models_dir.as_ref().map(|dir| &*dir.path);
    if servers.is_empty() {
        return Ok(of_service.filter(|_| Service::in_use(facts).is_some()).into_iter().collect());
    }
    let dirs = servers.into_iter().filter_map(|server| models_dir(facts, server, of_service).transpose());
    dirs.collect()
}

/// Where a server keeps its models. For one whose environment is hidden the facts hold a
/// guess, and its unit tells.
fn models_dir<'a>(
    facts: &Facts,
    server: &'a OllamaServer,
    of_service: Option<&'a str>,
) -> Result<Option<&'a str>, Unseen> {
    if !matches!(server.environment, Fact::Unseen(Unseen::Unknown { .. })) {
        return Ok(server.models_dir.as_deref());
    }
    let service = facts.ollama_service();
    let is_its = |(_, unit): &(usize, &Unit)| unit.main_pid == Some(server.pid) && all_readable(unit);
    match of_service.filter(|_| service.as_ref().is_some_and(is_its)) {
        Some(dir) => Ok(Some(dir)),
        None => Err(Unseen::Unknown {
            error: format!("where Ollama (pid {}) keeps its models is hidden; run as root", server.pid),
        }),
    }
}

/// What is wrong with a file system, by the directories on it.
fn failure<'p>(on_it: &[&'p Place<'p>]) -> Option<Failure> {
    let those = |is_so: fn(&Place) -> bool| among(on_it, is_so);
    if let Some(closed) = those(|place| place.system.read_only && place.directory.holds == Written::State) {
        let message = "OpenClaw's state lies on a file system that is mounted read-only";
        return Some(with_mount(Failure::new("read-only", message), &closed));
    }
    if let Some(without) = those(|place| place.has_no_inodes()) {
        let what = holding(&without).describe();
        let message = format!("no file can be made for {what}: all inodes are used");
        let cause = match holding(&without) {
            Holding::StateAndModels | Holding::State => "inodes",
            Holding::Models => "models",
            Holding::Temporary => "temporary",
        };
        // Their number counts, not their size.
        return Some(with_inodes(Failure::new(cause, message), &without).fixes(&["files"]));
    }
    if let Some(full) = those(|place| place.is_full()) {
        let (cause, fixes): (_, &[_]) = match holding(&full) {
            Holding::StateAndModels => ("state-and-models", &["state", "models"]),
            Holding::State => ("state", &["state"]),
            Holding::Models => ("models", &["models", "ollama/start#space"]),
            Holding::Temporary => ("temporary", &["state"]),
        };
        let message = format!("no space is left for {}", holding(&full).describe());
        return Some(with_room(Failure::new(cause, message), &full).fixes(fixes));
    }
    let low = those(|place| place.is_low())?;
    let holding = holding(&low);
    let holds_models = matches!(holding, Holding::StateAndModels | Holding::Models);
    let cause = if holds_models { "low-for-models" } else { "low" };
    let message = format!("only {} are left for {}", bytes(low[0].bytes_free()), holding.describe());
    Some(with_room(Failure::new(cause, message), &low))
}

/// Those of which it is so, where there are any.
fn among<'p>(places: &[&'p Place<'p>], is_so: fn(&Place) -> bool) -> Option<Vec<&'p Place<'p>>> {
    let those: Vec<&Place> = places.iter().copied().filter(|place| is_so(place)).collect();
    (!those.is_empty()).then_some(those)
}

fn label(place: &Place) -> &'static str {
    match place.directory.holds {
        Written::Models => "models",
        Written::State => "state",
        Written::Temporary => "temporary files",
    }
}

fn pointer(place: &Place, rest: &str) -> String {
    format!("/diskSpace/{}{rest}", place.index)
}

/// Adds what was seen of it.
fn with_sight(place: &Place, failure: Failure, fact: &str, seen: String) -> Failure {
    failure
        .seen(label(place), pointer(place, &format!("/fileSystem/{fact}")), seen)
        .note(&*place.directory.path)
}

/// Adds how much room each directory has, and what unfinished downloads take of it.
fn with_room(failure: Failure, places: &[&Place]) -> Failure {
    places.iter().fold(failure, |failure, place| {
        let fact = if place.directory.user.as_deref() == Some("root") { "freeToRoot" } else { "free" };
        let seen = format!("{} free of {}", bytes(place.bytes_free()), bytes(place.system.total));
        let failure = with_sight(place, failure, fact, seen);
        match &place.directory.partial_downloads {
            Some(partial) => failure
                .seen("unfinished downloads", pointer(place, "/partialDownloads/bytes"), bytes(partial.bytes))
                .note(format!("{} files", partial.files)),
            None => failure,
        }
    })
}

/// Adds how many files each directory can still take.
fn with_inodes(failure: Failure, places: &[&Place]) -> Failure {
    places.iter().fold(failure, |failure, place| {
        with_sight(place, failure, "inodesFree", format!("0 of {} inodes free", place.system.inodes))
    })
}

/// Adds that the file system is mounted read-only.
fn with_mount(failure: Failure, places: &[&Place]) -> Failure {
    let seen = || "mounted read-only".to_string();
    places.iter().fold(failure, |failure, place| with_sight(place, failure, "readOnly", seen()))
}

/// How much room there is, in words.
fn summary(places: &[Place]) -> String {
    let told: Vec<String> = places
        .iter()
        .map(|place| format!("{} for {}", bytes(place.bytes_free()), holding(&[place]).describe()))
        .collect();
    format!("free: {}", told.join(", "))
}

/// Bytes for a person.
fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
