//! What a model can do, in the words of Ollama's `/api/show` (`types/model/capability.go`).

/// One thing that a model can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// It answers a prompt.
    Completion,
    /// It calls tools.
    Tools,
    /// It thinks before it answers.
    Thinking,
    /// It takes images.
    Vision,
    /// It makes embeddings.
    Embedding,
}

impl Capability {
    /// The word that Ollama writes.
    pub fn word(self) -> &'static str {
        match self {
            Capability::Completion => "completion",
            Capability::Tools => "tools",
            Capability::Thinking => "thinking",
            Capability::Vision => "vision",
            Capability::Embedding => "embedding",
        }
    }

    /// Whether it is among the words of a list.
    pub fn is_in(self, words: &[String]) -> bool {
        words.iter().any(|word| word == self.word())
    }
}
