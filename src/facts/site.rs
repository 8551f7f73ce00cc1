//! An endpoint and its place in the facts.

use std::net::IpAddr;

use crate::facts::{Endpoint, Facts, Listener, Need, OllamaServer, Tag, Unseen, config_key};
use crate::text::secret::SecretClass;

/// An endpoint and its place in the facts.
pub struct Site<'a> {
    /// Index into `Facts::endpoints`.
    pub index: usize,
    /// The endpoint.
    pub endpoint: &'a Endpoint,
}

impl<'a> Site<'a> {
    /// Every endpoint with its place.
    pub fn all(facts: &'a Facts) -> impl Iterator<Item = Site<'a>> {
        facts.endpoints.iter().enumerate().map(|(index, endpoint)| Site { index, endpoint })
    }

    /// JSON Pointer to a fact of this endpoint; `rest` starts with a slash.
    pub fn pointer(&self, rest: &str) -> String {
        format!("/endpoints/{}{rest}", self.index)
    }

    /// Whether the endpoint is on this machine; `None` where that cannot be told.
    pub fn is_here(&self, facts: &Facts) -> Option<bool> {
        let addresses = &self.endpoint.resolution.seen()?.addresses;
        addresses
            .iter()
            .map(|address| self.is_own(facts, *address))
            .find(|own| *own != Some(false))
            .unwrap_or(Some(false))
    }

    /// Whether an address that was connected to is this machine's; `None` where its addresses are unknown.
    pub fn is_own(&self, facts: &Facts, address: IpAddr) -> Option<bool> {
        match self.is_loopback_elsewhere(address) {
            true => Some(false),
            false => facts.is_own_address(address),
        }
    }

    /// Loopback of a network that is not this machine's.
    fn is_loopback_elsewhere(&self, address: IpAddr) -> bool {
        self.endpoint.from_other_network && address.to_canonical().is_loopback()
    }

    /// Whether a connection to the endpoint comes to this listener.
    pub fn leads_to(&self, listener: &Listener) -> bool {
        let (Some(target), Some(resolution)) = (self.endpoint.target.seen(), self.endpoint.resolution.seen())
        else {
            return false;
        };
        let reached = resolution.addresses.iter().filter(|address| !self.is_loopback_elsewhere(**address));
        reached.into_iter().any(|address| listener.covers(*address, target.port))
    }

    /// The listener of this machine behind the endpoint, and its place.
    pub fn listener(&self, facts: &'a Facts) -> Option<(usize, &'a Listener)> {
        facts.listeners.seen()?.sockets.iter().enumerate().find(|(_, socket)| self.leads_to(socket))
    }

    /// The Ollama of this machine behind the endpoint: the process that holds its port, or the only one there is.
    pub fn server(&self, facts: &'a Facts) -> Option<&'a OllamaServer> {
        let setup = facts.ollama_setup.seen()?;
        match self.listener(facts).and_then(|(_, listener)| listener.pid) {
            Some(pid) => setup.server(pid).map(|(_, server)| server),
            None => setup.servers.first().filter(|_| setup.servers.len() == 1),
        }
    }

    /// Whether the key for it is where only OpenClaw looks, so that our own
    /// requests go without it.
    pub fn keeps_key_elsewhere(&self, facts: &Facts) -> bool {
        let config = facts.config.seen().filter(|_| !self.endpoint.is_by_flag());
        config.is_some_and(|config| config.keeps_key_elsewhere(&self.endpoint.provider))
    }

    /// The config key of a setting of its provider.
    pub fn setting_key(&self, facts: &Facts, setting: &str) -> String {
        match facts.config.seen() {
            Some(config) => config.provider_key(&self.endpoint.provider, setting),
            None => config_key(&["models", "providers", &self.endpoint.provider, setting]),
        }
    }

    /// The model list, which `ollama/api-tags` judges.
    pub fn tags(&self) -> Result<&'a [Tag], Unseen> {
        let answer = self.endpoint.tags.need(Need::Tags)?;
        answer.understood().map(Vec::as_slice).ok_or(Unseen::Blocked { by: Need::Tags })
    }

    /// Whether requests to it may carry a key or a header of OpenClaw's config.
    pub fn sends_credentials(&self, facts: &Facts) -> bool {
        let is_key = |class: SecretClass| !matches!(class, SecretClass::None | SecretClass::Marker);
        let of_config = facts.usable_config().is_ok_and(|config| {
            let mut own = config.providers.iter().filter(|provider| provider.id == self.endpoint.provider);
            own.any(|provider| !provider.headers.is_empty() || is_key(provider.api_key.class))
        });
        of_config || facts.keys.iter().any(|sight| is_key(sight.key.class))
    }

    /// The host of the endpoint, where it is another machine.
    pub fn other_host(&self, facts: &Facts) -> Option<String> {
        let host = self.endpoint.target.seen()?.host.clone();
        (self.is_here(facts) == Some(false)).then_some(host)
    }
}
