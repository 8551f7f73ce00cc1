//! Every fix that is printed, not only the first: each alternative that has commands is run on machines broken anew.
//! It has to heal, its verify lines fail before it and pass after it, and it brings no finding of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::command::Outcome;
use crate::image::Layers;
use crate::judge;
use crate::places::Places;
use crate::play::{Look, Play};
use crate::report::Fix;
use crate::scenario::{Heal, Scenario, Stage};

/// What became of one fix.
struct Row {
    scenario: String,
    finding: String,
    fix: String,
    how: How,
    check: Check,
}

enum How {
    Healed,
    /// It has no commands.
    Words,
    /// Not run, and why.
    Left(String),
    Failed(String),
}

/// What its verify lines said before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    /// Not all passed, as it should be.
    Fails,
    /// All passed while the machine was broken: they prove nothing.
    Passes,
    /// There are none, or they were not run.
    None,
}

impl Row {
    fn is_well(&self) -> bool {
        !matches!(self.how, How::Failed(_)) && self.check != Check::Passes
    }

    fn how(&self) -> String {
        match &self.how {
            How::Healed => "healed".into(),
            How::Words => "words only".into(),
            How::Left(why) => format!("not run: {why}"),
            How::Failed(why) => format!("FAILED: {}", why.lines().collect::<Vec<_>>().join(" / ")),
        }
    }

    fn check(&self) -> &'static str {
        match self.check {
            Check::Fails => "fails before",
            Check::Passes => "PASSES BEFORE",
            Check::None => "",
        }
    }
}

/// Whether every fix is as it should be.
pub fn run(layers: &Layers, chosen: &[&Scenario], jobs: usize) -> Outcome<bool> {
    let broken: Vec<&Scenario> = chosen.iter().copied().filter(|one| !one.expect.healthy).collect();
    let (next, rows, places) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Places::new(jobs));
    thread::scope(|scope| {
        for _ in 0..jobs.min(broken.len()) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(scenario) = broken.get(place) else { break };
                    let _taken = places.take(scenario.places());
                    let number = u8::try_from(place + 1).unwrap_or(u8::MAX);
                    let played = guarded(layers, scenario, number);
                    rows.lock().unwrap_or_else(PoisonError::into_inner).extend(played);
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    rows.sort_by(|one, other| one.scenario.cmp(&other.scenario));
    table(&rows);
    Ok(rows.iter().all(Row::is_well))
}

/// A panic of the lab is one scenario's failure and not the end of the run.
fn guarded(layers: &Layers, scenario: &Scenario, number: u8) -> Vec<Row> {
    catch_unwind(AssertUnwindSafe(|| fixes(layers, scenario, number))).unwrap_or_else(|_| {
        vec![row(
            scenario,
            "",
            How::Failed("the lab itself panicked; its message is above".into()),
            Check::None,
        )]
    })
}

/// All fixes of the first look, one after the other. The first look says how many there are.
fn fixes(layers: &Layers, scenario: &Scenario, number: u8) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut count = 1;
    let mut place = 0;
    while place < count {
        let (fixes, played) = match broken(layers, scenario, number) {
            Ok((mut play, look)) => {
                let fixes = look.report.first().map(|first| first.fixes.clone()).unwrap_or_default();
                let played = fixes.get(place).map(|fix| one(&mut play, scenario, &look, fix, place));
                (fixes, played)
            }
            Err(error) => (Vec::new(), Some(row(scenario, "", How::Failed(error), Check::None))),
        };
        count = fixes.len().max(count);
        rows.extend(played.inspect(print));
        place += 1;
        // What is not run needs no machine of its own.
        while let Some(how) = fixes.get(place).and_then(|fix| not_run(scenario, fix, place)) {
            rows.extend(Some(row(scenario, &fixes[place].key, how, Check::None)).inspect(print));
            place += 1;
        }
    }
    rows
}

/// Machines broken anew, and what is found there.
fn broken<'a>(layers: &Layers, scenario: &'a Scenario, number: u8) -> Outcome<(Play<'a>, Look)> {
    let mut play = Play::set_up(layers, scenario, number)?;
    play.break_it()?;
    let stage = &scenario.expect;
    let look = play.look_until(Duration::ZERO, |look| judge::complaints(stage, &look.report, look.exit))?;
    Ok((play, look))
}

fn not_run(scenario: &Scenario, fix: &Fix, place: usize) -> Option<How> {
    if fix.run.is_empty() {
        return Some(How::Words);
    }
    if place == 0 && scenario.expect.heal == Heal::None {
        return Some(How::Left("the scenario says so".into()));
    }
    scenario.fixes_left.get(&fix.key).map(|why| How::Left(why.clone()))
}

/// One fix, on the machines where it was printed.
fn one(play: &mut Play, scenario: &Scenario, look: &Look, fix: &Fix, place: usize) -> Row {
    if let Some(how) = not_run(scenario, fix, place) {
        return row(scenario, &fix.key, how, Check::None);
    }
    let check = match play.is_verified(fix) {
        _ if fix.verify.is_empty() => Check::None,
        Ok(true) => Check::Passes,
        _ => Check::Fails,
    };
    let how = match heal(play, scenario, look, fix) {
        Ok(()) => How::Healed,
        Err(why) => {
            let story: Vec<String> = play.transcript.iter().rev().take(4).rev().cloned().collect();
            println!("    {} {}: what was run last\n{}", scenario.name, fix.key, story.join("\n"));
            How::Failed(why)
        }
    };
    row(scenario, &fix.key, how, check)
}

fn heal(play: &mut Play, scenario: &Scenario, before: &Look, fix: &Fix) -> Outcome<()> {
    play.heal_by(fix)?;
    let left: Vec<String> =
        scenario.left.iter().cloned().chain(scenario.then.iter().flat_map(later)).collect();
    let settle = Duration::from_secs(scenario.settle);
    play.look_until(settle, |look| {
        let mut complaints = judge::leftovers(&scenario.expect, &left, &look.report);
        complaints.extend(judge::brought(&before.report.findings, &left, &look.report));
        complaints
    })?;
    Ok(())
}

/// What a later look of the scenario expects, so that no fix of this one has brought it.
fn later(stage: &Stage) -> Vec<String> {
    [&stage.also[..], &stage.folded, std::slice::from_ref(&stage.root)].concat()
}

fn row(scenario: &Scenario, fix: &str, how: How, check: Check) -> Row {
    let finding = format!("{}:{}", scenario.expect.root, scenario.expect.cause);
    Row { scenario: scenario.name.clone(), finding, fix: fix.into(), how, check }
}

fn print(row: &Row) {
    println!("{:<34} {:<24} {:<14} {}", row.scenario, row.fix, row.check(), row.how());
}

/// In Markdown, so that it can be kept.
fn table(rows: &[Row]) {
    println!("\n| scenario | finding | fix | outcome | its check |\n|---|---|---|---|---|");
    for row in rows {
        println!(
            "| {} | `{}` | `{}` | {} | {} |",
            row.scenario,
            row.finding,
            row.fix,
            row.how(),
            row.check()
        );
    }
    let count = |is: &dyn Fn(&&Row) -> bool| rows.iter().filter(is).count();
    println!(
        "\n{} fixes: {} healed, {} words only, {} not run, {} failed; the check of {} passes while the machine is broken",
        rows.len(),
        count(&|row| matches!(row.how, How::Healed)),
        count(&|row| matches!(row.how, How::Words)),
        count(&|row| matches!(row.how, How::Left(_))),
        count(&|row| matches!(row.how, How::Failed(_))),
        count(&|row| row.check == Check::Passes),
    );
}
