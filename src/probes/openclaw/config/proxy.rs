//! Proxies that OpenClaw's requests may go through: names, and never a value but
//! the list of hosts that need none.

use secrecy::ExposeSecret;

use super::endpoints::EndpointPlan;
use super::projection::View;
use super::sources::Sources;
use crate::facts::{KeyPlace, Proxies, ProxyVariable};
use crate::rules::openclaw::proxies::is_bypassed;

/// What OpenClaw reads (`proxy-env` of the npm package).
const NAMES: [&str; 7] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "OPENCLAW_PROXY_URL",
];
/// So many entries of a list are kept to show; all of them are judged.
const SHOWN: usize = 100;

/// What the gateway has in its environment; the shell of the doctor is not asked.
pub fn of(sources: &Sources) -> Proxies {
    // `env.vars` of the config comes too late for proxies (measured, 2026.9.6).
    let (place, all) = match (&sources.gateway, &sources.unit) {
        (Some(gateway), _) => (KeyPlace::GatewayEnvironment, gateway),
        (None, Some(unit)) => (KeyPlace::UnitEnvironment, unit),
        (None, None) => return Proxies::default(),
    };
    let find = |name: &str| all.get(name);
    let set = |name: &&str| {
        let value = find(name)?;
        let is_set = !value.expose_secret().trim().is_empty();
        is_set.then(|| ProxyVariable { name: name.to_string(), place })
    };
    let bypass = find("no_proxy").or_else(|| find("NO_PROXY")).map(|value| value.expose_secret());
    let entries = bypass.unwrap_or_default().split([',', ' ', '\t', '\n']).filter(|entry| !entry.is_empty());
    Proxies {
        variables: NAMES.iter().filter_map(set).collect(),
        bypass: entries.map(str::to_string).collect(),
        ..Proxies::default()
    }
}

/// Which providers need no proxy by `NO_PROXY`.
pub fn add_bypassed<'p>(proxies: &mut Proxies, plans: impl Iterator<Item = &'p EndpointPlan>) {
    let covered = plans.filter(|plan| {
        let target = plan.target.as_ref();
        target.is_some_and(|target| is_bypassed(&proxies.bypass, target))
    });
    proxies.bypassed = covered.map(|plan| plan.provider.clone()).collect();
    let more = proxies.bypass.len().saturating_sub(SHOWN);
    if more > 0 {
        proxies.bypass.truncate(SHOWN);
        proxies.bypass.push(format!("… and {more} more"));
    }
}

/// What the config says of the managed proxy. A wrong type is for OpenClaw to refuse.
pub fn add_config(proxies: &mut Proxies, view: &mut View) {
    let url = view.secret(&["proxy", "proxyUrl"]).ok().filter(|url| url.sight.set);
    proxies.managed = url
        .and_then(|_| view.string(&["proxy", "proxyUrl"]).ok().flatten())
        .map(|url| crate::facts::Sourced { value: true, from: url.from, line: url.line, column: url.column });
    proxies.enabled = view.boolean(&["proxy", "enabled"]).ok().flatten();
    proxies.loopback_mode = view.string(&["proxy", "loopbackMode"]).ok().flatten();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::openclaw::config::endpoints::from_flag;

    #[test]
    fn the_last_entry_of_a_long_list_counts_as_the_first_does() {
        let mut bypass: Vec<String> = (0..500).map(|number| format!("host-{number}.example")).collect();
        bypass.push("10.0.0.5".into());
        let mut proxies = Proxies { bypass, ..Proxies::default() };
        add_bypassed(&mut proxies, [from_flag("http://10.0.0.5:11434")].iter());
        assert_eq!(proxies.bypassed, ["ollama"]);
        assert_eq!((proxies.bypass.len(), &*proxies.bypass[SHOWN]), (SHOWN + 1, "… and 401 more"));
    }
}
