//! What all machines share: the image, and over it the doctor and an Ollama with its first models, the real one or the
//! stand-in.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{Outcome, must};
use crate::registry;
use crate::scenario::{Engine, Kind};

/// Where everything of this run lies: a tmpfs that only the lab's mount namespace has.
pub const FOLDER: &str = "/run/lab";

/// The models that Ollama has before a scenario breaks anything.
const MODELS: [&str; 3] = ["llama3.2:3b", "qwen3:8b", "nomic-embed-text:latest"];

/// Puts models into the store of whoever runs it, without a server, as if they had been pulled long ago.
const SEED: &str = "usr/local/bin/lab-seed";
const SEED_REAL: &str = include_str!("seed.sh");
/// Asks a real Ollama and the stand-in the same.
const CONTRACT: &str = include_str!("contract.mjs");
const SEED_STAND_IN: &str = "#!/bin/sh\nexec /usr/local/bin/ollama seed \"$@\"\n";

/// The read-only layers that a machine is laid over.
pub struct Layers {
    /// None where a real Ollama cannot be had here.
    real: Option<String>,
    stand_in: String,
    /// A Docker Engine, to be laid over one of these. None where it cannot be had here.
    docker: Option<String>,
}

impl Layers {
    /// Lays the doctor and Ollama over the image and seeds Ollama's store, once for all machines.
    pub fn prepare(image: &Path, real: Option<&Path>, doctor: &Path, stand_in: &Path) -> Outcome<Self> {
        let image = image.display().to_string();
        let own = with_tools("stand-in", &image, |root| {
            install(doctor, &root.join("usr/local/bin/openclaw-doctor"))?;
            install(stand_in, &root.join("usr/local/bin/ollama"))?;
            seed(root, SEED_STAND_IN)
        })?;
        let real = real.map(|layer| {
            let below = format!("{}:{image}", layer.display());
            let over = with_tools("real", &below, |root| {
                install(doctor, &root.join("usr/local/bin/openclaw-doctor"))?;
                install(stand_in, &root.join("usr/local/lib/lab-stand-in"))?;
                write(root, "usr/local/lib/lab-contract.mjs", CONTRACT)?;
                registry::trust(root)?;
                seed(root, SEED_REAL)
            })?;
            registry::start(&image, layer)?;
            Ok::<String, String>(over)
        });
        Ok(Self { real: real.transpose()?, stand_in: own, docker: None })
    }

    /// With the layer of a Docker Engine, where it can be had.
    pub fn with_docker(self, layer: Option<&Path>) -> Self {
        Self { docker: layer.map(|layer| layer.display().to_string()), ..self }
    }

    /// A machine's own root: the layers below, its own changes above. Kept until `unmount`.
    pub fn mount(&self, folder: &Path, kind: Kind, engine: Option<Engine>) -> Outcome<PathBuf> {
        let below = match kind {
            Kind::StandIn => &self.stand_in,
            Kind::Real => self.real.as_ref().ok_or("a real Ollama cannot be had here")?,
        };
        match engine {
            None => overlay(folder, below),
            Some(Engine::Docker) => {
                let engine = self.docker.as_ref().ok_or("a Docker Engine cannot be had here")?;
                overlay(folder, &format!("{engine}:{below}"))
            }
        }
    }
}

/// The layers below with one more over them, which is filled here.
fn with_tools(name: &str, below: &str, fill: impl Fn(&Path) -> Outcome<()>) -> Outcome<String> {
    let folder = Path::new(FOLDER).join(name);
    let root = overlay(&folder, below)?;
    let filled = fill(&root);
    unmount(&root)?;
    filled.map(|()| format!("{}:{below}", folder.join("upper").display()))
}

/// Mounts `folder/root` with its changes in `folder/upper`.
fn overlay(folder: &Path, below: &str) -> Outcome<PathBuf> {
    let [upper, work, root] = ["upper", "work", "root"].map(|part| folder.join(part));
    for part in [&upper, &work, &root] {
        fs::create_dir_all(part).map_err(|error| format!("{} cannot be made: {error}", part.display()))?;
    }
    let options = format!("lowerdir={below},upperdir={},workdir={}", upper.display(), work.display());
    let target = root.display().to_string();
    must("mount", &["-t", "overlay", "overlay", "-o", &options, &target])?;
    Ok(root)
}

/// Detaches a root; what still uses it keeps it until it ends.
pub fn unmount(root: &Path) -> Outcome<()> {
    must("umount", &["--lazy", &root.display().to_string()]).map(drop)
}

fn install(from: &Path, to: &Path) -> Outcome<()> {
    let (from, to) = (from.display().to_string(), to.display().to_string());
    must("install", &["-m", "755", &from, &to]).map(drop)
}

fn write(root: &Path, path: &str, text: &str) -> Outcome<()> {
    fs::write(root.join(path), text).map_err(|error| format!("{path}: {error}"))
}

/// The store of the service's user.
fn seed(root: &Path, script: &str) -> Outcome<()> {
    write(root, SEED, script)?;
    must("chmod", &["755", &root.join(SEED).display().to_string()])?;
    let root = root.display().to_string();
    let mut arguments = vec![root.as_str(), "runuser", "-u", "ollama", "--"];
    arguments.extend([
        "env",
        "-i",
        "PATH=/usr/bin:/bin",
        "HOME=/usr/share/ollama",
        "/usr/local/bin/lab-seed",
    ]);
    arguments.extend(MODELS);
    must("chroot", &arguments).map(drop)
}
