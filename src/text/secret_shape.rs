//! What a shape of secrets is.

/// A shape that secrets have. Its group `s` is the secret, or `t`.
pub struct Pattern {
    /// What it is, as the mark in its place says.
    pub name: &'static str,
    /// A regular expression.
    pub shape: &'static str,
    /// Whether such a text is a secret and no plain word.
    pub is_secret: fn(&str) -> bool,
}

/// A shape that nothing but a secret has.
pub const fn always(name: &'static str, shape: &'static str) -> Pattern {
    Pattern { name, shape, is_secret: |_| true }
}
