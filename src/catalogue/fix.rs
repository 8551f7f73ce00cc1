//! The fixes of a page.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::report::RunAs;

/// One documented way to mend a cause.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fix {
    /// A fix of another page, as `page#key`, of which this one takes everything that it does not say itself.
    pub like: Option<String>,
    /// What it does, in words; all there is for a fix that no command can do.
    #[serde(default)]
    pub say: String,
    /// Who must run it.
    #[serde(rename = "as", default = "anybody")]
    pub run_as: RunAs,
    /// The machine it belongs on, where that may be another one.
    pub on: Option<Place>,
    /// All steps in order.
    #[serde(default)]
    pub run: Vec<Step>,
    /// Commands that show whether it worked.
    #[serde(default)]
    pub verify: Vec<String>,
    /// Commands that take it back.
    #[serde(default)]
    pub undo: Vec<String>,
    /// What to know before.
    pub caution: Option<String>,
    /// OpenClaw versions in which it works.
    pub openclaw: Option<String>,
    /// Ollama versions in which it works.
    pub ollama: Option<String>,
    /// `page#anchor` to the words that stand there.
    #[serde(default)]
    pub cite: BTreeMap<String, String>,
}

/// One step of a fix.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Step {
    /// A whole shell command.
    Always(String),
    /// One that is a step only where the check says so ([`crate::checks::Failure::step`]).
    Sometimes {
        /// What the check calls it.
        when: String,
        /// The command.
        run: String,
    },
}

/// The machine that a fix belongs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The host that Ollama runs on.
    Ollama,
}

fn anybody() -> RunAs {
    RunAs::Any
}

impl Step {
    /// The command.
    pub fn command(&self) -> &str {
        match self {
            Step::Always(run) | Step::Sometimes { run, .. } => run,
        }
    }

    /// What a check says where it is a step; `None` where it always is one.
    pub fn when(&self) -> Option<&str> {
        match self {
            Step::Always(_) => None,
            Step::Sometimes { when, .. } => Some(when),
        }
    }
}

impl Fix {
    /// This fix with all that it takes from `other`: who runs it and where, its commands, versions and citations.
    pub fn with_all_of(&self, other: &Fix) -> Fix {
        let or = |own: &Option<String>, theirs: &Option<String>| own.clone().or_else(|| theirs.clone());
        Fix {
            like: None,
            say: if self.say.is_empty() { other.say.clone() } else { self.say.clone() },
            run_as: other.run_as,
            on: self.on.or(other.on),
            run: other.run.clone(),
            verify: if self.verify.is_empty() { other.verify.clone() } else { self.verify.clone() },
            undo: other.undo.clone(),
            caution: or(&self.caution, &other.caution),
            openclaw: or(&self.openclaw, &other.openclaw),
            ollama: or(&self.ollama, &other.ollama),
            cite: if self.cite.is_empty() { other.cite.clone() } else { self.cite.clone() },
        }
    }
}
