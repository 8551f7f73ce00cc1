//! What name servers said that were asked directly, and which layer is at fault by it.

use crate::checks::{Failure, Site};
use crate::facts::{NameServerAnswer, NameServerOutcome, Transport};

/// Adds what each name server said of the host of an endpoint.
pub fn with_answers(failure: Failure, site: &Site) -> Failure {
    let resolution = site.endpoint.resolution.seen();
    let all = resolution.map(|resolution| resolution.name_servers.as_slice()).unwrap_or_default();
    all.iter().enumerate().fold(failure, |failure, (index, answer)| {
        answered(failure, answer, site.pointer(&format!("/resolution/nameServers/{index}/outcome")))
    })
}

/// Adds one answer.
pub fn answered(failure: Failure, answer: &NameServerAnswer, fact: String) -> Failure {
    let note = format!("{} over {} in {:.0} ms", answer.server, answer.transport.word(), answer.ms);
    failure.seen("name server", fact, answer.outcome.describe()).note(note)
}

/// Which layer keeps the host of an endpoint from having an address; `None` where
/// it has one, where nobody was asked, and where it is the name itself.
pub fn fault_of_servers(site: &Site) -> Option<Failure> {
    let resolution = site.endpoint.resolution.seen().filter(|resolution| resolution.addresses.is_empty())?;
    let host = &site.endpoint.target.seen()?.host;
    let failure = match layer_at_fault(&resolution.name_servers)? {
        "slow" => {
            Failure::new("slow", format!("{host} resolves too slowly: a name server asked before is silent"))
        }
        "udp-blocked" => {
            Failure::new("udp-blocked", "no name resolves: name servers answer over TCP, but not over UDP")
        }
        "failing" => Failure::new("failing", format!("the name servers cannot find out about {host}")),
        _ => Failure::new("unanswered", "no name resolves: none of the name servers answers"),
    };
    Some(with_answers(failure, site))
}

/// Which layer that is, by what the servers said; `None` where nobody was asked, and where one knows about the name.
pub fn layer_at_fault(all: &[NameServerAnswer]) -> Option<&'static str> {
    let over = |transport: Transport| all.iter().filter(move |answer| answer.transport == transport);
    let has = |outcome: &NameServerOutcome| over(Transport::Udp).any(|answer| answer.outcome == *outcome);
    let knows = |answer: &NameServerAnswer| answer.outcome.is_answer();
    if all.is_empty() {
        None
    } else if has(&NameServerOutcome::Addresses) && has(&NameServerOutcome::Silent) {
        Some("slow")
    } else if over(Transport::Udp).any(knows) {
        None
    } else if over(Transport::Tcp).any(knows) {
        Some("udp-blocked")
    } else if all.iter().any(|answer| answer.outcome.is_alive()) {
        Some("failing")
    } else {
        Some("unanswered")
    }
}
