//! What a test can turn: environment variables that the real Ollama does not have.
//!
//! | variable | meaning |
//! |---|---|
//! | `STANDIN_VERSION` | the version it claims to be; behaviour follows it where that is cheap (default 0.32.15) |
//! | `STANDIN_REGISTRY` | a JSON file with more models for `pull` and `seed`, in the form of `registry.json` |
//! | `STANDIN_LATENCY_MS` | wait so long before each answer |
//! | `STANDIN_DISCOVERY_MS` | wait so long between binding the port and the first answer, as GPU discovery does |
//! | `STANDIN_LOAD_MS` | take so long to load a model; what comes meanwhile waits in Ollama's queue |
//! | `STANDIN_GPU` | what discovery finds: nothing by default, `broken` or `old-driver` with the line that Ollama logs |
//! | `STANDIN_TOTAL_MODELS` | list so many synthetic models beside those of the store |
//! | `STANDIN_READY_FILE` | written with `ip:port` once requests are answered |
//! | `STANDIN_REGISTRY_DNS` | when set, `pull` first resolves registry.ollama.ai, and fails as Go does |

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// The test knobs, read once at start.
pub(crate) struct Knobs {
    pub(crate) version: Version,
    pub(crate) registry: Option<PathBuf>,
    pub(crate) latency: Duration,
    pub(crate) discovery: Duration,
    pub(crate) load: Duration,
    pub(crate) gpu: Gpu,
    pub(crate) total_models: usize,
    pub(crate) ready_file: Option<PathBuf>,
    pub(crate) registry_dns: bool,
}

impl Knobs {
    pub(crate) fn read() -> Result<Knobs, String> {
        Ok(Knobs {
            version: number("STANDIN_VERSION")?.unwrap_or_else(Version::newest),
            registry: path("STANDIN_REGISTRY"),
            latency: Duration::from_millis(number("STANDIN_LATENCY_MS")?.unwrap_or(0)),
            discovery: Duration::from_millis(number("STANDIN_DISCOVERY_MS")?.unwrap_or(0)),
            load: Duration::from_millis(number("STANDIN_LOAD_MS")?.unwrap_or(0)),
            gpu: number("STANDIN_GPU")?.unwrap_or(Gpu::None),
            total_models: number("STANDIN_TOTAL_MODELS")?.unwrap_or(0),
            ready_file: path("STANDIN_READY_FILE"),
            registry_dns: value("STANDIN_REGISTRY_DNS").is_some(),
        })
    }
}

fn value(key: &str) -> Option<String> {
    std::env::var(key).ok().filter(|value| !value.is_empty())
}

fn path(key: &str) -> Option<PathBuf> {
    value(key).map(PathBuf::from)
}

/// A knob that cannot be read ends the program: a test that is silently not in force would prove nothing.
fn number<T: FromStr>(key: &str) -> Result<Option<T>, String> {
    value(key).map(|text| text.parse().map_err(|_| format!("{key}={text} cannot be read"))).transpose()
}

/// What discovery finds at start.
pub(crate) enum Gpu {
    None,
    Broken,
    OldDriver,
}

impl FromStr for Gpu {
    type Err = ();

    fn from_str(text: &str) -> Result<Gpu, ()> {
        match text {
            "broken" => Ok(Gpu::Broken),
            "old-driver" => Ok(Gpu::OldDriver),
            _ => Err(()),
        }
    }
}

/// The version that the stand-in claims to be.
#[derive(Clone)]
pub(crate) struct Version {
    pub(crate) text: String,
    parts: [u32; 3],
}

impl Version {
    fn newest() -> Version {
        Version { text: "0.32.15".to_owned(), parts: [0, 32, 15] }
    }

    pub(crate) fn since(&self, major: u32, minor: u32, patch: u32) -> bool {
        self.parts >= [major, minor, patch]
    }
}

impl FromStr for Version {
    type Err = ();

    /// A suffix such as `-rc2` is kept in the text and does not count in comparisons.
    fn from_str(text: &str) -> Result<Version, ()> {
        let plain = text.split(['-', '+']).next().unwrap_or(text);
        let parts: Vec<u32> = plain.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| ())?;
        let parts: [u32; 3] = parts.try_into().map_err(|_| ())?;
        Ok(Version { text: text.to_owned(), parts })
    }
}
