//! Does the Node that the gateway's service starts suit this OpenClaw?

use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{Facts, NodeProgram, Runtime, Unseen};
use crate::types::versions::{Range, Version};

/// Fails when the Node of the service is not there, or is outside of `engines`
/// in the `package.json` of the OpenClaw that it is started with: OpenClaw ends
/// at once with another one (`node-version` of the npm package).
pub fn judge(facts: &Facts) -> Judgement {
    let runtime = facts.runtime.get()?;
    let node = &runtime.node;
    let runs = facts.gateway.seen().is_some_and(|gateway| gateway.pid.is_some());
    if !node.exists && runs {
        let message = "the gateway runs, and will not start again: the Node of its service is not there";
        return failure(facts, runtime, "next-start", message.into()).verdict();
    }
    if !node.exists {
        let message = "the Node that the gateway's service starts is not there";
        return failure(facts, runtime, "missing", message.into()).verdict();
    }
    let engines = runtime.engines.as_deref().ok_or_else(|| Unseen::NotApplicable {
        why: "the OpenClaw that the gateway runs does not say which Node it needs".into(),
    })?;
    let engines = alternatives(engines).ok_or_else(|| Unseen::Unknown {
        error: format!("OpenClaw needs the Node {engines}, which is no range that the doctor can read"),
    })?;
    let version = node.version.as_deref().filter(|version| version.parse::<Version>().is_ok());
    let version = version.ok_or_else(|| Unseen::Unknown {
        error: format!("the version of {} cannot be read; it prints it with --version", node.path),
    })?;
    if suits(version, &engines) {
        return Verdict::pass(format!("Node {version} runs the gateway"));
    }
    let (cause, message) = if runs {
        ("next-start", format!("the gateway runs, and will not start again with Node {version}"))
    } else {
        ("unsupported", format!("the gateway's service starts Node {version}, which OpenClaw refuses"))
    };
    failure(facts, runtime, cause, message).verdict()
}

fn failure(facts: &Facts, runtime: &Runtime, cause: &'static str, message: String) -> Failure {
    let seen = match (&runtime.node.version, runtime.node.exists) {
        (Some(version), _) => version.clone(),
        (None, true) => "of unknown version".to_string(),
        (None, false) => "not there".to_string(),
    };
    let engines = runtime.engines.as_deref();
    let mut failure = Failure::new(cause, message)
        .seen("Node", "/runtime/node/version", seen)
        .note(runtime.node.path.clone())
        .expected(engines.unwrap_or("a Node that OpenClaw supports"));
    failure.path = runtime.unit.clone();
    let suits = |other: &NodeProgram| {
        let version = other.version.as_deref();
        version.zip(engines.and_then(alternatives)).is_some_and(|(version, engines)| suits(version, &engines))
    };
    if let Some((index, other)) = runtime.others.iter().enumerate().find(|(_, other)| suits(other)) {
        let version = other.version.clone().unwrap_or_default();
        failure = failure
            .seen("Node", format!("/runtime/others/{index}/version"), version)
            .note(other.path.clone());
        return failure.fixes(if is_of_machine(facts) { &["machine-unit"] } else { &["reinstall"] });
    }
    failure.fixes(&["install"])
}

/// Whether the service is the machine's, which OpenClaw's own commands do not write.
fn is_of_machine(facts: &Facts) -> bool {
    let unit = facts.runtime.seen().and_then(|runtime| runtime.unit.as_deref());
    unit.is_some_and(|unit| unit.starts_with("/etc/"))
}

/// `>=24.16.0 <25 || >=26.1.0`: any of them must hold, and in each everything.
fn alternatives(engines: &str) -> Option<Vec<Range>> {
    let range = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(",").parse().ok();
    engines.split("||").map(range).collect()
}

fn suits(version: &str, engines: &[Range]) -> bool {
    version.parse::<Version>().is_ok_and(|version| engines.iter().any(|range| range.contains(&version)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_range_of_engines_will_do() {
        let engines = alternatives(">=24.16.0 <25 || >=26.1.0").unwrap_or_default();
        for (version, expected) in
            [("24.16.0", true), ("26.10.0", true), ("22.22.3", false), ("25.9.0", false), ("26.0.9", false)]
        {
            assert_eq!(suits(version, &engines), expected, "{version}");
        }
        assert!(alternatives("^24").is_none());
    }
}
