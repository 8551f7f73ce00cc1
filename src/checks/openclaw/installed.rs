//! Is there an OpenClaw on this machine?

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{BASE_URL_FLAG, Endpoint, Facts, FoundBy, Install, Need, Unseen};

/// Fails where neither its program, nor a config, nor a gateway was found. What was asked for by
/// `--base-url` alone needs no OpenClaw.
pub fn judge(facts: &Facts) -> Judgement {
    let Some(install) = facts.judged_install() else {
        facts.config.need(Need::Config)?;
        return not_installed(facts, None);
    };
    if let Some(version) = &install.version {
        return Verdict::pass(format!("OpenClaw {version} is installed"));
    }
    if install.gateway_pid.is_some() || install.found_by == FoundBy::GatewayUnit {
        return Verdict::pass("a gateway is set up; its program was not found where programs lie");
    }
    if install.config_exists {
        return Verdict::pass(format!(
            "{} is there; the program was not found where programs lie",
            install.config_path
        ));
    }
    not_installed(facts, Some(install))
}

fn not_installed(facts: &Facts, install: Option<&Install>) -> Judgement {
    if facts.endpoints.first().is_some_and(Endpoint::is_by_flag) {
        let why = format!("{BASE_URL_FLAG} was asked for, and no OpenClaw is here");
        return Err(Unseen::NotApplicable { why });
    }
    if let Some(pid) = facts.container.seen().and_then(|container| container.gateways_inside.first()) {
        return Err(Unseen::NotApplicable { why: format!("OpenClaw runs in a container (process {pid})") });
    }
    let failure = Failure::new("not-found", "OpenClaw is not installed here, and no config of it was found");
    let failure = match (install, facts.judged.as_ref()) {
        (Some(install), Some(judged)) => failure
            .seen("config", format!("/installs/{}/configExists", judged.install), "none")
            .note(install.config_path.clone()),
        _ => failure,
    };
    failure.verdict()
}
