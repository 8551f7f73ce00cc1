//! What is observed of the Ollamas of this machine beyond units and listeners: who
//! serves, with which environment, and which directories hold models.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Fact, OllamaUserUnit, UnitVariable};

/// The Ollamas of this machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OllamaSetup {
    /// Processes that run `ollama serve`, by process id.
    pub servers: Vec<OllamaServer>,
    /// The settings of Ollama, and the names of proxy variables, in the doctor's own environment.
    pub shell: Vec<UnitVariable>,
    /// Whether that environment is also what a person has at the prompt: not under sudo, nor in a service.
    #[serde(default)]
    pub at_prompt: bool,
    /// Directories that hold models, each once.
    pub stores: Vec<ModelStore>,
    /// Homes that we may not look into, so that a store there would not be seen.
    #[serde(default)]
    #[schemars(extend("x-holds" = "home"))]
    pub closed_homes: Vec<String>,
    /// The models directory of `ollama.service`, where there is that service.
    #[serde(default)]
    pub models_dir: Option<ModelsDir>,
    /// Units for Ollama in the homes of users.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_units: Vec<OllamaUserUnit>,
}

/// A process that serves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OllamaServer {
    /// The process.
    pub pid: u32,
    /// Who it runs as.
    #[schemars(extend("x-holds" = "user"))]
    pub user: String,
    /// Its program file, where we may see it.
    #[schemars(extend("x-holds" = "path"))]
    pub program: Option<String>,
    /// The program file was replaced or removed since the process started.
    #[serde(default)]
    pub replaced: bool,
    /// There is a file at the path of its program now.
    #[serde(default)]
    pub program_exists: bool,
    /// The unit or scope that it belongs to, by its control group.
    #[serde(default)]
    #[schemars(extend("x-holds" = "word"))]
    pub unit: Option<String>,
    /// Whether it shares our network; `None` where we may not see that.
    #[serde(default)]
    pub own_network: Option<bool>,
    /// Settings of Ollama and proxy variables that it was started with.
    #[serde(default)]
    pub environment: Fact<Vec<UnitVariable>>,
    /// Where it keeps models: `OLLAMA_MODELS`, or `.ollama/models` in its home.
    #[serde(default)]
    #[schemars(extend("x-holds" = "path"))]
    pub models_dir: Option<String>,
}

/// A directory that holds models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelStore {
    /// The directory, with `manifests` in it.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// Who owns it.
    #[schemars(extend("x-holds" = "user"))]
    pub owner: String,
    /// The models in it by their manifests, as `/api/tags` would name them; not more than some hundred.
    #[schemars(extend("x-holds" = "word"))]
    pub models: Fact<Vec<String>>,
}

/// The models directory of a service, and the way to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelsDir {
    /// The directory.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// `OLLAMA_MODELS` or `home`.
    #[schemars(extend("x-holds" = "word"))]
    pub from: String,
    /// The user of the service.
    #[schemars(extend("x-holds" = "user"))]
    pub user: String,
    /// That user's id.
    pub uid: u32,
    /// That user's groups.
    pub gids: Vec<u32>,
    /// The directories from the root to it, those that links lead through included.
    pub steps: Vec<DirStep>,
}

/// One directory on the way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DirStep {
    /// The directory.
    #[schemars(extend("x-holds" = "path"))]
    pub path: String,
    /// What is there; `None` for nothing.
    pub found: Option<StepFound>,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepFound {
    /// It is a directory.
    pub is_dir: bool,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// It has an access control list, which counts more than the bits.
    #[serde(default)]
    pub acl: bool,
    /// It lies on a file system that is mounted read-only.
    #[serde(default)]
    pub read_only: bool,
}

impl OllamaSetup {
    /// The server of that process id, and its place.
    pub fn server(&self, pid: u32) -> Option<(usize, &OllamaServer)> {
        self.servers.iter().enumerate().find(|(_, server)| server.pid == pid)
    }
}
