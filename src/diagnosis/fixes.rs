//! Chooses the fixes of a failure that apply on this machine and fills them in.

use crate::catalogue::{Catalogue, Fix, Place, Step, citation};
use crate::checks::Failure;
use crate::facts::{
    ContainerProgram, EnvironmentSource, Facts, FoundBy, GatewayContainer, Install, OVERRIDE, UnreadWhy,
    is_typable_config_key,
};
use crate::report::{CiteLine, FixLine, RunAs};
use crate::rules::ollama::service::DROP_IN_DIR;
use crate::rules::openclaw::gateway::{IMAGE_SCRIPT, profile_of};
use crate::text::printable::is_unsafe;
use crate::types::versions::{Range, Version};

/// The fixes of a failure, best first: those of its cause that the check left
/// in, that the installed versions accept, and whose values are all known.
pub fn offer(facts: &Facts, catalogue: &Catalogue, id: &str, failure: &Failure) -> Vec<FixLine> {
    let Some(cause) = catalogue.page(id).and_then(|page| page.data.cause.get(failure.cause)) else {
        return Vec::new();
    };
    let keys: Vec<&str> = match &failure.fixes {
        Some(keys) => keys.clone(),
        None => cause.fix.iter().map(String::as_str).collect(),
    };
    let filled = |key| {
        let fix = catalogue.fix(id, key);
        debug_assert!(fix.is_some(), "{id} offers {key}, which stands on no page");
        fill(facts, id, key, fix?, failure)
    };
    keys.into_iter().filter_map(filled).collect()
}

/// A fix in one line, for `fixHint`.
pub fn hint(fix: &FixLine) -> String {
    let place = fix.on.as_ref().map(|host| format!(" (on {host})")).unwrap_or_default();
    if fix.run.is_empty() {
        return format!("{}{place}", fix.say);
    }
    let who = match (fix.run_as, &fix.user) {
        (RunAs::Gateway, Some(user)) => format!(" (as {user})"),
        _ => String::new(),
    };
    // A here-document ends only where its last word is alone on its line.
    let joint = if fix.run.iter().any(|step| step.contains('\n')) { "\n" } else { " && " };
    format!("{}{place}{who}: {}", fix.say, fix.run.join(joint))
}

fn fill(facts: &Facts, id: &str, key: &str, fix: &Fix, failure: &Failure) -> Option<FixLine> {
    let openclaw = facts.judged_install().and_then(|install| install.version.clone());
    let ollama = facts.endpoints.first().and_then(|endpoint| endpoint.version.seen()?.understood().cloned());
    if !accepts(fix.openclaw.as_deref(), openclaw.as_deref())
        || !accepts(fix.ollama.as_deref(), ollama.as_deref())
    {
        return None;
    }
    let invocation = facts.judged_install().and_then(|install| invocation(facts, install));
    let filled =
        |command: &str| where_its_files_are(facts, id, whole(command, failure, invocation.as_deref())?);
    let all = |commands: &[String]| -> Option<Vec<String>> {
        commands.iter().map(|command| filled(command)).collect()
    };
    let overruled = overruled(facts, fix, failure);
    let blocked = is_blocked(facts, fix, failure);
    let is_in_vain = blocked || overruled.as_ref().is_some_and(Overruled::is_certain);
    let gateway_user = gateway_user(facts);
    let line = FixLine {
        key: key.to_string(),
        say: said(fix, blocked),
        run_as: fix.run_as,
        user: match fix.run_as {
            RunAs::Root => Some("root".into()),
            RunAs::Gateway => gateway_user.clone(),
            RunAs::Any => None,
        },
        gateway_user,
        on: failure.ollama_host.clone().filter(|_| fix.on == Some(Place::Ollama)),
        run: if is_in_vain { Vec::new() } else { taken(fix, failure).map(filled).collect::<Option<_>>()? },
        verify: all(&fix.verify)?.into_iter().filter(|line| runs_here(facts, fix, line)).collect(),
        undo: if is_in_vain { Vec::new() } else { all(&fix.undo)? },
        caution: fix.caution.clone(),
        cite: fix.cite.iter().map(|(target, quote)| cite(target, quote)).collect(),
    };
    Some(match overruled {
        Some(overruled) => overruled.told_in(line),
        None => line,
    })
}

/// The commands of the steps that the failure takes.
pub fn taken<'a>(fix: &'a Fix, failure: &Failure) -> impl Iterator<Item = &'a str> {
    let is_taken = |step: &&Step| step.when().is_none_or(|name| failure.steps.contains(name));
    fix.run.iter().filter(is_taken).map(Step::command)
}

/// A fix that writes the documented drop-in, and the file that is read after it and sets the same, or may.
struct Overruled<'a> {
    /// `NAME=value` of each variable that the drop-in sets.
    assignments: Vec<&'a str>,
    by: &'a EnvironmentSource,
}

/// Where OpenClaw is not installed, a command of it shows nothing, unless the fix installs it.
fn runs_here(facts: &Facts, fix: &Fix, line: &str) -> bool {
    // A path of a container leads nowhere on the machine around it.
    let is_elsewhere = facts.is_seen_from_inside() && line.starts_with("nano ");
    !is_elsewhere && (facts.has_openclaw() || !fix.run.is_empty() || !line.starts_with("openclaw "))
}

fn said(fix: &Fix, blocked: bool) -> String {
    match blocked {
        true => format!("{}: {DROP_IN_DIR} is a file, and must be a directory first", fix.say),
        false => fix.say.clone(),
    }
}

/// Whether a file stands where the directory of the documented drop-in belongs, and the fix itself does not move it.
fn is_blocked(facts: &Facts, fix: &Fix, failure: &Failure) -> bool {
    let of_elsewhere = fix.on == Some(Place::Ollama) && failure.ollama_host.is_some();
    let writes = fix.run.iter().map(Step::command).any(|step| step.contains(OVERRIDE));
    let files = facts.ollama_service().into_iter().flat_map(|(_, unit)| &unit.unread_files);
    writes && !of_elsewhere && files.into_iter().any(|file| file.why == UnreadWhy::IsTheDirectory)
}

fn overruled<'a>(facts: &'a Facts, fix: &'a Fix, failure: &Failure) -> Option<Overruled<'a>> {
    let of_elsewhere = fix.on == Some(Place::Ollama) && failure.ollama_host.is_some();
    let drop_in = fix
        .run
        .iter()
        .map(Step::command)
        .find(|step| step.contains(OVERRIDE) && step.contains("Environment="))?;
    let (_, unit) = facts.ollama_service().filter(|_| !of_elsewhere)?;
    let assigned = |line: &'a str| line.strip_prefix("Environment=\"")?.strip_suffix('"');
    let assignments: Vec<&str> = drop_in.lines().filter_map(assigned).collect();
    let is_set = |name: &str| assignments.iter().any(|one| one.split('=').next() == Some(name));
    let by = unit.after_drop_in(is_set)?;
    Some(Overruled { assignments, by })
}

impl Overruled<'_> {
    /// The file could be read, and it does set the same.
    fn is_certain(&self) -> bool {
        self.by.names.is_some()
    }

    /// Says in the fix what to do instead, or what to mind.
    fn told_in(&self, line: FixLine) -> FixLine {
        if self.is_certain() {
            return FixLine { say: format!("{}: {}", line.say, self.instead()), ..line };
        }
        let caution = [line.caution.unwrap_or_default(), self.doubt()].join(" ").trim().to_string();
        FixLine { caution: Some(caution), ..line }
    }

    fn instead(&self) -> String {
        format!(
            "set {} in {}, which is read after {OVERRIDE}; then daemon-reload and restart",
            self.assignments.join(" and "),
            self.by.path
        )
    }

    fn doubt(&self) -> String {
        format!("If {}, which this user may not read, sets it too, only a change there counts.", self.by.path)
    }
}

/// Who runs OpenClaw's commands: the user of the gateway. The engine of a container is for root.
fn gateway_user(facts: &Facts) -> Option<String> {
    match facts.judged_install() {
        Some(_) if facts.is_seen_from_inside() => Some("root".into()),
        install => install.map(|install| install.user.clone()),
    }
}

/// A command with its values, and with OpenClaw told which config it is about.
fn whole(command: &str, failure: &Failure, invocation: Option<&str>) -> Option<String> {
    let command = substitute(command, failure)?;
    match (command.strip_prefix("openclaw "), invocation) {
        // A path that does not show what would be typed; without it another config would change.
        (Some(_), Some(invocation)) if invocation.chars().any(is_unsafe) => None,
        (Some(rest), Some(invocation)) => Some(format!("{invocation} {rest}")),
        _ => Some(command),
    }
}

/// How `openclaw` must be called to use the judged config, where a plain call by
/// that user would use another one (`docs/help/environment`, paths and instances).
fn invocation(facts: &Facts, install: &Install) -> Option<String> {
    if let Some(container) = facts.container.seen().and_then(|container| container.gateway.as_ref()) {
        return in_container(container);
    }
    // The shell that runs the doctor has these variables already.
    if install.found_by == FoundBy::Environment {
        return None;
    }
    let with = |variable: &str, value: &str| {
        Some(format!("env {variable}={} openclaw", shlex::try_quote(value).ok()?))
    };
    match &*install.config_path_from {
        "--profile" => {
            let profile = shlex::try_quote(profile_of(&install.state_dir)?).ok()?;
            Some(format!("openclaw --profile {profile}"))
        }
        "--config" | "OPENCLAW_CONFIG_PATH" => with("OPENCLAW_CONFIG_PATH", &install.config_path),
        "OPENCLAW_STATE_DIR" => with("OPENCLAW_STATE_DIR", &install.state_dir),
        "OPENCLAW_HOME" => with("OPENCLAW_HOME", &install.home),
        _ => None,
    }
}

/// A command about files of a gateway in a container: their paths and users are those of the container. What makes a file
/// somebody else's needs root in there (`docker exec --user root`).
fn where_its_files_are(facts: &Facts, id: &str, command: String) -> Option<String> {
    let gateway = facts.container.seen().and_then(|container| container.gateway.as_ref());
    let Some(gateway) = gateway.filter(|_| id.starts_with("openclaw/")) else { return Some(command) };
    let plain = command.strip_prefix("sudo ").unwrap_or(&command);
    if !["chown ", "chmod "].iter().any(|tool| plain.starts_with(tool)) {
        return Some(command);
    }
    let container = shlex::try_quote(gateway.id.as_deref()?).ok()?;
    Some(format!("{} exec --user root {container} {plain}", gateway.engine?.command()))
}

/// Its own environment and user are those that the container gives it (`docker exec`).
fn in_container(container: &GatewayContainer) -> Option<String> {
    let id = shlex::try_quote(container.id.as_deref()?).ok()?;
    let program = match container.program? {
        ContainerProgram::OnPath => "openclaw".to_string(),
        ContainerProgram::ImageScript => format!("node {IMAGE_SCRIPT}"),
    };
    Some(format!("{} exec {id} {program}", container.engine?.command()))
}

fn cite(target: &str, quote: &str) -> CiteLine {
    let (page, url) = citation(target);
    CiteLine { page, quote: quote.to_string(), url }
}

/// Whether a rule for `range` holds for the installed version. Where none is
/// known the newest rules hold, so an upper bound excludes.
fn accepts(range: Option<&str>, installed: Option<&str>) -> bool {
    let Some(range) = range.and_then(|range| range.parse::<Range>().ok()) else {
        return true;
    };
    match installed.map(str::parse::<Version>) {
        Some(Ok(version)) => range.contains(&version),
        _ => "9999".parse().is_ok_and(|newest| range.contains(&newest)),
    }
}

/// Puts values into a command, each quoted as one word; `None` where one is
/// missing, or has characters that do not show what would be typed.
pub fn substitute(command: &str, failure: &Failure) -> Option<String> {
    let mut filled = String::new();
    let mut rest = command;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}').filter(|(name, _)| is_placeholder(name)) {
            Some((name, after)) => {
                let value = failure.values.get(name).filter(|value| fits(name, value))?;
                filled.push_str(&shlex::try_quote(value).ok()?);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    Some(filled)
}

/// Whether a command can carry the value: it shows what would be typed, and a
/// config key, as the names that end in `_key` are, leads where it seems to.
fn fits(name: &str, value: &str) -> bool {
    let is_config_key = name.ends_with("_key");
    !value.chars().any(is_unsafe) && (!is_config_key || is_typable_config_key(value))
}

/// Whether the text between braces names a value: lower-case words and underscores.
pub fn is_placeholder(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_and_a_missing_one_drops_the_command() {
        let failure = Failure::new("x", "y").value("model", "a b; reboot");
        assert_eq!(substitute("ollama pull {model}", &failure).as_deref(), Some("ollama pull 'a b; reboot'"));
        assert_eq!(substitute("ollama pull {primary}", &failure), None);
        let failure = Failure::new("x", "y").value("model", "a\nb");
        assert_eq!(substitute("ollama pull {model}", &failure), None);
        let set = |key: &str| {
            substitute(
                "openclaw config set {base_url_key} x",
                &Failure::new("x", "y").value("base_url_key", key),
            )
        };
        assert_eq!(
            set("models.providers[\"my.box\"].baseUrl").as_deref(),
            Some("openclaw config set 'models.providers[\"my.box\"].baseUrl' x")
        );
        assert_eq!(set("models.providers[\"a\\\"]; x\"].baseUrl"), None);
        assert_eq!(substitute("echo ${HOME} {}", &failure).as_deref(), Some("echo ${HOME} {}"));
    }

    #[test]
    fn the_newest_rules_hold_where_no_version_is_known() {
        assert!(accepts(Some(">=2026.3"), None));
        assert!(!accepts(Some("<2026.3"), None));
        assert!(accepts(Some("<2026.3"), Some("2026.2.26")));
    }
}
