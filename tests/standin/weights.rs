//! The weights of a model, as far as a server reads them before a load: a file of JSON that begins as the stand-in wrote
//! it. What is wrong with the file is told as a real Ollama 0.32.15 tells it of a GGUF.

use std::fs;

use serde_json::{Value, json};

use crate::chat::Refusal;
use crate::golang::{error_text, quote};
use crate::model::Model;
use crate::registry::Entry;

const KEY: &str = "stand-in for";

pub(crate) fn of(entry: &Entry) -> Value {
    json!({ KEY: entry })
}

/// `/api/show` reads them.
pub(crate) fn shown(model: &Model) -> Result<(), Refusal> {
    let Some(path) = &model.weights else {
        return Ok(());
    };
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Refusal::new(404, format!("model '{}' not found", model.name.display_shortest())));
        }
        Err(error) => {
            return Err(Refusal::new(500, format!("open {}: {}", path.display(), error_text(&error))));
        }
    };
    let wrong = match bytes.as_slice() {
        [] => "EOF".to_owned(),
        bytes if !bytes.starts_with(b"{\"stand-in") => "invalid file magic".to_owned(),
        bytes if serde_json::from_slice::<Value>(bytes).is_err() => {
            let (end, size) = (bytes.len() * 2, bytes.len());
            format!("tensor \"blk.0.attn_k.weight\" offset+size ({end}) exceeds file size ({size})")
        }
        _ => return Ok(()),
    };
    Err(Refusal::new(500, wrong))
}

/// A request to the model asks them for what it can do, and takes no answer for nothing.
pub(crate) fn can_be_asked(model: &Model, asked: &str, verb: &str) -> Result<(), Refusal> {
    let refused = |_| Refusal::new(400, format!("{} does not support {verb}", quote(asked)));
    shown(model).map_err(refused)
}
