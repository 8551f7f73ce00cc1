//! Does the gateway outlive the logout of its user?

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Facts, ServiceScope, Unseen};

/// Fails while a gateway runs in its user's own systemd and that ends with the
/// user's last login. One that has ended so is for `openclaw/gateway-running`.
pub fn judge(facts: &Facts) -> Judgement {
    let gateway = facts.gateway.get()?;
    let not_here = |why: &str| Err(Unseen::NotApplicable { why: why.into() });
    let Some(service) = gateway.service.as_ref().filter(|service| service.scope == ServiceScope::User) else {
        return not_here("no service in a user's own systemd starts the gateway");
    };
    match service.linger {
        Some(true) => Verdict::pass(format!("the systemd of {} runs without a login", service.user)),
        Some(false) if gateway.pid.is_some() => Failure::new(
            "ends-with-login",
            format!("the gateway stops when {} logs out: lingering is off", service.user),
        )
        .seen("lingering", "/gateway/service/linger", "off")
        .note(service.user.clone())
        .expected("on")
        .value("user", service.user.clone())
        .verdict(),
        Some(false) => not_here("the gateway does not run"),
        None => not_here("whether lingering is on was not seen"),
    }
}
