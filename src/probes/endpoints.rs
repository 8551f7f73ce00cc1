//! Each Ollama that OpenClaw would use: its name, its port, its answers, as far as each leads to the next.

use std::net::{IpAddr, SocketAddr};

use nix::unistd::{Uid, User};

use super::bounds::out_of_bounds;
use super::deadline::{Deadline, MARGIN};
use super::machine::container;
use super::network::{connect, resolve};
use super::ollama::api;
use super::openclaw::config::EndpointPlan;
use crate::facts::{Connect, Endpoint, Fact, Facts, Need, Target, Unseen};
use crate::probes::process::blocking;
use crate::scope::Scope;

/// Looks at every Ollama that OpenClaw would use.
pub async fn look(
    scope: &Scope,
    deadline: &Deadline,
    facts: &Facts,
    plans: Vec<EndpointPlan>,
) -> Vec<Endpoint> {
    let looks = plans.into_iter().map(|plan| look_at(scope, deadline, facts, plan));
    futures_util::future::join_all(looks).await
}

/// The host and the container tell from where it is looked at.
async fn look_at(scope: &Scope, deadline: &Deadline, facts: &Facts, plan: EndpointPlan) -> Endpoint {
    let mut endpoint = Endpoint::unasked(&plan);
    let Some(target) = plan.target.clone() else {
        return endpoint;
    };
    if let Some(unseen) = out_of_bounds(scope, &facts.host, &target) {
        endpoint.withhold(&unseen);
        return endpoint;
    }
    let name = target.to_string();
    let granted = deadline.grant(resolve::LIMIT);
    endpoint.resolution =
        deadline.look(&format!("name of {name}"), MARGIN + granted, resolve::look(&target, granted)).await;
    let Some(resolution) = endpoint.resolution.seen().filter(|resolution| !resolution.addresses.is_empty())
    else {
        return endpoint.blocked_from_connect(Need::Resolution);
    };
    let addresses = resolution.addresses.clone();
    connect_as_openclaw(deadline, facts, &mut endpoint, &addresses, &target).await;
    let granted = deadline.grant(connect::LIMIT);
    if let Some(pid) = facts.container.seen().and_then(|container| container.gateway_apart.seen().copied()?) {
        let from_there = container::connect_from(pid, &addresses, target.port, granted);
        endpoint.from_gateway =
            deadline.look(&format!("port of {name} from the gateway"), MARGIN + granted, from_there).await;
        if accepted(&endpoint.connect).is_none() && accepted(&endpoint.from_gateway).is_some() {
            endpoint.connect = Fact::unknown(format!(
                "the gateway (process {pid}) reaches {name} from a network of its own; run the doctor in there"
            ));
        }
    }
    let Some(address) = accepted(&endpoint.connect) else {
        return endpoint.blocked_from_http(Need::Connect);
    };
    api::look(&mut endpoint, deadline, &plan, &target, address).await;
    endpoint
}

/// Connects as OpenClaw's user, and as root beside it, which tells a firewall that goes by the user from a server that
/// is not there.
async fn connect_as_openclaw(
    deadline: &Deadline,
    facts: &Facts,
    endpoint: &mut Endpoint,
    addresses: &[IpAddr],
    target: &Target,
) {
    let name = format!("port of {target}");
    let user = facts.judged_install().map(|install| install.user.clone());
    let uid = blocking(move || Some(User::from_name(&user?).ok()??.uid)).await.ok().flatten();
    let uid = uid.filter(|uid| !uid.is_root() && Uid::effective().is_root());
    let granted = deadline.grant(connect::LIMIT);
    let look =
        |user| deadline.look(&name, MARGIN + granted, connect::look(addresses, target.port, granted, user));
    let Some(user) = uid else {
        endpoint.connect = look(None).await;
        return;
    };
    let (as_user, as_root) = tokio::join!(look(Some(user)), look(None));
    if as_user.seen().is_some() && accepted(&as_user).is_none() && accepted(&as_root).is_some() {
        endpoint.refused_user = facts.judged_install().map(|install| install.user.clone());
    }
    endpoint.connect = as_user;
}

/// The first address that accepted a connection.
fn accepted(attempts: &Fact<Vec<Connect>>) -> Option<SocketAddr> {
    attempts.seen().and_then(|attempts| connect::first_accepted(attempts))
}

impl Endpoint {
    /// An endpoint of which only the config is known.
    fn unasked(plan: &EndpointPlan) -> Endpoint {
        let target = match &plan.target {
            Some(target) => Fact::Seen(target.clone()),
            None => Fact::blocked(Need::Config),
        };
        Endpoint {
            provider: plan.provider.clone(),
            base_url: plan.base_url.clone(),
            target,
            resolution: Fact::blocked(Need::Config),
            ..Endpoint::default()
        }
        .blocked_from_connect(Need::Config)
    }

    fn blocked_from_connect(mut self, by: Need) -> Endpoint {
        self.connect = Fact::blocked(by);
        self.blocked_from_http(by)
    }

    fn blocked_from_http(mut self, by: Need) -> Endpoint {
        self.version = Fact::blocked(by);
        self.tags = Fact::blocked(by);
        self.running = Fact::blocked(by);
        self.shows = Fact::blocked(by);
        self
    }

    fn withhold(&mut self, unseen: &Unseen) {
        self.resolution = Fact::Unseen(unseen.clone());
        self.connect = Fact::Unseen(unseen.clone());
        self.withhold_http(unseen);
    }

    pub(super) fn withhold_http(&mut self, unseen: &Unseen) {
        self.version = Fact::Unseen(unseen.clone());
        self.tags = Fact::Unseen(unseen.clone());
        self.running = Fact::Unseen(unseen.clone());
        self.shows = Fact::Unseen(unseen.clone());
    }
}
