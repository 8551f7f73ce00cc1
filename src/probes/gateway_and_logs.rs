//! The judged gateway, and the logs of all services, of which its own is one.

use super::deadline::{Deadline, LOCAL};
use super::logs;
use super::openclaw::gateway::{self, Sight};
use crate::facts::{Fact, Facts, Gateway, Logs, Unit};

/// The gateway's log is read together with those of the other services.
pub async fn look(deadline: &Deadline, facts: &Facts, units: &Fact<Vec<Unit>>) -> (Fact<Gateway>, Logs) {
    let find = gateway::find(&facts.installs, facts.judged.as_ref(), units, &facts.config);
    let found = deadline.look("gateway's service", LOCAL, find).await;
    // Turns that go through no gateway are in the same files.
    let user = found.seen().and_then(Sight::uid);
    let (sight, mut gateway) = match found {
        Fact::Seen(sight) if !sight.is_here() => {
            let gateway = deadline.look("gateway's own log", LOCAL, gateway::from_log(&sight)).await;
            // Nothing is lost where there was no time for it: a log alone is no gateway.
            let gateway =
                if gateway.seen().is_some() { gateway } else { Fact::not_applicable(gateway::NONE) };
            (Fact::not_applicable(gateway::NONE), gateway)
        }
        sight => {
            let gateway = deadline.look("gateway", LOCAL, gateway::look(&sight)).await;
            (sight, gateway)
        }
    };
    // After what systemd says: the last start that it tells of has its lines then.
    let logs = async { Fact::Seen(logs::look(units, &sight, user).await) };
    let look = deadline.look("logs of the services", LOCAL, logs).await;
    let (logs, events) = match look {
        Fact::Seen(look) => (look.logs, look.events),
        Fact::Unseen(unseen) => (Logs::unseen(&unseen), Fact::Unseen(unseen)),
    };
    if let (Fact::Seen(gateway), Fact::Seen(_)) = (&mut gateway, &sight) {
        gateway.log = events;
    }
    (gateway, logs)
}
