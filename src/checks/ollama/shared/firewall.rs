//! Which firewall of this machine is in force, as far as that can be seen.

use crate::facts::{Facts, Firewall, Unseen};

/// Services that set up a firewall, and the name a person knows each by.
const SERVICES: [(&str, &str); 4] = [
    ("ufw.service", "ufw"),
    ("firewalld.service", "firewalld"),
    ("nftables.service", "nftables"),
    ("netfilter-persistent.service", "netfilter-persistent"),
];

/// The firewall service that runs and has something to say. Those of ufw and of nftables
/// are active too where ufw is not enabled, or the file of nftables blocks nothing.
///
/// # Errors
/// Rules of the old iptables are there, and what they do was not read; or systemd
/// could not be asked.
pub fn active_firewall(facts: &Facts, firewall: &Firewall) -> Result<Option<&'static str>, Unseen> {
    match facts.units.get() {
        Ok(_) | Err(Unseen::NotApplicable { .. }) => {}
        Err(unseen) => return Err(unseen),
    }
    let ufw = firewall.ufw_enabled.seen().copied().flatten();
    let nftables = firewall.nftables_conf_blocks.seen().copied().flatten();
    let is_idle = |name: &str| match name {
        "ufw" => ufw == Some(false),
        "nftables" => nftables == Some(false),
        _ => false,
    };
    let is_active =
        |unit: &str| facts.loaded_unit(unit).is_some_and(|(_, unit)| unit.active_state == "active");
    let service = SERVICES.into_iter().find(|(unit, name)| is_active(unit) && !is_idle(name));
    let has_filter = |tables: &Vec<String>| tables.iter().any(|table| table == "filter");
    if service.is_none() && firewall.ip_tables.seen().is_some_and(has_filter) {
        let error = "iptables has a filter table; its rules are not read, so they may close the port or not";
        return Err(Unseen::Unknown { error: error.into() });
    }
    Ok(service.map(|(_, name)| name))
}
