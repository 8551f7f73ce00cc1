//! The logs of the services: which units are asked for, and what is kept.

mod excerpt;

#[cfg(fuzzing)]
pub use excerpt::{of_files, of_tail, telling_words};

use nix::unistd::Uid;

use super::systemd::{self, Source, Tail};
use crate::facts::{Fact, GatewayEvent, Log, Logs, ServiceScope, Unit};
use crate::probes::openclaw::gateway::{self, FileLog, Sight};
use crate::rules::ollama::service::{SERVICE, SNAP};

/// Ollama's units, that of its installer first.
const OLLAMA: [&str; 2] = [SERVICE, SNAP];
const RESOLVED: &str = "systemd-resolved.service";

/// Everything that is read of logs in one go.
pub struct Look {
    /// The excerpts.
    pub logs: Logs,
    /// What the gateway's log says of starts and of reloads.
    pub events: Fact<Vec<GatewayEvent>>,
}

/// Reads the journal of all units at once, and the files that OpenClaw writes for its user.
pub async fn look(units: &Fact<Vec<Unit>>, sight: &Fact<Sight>, user: Option<Uid>) -> Look {
    let ollama = OLLAMA.iter().find_map(|name| loaded(units, name));
    let resolved = loaded(units, RESOLVED);
    let of_gateway = sight.seen().and_then(gateway_source);
    let places = [&ollama, &resolved, &of_gateway];
    let sources: Vec<Source> = places.into_iter().flatten().cloned().collect();
    let (tails, files) = tokio::join!(tails(&sources), gateway::files(user, excerpt::telling_words()));
    let mut tails = tails.into_iter();
    let mut next = |source: &Option<Source>| source.as_ref().and_then(|_| tails.next());
    let (ollama_tail, resolved_tail, gateway_tail) = (next(&ollama), next(&resolved), next(&of_gateway));
    let logs = Logs {
        ollama: log(units, ollama.as_ref(), ollama_tail, "there is no service of Ollama here"),
        resolved: log(units, resolved.as_ref(), resolved_tail, "systemd-resolved is not installed here"),
        gateway: gateway_log(sight, of_gateway.as_ref(), gateway_tail.as_ref(), files.as_ref()),
    };
    let events = match sight.get() {
        Ok(sight) => gateway::events(sight, gateway_tail.as_ref().and_then(Fact::seen), files),
        Err(unseen) => Fact::Unseen(unseen),
    };
    Look { logs, events }
}

async fn tails(sources: &[Source]) -> Vec<Fact<Tail>> {
    if sources.is_empty() { Vec::new() } else { systemd::read_tails(sources).await }
}

fn loaded(units: &Fact<Vec<Unit>>, name: &str) -> Option<Source> {
    let unit = units.seen()?.iter().find(|unit| unit.name == name && unit.load_state == "loaded")?;
    Some(Source { unit: unit.name.clone(), user: None })
}

/// The unit that runs the gateway. A unit of a user logs with the id of that user.
fn gateway_source(sight: &Sight) -> Option<Source> {
    let service = sight.service().filter(|_| systemd::is_booted())?;
    let user: Option<Uid> = match service.scope {
        ServiceScope::System => None,
        ServiceScope::User => Some(sight.uid()?),
    };
    Some(Source { unit: service.name.clone(), user })
}

fn log(units: &Fact<Vec<Unit>>, source: Option<&Source>, tail: Option<Fact<Tail>>, none: &str) -> Fact<Log> {
    match (units.get(), source, tail) {
        (Err(unseen), ..) => Fact::Unseen(unseen),
        (Ok(_), Some(source), Some(tail)) => match tail.get() {
            Ok(tail) => Fact::Seen(excerpt::of_tail(source.unit.clone(), tail)),
            Err(unseen) => Fact::Unseen(unseen),
        },
        _ => Fact::not_applicable(none),
    }
}

/// The journal of the gateway's unit; OpenClaw's own file where there is no unit or no gateway, or
/// where the journal may not be read.
fn gateway_log(
    sight: &Fact<Sight>,
    source: Option<&Source>,
    tail: Option<&Fact<Tail>>,
    files: Option<&FileLog>,
) -> Fact<Log> {
    match (source, tail, files) {
        (Some(source), Some(Fact::Seen(tail)), _) => Fact::Seen(excerpt::of_tail(source.unit.clone(), tail)),
        (_, _, Some(files)) => Fact::Seen(excerpt::of_files(files)),
        (_, Some(Fact::Unseen(unseen)), None) => Fact::Unseen(unseen.clone()),
        (_, _, None) => Fact::Unseen(match sight.get() {
            Ok(sight) => gateway::unreadable(sight),
            Err(unseen) => unseen,
        }),
    }
}
