//! What a shape of secrets is.

/// A shape that secrets have. Its group `s` is the secret, or `t`.
pub struct Pattern {
    /// What it is, as the mark in its place says.
    pub name: &'static str,
    /// Words of which one stands in every text of that shape, in lower case: most texts have none of them, and the
    /// shape is not even compiled. A test draws texts of the shape.
    pub words: &'static [&'static str],
    /// Characters of which one does.
    pub with: &'static [char],
    /// So many letters, digits and signs of a token do in one piece.
    pub run: usize,
    /// A regular expression.
    pub shape: &'static str,
    /// Whether such a text is a secret and no plain word.
    pub is_secret: fn(&str) -> bool,
}

impl Pattern {
    /// The same, of so many characters in one piece.
    pub const fn of(self, run: usize) -> Pattern {
        Pattern { run, ..self }
    }
}

/// A shape that nothing but a secret has.
pub const fn always(name: &'static str, words: &'static [&'static str], shape: &'static str) -> Pattern {
    Pattern { name, words, with: &[], run: 0, shape, is_secret: |_| true }
}
