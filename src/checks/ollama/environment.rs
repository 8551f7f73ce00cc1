//! Does Ollama read its environment as it was meant?

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::Facts;
use crate::rules::ollama::environment::{
    Service, Settings, all_readable, by_hand, differs_in_shell, fixes, is_refused_here, nobodys, setup_here,
};

/// Fails when a variable of Ollama's means something else to Ollama than was meant,
/// or has not reached it.
pub fn judge(facts: &Facts) -> Judgement {
    let setup = setup_here(facts)?;
    let service = Service::in_use(facts);
    let others = by_hand(facts);
    if let Some(failure) = service.as_ref().and_then(|service| of_service(facts, service)) {
        return failure.verdict();
    }
    if let Some(failure) = others.iter().find_map(|settings| of_process(facts, settings)) {
        return failure.verdict();
    }
    let Some(settings) = service.as_ref().map(Service::settings).or_else(|| others.into_iter().next()) else {
        return Err(nobodys(setup));
    };
    match differs_in_shell(facts, setup, &settings) {
        Some(failure) => failure.verdict(),
        None => Verdict::pass(settings.told()),
    }
}

/// What the service gets at its next start, against what its process got.
fn of_service(facts: &Facts, service: &Service) -> Option<Failure> {
    let unit = service.unit;
    let (next, process) = (service.settings(), service.process(facts));
    let changed = process.as_ref().map(|process| next.differs(process)).filter(|_| all_readable(unit));
    let changed = changed.filter(|names| !names.is_empty());
    if let Some(mut mistake) = next.fatal(facts) {
        let name = &next.variables[mistake.index].name;
        let is_ahead = changed.as_ref().is_some_and(|names| names.contains(&&**name));
        if is_ahead {
            mistake.message = format!("{name} stops OpenClaw from being served once Ollama restarts");
            mistake.cause = "breaks-at-restart";
        }
        if is_ahead || is_refused_here(facts) {
            let host = next.value("OLLAMA_HOST").filter(|(index, _)| *index == mistake.index);
            let fixes = fixes(&mistake, unit, host.map(|(_, value)| value));
            return Some(mistake.failure(&next).fixes(&fixes));
        }
    }
    if let Some((names, process)) = changed.zip(process) {
        let is_host = names.contains(&"OLLAMA_HOST") && is_refused_here(facts);
        let cause = if is_host { "host-not-in-effect" } else { "not-restarted" };
        let message = format!("{} of ollama.service is not in effect: Ollama was not restarted", names[0]);
        let told = |settings: &Settings| {
            settings.value(names[0]).map_or_else(|| "not set".into(), |(_, value)| value.to_string())
        };
        let failure = Failure::new(cause, message)
            .seen("process", process.pointer.clone(), told(&process))
            .note(process.whose.clone())
            .expected(told(&next))
            .seen("differ", next.pointer.clone(), names.join(", "));
        return Some(failure);
    }
    let mistake = next.misread()?;
    let fixes = fixes(&mistake, unit, None);
    Some(mistake.failure(&next).fixes(&fixes))
}

fn of_process(facts: &Facts, settings: &Settings) -> Option<Failure> {
    let fatal = settings.fatal(facts).filter(|_| is_refused_here(facts));
    let mistake = fatal.or_else(|| settings.misread())?;
    Some(mistake.failure(settings).fixes(&["by-hand"]))
}
