//! Which models are loaded, and until when. Ollama source: server/sched.go.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::env::Env;
use crate::golang::parse_duration;
use crate::log;
use crate::model::Model;

#[derive(Default)]
pub(crate) struct Runners {
    loaded: Mutex<Vec<Loaded>>,
}

#[derive(Clone)]
pub(crate) struct Loaded {
    pub(crate) model: Model,
    pub(crate) num_ctx: u64,
    pub(crate) size: u64,
    pub(crate) expires: Timestamp,
}

/// What a first load and a warm one report, in nanoseconds.
const COLD: u64 = 812_345_678;
const WARM: u64 = 45_678_901;

impl Runners {
    pub(crate) fn loaded(&self) -> Vec<Loaded> {
        self.fresh().clone()
    }

    fn fresh(&self) -> MutexGuard<'_, Vec<Loaded>> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Timestamp::now();
        loaded.retain(|one| one.expires > now);
        loaded
    }

    /// Loads a model or keeps it; another `num_ctx` is a reload. Returns the load duration.
    pub(crate) fn load(&self, env: &Env, model: &Model, num_ctx: u64, keep_alive: i64) -> u64 {
        let mut loaded = self.fresh();
        let known = loaded.iter().any(|one| one.model.digest == model.digest && one.num_ctx == num_ctx);
        loaded.retain(|one| one.model.digest != model.digest);
        let slots = if model.entry.can("embedding") { 1 } else { env.num_parallel.max(1) };
        let cache = [slots, model.entry.block_count, 4096].into_iter().fold(num_ctx, u64::saturating_mul);
        let size = model.size.saturating_add(cache);
        let expires =
            Timestamp::now().saturating_add(SignedDuration::from_nanos(keep_alive)).unwrap_or(Timestamp::MAX);
        loaded.push(Loaded { model: model.clone(), num_ctx, size, expires });
        if known {
            return WARM;
        }
        log_load(model, num_ctx, slots, loaded.len());
        COLD
    }

    pub(crate) fn unload(&self, model: &Model) {
        self.fresh().retain(|one| one.model.digest != model.digest);
    }
}

fn log_load(model: &Model, num_ctx: u64, slots: u64, count: usize) {
    let command = format!(
        "llama-server --model sha256-{} --port 40000 --host 127.0.0.1 -c {} -np {slots} --flash-attn auto",
        model.digest,
        num_ctx.saturating_mul(slots)
    );
    log::info("llama_server.go:470", "starting llama-server", &[("cmd", command)]);
    log::info("sched.go:612", "loaded runners", &[("count", count.to_string())]);
    log::info("llama_server.go:1350", "llama-server started in 0.81 seconds", &[]);
}

/// What Go finds wrong with a duration.
fn fault(text: &str) -> &'static str {
    let bare = text.trim_start_matches(['-', '+']);
    match !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        true => "missing unit in duration",
        false => "invalid duration",
    }
}

/// `keep_alive` of a request: a number of seconds, or a duration with its unit; below zero is forever.
pub(crate) fn keep_alive(env: &Env, value: Option<&Value>) -> Result<i64, String> {
    let nanoseconds = match value {
        None | Some(Value::Null) => return Ok(env.keep_alive),
        Some(Value::Number(seconds)) => (seconds.as_f64().unwrap_or_default() * 1e9) as i64,
        Some(Value::String(text)) => parse_duration(text)
            .ok_or_else(|| format!("time: {} {}", fault(text), crate::golang::quote(text)))?,
        Some(other) => return Err(format!("Unsupported type: '{other}'")),
    };
    Ok(if nanoseconds < 0 { i64::MAX } else { nanoseconds })
}
