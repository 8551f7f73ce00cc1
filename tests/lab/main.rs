//! The lab: real machines, broken in known ways, diagnosed, healed with exactly what the doctor printed, and
//! diagnosed again. Started by `tests/lab/run`, which builds what it needs and walls it off from the host.

mod command;
mod credentials;
mod every;
mod image;
mod judge;
mod machine;
mod nameserver;
mod network;
mod options;
mod peer;
mod places;
mod play;
mod registry;
mod report;
mod result;
mod sabotage;
mod scenario;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use command::Outcome;
use image::Layers;
use options::{Action, Options};
use places::Places;
use play::Play;
use result::{Counts, LeftOut, Played};
use scenario::{Kind, Scenario};

fn main() -> ExitCode {
    match lab() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("lab: {error}");
            ExitCode::from(1)
        }
    }
}

/// Whether all is well.
fn lab() -> Outcome<bool> {
    let options = Options::read(std::env::args().skip(1))?;
    let mut all = scenario::all(&options.scenarios)?;
    if options.stand_in {
        all.iter_mut().for_each(|scenario| scenario.ollama = Kind::StandIn);
    }
    if options.action == Action::List {
        result::list(&all);
        return Ok(true);
    }
    // The names are those of rows there, and the machine is a healthy one.
    let (chosen, left_out) = match options.action {
        Action::Credentials(_) | Action::Sabotage { .. } => {
            (scenario::named(&all, &["30-healthy".into()])?, Vec::new())
        }
        _ => choose(&all, &options)?,
    };
    if !play::inside_the_sandbox() {
        return Err("start it by tests/lab/run, which walls it off from this machine".into());
    }
    command::must("ip", &["link", "set", "lo", "up"])?;
    nameserver::start()?;
    let layers = Layers::prepare(&options.image, options.real.as_deref(), &options.doctor, &options.ollama)?
        .with_docker(options.docker.as_deref());
    match &options.action {
        Action::Credentials(file) => credentials::prove(&layers, chosen[0], file, &options.names),
        Action::Sabotage { peer } => {
            sabotage::play(&layers, chosen[0], &options.seeds()?, options.jobs(), *peer)
        }
        Action::Shell => shell(&layers, chosen[0]).map(|()| true),
        Action::EveryFix => every::run(&layers, &chosen, options.jobs()),
        Action::Compare => peer::compare(&layers, &chosen).map(|()| true),
        _ => run(&layers, &chosen, &left_out, &options),
    }
}

/// What is played, and what is left out, with the reason. What a person names is played whether it waits or not.
fn choose<'a>(all: &'a [Scenario], options: &Options) -> Outcome<(Vec<&'a Scenario>, Vec<LeftOut<'a>>)> {
    let wanted = match options.names.as_slice() {
        [] => all.iter().collect(),
        names => scenario::named(all, names)?,
    };
    let (mut chosen, mut left_out) = (Vec::new(), Vec::new());
    for scenario in wanted {
        match &scenario.waiting {
            Some(issue) if options.names.is_empty() => left_out.push((scenario, issue.as_str())),
            _ if scenario.ollama == Kind::Real && options.real.is_none() => {
                left_out.push((scenario, result::NO_OLLAMA));
            }
            _ if scenario.engine.is_some() && options.docker.is_none() => {
                left_out.push((scenario, result::NO_DOCKER));
            }
            _ => chosen.push(scenario),
        }
    }
    Ok((chosen, left_out))
}

fn run(layers: &Layers, chosen: &[&Scenario], left_out: &[LeftOut], options: &Options) -> Outcome<bool> {
    let rows = scenario::rows(chosen)?;
    let began = Instant::now();
    let counts = Mutex::new(Counts::default());
    let next = AtomicUsize::new(0);
    let places = Places::new(options.jobs());
    thread::scope(|scope| {
        for _ in 0..options.jobs().min(rows.len()) {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let _taken = places.take(row.iter().map(|one| one.places()).max().unwrap_or(1));
                    play_row(layers, row, number_of(row[0], chosen), options.keep, &counts);
                }
            });
        }
    });
    let mut counts = counts.into_inner().unwrap_or_else(PoisonError::into_inner);
    result::left_out(left_out, options.require_all, &mut counts);
    let well = counts.failed == 0;
    result::close(counts, began.elapsed());
    Ok(well)
}

/// One scenario after the other, on the same machines for as long as all is well.
fn play_row(layers: &Layers, row: &[&Scenario], number: u8, keep: bool, counts: &Mutex<Counts>) {
    let mut left = None;
    for scenario in row {
        let (played, play) = guarded(|| through(layers, scenario, number, keep, left.take()));
        result::print(scenario, &played, counts);
        left = play.filter(|_| !played.has_failed());
    }
}

/// A panic of the lab is one scenario's failure and not the end of the run.
fn guarded<'a>(play: impl FnOnce() -> (Played, Option<Play<'a>>)) -> (Played, Option<Play<'a>>) {
    let began = Instant::now();
    let (mut played, play) = catch_unwind(AssertUnwindSafe(play))
        .unwrap_or_else(|_| (Played::failed("the lab itself panicked; its message is above".into()), None));
    played.took = began.elapsed();
    (played, play)
}

fn through<'a>(
    layers: &Layers,
    scenario: &'a Scenario,
    number: u8,
    keep: bool,
    left: Option<Play<'a>>,
) -> (Played, Option<Play<'a>>) {
    let mut play =
        match left.map_or_else(|| Play::set_up(layers, scenario, number), |left| Ok(left.go_on(scenario))) {
            Ok(play) => play,
            Err(error) => return (Played::failed(error), None),
        };
    let outcome = play.break_it().and_then(|()| play.examine());
    let mut played = match outcome {
        Ok(()) => Played::passed(scenario),
        Err(error) => {
            let mut played = Played::failed(error);
            played.report = play.text_report();
            played
        }
    };
    if keep {
        stay(&play);
    }
    played.transcript = std::mem::take(&mut play.transcript);
    played.looks = std::mem::take(&mut play.looks);
    (played, Some(play))
}

/// Leaves the machines running for a person, until the lab is stopped from outside.
fn stay(play: &Play) {
    for machine in &play.machines {
        if let Some(entrance) = machine.entrance() {
            println!("{} runs. Enter it with:\n  {entrance}", machine.name);
        }
    }
    println!("Ctrl-C ends it.");
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

/// Breaks a machine and hands it to a person.
fn shell(layers: &Layers, scenario: &Scenario) -> Outcome<()> {
    let mut play = Play::set_up(layers, scenario, 1)?;
    play.break_it()?;
    println!("{}: {}\nTry openclaw-doctor. The machine ends with this shell.", scenario.name, scenario.title);
    play.machines[0].shell()
}

/// The place of a row's first scenario in this run is its net: no two rows share one.
fn number_of(scenario: &Scenario, chosen: &[&Scenario]) -> u8 {
    let place = chosen.iter().position(|other| other.name == scenario.name).unwrap_or_default();
    u8::try_from(place + 1).unwrap_or(u8::MAX)
}
