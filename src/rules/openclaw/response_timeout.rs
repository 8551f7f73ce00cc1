//! How long OpenClaw waits for a model that says nothing, by version.

use crate::facts::Facts;
use crate::types::config_key::config_key;
use crate::types::versions::Version;

/// How long OpenClaw waits, and what says so.
pub struct ResponseTimeout {
    /// Seconds.
    pub seconds: u64,
    /// A config key, or words.
    pub from: String,
    /// The key that a person wrote, and what holds where it is taken away, where that is longer.
    pub shortened: Option<Shortened>,
    /// Whether it is a limit of a whole run, which begins before its first request.
    pub is_of_run: bool,
}

/// A limit that somebody wrote below the default.
pub struct Shortened {
    /// Its key, as a command takes it.
    pub key: String,
    /// Where it stands among the facts.
    pub fact: String,
    /// Seconds without it.
    pub default: u64,
}

/// The limit for the first event of a server of one's own, newest first: 300 s
/// (`llm-idle-timeout` of 2026.9.6, and seen in 2026.7.1), 120 s from 2026.4.11, 60 s before.
/// Of 2026.2 the provider page tells replies after 730 s, so no more than the limit of a
/// whole run, 600 s, is taken for its limit.
const BY_VERSION: [(&str, u64); 4] = [("2026.7", 300), ("2026.4.11", 120), ("2026.3", 60), ("0", 600)];

/// What holds for a provider: its `timeoutSeconds` or the default of the version,
/// and no more than a lower `agents.defaults.timeoutSeconds`, which ends the whole
/// run (`concepts/agent-loop` of OpenClaw's docs; 0 means no limit).
pub fn response_timeout(facts: &Facts, provider: &str) -> ResponseTimeout {
    let of_provider = of_provider(facts, provider);
    let of_run = facts.usable_config().ok().and_then(|config| config.agent_timeout.as_ref());
    match of_run.and_then(|run| Some((run, whole_seconds(run.value)?))) {
        Some((run, seconds)) if seconds < of_provider.seconds => {
            let key = config_key(&["agents", "defaults", "timeoutSeconds"]);
            let fact = "/config/agentTimeout/value".into();
            let shortened = Some(Shortened { key, fact, default: of_provider.seconds });
            ResponseTimeout { seconds, from: run.from.clone(), shortened, is_of_run: true }
        }
        _ => of_provider,
    }
}

fn of_provider(facts: &Facts, provider: &str) -> ResponseTimeout {
    let config = facts.usable_config().ok();
    let mut providers = config.into_iter().flat_map(|config| config.providers.iter().enumerate());
    let written = providers.find(|(_, known)| known.id == provider);
    let set = written.and_then(|(index, known)| Some((index, known, known.timeout_seconds.as_ref()?)));
    let default = default_of_version(facts);
    let Some((index, known, set)) = set else { return default };
    let Some(seconds) = whole_seconds(set.value) else { return default };
    let shortened = (seconds < default.seconds).then(|| Shortened {
        key: known.key("timeoutSeconds"),
        fact: format!("/config/providers/{index}/timeoutSeconds/value"),
        default: default.seconds,
    });
    ResponseTimeout { seconds, from: set.from.clone(), shortened, is_of_run: false }
}

fn default_of_version(facts: &Facts) -> ResponseTimeout {
    let installed = facts.comparable_openclaw_version();
    let since = |least: &str| match (&installed, least.parse::<Version>()) {
        (Some(installed), Ok(least)) => *installed >= least,
        // No OpenClaw found: the newest rules.
        _ => true,
    };
    let seconds = BY_VERSION.iter().find(|(least, _)| since(least)).map_or(300, |(_, seconds)| *seconds);
    let of = installed.map_or("OpenClaw".to_string(), |version| format!("OpenClaw {version}"));
    ResponseTimeout { seconds, from: format!("the default of {of}"), shortened: None, is_of_run: false }
}

/// Whole seconds, where the value is in range.
fn whole_seconds(value: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, as just seen")]
    (1.0..1e9).contains(&value).then_some(value as u64)
}

/// Seconds that a run may take before its first request: OpenClaw starts and gathers its tools (lab: up to 10 s).
const BEFORE_REQUEST: f64 = 15.0;

impl ResponseTimeout {
    /// Whether a client that went away after so many seconds of a request was OpenClaw, whose time was over.
    pub fn ended(&self, waited: f64) -> bool {
        let seconds = self.seconds as f64;
        let least =
            if self.is_of_run { (seconds - BEFORE_REQUEST).max(seconds * 0.3) } else { seconds * 0.95 };
        (least..=seconds * 1.05 + 0.5).contains(&waited)
    }

    /// The same in milliseconds.
    pub fn ms(&self) -> f64 {
        std::time::Duration::from_secs(self.seconds).as_secs_f64() * 1000.0
    }
}
