//! JSON of a server that says that it is an Ollama: what is kept of it can be kept in a bundle.

use openclaw_doctor::facts::{ModelInfo, Running, Tag};
use openclaw_doctor::fuzzing::read_answers;

type Answers = (Vec<Tag>, Vec<Running>, Option<ModelInfo>);

pub fn run(bytes: &[u8]) {
    let answers: Answers = read_answers(bytes);
    for tag in &answers.0 {
        assert!(!tag.name.is_empty(), "a row without a name is dropped");
        assert_ne!(tag.context_length, Some(0), "no model has a context of nothing");
    }
    let text = serde_json::to_string(&answers).expect("facts are JSON");
    let again: Answers = serde_json::from_str(&text).expect("and are read again");
    assert_eq!(answers, again);
}
