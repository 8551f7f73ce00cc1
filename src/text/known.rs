//! Secrets that are known by their value, wherever they turn up: a server that refuses a key likes
//! to repeat it. Only keyed hashes are kept, of the value in all its spellings, and of what is left of
//! them where they are cut.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

use super::secret::is_marker;

/// What stands where a secret stood, as the marks of [`scrub`](super::scrub) do.
pub const MARK: &str = "<withheld:known>";

/// Bytes by whose hash a place is found at which a secret may begin. Anything shorter is found by
/// nothing but whole words.
const WINDOW: usize = 8;
/// A shorter value is none that could be told from a plain word.
const SHORTEST: usize = 6;
/// A longer one is no key; a certificate is taken out by its shape.
const LONGEST: usize = 4096;

/// Of a longer one only the halves are looked for where it is cut.
const LONGEST_OF_CUTS: usize = 256;

/// Bits of the sieve.
const SIEVE: usize = 1 << 16;

/// The secrets of one look.
pub struct Known {
    key: RandomState,
    /// A factor that nobody knows, for the sieve.
    factor: u64,
    /// A bit for each window with which a needle begins: most places of a text are passed over by it, without a hash.
    sieve: Vec<u64>,
    /// By the hash of the first bytes: the length and the hash of each needle that begins with them.
    needles: HashMap<u64, Vec<(usize, u64)>>,
    /// Hashes of short ones, which count as whole words only.
    words: Vec<u64>,
}

impl Default for Known {
    fn default() -> Self {
        let key = RandomState::new();
        let factor = key.hash_one("factor") | 1;
        Known { key, factor, sieve: vec![0; SIEVE / 64], needles: HashMap::new(), words: Vec::new() }
    }
}

impl Known {
    /// Takes note of a secret. Words that stand for "no key needed", paths and marks are none.
    pub fn add(&mut self, secret: &SecretString) {
        let value = secret.expose_secret().trim();
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let is_reference =
            value.strip_prefix('$').is_some_and(|rest| rest.starts_with('{') || rest.chars().all(is_name));
        let is_mark = value.starts_with("__OPENCLAW") || value.starts_with('<');
        let is_none = is_marker(value) || is_reference || is_mark || value.starts_with('/');
        if is_none || value.len() > LONGEST {
            return;
        }
        if value.len() < WINDOW {
            let has = |is: fn(&u8) -> bool| value.bytes().any(|byte| is(&byte));
            // `ollama` and `secret` are words that stand everywhere.
            if value.len() >= SHORTEST && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) {
                self.words.push(self.key.hash_one(value.as_bytes()));
            }
            return;
        }
        self.add_spellings(value);
        // `Bearer X` and `user:password` are secrets by their parts.
        for part in
            value.split([' ', ',', ';']).filter(|part| part.len() < value.len() && part.len() >= WINDOW)
        {
            self.add_spellings(part);
        }
    }

    /// The value in all spellings, and what is left of each that is cut at either end.
    fn add_spellings(&mut self, value: &str) {
        for spelling in spellings(value) {
            let bytes = spelling.as_bytes();
            let middle = bytes.len() / 2;
            let cuts = if bytes.len() <= LONGEST_OF_CUTS { 0..bytes.len() } else { middle..middle + 1 };
            for cut in cuts {
                self.add_needle(bytes[cut..].trim_ascii());
                self.add_needle(bytes[..cut].trim_ascii());
            }
            self.add_needle(bytes);
        }
    }

    fn add_needle(&mut self, bytes: &[u8]) {
        let Some(window) = bytes.get(..WINDOW) else { return };
        let needle = (bytes.len(), self.key.hash_one(bytes));
        if let Some(bit) = self.bit(window) {
            self.sieve[bit / 64] |= 1 << (bit % 64);
        }
        let same = self.needles.entry(self.key.hash_one(window)).or_default();
        if !same.contains(&needle) {
            // The longest first.
            let place = same.partition_point(|(length, _)| *length > bytes.len());
            same.insert(place, needle);
        }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.needles.is_empty() && self.words.is_empty()
    }

    /// The text with marks where secrets were.
    pub fn take_out<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let found = self.places(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut cleaned, mut from) = (String::with_capacity(text.len()), 0);
        for (start, end) in found {
            // One may begin within the one before it.
            if start > from || cleaned.is_empty() {
                cleaned.push_str(&text[from..start.max(from)]);
                cleaned.push_str(MARK);
            }
            from = from.max(end);
        }
        cleaned.push_str(&text[from..]);
        Cow::Owned(cleaned)
    }

    /// Where secrets are, each with what else of a token stands around it: of one that was cut, or
    /// put together with others, the rest goes too.
    fn places(&self, text: &str) -> Vec<(usize, usize)> {
        let bytes = text.as_bytes();
        let mut found = Vec::new();
        let mut at = 0;
        while !self.needles.is_empty() && at + WINDOW <= bytes.len() {
            let end = self.needle_at(bytes, at).map(|length| at + length);
            match end {
                Some(end) => {
                    let (start, end) = (token_start(bytes, at), token_end(bytes, end));
                    // A hash may tell a place within a character by chance only.
                    if text.is_char_boundary(start) && text.is_char_boundary(end) {
                        found.push((start, end));
                    }
                    at = end;
                }
                None => at += 1,
            }
        }
        if !self.words.is_empty() {
            found.extend(self.short_words(text));
            found.sort_unstable();
        }
        found
    }

    fn bit(&self, window: &[u8]) -> Option<usize> {
        let window = u64::from_le_bytes(window.try_into().ok()?);
        usize::try_from(window.wrapping_mul(self.factor) >> (64 - SIEVE.ilog2())).ok()
    }

    fn needle_at(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let bit = self.bit(&bytes[at..at + WINDOW])?;
        if self.sieve[bit / 64] >> (bit % 64) & 1 == 0 {
            return None;
        }
        let candidates = self.needles.get(&self.key.hash_one(&bytes[at..at + WINDOW]))?;
        let is_here = |(length, hash): &&(usize, u64)| {
            bytes.get(at..at + length).is_some_and(|found| self.key.hash_one(found) == *hash)
        };
        candidates.iter().find(is_here).map(|(length, _)| *length)
    }

    fn short_words(&self, text: &str) -> Vec<(usize, usize)> {
        let is_outside = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-';
        let words = text.split(is_outside).filter(|word| (SHORTEST..WINDOW).contains(&word.len()));
        let place = |word: &str| {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            (start, start + word.len())
        };
        words.filter(|word| self.words.contains(&self.key.hash_one(word.as_bytes()))).map(place).collect()
    }
}

fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn token_start(bytes: &[u8], at: usize) -> usize {
    if !bytes.get(at).copied().is_some_and(is_of_token) {
        return at;
    }
    at - bytes[..at].iter().rev().take_while(|byte| is_of_token(**byte)).count()
}

fn token_end(bytes: &[u8], at: usize) -> usize {
    if !at.checked_sub(1).and_then(|last| bytes.get(last).copied()).is_some_and(is_of_token) {
        return at;
    }
    at + bytes[at..].iter().take_while(|byte| is_of_token(**byte) || **byte == b'=').count()
}

/// The value as it is, in lower case as a host name is, and in JSON, a URL and base64.
fn spellings(value: &str) -> Vec<String> {
    let json = serde_json::to_string(value).unwrap_or_default();
    let url = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    // Most leave these as they are.
    let lenient = ["%2D", "%5F", "%2E", "%7E"].iter().zip(["-", "_", ".", "~"]);
    let lenient = lenient.fold(url.clone(), |url, (code, plain)| url.replace(code, plain));
    let mut all = vec![value.to_string(), value.to_lowercase(), json.trim_matches('"').to_string()];
    all.extend([lenient.to_lowercase(), lenient.replace("%20", "+"), lenient, url]);
    all.extend((0..3).flat_map(|offset| in_base64(value, offset)));
    all.retain(|spelling| spelling.len() >= WINDOW);
    all.sort_unstable();
    all.dedup();
    all
}

/// What base64 makes of a value behind so many other bytes, without what depends on its neighbours.
fn in_base64(value: &str, offset: usize) -> [String; 2] {
    let bytes = [&[0; 3][..offset], value.as_bytes()].concat();
    let (from, to) = ((offset * 8).div_ceil(6), bytes.len() * 8 / 6);
    [&STANDARD, &URL_SAFE].map(|engine| engine.encode(&bytes).get(from..to).unwrap_or_default().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "pa\"ss/wörd canary+0123456789";

    fn known(values: &[&str]) -> Known {
        let mut known = Known::default();
        values.iter().for_each(|value| known.add(&SecretString::from(*value)));
        known
    }

    #[test]
    fn every_spelling_of_a_value_and_of_what_is_left_of_it_is_taken_out() {
        let known = known(&[SECRET]);
        let json = serde_json::to_string(SECRET).unwrap_or_default();
        let url = utf8_percent_encode(SECRET, NON_ALPHANUMERIC).to_string();
        for text in [
            format!("the key {SECRET}, refused"),
            format!("{{\"key\":{json}}}"),
            format!("https://x.example/{url}/x"),
            format!("https://x.example/{}/x", url.to_lowercase()),
            SECRET[..20].to_string(),
            format!("…{}", &SECRET[14..]),
            STANDARD.encode(SECRET),
            format!("Basic {}", STANDARD.encode(format!("u:{SECRET}"))),
            URL_SAFE.encode(format!("us:{SECRET}:x")),
        ] {
            let cleaned = known.take_out(&text);
            assert!(cleaned.contains(MARK), "{text}");
            for part in ["canary", "0123456", "ss/w", "Y2FuYXJ5", "NhbmFyeS", "jYW5hcn"] {
                assert!(!cleaned.contains(part), "{text}: {cleaned}");
            }
            assert_eq!(known.take_out(&cleaned), cleaned, "a second time changes nothing");
        }
    }

    #[test]
    fn of_a_header_with_a_word_the_key_alone_is_known_too_and_a_short_one_as_a_word() {
        let known = known(&["Bearer canary-0123456789", "hunter2"]);
        assert_eq!(known.take_out("got canary-0123456789!"), format!("got {MARK}!"));
        assert_eq!(
            known.take_out("got canary-01234567 and more"),
            "got canary-01234567 and more".replace("canary-01234567", MARK)
        );
        assert_eq!(known.take_out("hunter2: no, xhunter2"), format!("{MARK}: no, xhunter2"));
    }

    #[test]
    fn plain_words_stay() {
        let known = known(&["ollama-local", "ollama", "secret", "/run/user/1000", "$HOME_KEY", ""]);
        assert!(known.is_empty());
        let known = self::known(&["canary-canary"]);
        assert_eq!(known.take_out("ollama-local llama3.2:3b"), "ollama-local llama3.2:3b");
    }
}
