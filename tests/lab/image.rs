//! What all machines share: the image, and over it the doctor and the stand-in Ollama with its first models.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{Outcome, must};

/// Where everything of this run lies: a tmpfs that only the lab's mount namespace has.
pub const FOLDER: &str = "/run/lab";

/// The models that Ollama has before a scenario breaks anything.
const MODELS: [&str; 3] = ["llama3.2:3b", "qwen3:8b", "nomic-embed-text:latest"];

/// The read-only layers that a machine is laid over.
pub struct Layers {
    image: PathBuf,
    tools: PathBuf,
}

impl Layers {
    /// Lays the two binaries over the image and seeds Ollama's store, once for all machines.
    pub fn prepare(image: &Path, doctor: &Path, ollama: &Path) -> Outcome<Self> {
        let folder = Path::new(FOLDER).join("tools");
        let layers = Self { image: image.to_path_buf(), tools: folder.join("upper") };
        let root = overlay(&folder, &image.display().to_string())?;
        install(doctor, &root.join("usr/local/bin/openclaw-doctor"))?;
        install(ollama, &root.join("usr/local/bin/ollama"))?;
        let seeded = seed(&root);
        unmount(&root)?;
        seeded.map(|()| layers)
    }

    /// A machine's own root: the layers below, its own changes above. Kept until `unmount`.
    pub fn mount(&self, folder: &Path) -> Outcome<PathBuf> {
        let below = format!("{}:{}", self.tools.display(), self.image.display());
        overlay(folder, &below)
    }
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

/// The store of the service's user, written without a server, as if the models had been pulled long ago.
fn seed(root: &Path) -> Outcome<()> {
    let root = root.display().to_string();
    let mut arguments = vec![
        root.as_str(),
        "runuser",
        "-u",
        "ollama",
        "--",
        "env",
        "-i",
        "HOME=/usr/share/ollama",
        "/usr/local/bin/ollama",
        "seed",
    ];
    arguments.extend(MODELS);
    must("chroot", &arguments).map(drop)
}
