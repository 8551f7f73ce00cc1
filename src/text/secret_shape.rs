//! What a shape of secrets is.

/// A shape that secrets have. Its group `s` is the secret, or `t`.
pub struct Pattern {
    /// What it is, as the mark in its place says.
    pub name: &'static str,
    /// Words of which one stands in every text of that shape, in lower case: most texts have none of them, and the
    /// shape is not even compiled. A test draws texts of the shape.
    pub words: &'static [&'static str],
    /// A quick test that every such text passes. It saves the slower search for the shape.
    pub may: fn(&str) -> bool,
    /// A regular expression.
    pub shape: &'static str,
    /// Whether such a text is a secret and no plain word.
    pub is_secret: fn(&str) -> bool,
}

impl Pattern {
    /// The same, of texts of which that holds.
    pub const fn where_may(self, may: fn(&str) -> bool) -> Pattern {
        Pattern { may, ..self }
    }
}

/// Whether so many characters stand in one piece that tokens are made of.
pub fn has_run(text: &str, run: usize) -> bool {
    // By bytes: a letter of another script ends a piece with its first one.
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    text.len() >= run && text.as_bytes().split(|byte| !is_part(byte)).any(|piece| piece.len() >= run)
}

/// A shape that nothing but a secret has.
pub const fn always(name: &'static str, words: &'static [&'static str], shape: &'static str) -> Pattern {
    Pattern { name, words, may: |_| true, shape, is_secret: |_| true }
}

/// Whether a text has a piece that may be a secret: whatever is drawn by lot within a piece, the whole of it has as many
/// digits and letters.
pub fn has_random_piece(text: &str) -> bool {
    let pieces = text.split(|c: char| c.is_whitespace() || "\"',;:&<>(){}[]".contains(c));
    pieces.filter(|piece| piece.len() >= 6).any(|piece| {
        let count = |is: fn(&u8) -> bool| piece.bytes().filter(is).count();
        let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_alphabetic));
        let upper = count(u8::is_ascii_uppercase);
        digits >= 2 && letters >= 2 || upper >= 2 && letters - upper >= 2 && digits + piece.len() / 16 > 0
    })
}

/// Whether a text says that something is something.
pub fn says_is(text: &str) -> bool {
    let is_it = |word: &str| ["is", "was", "ist"].iter().any(|is| word.eq_ignore_ascii_case(is));
    // Letters of another script pass for ours in a shape.
    !text.is_ascii() || text.split_whitespace().any(|word| is_it(word.trim_end_matches([':', '='])))
}
