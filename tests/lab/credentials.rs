//! The credential matrix: for each row of `tests/cases/credentials.json` a real agent turn of the real OpenClaw, in
//! a home of its own, against the stand-in. Whether it got an answer is written back into the file, which
//! `cargo test --test credentials` compares the doctor with.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::command::{Done, Outcome};
use crate::image::Layers;
use crate::machine::{Login, Machine};
use crate::play::Play;
use crate::scenario::Scenario;

/// Every host that a row names leads to the machine itself, where Ollama listens on all interfaces.
const HOSTS: &str = r#"
mkdir -p /etc/systemd/system/ollama.service.d
printf '[Service]\nEnvironment="OLLAMA_HOST=[::]:11434"\n' >/etc/systemd/system/ollama.service.d/hosts.conf
systemctl daemon-reload && systemctl restart ollama
printf '127.0.0.1 ollama-host gpu.lan box.local host.docker.internal ollama.example.com box.tail1234.ts.net\n' >>/etc/hosts
for address in 10.9.9.9/32 100.64.0.9/32 203.0.113.9/32 fd00::9/128; do ip addr add "$address" dev lo; done
until curl --silent --fail --output /dev/null http://gpu.lan:11434/api/version; do sleep 0.2; done
"#;

const TURN: &str = "openclaw agent --local --agent main --message hi";
const PASTE: &str = "openclaw models auth paste-api-key --provider ollama";
/// A turn takes 20 s where others run beside it; one that fails may try for longer.
const LIMIT: Duration = Duration::from_secs(240);
const AT_A_TIME: usize = 3;

/// Plays the rows whose description has one of these words (all of them where there is none), and writes the file.
pub fn prove(layers: &Layers, healthy: &Scenario, file: &Path, words: &[String]) -> Outcome<bool> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut data: Value =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    let play = Play::set_up(layers, healthy, 1)?;
    let machine = &play.machines[0];
    let ready = machine.run(&Login::root(), HOSTS, Duration::from_secs(60))?;
    if !ready.ok() {
        return Err(format!("the hosts of the rows cannot be laid: {}", ready.output()));
    }
    let version = machine.run(&Login::root(), "openclaw --version", Duration::from_secs(60))?;
    data["openclaw"] = version.stdout.split_whitespace().nth(1).unwrap_or_default().into();
    let base = data["base"].clone();
    let changed = {
        let rows = data["rows"].as_array_mut().ok_or("the file has no rows")?;
        let asked = |row: &Value| words.is_empty() || words.iter().any(|word| about(row).contains(&**word));
        play_rows(machine, &base, rows.iter_mut().filter(|row| asked(row)).collect())?
    };
    let text = serde_json::to_string_pretty(&data).map_err(|error| error.to_string())?;
    fs::write(file, text + "\n").map_err(|error| format!("{}: {error}", file.display()))?;
    println!("{changed} rows changed in {}", file.display());
    Ok(changed == 0)
}

/// How many rows came out differently from what the file said.
fn play_rows(machine: &Machine, base: &Value, mut rows: Vec<&mut Value>) -> Outcome<usize> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let views: Vec<&Value> = rows.iter().map(|row| &**row).collect();
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(row) = views.get(index) else { break };
                    let outcome = turn(machine, base, row, index);
                    results.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((index, outcome));
                }
            });
        }
    });
    let mut changed = 0;
    for (index, outcome) in results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        let done = outcome?;
        let works = done.ok() && done.output().contains("Hello from the stand-in");
        let row = &mut *rows[index];
        if row["works"] != works {
            println!("changed: {}: works is {works} now", about(row));
            changed += 1;
        }
        row["works"] = works.into();
        row["said"] = said(works, &done.output()).into();
    }
    Ok(changed)
}

fn turn(machine: &Machine, base: &Value, row: &Value, index: usize) -> Outcome<Done> {
    let home = format!("/root/rows/{index}");
    let mut config = base.clone();
    merge(&mut config, &row["config"]);
    let lines = |key: &str| -> String {
        pairs(&row[key]).into_iter().map(|(name, value)| format!("{name}={value}\n")).collect()
    };
    let script = format!(
        "mkdir -p {home}/.openclaw && chmod 700 {home}/.openclaw && cd {home}/.openclaw\n\
         cat >openclaw.json <<'LAB-CONFIG'\n{config:#}\nLAB-CONFIG\n\
         cat >.env <<'LAB-ENV'\n{}LAB-ENV",
        lines("dotenv")
    );
    let mut done = machine.run(&Login::root(), &script, Duration::from_secs(30))?;
    let mut login = Login::root();
    login.environment.push(("HOME".into(), home.clone()));
    if let (true, Some(key)) = (done.ok(), row["profile"].as_str()) {
        done = machine.run(&login, &format!("echo {key} | {PASTE}"), LIMIT)?;
    }
    if !done.ok() {
        return Err(format!("{}: cannot be laid out: {}", about(row), done.output()));
    }
    login.environment.extend(pairs(&row["env"]));
    machine.run(&login, TURN, LIMIT)
}

fn about(row: &Value) -> &str {
    row["about"].as_str().unwrap_or_default()
}

fn pairs(variables: &Value) -> Vec<(String, String)> {
    let all = variables.as_object().into_iter().flatten();
    all.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_string())).collect()
}

/// Lays the keys of `over` on those of `under`.
fn merge(under: &mut Value, over: &Value) {
    let Some(over) = over.as_object() else { return };
    for (key, value) in over {
        let place = under
            .as_object_mut()
            .map(|under: &mut Map<String, Value>| under.entry(key.clone()).or_insert_with(|| json!({})));
        match place {
            Some(place) if value.is_object() => merge(place, value),
            Some(place) => *place = value.clone(),
            None => {}
        }
    }
}

/// The words of OpenClaw that tell why, without the paths of this run.
fn said(works: bool, output: &str) -> String {
    if works {
        return "an answer".into();
    }
    const TELLING: [&str; 3] = ["rawError=", "No API key found", "Unknown model"];
    let found = TELLING.iter().find_map(|word| Some(&output[output.find(word)?..]));
    let line = found.or(output.lines().next_back()).unwrap_or_default().lines().next().unwrap_or_default();
    let sentence = line.split(". ").next().unwrap_or_default().trim_start_matches("rawError=");
    sentence.chars().take(120).collect()
}
