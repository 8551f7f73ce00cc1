//! Words that are looked for all at once, whatever their case: one pass over a text, and no pattern to compile.

/// A set of words of ASCII, each of two bytes or more.
pub struct Words {
    /// In lower case and in order.
    words: Vec<&'static str>,
    /// Where those begin that start with a byte.
    starts: [u8; 257],
    /// The pairs of bytes with which one may begin, a bit for each.
    pairs: Vec<u64>,
}

/// Which of the words stand in a text, a bit for each in their order.
pub type Found = u128;

impl Words {
    /// At most 128 words; more would find no place in [`Found`], which a test of each set shows.
    pub fn new(words: impl IntoIterator<Item = &'static str>) -> Words {
        let mut words: Vec<&str> = words.into_iter().filter(|word| word.len() >= 2).collect();
        words.sort_unstable();
        words.dedup();
        words.truncate(Found::BITS as usize);
        let mut pairs = vec![0; 1 << 10];
        for word in &words {
            let [first, second] = [word.as_bytes()[0], word.as_bytes()[1]];
            for first in [first, first.to_ascii_uppercase()] {
                for second in [second, second.to_ascii_uppercase()] {
                    let pair = usize::from(first) << 8 | usize::from(second);
                    pairs[pair >> 6] |= 1 << (pair & 63);
                }
            }
        }
        let before = |byte: usize| words.partition_point(|word| usize::from(word.as_bytes()[0]) < byte);
        let starts = std::array::from_fn(|byte| u8::try_from(before(byte)).unwrap_or(u8::MAX));
        Words { words, starts, pairs }
    }

    /// The bits of some of the words.
    pub fn bits(&self, words: &[&str]) -> Found {
        let places = words.iter().filter_map(|word| self.words.binary_search(word).ok());
        places.fold(0, |bits, place| bits | 1 << place)
    }

    /// Those that stand in the text.
    pub fn found(&self, text: &[u8]) -> Found {
        let mut found = 0;
        self.each(text, |place| {
            found |= 1 << place;
            true
        });
        found
    }

    /// Whether one of them does.
    pub fn any(&self, text: &[u8]) -> bool {
        let mut any = false;
        self.each(text, |_| {
            any = true;
            false
        });
        any
    }

    /// Tells the place of each word that is come across, as long as `go_on` says so.
    fn each(&self, text: &[u8], mut go_on: impl FnMut(usize) -> bool) {
        for (at, pair) in text.array_windows::<2>().enumerate() {
            let [first, second] = pair.map(usize::from);
            let pair = first << 8 | second;
            if self.pairs[pair >> 6] >> (pair & 63) & 1 == 0 {
                continue;
            }
            let first = usize::from(text[at].to_ascii_lowercase());
            let (from, to) = (usize::from(self.starts[first]), usize::from(self.starts[first + 1]));
            for place in from..to {
                let word = self.words[place].as_bytes();
                let is_here =
                    text[at..].get(..word.len()).is_some_and(|here| here.eq_ignore_ascii_case(word));
                if is_here && !go_on(place) {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_wherever_they_stand_and_in_any_case() {
        let words = Words::new(["key", "keyring", "in use", "zz", "key"]);
        let found = |text: &str| words.found(text.as_bytes());
        assert_eq!(found("the KEY is In Use"), words.bits(&["key", "in use"]));
        assert_eq!(found("xkeyringz"), words.bits(&["key", "keyring"]));
        assert_eq!(found("zZ"), words.bits(&["zz"]));
        for text in ["", "k", "ke", "ké", "z z", "in-use"] {
            assert!(found(text) == 0 && !words.any(text.as_bytes()), "{text}");
        }
        assert!(words.any("é key".as_bytes()));
        assert_eq!(words.bits(&["none"]), 0);
    }
}
