//! Network namespaces, in which a test alone decides who listens and what is routed.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::doctor::left_out;

/// An address of a namespace made by [`Namespace::with_address`], and one beyond it.
pub const OWN_ADDRESS: &str = "10.99.8.7";
pub const OTHER_ADDRESS: &str = "10.99.8.9";

/// A network namespace, kept alive by a process that waits in it.
pub struct Namespace {
    holder: Child,
    has_mounts: bool,
}

impl Namespace {
    /// A namespace with loopback up, after `setup`. `None` where this machine
    /// cannot make it, after saying so.
    pub fn new(setup: &[&str]) -> Option<Namespace> {
        let mut unshare = Command::new("unshare");
        unshare.arg("-n").args((!is_root()).then_some("-r"));
        Namespace::hold(unshare, setup)
    }

    /// The same with mounts of its own, which are gone with it.
    pub fn with_mounts(setup: &[&str]) -> Option<Namespace> {
        let mut unshare = Command::new("unshare");
        unshare.args(["-n", "-m"]).args((!is_root()).then_some("-r"));
        let mut namespace = Namespace::hold(unshare, setup)?;
        namespace.has_mounts = true;
        Some(namespace)
    }

    /// Waits in what `unshare` makes, once `setup` is done there.
    fn hold(mut unshare: Command, setup: &[&str]) -> Option<Namespace> {
        let script = ["set -e", "ip link set lo up"].iter().chain(setup).copied().collect::<Vec<_>>();
        let script = format!("{}\necho ready\nexec cat", script.join("\n"));
        unshare.args(["sh", "-c", &script]);
        unshare.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let Ok(mut holder) = unshare.spawn() else {
            left_out("what needs a network namespace: there is no unshare");
            return None;
        };
        let mut line = String::new();
        let mut stdout = BufReader::new(holder.stdout.take().expect("a pipe"));
        stdout.read_line(&mut line).expect("a line from the namespace");
        if line.trim() == "ready" {
            return Some(Namespace { holder, has_mounts: false });
        }
        let mut error = String::new();
        // What cannot be read is not told.
        let _ = holder.stderr.take().expect("a pipe").read_to_string(&mut error);
        let _ = holder.wait();
        left_out(&format!("what needs a network namespace: {}", error.trim()));
        None
    }

    /// A namespace that has [`OWN_ADDRESS`], and a cable to [`OTHER_ADDRESS`]
    /// whose other end answers nothing.
    pub fn with_address() -> Option<Namespace> {
        Namespace::new(&[
            "ip link add near type veth peer name far",
            &format!("ip addr add {OWN_ADDRESS}/24 dev near"),
            "ip link set near up",
            "ip link set far up",
            &format!("ip neigh add {OTHER_ADDRESS} lladdr 02:00:00:00:00:01 dev near"),
        ])
    }

    /// A namespace that has [`OWN_ADDRESS`], with another machine at the other
    /// end of the cable that has [`OTHER_ADDRESS`]; that one comes second.
    pub fn two_machines() -> Option<(Namespace, Namespace)> {
        let one = Namespace::new(&[
            "ip link add near type veth peer name far",
            &format!("ip addr add {OWN_ADDRESS}/24 dev near"),
            "ip link set near up",
        ])?;
        // From within the first one, so that both belong to the same user namespace.
        let words = one.enter();
        let mut unshare = Command::new(&words[0]);
        unshare.args(&words[1..]).args(["unshare", "-n"]);
        let other = Namespace::hold(unshare, &[])?;
        one.command("ip", &["link", "set", "far", "netns", &other.holder.id().to_string()]);
        other.command("ip", &["addr", "add", &format!("{OTHER_ADDRESS}/24"), "dev", "far"]);
        other.command("ip", &["link", "set", "far", "up"]);
        Some((one, other))
    }

    /// The words before a command that is to run in here.
    pub fn enter(&self) -> Vec<String> {
        let mut words = vec![found("nsenter"), "-n".to_string()];
        words.extend(self.has_mounts.then(|| "-m".to_string()));
        if !is_root() {
            words.extend(["-U", "--preserve-credentials"].map(str::to_string));
        }
        words.extend(["-t".to_string(), self.holder.id().to_string(), "--".to_string()]);
        words
    }

    fn command(&self, program: &str, arguments: &[&str]) {
        let words = self.enter();
        let status = Command::new(&words[0]).args(&words[1..]).arg(program).args(arguments).status();
        assert!(status.is_ok_and(|status| status.success()), "{program} {arguments:?}");
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // The end of its input ends it.
        if let Some(mut stdin) = self.holder.stdin.take() {
            let _ = stdin.flush();
        }
        let _ = self.holder.wait();
    }
}

/// Runs the test of that path again by itself in a network namespace, so that
/// servers of this process are in there too. True within it.
pub fn alone(here: &str) -> bool {
    const MARK: &str = "OPENCLAW_DOCTOR_TEST_IS_ALONE";
    if std::env::var_os(MARK).is_some() {
        return true;
    }
    let name = here.split_once("::").and_then(|(_, path)| path.strip_suffix("::here")).expect("a path");
    if Namespace::new(&[]).is_none() {
        return false;
    }
    let mut command = Command::new("unshare");
    command.arg("-n").args((!is_root()).then_some("-r"));
    command.args(["sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""]);
    command.arg(std::env::current_exe().expect("the path of this test"));
    let output = command.args(["--exact", name, "--nocapture"]).env(MARK, "1").output().expect("unshare");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    false
}

pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// The path of a program: the environment of what runs it has no PATH.
fn found(program: &str) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let files: Vec<PathBuf> = std::env::split_paths(&path).map(|dir| dir.join(program)).collect();
    let file = files.iter().find(|file| file.is_file());
    file.map_or_else(|| program.to_string(), |file| file.display().to_string())
}
