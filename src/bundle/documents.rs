//! Bundles that follow each other in one stream: one a line, or one after the other.

use std::io::{BufRead, BufReader, Read};

use memchr::memchr2;

use super::load::LARGEST;

/// The JSON documents of a stream, as their bytes.
pub struct Documents<R> {
    reader: BufReader<R>,
    ended: bool,
}

/// Where in a document the reader is.
#[derive(Default)]
struct Place {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl<R: Read> Documents<R> {
    /// Of a stream.
    pub fn of(reader: R) -> Documents<R> {
        Documents { reader: BufReader::with_capacity(64 << 10, reader), ended: false }
    }

    /// Whether nothing but blanks is left.
    ///
    /// # Errors
    /// As the stream says.
    pub fn is_over(&mut self) -> Result<bool, String> {
        if self.ended {
            return Ok(true);
        }
        loop {
            let buffer = self.reader.fill_buf().map_err(|error| error.to_string())?;
            if buffer.is_empty() {
                return Ok(true);
            }
            match buffer.iter().position(|byte| !byte.is_ascii_whitespace()) {
                Some(at) => {
                    self.reader.consume(at);
                    return Ok(false);
                }
                None => {
                    let length = buffer.len();
                    self.reader.consume(length);
                }
            }
        }
    }

    fn document(&mut self) -> Result<Vec<u8>, String> {
        let (mut bytes, mut place) = (Vec::new(), Place::default());
        loop {
            let buffer = self.reader.fill_buf().map_err(|error| error.to_string())?;
            if buffer.is_empty() {
                return Ok(bytes);
            }
            let end = place.end_in(buffer);
            let taken = end.unwrap_or(buffer.len());
            bytes.extend_from_slice(&buffer[..taken]);
            self.reader.consume(taken);
            if bytes.len() as u64 > LARGEST {
                return Err(format!("it is larger than {} MB, which no bundle is", LARGEST >> 20));
            }
            if end.is_some() {
                return Ok(bytes);
            }
        }
    }
}

impl<R: Read> Iterator for Documents<R> {
    type Item = Result<Vec<u8>, String>;

    /// What is no object or list is given whole, as far as it goes: where it ends cannot be told.
    fn next(&mut self) -> Option<Self::Item> {
        match self.is_over() {
            Ok(true) => return None,
            Ok(false) => {}
            Err(error) => {
                self.ended = true;
                return Some(Err(error));
            }
        }
        let document = self.document();
        let is_whole = document.as_ref().is_ok_and(|bytes| matches!(bytes.first(), Some(b'{' | b'[')));
        self.ended = !is_whole;
        Some(document)
    }
}

impl Place {
    /// Where in this piece the document ends, if it does.
    fn end_in(&mut self, piece: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < piece.len() {
            if self.in_string && !self.escaped {
                at += memchr2(b'"', b'\\', &piece[at..])?;
            }
            let byte = piece[at];
            at += 1;
            match (self.in_string, byte) {
                (true, _) if self.escaped => self.escaped = false,
                (true, b'\\') => self.escaped = true,
                (true, _) => self.in_string = false,
                (false, b'"') => self.in_string = true,
                (false, b'{' | b'[') => self.depth += 1,
                (false, b'}' | b']') => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a byte at a time, so that every place is an end of a piece.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0.read(&mut buffer[..1])
        }
    }

    #[test]
    fn a_stream_is_cut_where_documents_end() {
        let whole = r#"{"a":"}\"{","b":[{}]}"#;
        let text = format!(" {whole}\n{whole}{whole}\n\n[1]\t{{}}");
        let expected = [whole, whole, whole, "[1]", "{}"].map(|one| Ok(one.as_bytes().to_vec()));
        assert_eq!(Documents::of(text.as_bytes()).collect::<Vec<_>>(), expected);
        assert_eq!(Documents::of(Slow(text.as_bytes())).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_cut_short_or_no_json_is_given_as_far_as_it_goes() {
        for (text, expected) in
            [("", &[][..]), (" \n", &[]), ("{} {\"a\":", &["{}", "{\"a\":"]), ("x {}", &["x {}"])]
        {
            let found: Vec<String> = Documents::of(text.as_bytes())
                .map(|one| String::from_utf8_lossy(&one.unwrap_or_default()).into_owned())
                .collect();
            assert_eq!(found, expected, "{text:?}");
        }
        let endless = Documents::of(std::io::repeat(b'[')).collect::<Vec<_>>();
        assert!(matches!(&endless[..], [Err(why)] if why.contains("larger than")));
    }
}
