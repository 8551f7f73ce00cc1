//! Servers that OpenClaw speaks OpenAI's format to: which of them are Ollamas?

use std::time::Duration;

use super::config::{Credentials, EndpointPlan};
use super::http::Client;
use super::{MARGIN, connect, out_of_bounds, resolve};
use crate::facts::{Answer, Compatible, Fact, Host, Need, Target};
use crate::probes::Watch;
use crate::scope::Scope;

/// Asks each for `/api/version`, which only an Ollama has. No key goes along.
pub async fn look(
    scope: &Scope,
    watch: &Watch,
    host: &Fact<Host>,
    plans: Vec<EndpointPlan>,
) -> Vec<Compatible> {
    let looks = plans.into_iter().filter_map(|plan| {
        let target = plan.target?;
        Some(async move {
            let version = match out_of_bounds(scope, host, &target) {
                Some(unseen) => Fact::Unseen(unseen),
                None => version(watch, &target).await,
            };
            Compatible { provider: plan.provider, base_url: plan.base_url, target, version }
        })
    });
    futures_util::future::join_all(looks).await
}

async fn version(watch: &Watch, target: &Target) -> Fact<Answer<String>> {
    let limit = watch.grant(resolve::LIMIT + connect::LIMIT + connect::LIMIT);
    let name = format!("/api/version of {target}");
    watch.look(&name, limit + MARGIN, async { ask(target, watch).await }).await
}

async fn ask(target: &Target, watch: &Watch) -> Fact<Answer<String>> {
    // The path of the base URL is that of OpenAI's format.
    let origin = Target { path: String::new(), ..target.clone() };
    match client(&origin, &Credentials::default(), |limit| watch.grant(limit)).await {
        Ok(client) => Fact::Seen(client.version(watch.grant(connect::LIMIT)).await),
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
    let addresses = match resolution {
        Fact::Seen(resolution) if !resolution.addresses.is_empty() => resolution.addresses,
        Fact::Seen(_) => return Err(Fact::blocked(Need::Resolution)),
        Fact::Unseen(unseen) => return Err(Fact::Unseen(unseen)),
    };
    let attempts = match connect::look(&addresses, target.port, grant(connect::LIMIT)).await {
        Fact::Seen(attempts) => attempts,
        Fact::Unseen(unseen) => return Err(Fact::Unseen(unseen)),
    };
    let address = connect::first_accepted(&attempts).ok_or(Fact::blocked(Need::Connect))?;
    Client::new(target, address, credentials).map_err(Fact::Unseen)
}
