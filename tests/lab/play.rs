//! Plays one scenario: boot, break, look, heal, look again.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::command::{Done, Outcome};
use crate::image::Layers;
use crate::judge;
use crate::machine::{Login, Machine};
use crate::network::Wire;
use crate::report::{Fix, Report, gist};
use crate::scenario::{Heal, Scenario};

/// Functions that every break snippet can call.
const PRELUDE: &str = concat!(include_str!("prelude.sh"), include_str!("engine.sh"));

/// A file of the image becomes one of the machine when it is first written, and then is another one to OpenClaw, which
/// gives up ("SQLite database pathname changed"). On a real machine that does not happen.
const OWN_FILES: &str = "find /root/.openclaw /home/openclaw/.openclaw -type f -exec touch -r {} {} \\;";

/// How long a snippet or one command of a fix may take; OpenClaw alone needs some seconds for one on a busy machine.
const STEP: Duration = Duration::from_secs(300);
/// How long the doctor may take: more is a bug of the doctor.
const LOOK: Duration = Duration::from_secs(30);

/// A scenario under way.
pub struct Play<'a> {
    scenario: &'a Scenario,
    pub machines: Vec<Machine>,
    /// What was run and what came back, for a person who has to find out why it failed.
    pub transcript: Vec<String>,
    /// How long each run of the doctor took, as a person would have waited.
    pub looks: Vec<Duration>,
    _wire: Wire,
}

/// One run of the doctor.
pub struct Look {
    pub report: Report,
    pub exit: Option<i32>,
    pub took: Duration,
}

impl<'a> Play<'a> {
    /// Healthy machines, booted, with Ollama answering on each.
    pub fn set_up(layers: &Layers, scenario: &'a Scenario, number: u8) -> Outcome<Self> {
        let wire = Wire::lay(number)?;
        let mut plugs = Vec::new();
        for (place, name) in (1..).zip(&scenario.machines) {
            plugs.push((name, wire.plug(place)?));
        }
        let hosts: String = plugs.iter().map(|(name, plug)| format!("{} {name}\n", plug.address)).collect();
        let mut machines = Vec::new();
        for (name, plug) in plugs {
            let mut machine = Machine::create(layers, scenario, name, plug, &hosts)?;
            machine.boot()?;
            machines.push(machine);
        }
        let mut play = Self { scenario, machines, transcript: Vec::new(), looks: Vec::new(), _wire: wire };
        for index in 0..play.machines.len() {
            play.snippet(
                index,
                &format!("{OWN_FILES}\nanswers 127.0.0.1:11434"),
                "before anything is broken",
            )?;
        }
        Ok(play)
    }

    /// The next scenario on the same machines, which were healed.
    pub fn go_on(self, scenario: &'a Scenario) -> Self {
        Self { scenario, transcript: Vec::new(), looks: Vec::new(), ..self }
    }

    /// Makes happen what went wrong.
    pub fn break_it(&mut self) -> Outcome<()> {
        let scenario = self.scenario;
        for (name, script) in &scenario.break_on {
            let index = self.index_of(name)?;
            self.snippet(index, script, "break_on")?;
        }
        self.snippet(0, &scenario.breaking, "break")?;
        if scenario.reboot {
            self.machines[0].power_off()?;
            self.machines[0].boot()?;
            self.transcript.push("powered off and booted again".into());
        }
        Ok(())
    }

    /// Breaks the first machine by a snippet that no scenario has.
    pub fn sabotage(&mut self, script: &str) -> Outcome<()> {
        self.snippet(0, script, "sabotage")
    }

    /// All stages in order. The last look follows when all is healed.
    pub fn examine(&mut self) -> Outcome<()> {
        let scenario = self.scenario;
        let settle = Duration::from_secs(scenario.settle);
        let (mut healed, mut seen) = (None, Vec::new());
        for stage in scenario.stages() {
            let patience = if healed.is_some() { settle } else { Duration::ZERO };
            let look = self.look_until(patience, |look| judge::complaints(stage, &look.report, look.exit))?;
            seen.extend(look.report.findings.iter().cloned());
            healed = None;
            if stage.heal == Heal::Run && !stage.healthy {
                self.heal(&look.report)?;
                healed = Some(stage);
            }
        }
        if let Some(stage) = healed {
            self.look_until(settle, |look| {
                let mut complaints = judge::leftovers(stage, &scenario.left, &look.report);
                complaints.extend(judge::brought(&seen, &scenario.left, &look.report));
                complaints
            })?;
        }
        match scenario.last_word.as_str() {
            "" => Ok(()),
            script => self.snippet(0, script, "last word"),
        }
    }

    /// Looks again until nothing is complained of, or until patience ends.
    pub fn look_until(
        &mut self,
        patience: Duration,
        complaints: impl Fn(&Look) -> Vec<String>,
    ) -> Outcome<Look> {
        let until = Instant::now() + patience;
        loop {
            let look = self.look()?;
            let complaints = complaints(&look);
            if complaints.is_empty() {
                return Ok(look);
            }
            if Instant::now() > until {
                return Err(complaints.join("\n"));
            }
            thread::sleep(Duration::from_millis(300));
        }
    }

    pub fn look(&mut self) -> Outcome<Look> {
        let bundle = format!("/tmp/look-of-{}.json", self.scenario.doctor.user);
        let done = self.doctor(&format!("--format json --bundle {bundle}"))?;
        if done.late {
            return Err(format!("the doctor is {}", done.how()));
        }
        self.judge_again(&bundle, &done.stdout)?;
        self.looks.push(done.took);
        let report = Report::read(&done.stdout).map_err(|error| {
            format!("{error}; the doctor ended with {} and said:\n{}", done.how(), done.output())
        })?;
        Ok(Look { report, exit: done.code, took: done.took })
    }

    /// The bundle of a look has to be judged as the look itself was.
    fn judge_again(&self, bundle: &str, report: &str) -> Outcome<()> {
        // These leave out of the report what only the other one has.
        if self.scenario.doctor.flags.iter().any(|flag| ["--only", "--skip"].contains(&flag.as_str())) {
            return Ok(());
        }
        let again = format!("openclaw-doctor diagnose --format json {bundle}; rm {bundle}");
        let again = self.machines[0].run(&self.person(), &again, LOOK)?;
        let (live, again) = (gist(report), gist(&again.stdout));
        if live == again {
            return Ok(());
        }
        Err(format!("the bundle is judged otherwise:\n{again}\nand the machine itself:\n{live}"))
    }

    /// The report as a person would read it.
    pub fn text_report(&self) -> String {
        match self.doctor("--color never") {
            Ok(done) => done.output(),
            Err(error) => error,
        }
    }

    fn doctor(&self, flags: &str) -> Outcome<Done> {
        let doctor = &self.scenario.doctor;
        let flags = format!("openclaw-doctor {flags} {}", doctor.flags.join(" "));
        self.machines[0].run(&self.person(), &flags, LOOK)
    }

    /// Who runs the doctor.
    pub fn person(&self) -> Login {
        let mut login = Login::of(&self.scenario.doctor.user);
        login
            .environment
            .extend(self.scenario.doctor.env.iter().map(|(name, value)| (name.clone(), value.clone())));
        login
    }

    /// The user whose OpenClaw is judged.
    pub fn gateway(&self) -> Login {
        self.scenario.doctor.gateway.as_deref().map_or_else(|| self.person(), Login::of)
    }

    /// Exactly what was printed: every command of the first fix of the first finding, then its verify lines.
    fn heal(&mut self, report: &Report) -> Outcome<()> {
        match report.first().and_then(|first| first.fixes.first()) {
            Some(fix) => self.heal_by(fix),
            None => Err("there is no fix to run".into()),
        }
    }

    /// Every command of a fix, then its verify lines.
    pub fn heal_by(&mut self, fix: &Fix) -> Outcome<()> {
        let (index, login) = self.place_of(fix)?;
        for step in &fix.run {
            if stays_in_foreground(step) {
                let log = self.machines[index].start(&login, step)?;
                self.transcript.push(format!(
                    "{} {}$ {step} &   (stays in the foreground; its output is in {})",
                    self.machines[index].name,
                    login.user,
                    log.display()
                ));
                continue;
            }
            let done = self.run(index, &login, step)?;
            if !done.ok() {
                return Err(format!("the printed command failed ({}): {step}", done.how()));
            }
        }
        fix.verify.iter().try_for_each(|line| self.verify(index, &login, line))
    }

    /// The machine and the user that a fix is for.
    fn place_of(&self, fix: &Fix) -> Outcome<(usize, Login)> {
        let index = match &fix.on {
            Some(host) => self.index_of(host)?,
            None => 0,
        };
        Ok((index, self.login_of(fix)?))
    }

    /// Whether the verify lines of a fix pass all, as the machine is now.
    pub fn is_verified(&mut self, fix: &Fix) -> Outcome<bool> {
        let (index, login) = self.place_of(fix)?;
        for line in &fix.verify {
            if !self.run(index, &login, line)?.ok() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn verify(&mut self, index: usize, login: &Login, line: &str) -> Outcome<()> {
        let until = Instant::now() + Duration::from_secs(self.scenario.settle);
        loop {
            let done = self.run(index, login, line)?;
            if done.ok() {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(format!("the printed verify line fails ({}): {line}", done.how()));
            }
            thread::sleep(Duration::from_millis(500));
        }
    }

    fn login_of(&self, fix: &Fix) -> Outcome<Login> {
        let login = match fix.login.as_str() {
            "root" if self.scenario.doctor.user != "root" => Login::root(),
            "root" | "any" => self.person(),
            "gateway" => self.gateway(),
            other => return Err(format!("a fix is to run as {other:?}: known are root, gateway, any")),
        };
        match fix.user.as_deref() {
            Some(named) if named != login.user => {
                Err(format!("the fix is to run as user {named}, expected {}", login.user))
            }
            _ => Ok(login),
        }
    }

    /// A machine by its name or its address, as a report names it.
    fn index_of(&self, host: &str) -> Outcome<usize> {
        self.machines
            .iter()
            .position(|machine| machine.name == host || machine.plug.address == host)
            .ok_or_else(|| format!("a command is to run on {host}, which is no machine of this scenario"))
    }

    /// Runs a snippet of the scenario as root; it has to succeed.
    fn snippet(&mut self, index: usize, script: &str, what: &str) -> Outcome<()> {
        let mut login = Login::root();
        login.environment.push(("LAB_ADDRESS".into(), self.machines[index].plug.address.clone()));
        let script = format!("{PRELUDE}\nset -euo pipefail\n{script}");
        let machine = &self.machines[index];
        let done = machine.run(&login, &script, STEP)?;
        if done.ok() && !done.output().trim().is_empty() {
            self.transcript.push(format!("{} ({what}):\n{}", machine.name, done.output()));
        }
        if done.ok() {
            return Ok(());
        }
        Err(format!("{}: the snippet ({what}) failed: {}\n{}", machine.name, done.how(), done.output()))
    }

    /// Runs a command in a machine and writes it down.
    fn run(&mut self, index: usize, login: &Login, script: &str) -> Outcome<Done> {
        let machine = &self.machines[index];
        let done = machine.run(login, script, STEP)?;
        self.transcript.push(format!(
            "{} {}$ {script}\n{}[{} in {:.1} s]",
            machine.name,
            login.user,
            done.output(),
            done.how(),
            done.took.as_secs_f64()
        ));
        Ok(done)
    }
}

/// The rule for a command that does not come back: the documented `ollama serve`, exactly. It is started and left
/// running, as a person would leave it in another terminal.
fn stays_in_foreground(step: &str) -> bool {
    step.trim() == "ollama serve"
}

/// Whether this process is where `tests/lab/run` puts it.
pub fn inside_the_sandbox() -> bool {
    std::process::id() == 1 && Path::new(crate::image::FOLDER).is_dir()
}
