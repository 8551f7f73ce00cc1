//! The saboteur: breaks a healthy machine by a mutation that a seed chooses, asks the real OpenClaw for an answer, and
//! demands of the doctor: where no answer comes, it is not green; where one comes, it finds no error.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::command::{Done, Outcome};
use crate::image::Layers;
use crate::judge;
use crate::peer::{self, Baseline};
use crate::places::Places;
use crate::play::{Look, Play};
use crate::scenario::Scenario;

const LIST: &str = include_str!("sabotage.toml");
/// One OpenClaw, so that the turn is asked of the one that the doctor judges.
const ALONE: &str = "rm -rf /home/openclaw/.openclaw";
/// A turn takes 20 s where others run beside it, and 80 s on a busy host. After this nobody waits for it.
const LIMIT: Duration = Duration::from_secs(300);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutation {
    name: String,
    /// The link of the path that it is aimed at.
    link: String,
    #[serde(rename = "break")]
    breaking: String,
    /// A real gateway runs, and the turn goes through it.
    #[serde(default)]
    gateway: bool,
}

#[derive(Deserialize)]
struct List {
    mutation: Vec<Mutation>,
}

/// What the doctor and the turn say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Judged {
    /// No answer, and an error names why.
    Named,
    /// No answer, and a warning, or a check that could not see.
    Warned,
    /// No answer, and nothing is found.
    Missed,
    /// An answer, and no error.
    Fine,
    /// An answer, and an error that is none.
    FalseError,
    /// The machine could not be broken, or not be looked at.
    Unplayed,
}

impl Judged {
    const ALL: [Judged; 6] =
        [Judged::Named, Judged::Warned, Judged::Missed, Judged::Fine, Judged::FalseError, Judged::Unplayed];

    fn word(self) -> &'static str {
        match self {
            Judged::Named => "named",
            Judged::Warned => "warned",
            Judged::Missed => "MISSED",
            Judged::Fine => "fine",
            Judged::FalseError => "FALSE",
            Judged::Unplayed => "unplayed",
        }
    }

    fn of(answered: bool, look: &Look) -> Self {
        let severity = |word: &str| look.report.findings.iter().any(|finding| finding.severity == word);
        let unknown = look.report.checks.iter().any(|check| check.status == "unknown");
        match (answered, severity("error"), severity("warning") || unknown) {
            (false, true, _) => Judged::Named,
            (false, false, true) => Judged::Warned,
            (false, false, false) => Judged::Missed,
            (true, true, _) => Judged::FalseError,
            (true, false, _) => Judged::Fine,
        }
    }

    fn is_a_fault(self) -> bool {
        matches!(self, Judged::Missed | Judged::FalseError | Judged::Unplayed)
    }
}

/// One seed, played.
struct Row {
    result: Judged,
    line: String,
    /// For a person who has to find out why.
    story: String,
}

/// Plays the seeds, prints a line for each and the table of all. Whether none is missed and none is false.
pub fn play(
    layers: &Layers,
    healthy: &Scenario,
    seeds: &[u32],
    jobs: usize,
    with_peer: bool,
) -> Outcome<bool> {
    let list: List = toml::from_str(LIST).map_err(|error| format!("sabotage.toml: {error}"))?;
    let baseline = if with_peer { Some(peer::baseline(layers, healthy)?) } else { None };
    let (next, table) = (AtomicUsize::new(0), Mutex::new(BTreeMap::<(String, Judged), usize>::new()));
    let places = Places::new(jobs);
    thread::scope(|scope| {
        for _ in 0..jobs.min(seeds.len()) {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mutation = chosen(&list.mutation, *seed);
                    let _taken = places.take(1 + usize::from(mutation.gateway));
                    let row = one(layers, healthy, (mutation, *seed), baseline.as_ref());
                    let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
                    *table.entry((mutation.link.clone(), row.result)).or_default() += 1;
                    println!("{}", row.line);
                    if row.result.is_a_fault() {
                        println!("{}", row.story);
                    }
                }
            });
        }
    });
    let table = table.into_inner().unwrap_or_else(PoisonError::into_inner);
    print(&table);
    Ok(!table.keys().any(|(_, result)| result.is_a_fault()))
}

/// Seeds side by side touch different links, and each mutation of a link comes once before one comes again.
fn chosen(all: &[Mutation], seed: u32) -> &Mutation {
    let mut links: Vec<&str> = all.iter().map(|one| one.link.as_str()).collect();
    links.dedup();
    let seed = seed as usize;
    let link = links[seed % links.len()];
    let of_link: Vec<&Mutation> = all.iter().filter(|one| one.link == link).collect();
    of_link[seed / links.len() % of_link.len()]
}

fn one(
    layers: &Layers,
    healthy: &Scenario,
    (mutation, seed): (&Mutation, u32),
    baseline: Option<&Baseline>,
) -> Row {
    let began = Instant::now();
    let played = Play::set_up(layers, healthy, u8::try_from(seed % 250 + 1).unwrap_or(1))
        .and_then(|mut play| through(&mut play, mutation, seed, baseline));
    let (result, what, story) = played.unwrap_or_else(|error| (Judged::Unplayed, String::new(), error));
    let line = format!(
        "{:<8} seed {seed:<4} {:<9} {:<22} {:5.1} s  {what}",
        result.word(),
        mutation.link,
        mutation.name,
        began.elapsed().as_secs_f64()
    );
    Row { result, line, story }
}

/// Broken, asked, looked at: as a person does who gets no answer.
fn through(
    play: &mut Play,
    mutation: &Mutation,
    seed: u32,
    baseline: Option<&Baseline>,
) -> Outcome<(Judged, String, String)> {
    let gateway = if mutation.gateway { "real_gateway_as root\n" } else { "" };
    play.sabotage(&format!("{ALONE}\n{gateway}export LAB_SEED={seed}\n{}", mutation.breaking))?;
    let picked = play.machines[0].run(&play.person(), "cat /run/lab-picked", Duration::from_secs(10))?;
    let before = play.look()?;
    let turn = turn(play, mutation.gateway)?;
    let look = play.look()?;
    let answered = answered(&turn, mutation.gateway);
    let result = Judged::of(answered, &look);
    let first = look.report.roots().next().map_or_else(|| "nothing found".into(), judge::name);
    let early = if Judged::of(answered, &before) == result { "" } else { " (another one before the turn)" };
    let peer = baseline.map(|baseline| peer::beyond(play, baseline)).transpose()?.unwrap_or_default();
    let what = format!("[{}]{early} {first}{peer}", picked.stdout.trim().replace('\n', " | "));
    let story = format!(
        "    the turn ({}):\n{}\n    the report:\n{}",
        turn.how(),
        last_lines(&turn.output(), 25),
        play.text_report()
    );
    Ok((result, what, story))
}

fn turn(play: &Play, through_the_gateway: bool) -> Outcome<Done> {
    let local = if through_the_gateway { "" } else { " --local" };
    let command = format!("openclaw agent{local} --agent main --message hi");
    play.machines[0].run(&play.person(), &command, LIMIT)
}

/// Whether a parrot was heard. OpenClaw says so where it went past a gateway that does not answer.
fn answered(turn: &Done, through_the_gateway: bool) -> bool {
    let output = turn.output();
    let spoke = ["I am a real model", "Hello"].iter().any(|words| turn.stdout.contains(words));
    let past = through_the_gateway && output.contains("falling back to embedded");
    turn.ok() && spoke && !past
}

fn print(table: &BTreeMap<(String, Judged), usize>) {
    let mut links: Vec<&str> = table.keys().map(|(link, _)| link.as_str()).collect();
    links.dedup();
    let count = |link: Option<&str>, result: Judged| -> usize {
        let of = |key: &(String, Judged)| key.1 == result && link.is_none_or(|link| link == key.0);
        table.iter().filter(|(key, _)| of(key)).map(|(_, count)| count).sum()
    };
    let row = |name: &str, link: Option<&str>| {
        let cells: Vec<String> = Judged::ALL.iter().map(|result| count(link, *result).to_string()).collect();
        println!("| {name} | {} |", cells.join(" | "));
    };
    println!(
        "\n| aimed at | no answer: named | warned or unknown only | missed | answer: fine | false error | unplayed |"
    );
    println!("|---|---|---|---|---|---|---|");
    for link in links {
        row(link, Some(link));
    }
    row("all", None);
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_seeds_touch_every_link() -> Result<(), toml::de::Error> {
        let list: List = toml::from_str(LIST)?;
        assert!(list.mutation.len() >= 60);
        let touched: std::collections::BTreeSet<&str> =
            (1..=12).map(|seed| chosen(&list.mutation, seed).link.as_str()).collect();
        let all: std::collections::BTreeSet<&str> =
            list.mutation.iter().map(|one| one.link.as_str()).collect();
        assert_eq!(touched, all);
        Ok(())
    }
}
