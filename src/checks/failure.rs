//! What a check says of a failure, put together step by step.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::site::Site;
use crate::facts::{Listener, Sourced};
use crate::report::Evidence;
use crate::text::scrub::excerpt;

/// What is wrong, for one of the causes of the check's page.
#[derive(Debug, Default)]
pub struct Failure {
    /// Key of the cause on the page.
    pub cause: &'static str,
    /// One sentence: what is wrong.
    pub message: String,
    /// The config key or file concerned.
    pub path: Option<String>,
    /// Line and column in it, from 1.
    pub place: Option<(usize, usize)>,
    /// That line of the file, fit to be shown.
    pub excerpt: Option<String>,
    /// What was seen.
    pub evidence: Vec<Evidence>,
    /// The fixes of the cause that apply here; `None` for all of them.
    pub fixes: Option<Vec<&'static str>>,
    /// Values for the placeholders of the fixes. A fix with a placeholder that
    /// has no value here is not offered.
    pub values: BTreeMap<&'static str, String>,
    /// The steps of the fixes that are taken only where the check says so.
    pub steps: BTreeSet<&'static str>,
    /// The host that Ollama runs on, where that is another machine.
    pub ollama_host: Option<String>,
}

impl Failure {
    /// A failure for the page's cause `cause`.
    pub fn new(cause: &'static str, message: impl Into<String>) -> Self {
        Failure { cause, message: clipped(message.into()), ..Failure::default() }
    }

    /// Adds what was seen at the JSON Pointer `fact`.
    pub fn seen(mut self, label: &str, fact: impl Into<String>, seen: impl Into<String>) -> Self {
        self.evidence.push(Evidence {
            fact: fact.into(),
            label: label.to_string(),
            seen: clipped(seen.into()),
            expected: None,
            note: None,
        });
        self
    }

    /// Says more about the evidence added last.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        if let Some(evidence) = self.evidence.last_mut() {
            evidence.note = Some(clipped(note.into()));
        }
        self
    }

    /// Says what the evidence added last should have been.
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        if let Some(evidence) = self.evidence.last_mut() {
            evidence.expected = Some(expected.into());
        }
        self
    }

    /// Names the config key or file concerned.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Points at a setting: its key, and its place in the file where that is known.
    pub fn at<T>(mut self, setting: &Sourced<T>) -> Self {
        self.path = Some(setting.from.clone());
        self.place = setting.place();
        self
    }

    /// Adds a setting as what was seen at the JSON Pointer `fact`, names its key, and points at it.
    pub fn setting(self, label: &str, fact: impl Into<String>, setting: &Sourced<String>) -> Self {
        self.seen(label, fact, &*setting.value).note(&*setting.from).at(setting)
    }

    /// Adds what listens, by its place among the listeners, and who holds it.
    pub fn listener(self, label: &str, index: usize, listener: &Listener) -> Self {
        self.seen(label, format!("/listeners/sockets/{index}/address"), listener.address.to_string())
            .note(listener.holder())
    }

    /// Adds how each attempt to connect to the endpoint went.
    pub fn attempts(self, site: &Site) -> Self {
        let attempts = site.endpoint.connect.seen().map(Vec::as_slice).unwrap_or_default();
        attempts.iter().enumerate().fold(self, |failure, (index, attempt)| {
            failure
                .seen("connect", site.pointer(&format!("/connect/{index}/outcome")), attempt.describe())
                .note(attempt.address.to_string())
                .expected("accepted")
        })
    }

    /// Keeps only these fixes of the cause, in this order.
    pub fn fixes(mut self, keys: &[&'static str]) -> Self {
        self.fixes = Some(keys.to_vec());
        self
    }

    /// Hands a value to the placeholders of the fixes.
    pub fn value(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.insert(name, value.into());
        self
    }

    /// Has the fixes take the steps of that name, which they leave out otherwise.
    pub fn step(mut self, name: &'static str) -> Self {
        self.steps.insert(name);
        self
    }

    /// Names the host on which Ollama's fixes belong, where that is another machine.
    pub fn on(mut self, host: Option<String>) -> Self {
        self.ollama_host = host;
        self
    }
}

/// Text of servers and configs may be of any length; a report shows so much of it.
pub fn clipped(text: String) -> String {
    const LONGEST: usize = 300;
    excerpt(&text, LONGEST)
}
