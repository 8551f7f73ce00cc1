//! Can OpenClaw read its config?

use crate::checks::openclaw::shared::config_backups::with_backups;
use crate::checks::{Failure, Judgement, Verdict};
use crate::facts::{BadBaseUrl, Config, ConfigProblem, ConfigProblemKind, ConfigState, Facts};

/// Fails on what makes OpenClaw refuse the file: a syntax error, a wrong type at
/// a path that we read, an include that cannot be read, a base URL that is none.
pub fn judge(facts: &Facts) -> Judgement {
    let config = facts.config.get()?;
    match &config.state {
        ConfigState::Broken(problem) => with_backups(facts, broken(problem)).verdict(),
        _ if !config.bad_base_urls.is_empty() => {
            bad_base_url(&config.bad_base_urls[0], &config.path).verdict()
        }
        ConfigState::Missing => {
            Verdict::pass(format!("no config at {}: OpenClaw's defaults hold", config.path))
        }
        ConfigState::Parsed if config.includes.is_empty() => {
            Verdict::pass(format!("{} can be read{}", config.path, describe_unfilled(config)))
        }
        ConfigState::Parsed => Verdict::pass(format!(
            "{} and {} included files can be read{}",
            config.path,
            config.includes.len(),
            describe_unfilled(config)
        )),
    }
}

/// What was not filled in, which OpenClaw itself may fill.
fn describe_unfilled(config: &Config) -> String {
    let kept = config.kept.first().map(|kept| {
        let more = if config.kept.len() > 1 {
            format!(" and {} more", config.kept.len() - 1)
        } else {
            String::new()
        };
        format!("; ${{{}}} in {}{more} is not filled in: {}", kept.name, kept.at, kept.why)
    });
    kept.unwrap_or_default()
}

fn broken(problem: &ConfigProblem) -> Failure {
    let cause = match problem.kind {
        ConfigProblemKind::Syntax => "syntax",
        ConfigProblemKind::WrongType => "wrong-type",
        ConfigProblemKind::NotAFile => "not-a-file",
        ConfigProblemKind::Include => "include",
    };
    let mut failure = Failure::new(cause, format!("OpenClaw refuses its config: {}", problem.message));
    failure.path = Some(problem.key.clone().unwrap_or_else(|| problem.file.clone()));
    failure.place = problem.line.zip(problem.column);
    let at = match failure.place {
        Some((line, column)) => format!("{}:{line}:{column}", problem.file),
        None => problem.file.clone(),
    };
    failure.excerpt = problem.shown.clone();
    failure.seen("config", "/config/state/file", at)
}

fn bad_base_url(bad: &BadBaseUrl, file: &str) -> Failure {
    let message = format!("the base URL of provider {} is not a URL: {}", bad.provider, bad.why);
    let failure = Failure::new("base-url", message)
        .seen("base URL", "/config/badBaseUrls/0/url/value", bad.url.value.clone())
        .note(bad.url.from.clone())
        .expected("http://HOST:11434")
        .seen("config", "/config/path", file.to_string())
        .at(&bad.url);
    match &bad.repaired {
        Some(repaired) => {
            failure.value("base_url_key", bad.url.from.clone()).value("base_url", repaired.clone())
        }
        None => failure,
    }
}
