//! The environment as Ollama reads it. Ollama source: envconfig/config.go (`Var`, `Bool`, `Uint`, `KeepAlive`,
//! `AllowedOrigins`, `AsMap`).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::golang::{duration_text, parse_bool, parse_duration};
use crate::hostvar::HostVar;
use crate::knobs::Version;

/// `$HOME` is not there, and something that lies in it is wanted.
#[derive(Debug)]
pub(crate) struct HomeMissing;

/// A value that Ollama does not take, with the line it logs.
pub(crate) struct Warning {
    pub(crate) message: &'static str,
    pub(crate) values: Vec<(&'static str, String)>,
}

/// Everything that `serve` and the client take from the environment.
pub(crate) struct Env {
    pub(crate) host: HostVar,
    pub(crate) home: Option<PathBuf>,
    pub(crate) models: PathBuf,
    pub(crate) origins: Vec<String>,
    pub(crate) context_length: u64,
    /// Nanoseconds; `i64::MAX` is forever.
    pub(crate) keep_alive: i64,
    pub(crate) num_parallel: u64,
    pub(crate) max_queue: u64,
    pub(crate) no_prune: bool,
    pub(crate) no_cloud: bool,
    pub(crate) remotes: Vec<String>,
    pub(crate) warnings: Vec<Warning>,
    /// What the `server config` line shows.
    pub(crate) shown: BTreeMap<&'static str, String>,
}

const DEFAULT_ORIGINS: [&str; 3] = ["localhost", "127.0.0.1", "0.0.0.0"];
const APP_ORIGINS: [&str; 5] = ["app://*", "file://*", "tauri://*", "vscode-webview://*", "vscode-file://*"];

impl Env {
    pub(crate) fn read(get: &dyn Fn(&str) -> Option<String>, version: &Version) -> Result<Env, HomeMissing> {
        let vars = Vars { get, warnings: RefCell::new(Vec::new()) };
        let host = HostVar::parse(&vars.text("OLLAMA_HOST"));
        if let Some(port) = &host.bad_port {
            vars.warn(
                "invalid port, using default",
                vec![("port", port.clone()), ("default", host.port.clone())],
            );
        }
        let home = get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
        let models = match (vars.text("OLLAMA_MODELS").as_str(), &home) {
            ("", None) => return Err(HomeMissing),
            ("", Some(home)) => home.join(".ollama").join("models"),
            (models, _) => PathBuf::from(models),
        };
        let mut env = Env {
            host,
            home,
            models,
            origins: origins(&vars.text("OLLAMA_ORIGINS")),
            context_length: vars.uint("OLLAMA_CONTEXT_LENGTH", default_context(version)),
            keep_alive: keep_alive(&vars.text("OLLAMA_KEEP_ALIVE")),
            num_parallel: vars.uint("OLLAMA_NUM_PARALLEL", 1),
            max_queue: vars.uint("OLLAMA_MAX_QUEUE", 512),
            no_prune: vars.bool("OLLAMA_NOPRUNE"),
            no_cloud: vars.bool("OLLAMA_NO_CLOUD"),
            remotes: remotes(&vars.text("OLLAMA_REMOTES")),
            warnings: Vec::new(),
            shown: BTreeMap::new(),
        };
        env.shown = shown(&env, &vars);
        env.warnings = vars.warnings.into_inner();
        Ok(env)
    }
}

/// Where values come from, and what was wrong with them.
struct Vars<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    warnings: RefCell<Vec<Warning>>,
}

impl Vars<'_> {
    /// `Var`: spaces first, then all quotes, and no second trim.
    fn text(&self, key: &str) -> String {
        let raw = (self.get)(key).unwrap_or_default();
        raw.trim().trim_matches(['"', '\'']).to_owned()
    }

    /// Whatever is no Go bool counts as true.
    fn bool(&self, key: &str) -> bool {
        match self.text(key).as_str() {
            "" => false,
            text => parse_bool(text).unwrap_or(true),
        }
    }

    fn uint(&self, key: &'static str, default: u64) -> u64 {
        let text = self.text(key);
        if text.is_empty() {
            return default;
        }
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<u64>() {
            Ok(number) if plain => number,
            _ => {
                let values = vec![("key", key.to_owned()), ("value", text), ("default", default.to_string())];
                self.warn("invalid environment variable, using default", values);
                default
            }
        }
    }

    /// A bool that is empty when it is not set.
    fn tri_state(&self, key: &str) -> String {
        if self.text(key).is_empty() { String::new() } else { self.bool(key).to_string() }
    }

    fn warn(&self, message: &'static str, values: Vec<(&'static str, String)>) {
        self.warnings.borrow_mut().push(Warning { message, values });
    }
}

/// v0.6.7 raised the fixed default, v0.15.5 replaced it by tiers of video memory.
fn default_context(version: &Version) -> u64 {
    if version.since(0, 15, 5) {
        0
    } else if version.since(0, 6, 7) {
        4096
    } else {
        2048
    }
}

fn origins(value: &str) -> Vec<String> {
    let mut list: Vec<String> = match value {
        "" => Vec::new(),
        value => value.split(',').map(str::to_owned).collect(),
    };
    for host in DEFAULT_ORIGINS {
        list.extend([
            format!("http://{host}"),
            format!("https://{host}"),
            format!("http://{host}:*"),
            format!("https://{host}:*"),
        ]);
    }
    list.extend(APP_ORIGINS.map(str::to_owned));
    list
}

fn remotes(value: &str) -> Vec<String> {
    match value {
        "" => vec!["ollama.com".to_owned()],
        value => value.split(',').map(str::to_owned).collect(),
    }
}

/// A Go duration or whole seconds; below zero is forever; what is neither is the default, without a word.
fn keep_alive(value: &str) -> i64 {
    let read = parse_duration(value)
        .or_else(|| value.parse::<i64>().ok().map(|seconds| seconds.saturating_mul(1_000_000_000)))
        .unwrap_or(300_000_000_000);
    if read < 0 { i64::MAX } else { read }
}

fn load_timeout(value: &str) -> i64 {
    match keep_alive(value) {
        0 => i64::MAX,
        timeout => timeout,
    }
}

fn debug_level(value: &str) -> String {
    match (parse_bool(value), value.parse::<i64>()) {
        _ if value.is_empty() => "INFO".to_owned(),
        (Some(true), _) => "DEBUG".to_owned(),
        (Some(false), _) => "INFO".to_owned(),
        (None, Ok(2)) => "DEBUG-4".to_owned(),
        _ => "INFO".to_owned(),
    }
}

/// `AsMap`, printed by Go in the order of its keys.
fn shown(env: &Env, vars: &Vars<'_>) -> BTreeMap<&'static str, String> {
    let mut map = BTreeMap::from([
        ("OLLAMA_CONTEXT_LENGTH", env.context_length.to_string()),
        ("OLLAMA_DEBUG", debug_level(&vars.text("OLLAMA_DEBUG"))),
        ("OLLAMA_GO_TEMPLATE", (vars.tri_state("OLLAMA_GO_TEMPLATE") != "false").to_string()),
        ("OLLAMA_GPU_OVERHEAD", vars.uint("OLLAMA_GPU_OVERHEAD", 0).to_string()),
        ("OLLAMA_HOST", env.host.url()),
        ("OLLAMA_IGPU_ENABLE", vars.tri_state("OLLAMA_IGPU_ENABLE")),
        ("OLLAMA_KEEP_ALIVE", duration_text(env.keep_alive)),
        ("OLLAMA_KV_CACHE_TYPE", vars.text("OLLAMA_KV_CACHE_TYPE").to_lowercase()),
        ("OLLAMA_LOAD_TIMEOUT", duration_text(load_timeout(&vars.text("OLLAMA_LOAD_TIMEOUT")))),
        ("OLLAMA_MAX_LOADED_MODELS", vars.uint("OLLAMA_MAX_LOADED_MODELS", 0).to_string()),
        ("OLLAMA_MAX_QUEUE", env.max_queue.to_string()),
        ("OLLAMA_MAX_TRANSFER_STREAMS", vars.uint("OLLAMA_MAX_TRANSFER_STREAMS", 4).to_string()),
        ("OLLAMA_MODELS", env.models.display().to_string()),
        ("OLLAMA_NUM_PARALLEL", env.num_parallel.to_string()),
        ("OLLAMA_ORIGINS", format!("[{}]", env.origins.join(" "))),
        ("OLLAMA_REMOTES", format!("[{}]", env.remotes.join(" "))),
    ]);
    for key in [
        "OLLAMA_DEBUG_LOG_REQUESTS",
        "OLLAMA_FLASH_ATTENTION",
        "OLLAMA_NOHISTORY",
        "OLLAMA_NOPRUNE",
        "OLLAMA_NO_CLOUD",
        "OLLAMA_SCHED_SPREAD",
        "OLLAMA_VULKAN",
    ] {
        map.insert(key, vars.bool(key).to_string());
    }
    for key in PLAIN {
        map.insert(key, vars.text(key));
    }
    map
}

const PLAIN: [&str; 16] = [
    "CUDA_VISIBLE_DEVICES",
    "GGML_VK_VISIBLE_DEVICES",
    "GPU_DEVICE_ORDINAL",
    "HIP_VISIBLE_DEVICES",
    "HSA_OVERRIDE_GFX_VERSION",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LLAMA_ARG_FIT",
    "LLAMA_ARG_FIT_TARGET",
    "NO_PROXY",
    "OLLAMA_EDITOR",
    "OLLAMA_LLM_LIBRARY",
    "ROCR_VISIBLE_DEVICES",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];
