//! What is known of a gateway before anything is asked.

use jiff::Timestamp;
use nix::unistd::{Uid, User};

use crate::facts::{Fact, Gateway, GatewayService, Unseen};

/// What is known of a gateway before anything is asked.
pub struct Sight {
    /// The user it runs as.
    pub user: Option<User>,
    /// Its process.
    pub pid: Option<u32>,
    /// When that started.
    pub started_at: Option<Timestamp>,
    /// The unit that runs it.
    pub service: Option<GatewayService>,
    /// Its port, and what says so.
    pub port: (u16, String),
    /// Who listens there.
    pub port_user: Option<String>,
    /// It was started without `gateway.mode`.
    pub allow_unconfigured: bool,
    /// When the config was last written.
    pub config_modified: Option<Timestamp>,
}

impl Sight {
    /// The unit that runs it.
    pub fn service(&self) -> Option<&GatewayService> {
        self.service.as_ref()
    }

    /// Whether there is one: a process, or a unit for it.
    pub fn is_here(&self) -> bool {
        self.pid.is_some() || self.service.is_some()
    }

    /// What is known without asking anything.
    pub fn gateway(&self) -> Gateway {
        Gateway {
            port: self.port.0,
            port_from: self.port.1.clone(),
            pid: self.pid,
            started_at: self.started_at,
            port_user: self.port_user.clone(),
            allow_unconfigured: self.allow_unconfigured,
            service: None,
            health: Fact::default(),
            config_modified: self.config_modified,
            log: Fact::default(),
        }
    }

    /// The user it runs as.
    pub fn uid(&self) -> Option<Uid> {
        self.user.as_ref().map(|user| user.uid)
    }
}

/// A log that could not be read, with what to do about it.
pub fn unreadable(sight: &Sight) -> Unseen {
    let user = sight.user.as_ref().map_or("the gateway's user", |user| &user.name);
    Unseen::Unknown { error: format!("the gateway's log cannot be read; run as root or as {user}") }
}
