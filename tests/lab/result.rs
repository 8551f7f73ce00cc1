//! What the lab prints: one line for each scenario, the whole story of each failure, and the counts.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::scenario::{Heal, Kind, Scenario};

/// A scenario that is not played, and why.
pub type LeftOut<'a> = (&'a Scenario, &'a str);

pub const NO_OLLAMA: &str = "a real Ollama cannot be had here";
pub const NO_DOCKER: &str = "a Docker Engine cannot be had here";

/// How a scenario ended.
pub struct Played {
    word: &'static str,
    reason: String,
    pub report: String,
    pub transcript: Vec<String>,
    pub looks: Vec<Duration>,
    pub took: Duration,
}

#[derive(Default)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    skipped: usize,
    /// Played on a real Ollama.
    real: usize,
    stand_in: usize,
    /// Every run of the doctor, and in which scenario.
    looks: Vec<(Duration, String)>,
}

impl Played {
    pub fn failed(reason: String) -> Self {
        Self::of("FAIL", reason)
    }

    /// `ok` when all was healed or healthy, `text` when a fix was checked up to its text.
    pub fn passed(scenario: &Scenario) -> Self {
        let healed = scenario.stages().all(|stage| stage.heal == Heal::Run);
        Self::of(if healed { "ok" } else { "text" }, String::new())
    }

    pub fn has_failed(&self) -> bool {
        self.word == "FAIL"
    }

    fn of(word: &'static str, reason: String) -> Self {
        Self {
            word,
            reason,
            report: String::new(),
            transcript: Vec::new(),
            looks: Vec::new(),
            took: Duration::ZERO,
        }
    }
}

/// One line, and for a failure all that is known, in one piece though scenarios run side by side.
pub fn print(scenario: &Scenario, played: &Played, counts: &Mutex<Counts>) {
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    line(played.word, scenario, &format!("{:5.1} s", played.took.as_secs_f64()));
    *(if scenario.ollama == Kind::Real { &mut counts.real } else { &mut counts.stand_in }) += 1;
    counts.looks.extend(played.looks.iter().map(|took| (*took, scenario.name.clone())));
    if !played.has_failed() {
        counts.passed += 1;
        return;
    }
    counts.failed += 1;
    section("what is wrong", &played.reason);
    section("commands", &played.transcript.join("\n"));
    section("the doctor's report", &played.report);
}

/// Each by its name. Where all are required, one that cannot be played has failed.
pub fn left_out(all: &[LeftOut], required: bool, counts: &mut Counts) {
    for (scenario, why) in all {
        let word = match *why {
            NO_OLLAMA | NO_DOCKER if required => "FAIL",
            NO_OLLAMA | NO_DOCKER => "skipped",
            _ => "waiting",
        };
        line(word, scenario, why);
        *(if word == "FAIL" { &mut counts.failed } else { &mut counts.skipped }) += 1;
    }
}

pub fn close(mut counts: Counts, took: Duration) {
    println!("\nthe lab took {:.0} s", took.as_secs_f64());
    counts.looks.sort();
    if let (Some((median, _)), Some((longest, where_))) =
        (counts.looks.get(counts.looks.len() / 2), counts.looks.last())
    {
        let (median, longest) = (median.as_secs_f64(), longest.as_secs_f64());
        println!(
            "the doctor took {median:.2} s in the median of {} runs, {longest:.2} s at most ({where_})",
            counts.looks.len()
        );
    }
    println!("{} on a real Ollama, {} on the stand-in", counts.real, counts.stand_in);
    println!("{} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.skipped);
}

pub fn list(all: &[Scenario]) {
    for scenario in all {
        let what = scenario.waiting.as_deref().unwrap_or_default();
        line(if what.is_empty() { "" } else { "waiting" }, scenario, what);
    }
}

fn line(word: &str, scenario: &Scenario, middle: &str) {
    println!("{word:<8}{:<28} {:<8} {middle:<9} {}", scenario.name, scenario.ollama.name(), scenario.title);
}

fn section(title: &str, text: &str) {
    if text.trim().is_empty() {
        return;
    }
    println!("    {title}:");
    for line in text.trim_end().lines() {
        println!("        {line}");
    }
}
