//! Servers that OpenClaw speaks OpenAI's format to: which of them are Ollamas?

use std::time::Duration;

use crate::facts::{Answer, Compatible, Fact, Host, Need, Resolution, Target};
use crate::probes::bounds::out_of_bounds;
use crate::probes::deadline::Deadline;
use crate::probes::deadline::MARGIN;
use crate::probes::network::http::Client;
use crate::probes::network::http::Credentials;
use crate::probes::network::{connect, resolve};
use crate::probes::openclaw::config::EndpointPlan;
use crate::scope::Scope;

/// Asks each for `/api/version`, which only an Ollama has. No key goes along.
pub async fn look(
    scope: &Scope,
    deadline: &Deadline,
    host: &Fact<Host>,
    plans: Vec<EndpointPlan>,
) -> Vec<Compatible> {
    let looks = plans.into_iter().filter_map(|plan| {
        let target = plan.target?;
        Some(async move {
            let (resolution, version) = match out_of_bounds(scope, host, &target) {
                Some(unseen) => (Fact::Unseen(unseen.clone()), Fact::Unseen(unseen)),
                None => {
                    let resolution = resolution(deadline, &target).await;
                    let version = version(deadline, &target, &resolution).await;
                    (resolution, version)
                }
            };
            Compatible { provider: plan.provider, base_url: plan.base_url, target, resolution, version }
        })
    });
    futures_util::future::join_all(looks).await
}

async fn resolution(deadline: &Deadline, target: &Target) -> Fact<Resolution> {
    let granted = deadline.grant(resolve::LIMIT);
    deadline.look(&format!("name of {target}"), MARGIN + granted, resolve::look(target, granted)).await
}

async fn version(
    deadline: &Deadline,
    target: &Target,
    resolution: &Fact<Resolution>,
) -> Fact<Answer<String>> {
    let limit = deadline.grant(connect::LIMIT + connect::LIMIT);
    let name = format!("/api/version of {target}");
    deadline.look(&name, limit + MARGIN, async { ask(target, resolution, deadline).await }).await
}

async fn ask(target: &Target, resolution: &Fact<Resolution>, deadline: &Deadline) -> Fact<Answer<String>> {
    // The path of the base URL is that of OpenAI's format.
    let origin = Target { path: String::new(), ..target.clone() };
    match client_at(&origin, resolution, &Credentials::default(), |limit| deadline.grant(limit)).await {
        Ok(client) => client.version(deadline.grant(connect::LIMIT)).await,
        Err(by) => by,
    }
}

/// A client for a target, at the first of its addresses that accepts; `grant` may shorten the limits.
pub async fn client<T>(
    target: &Target,
    credentials: &Credentials,
    grant: impl Fn(Duration) -> Duration,
) -> Result<Client, Fact<T>> {
    let resolution = resolve::look(target, grant(resolve::LIMIT)).await;
    client_at(target, &resolution, credentials, grant).await
}

/// The same where its name was looked up before.
async fn client_at<T>(
    target: &Target,
    resolution: &Fact<Resolution>,
    credentials: &Credentials,
    grant: impl Fn(Duration) -> Duration,
) -> Result<Client, Fact<T>> {
    let addresses = match resolution {
        Fact::Seen(resolution) if !resolution.addresses.is_empty() => &resolution.addresses,
        Fact::Seen(_) => return Err(Fact::blocked(Need::Resolution)),
        Fact::Unseen(unseen) => return Err(Fact::Unseen(unseen.clone())),
    };
    let attempts = match connect::look(addresses, target.port, grant(connect::LIMIT), None).await {
        Fact::Seen(attempts) => attempts,
        Fact::Unseen(unseen) => return Err(Fact::Unseen(unseen)),
    };
    let address = connect::first_accepted(&attempts).ok_or(Fact::blocked(Need::Connect))?;
    Client::new(target, address, credentials).map_err(Fact::Unseen)
}
