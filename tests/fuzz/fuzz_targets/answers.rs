//! JSON of a server that says that it is an Ollama.
#![no_main]

use libfuzzer_sys::fuzz_target;
use openclaw_doctor::fuzzing::read_answers;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(json) = serde_json::from_slice(bytes) {
        read_answers(&json);
    }
});
