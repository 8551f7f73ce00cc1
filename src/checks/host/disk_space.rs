//! Can Ollama and OpenClaw write where they have to?

use crate::checks::room::{Holding, Place, bytes, holding, told, with_inodes, with_mount, with_room};
use crate::checks::serving::serving;
use crate::checks::settings::{Service, is_here};
use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{Facts, Unseen, Written, WrittenDirectory};

/// Fails once for each file system that is full, closed or nearly full: what lies on
/// one is mended at once.
pub fn judge(facts: &Facts) -> Judgement {
    let all = facts.disk_space.get()?;
    let concerns_us = |one: &WrittenDirectory| one.holds != Written::Models || is_ours(facts, &one.path);
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
    let unknown = directories().find_map(|(_, one)| one.file_system.get().err());
    match unknown {
        Some(unseen @ Unseen::Unknown { .. }) => Err(unseen),
        _ => Verdict::pass(told(&places)),
    }
}

/// Whether the Ollama that OpenClaw uses keeps its models there; where none runs, its service.
fn is_ours(facts: &Facts, path: &str) -> bool {
    let here = || Site::all(facts).filter(|site| site.is_here(facts) != Some(false));
    let mut serving = here().filter_map(|site| serving(facts, &site)?.models_dir.as_deref()).peekable();
    if serving.peek().is_some() {
        return serving.any(|dir| dir == path);
    }
    let of_service = facts.ollama_setup.seen().and_then(|setup| setup.models_dir.as_ref());
    is_here(facts) && Service::in_use(facts).is_some() && of_service.is_some_and(|dir| dir.path == path)
}

/// What is wrong with a file system, by the directories on it.
fn failure<'p>(on_it: &[&'p Place<'p>]) -> Option<Failure> {
    let those = |is_so: fn(&Place) -> bool| among(on_it, is_so);
    if let Some(closed) = those(|place| place.system.read_only && place.directory.holds == Written::State) {
        let message = "OpenClaw's state lies on a file system that is mounted read-only";
        return Some(with_mount(Failure::new("read-only", message), &closed));
    }
    if let Some(without) = those(|place| place.has_no_inodes()) {
        let what = holding(&without).words();
        let message = format!("no file can be made for {what}: all inodes are used");
        let cause = match holding(&without) {
            Holding::StateAndModels | Holding::State => "inodes",
            Holding::Models => "models",
            Holding::Temporary => "temporary",
        };
        return Some(with_inodes(Failure::new(cause, message), &without));
    }
    if let Some(full) = those(|place| place.is_full()) {
        let cause = match holding(&full) {
            Holding::StateAndModels => "state-and-models",
            Holding::State => "state",
            Holding::Models => "models",
            Holding::Temporary => "temporary",
        };
        let message = format!("no space is left for {}", holding(&full).words());
        return Some(with_room(Failure::new(cause, message), &full));
    }
    let low = those(|place| place.is_low())?;
    let holding = holding(&low);
    let holds_models = matches!(holding, Holding::StateAndModels | Holding::Models);
    let cause = if holds_models { "low-for-models" } else { "low" };
    let message = format!("only {} are left for {}", bytes(low[0].room()), holding.words());
    Some(with_room(Failure::new(cause, message), &low))
}

/// Those of which it is so, where there are any.
fn among<'p>(places: &[&'p Place<'p>], is_so: fn(&Place) -> bool) -> Option<Vec<&'p Place<'p>>> {
    let those: Vec<&Place> = places.iter().copied().filter(|place| is_so(place)).collect();
    (!those.is_empty()).then_some(those)
}
