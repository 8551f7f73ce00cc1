//! The wires: one bridge for each scenario, in the lab's own network namespace, and one cable to each machine.
//!
//! A scenario has the net 10.77.N.0/24: .1 is the lab (gateway and name server), .2 the first machine,
//! .3 the second, .250 the registry of models. Nothing leaves the lab's namespace, and all of it ends with the lab.

use crate::command::{Outcome, must};
use crate::registry;

/// One scenario's net.
pub struct Wire {
    number: u8,
}

/// A machine's place on it.
pub struct Plug {
    pub namespace: String,
    pub address: String,
    pub gateway: String,
}

impl Wire {
    pub fn lay(number: u8) -> Outcome<Self> {
        let wire = Self { number };
        let bridge = wire.bridge();
        must("ip", &["link", "add", "name", &bridge, "type", "bridge"])?;
        let gateway = format!("{}/24", wire.address(1));
        let registry = format!("{}/24", wire.address(registry::PLACE));
        must("ip", &["address", "add", &gateway, "dev", &bridge])?;
        must("ip", &["address", "add", &registry, "dev", &bridge])?;
        must("ip", &["link", "set", &bridge, "up"])?;
        Ok(wire)
    }

    /// A network namespace for the machine with this place, and a cable into it.
    pub fn plug(&self, place: u8) -> Outcome<Plug> {
        let namespace = format!("lab{}-{place}", self.number);
        let cable = format!("cable{}-{place}", self.number);
        must("ip", &["netns", "add", &namespace])?;
        must(
            "ip",
            &["link", "add", "name", &cable, "type", "veth", "peer", "name", "host0", "netns", &namespace],
        )?;
        must("ip", &["link", "set", &cable, "master", &self.bridge(), "up"])?;
        Ok(Plug { namespace, address: self.address(place + 1), gateway: self.address(1) })
    }

    fn bridge(&self) -> String {
        format!("wire{}", self.number)
    }

    fn address(&self, last: u8) -> String {
        format!("10.77.{}.{last}", self.number)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // Best effort: the namespace of the lab takes the bridge with it anyway.
        let _ = must("ip", &["link", "delete", &self.bridge()]);
    }
}

impl Drop for Plug {
    fn drop(&mut self) {
        let _ = must("ip", &["netns", "delete", &self.namespace]);
    }
}
