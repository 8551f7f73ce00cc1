//! OpenClaw's own doctor and ours on the same broken machines, as a Markdown table.
//!
//! The peer's exit code is 1 on a healthy machine too, so it is judged by what its findings say beyond those of
//! its healthy baseline. It is asked for everything it has (`--severity-min info`), in a home that OpenClaw has
//! been used in (its state database exists), one machine at a time.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;

use crate::command::Outcome;
use crate::image::Layers;
use crate::play::{Look, Play};
use crate::scenario::Scenario;

const PEER: &str = "openclaw doctor --lint --json --severity-min info";

#[derive(Deserialize)]
struct PeerReport {
    #[serde(default)]
    findings: Vec<PeerFinding>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PeerFinding {
    check_id: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    fix_hint: String,
}

impl PeerFinding {
    /// What it says, whatever home or file it says it of.
    fn key(&self) -> String {
        let place = |word: &&str| word.trim_start_matches(['"', '\'', '(', '`']).starts_with(['/', '~']);
        let words: Vec<&str> =
            self.message.split_whitespace().map(|word| if place(&word) { "PATH" } else { word }).collect();
        format!("{} {} {}", self.check_id, self.severity, words.join(" "))
    }
}

struct PeerLook {
    findings: Vec<PeerFinding>,
    took: Duration,
}

/// What the peer finds on a healthy machine.
pub type Baseline = BTreeSet<String>;

pub fn baseline(layers: &Layers, healthy: &Scenario) -> Outcome<Baseline> {
    // The net of this number is used by no scenario.
    baseline_of(&Play::set_up(layers, healthy, u8::MAX)?)
}

fn baseline_of(healthy: &Play) -> Outcome<Baseline> {
    Ok(peer(healthy)?.findings.iter().map(PeerFinding::key).collect())
}

/// What the peer finds on this machine beyond its baseline: how many, and the words of the first.
pub fn beyond(play: &Play, baseline: &Baseline) -> Outcome<String> {
    let Ok(look) = peer(play) else { return Ok(" | peer: no report".into()) };
    let new: Vec<&PeerFinding> = look.findings.iter().filter(|one| !baseline.contains(&one.key())).collect();
    let first =
        new.first().map(|one| format!(": {} ({}) {}", one.check_id, one.severity, one_line(&one.message)));
    Ok(format!(" | peer: {} new{}", new.len(), first.unwrap_or_default()))
}

pub fn compare(layers: &Layers, chosen: &[&Scenario]) -> Outcome<()> {
    let Some(first) = chosen.first() else {
        return Err("no scenario to compare on".into());
    };
    // The net of this number is used by no scenario.
    let healthy = Play::set_up(layers, first, u8::MAX)?;
    let baseline = baseline_of(&healthy)?;
    let version = healthy.machines[0].run(
        &healthy.person(),
        "openclaw --version; openclaw-doctor --version; date -I",
        Duration::from_secs(30),
    )?;
    drop(healthy);
    println!(
        "{}\n\nThe peer is `{PEER}`, in a home with a state database. On the healthy machine it has {} findings; \
         those are not counted below. \
         It found the cause where a new finding says one of the words that the scenario gives for it (`peer_says`).\n",
        version.stdout.trim().replace('\n', " · "),
        baseline.len()
    );
    println!("| scenario | openclaw-doctor | s | its fix | openclaw doctor | s | its fix |");
    println!("|---|---|---|---|---|---|---|");
    let mut tally = Tally::default();
    for (number, scenario) in (1..).zip(chosen) {
        match row(layers, scenario, number, &baseline, &mut tally) {
            Ok(row) => println!("{row}"),
            Err(error) => println!("| {} | not compared: {} |", scenario.title, one_line(&error)),
        }
    }
    tally.print();
    Ok(())
}

/// What the rows add up to.
#[derive(Default)]
struct Tally {
    broken: usize,
    ours: usize,
    peers: usize,
    healthy: usize,
    our_alarms: usize,
    peer_alarms: usize,
}

impl Tally {
    fn print(&self) {
        println!(
            "\nOf {} broken machines openclaw-doctor named the cause on {}, openclaw doctor on {}. \
             Of {} healthy ones openclaw-doctor raised a false alarm on {}, openclaw doctor on {}.",
            self.broken, self.ours, self.peers, self.healthy, self.our_alarms, self.peer_alarms
        );
    }
}

fn row(
    layers: &Layers,
    scenario: &Scenario,
    number: u8,
    baseline: &Baseline,
    tally: &mut Tally,
) -> Outcome<String> {
    let mut play = Play::set_up(layers, scenario, number)?;
    play.break_it()?;
    let look = play.look()?;
    let peer = peer(&play)?;
    let new: Vec<&PeerFinding> =
        peer.findings.iter().filter(|finding| !baseline.contains(&finding.key())).collect();
    let (ours, peers) = if scenario.expect.healthy {
        tally.healthy += 1;
        tally.our_alarms += usize::from(!look.report.findings.is_empty());
        tally.peer_alarms += usize::from(!new.is_empty());
        (alarms(look.report.findings.len()), alarms(new.len()))
    } else {
        let (ours, peers) = (ours_found(scenario, &look), peer_found(scenario, &new));
        tally.broken += 1;
        tally.ours += usize::from(ours.starts_with("found"));
        tally.peers += usize::from(peers.starts_with("found"));
        (ours, peers)
    };
    Ok(format!(
        "| {} | {ours} | {:.2} | {} | {peers} | {:.1} | {} |",
        scenario.title,
        look.took.as_secs_f64(),
        our_fix(&look),
        peer.took.as_secs_f64(),
        peer_fix(&new)
    ))
}

fn alarms(count: usize) -> String {
    match count {
        0 => "no alarm, as it should".into(),
        1 => "1 false alarm".into(),
        count => format!("{count} false alarms"),
    }
}

fn ours_found(scenario: &Scenario, look: &Look) -> String {
    match look.report.first() {
        Some(first) if first.check_id == scenario.expect.root && first.cause == scenario.expect.cause => {
            format!("found: {}", one_line(&first.message))
        }
        Some(first) => format!("something else: {}", one_line(&first.message)),
        None => "nothing".into(),
    }
}

/// Found when a new finding has one of the words that the scenario gives for its cause.
fn peer_found(scenario: &Scenario, new: &[&PeerFinding]) -> String {
    let names = |finding: &&&PeerFinding| {
        let text = format!("{} {}", finding.message, finding.fix_hint).to_lowercase();
        scenario.peer_says.iter().any(|word| text.contains(&word.to_lowercase()))
    };
    match (new.iter().find(names), new.first()) {
        (Some(finding), _) => format!("found ({}): {}", finding.severity, one_line(&finding.message)),
        (None, Some(finding)) => format!("not; new is: {}", one_line(&finding.message)),
        (None, None) => "nothing beyond its baseline".into(),
    }
}

fn our_fix(look: &Look) -> String {
    match look.report.first().and_then(|first| first.fixes.first()) {
        Some(fix) if fix.run.is_empty() => one_line(&fix.say),
        Some(fix) => format!("`{}`", one_line(&fix.run.join("; "))),
        None => "none".into(),
    }
}

fn peer_fix(new: &[&PeerFinding]) -> String {
    let hints: Vec<String> = new
        .iter()
        .filter(|finding| !finding.fix_hint.is_empty())
        .map(|finding| one_line(&finding.fix_hint))
        .collect();
    if hints.is_empty() {
        return "none".into();
    }
    hints.join("; ")
}

/// Run as the gateway's user, whose home it looks at.
fn peer(play: &Play) -> Outcome<PeerLook> {
    let done = play.machines[0].run(&play.gateway(), PEER, Duration::from_secs(120))?;
    let report: PeerReport = serde_json::from_str(&done.stdout).map_err(|error| {
        format!("{PEER} ended with {} and no report ({error}): {}", done.how(), done.output().trim())
    })?;
    Ok(PeerLook { findings: report.findings, took: done.took })
}

/// One cell of the table, short.
fn one_line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
    match text.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
