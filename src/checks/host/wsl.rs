//! What WSL2 does to Ollama: Windows ends the whole machine, or Ollama runs on the other side.

use crate::checks::{Failure, Judgement, Site, Verdict};
use crate::facts::{ConnectOutcome, Facts, Host, Listener};
use crate::rules::ollama::service::SERVICE;

/// Fails by the rule of OpenClaw 2026.9.6 for the risk of a crash loop
/// (`checkWsl2CrashLoopRisk`), and where loopback of WSL2 has no Ollama.
pub fn judge(facts: &Facts) -> Judgement {
    let host = facts.host.get()?;
    let kernel = host.kernel.to_ascii_lowercase();
    if !kernel.contains("wsl2") && !kernel.contains("microsoft-standard") {
        return Verdict::pass("this machine does not run in WSL2");
    }
    let failure =
        |cause, message: &str| Failure::new(cause, message).seen("kernel", "/host/kernel", &*host.kernel);
    let unit = facts.ollama_service();
    let risk = unit
        .filter(|(_, unit)| unit.unit_file_state == "enabled" && unit.restart.as_deref() == Some("always"));
    if let (Some((index, unit)), Some(cuda)) = (risk, &host.wsl_cuda) {
        let message = "WSL2 with CUDA: an Ollama that starts at boot can end the machine over and over";
        return failure("crash-loop", message)
            .seen(SERVICE, format!("/units/{index}/unitFileState"), &*unit.unit_file_state)
            .note("Restart=always")
            .expected("disabled")
            .seen("CUDA", "/host/wslCuda", cuda)
            .verdict();
    }
    match Site::all(facts).find(|site| is_on_other_side(facts, host, site)) {
        Some(site) => {
            failure("other-side", "127.0.0.1 is WSL2 itself, where no Ollama is; Windows has its own")
                .seen("openclaw uses", site.pointer("/baseUrl/value"), site.endpoint.base_url.value.clone())
                .note(site.endpoint.base_url.from.clone())
                .verdict()
        }
        None => Verdict::pass("WSL2, and nothing that it is known to break"),
    }
}

/// Whether loopback refuses, and nothing of Ollama is on this side.
fn is_on_other_side(facts: &Facts, host: &Host, site: &Site) -> bool {
    let attempts = site.endpoint.connect.seen().map(Vec::as_slice).unwrap_or_default();
    let refused = |address: &crate::facts::Connect| {
        address.outcome == ConnectOutcome::Refused && address.address.ip().is_loopback()
    };
    let listens = facts.listeners.seen().is_none_or(|seen| seen.sockets.iter().any(Listener::is_ollama));
    !attempts.is_empty() && attempts.iter().all(refused) && host.ollama_program.is_none() && !listens
}
