//! What can be seen of this machine's firewall by reading files. Its rules in
//! effect are shown to nobody but root, and only by programs that we do not start.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Fact;

/// The firewall's settings. Whether its services run is among the units.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Firewall {
    /// `ENABLED` of `/etc/ufw/ufw.conf`; `None` where there is no such file.
    pub ufw_enabled: Fact<Option<bool>>,
    /// Whether `/etc/nftables.conf` may drop or reject anything; `None` where there is no such file.
    pub nftables_conf_blocks: Fact<Option<bool>>,
    /// Tables of the old iptables in the kernel, which only root may list.
    #[schemars(extend("x-holds" = "word"))]
    pub ip_tables: Fact<Vec<String>>,
}
