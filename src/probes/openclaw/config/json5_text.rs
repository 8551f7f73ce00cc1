//! JSON5 as OpenClaw reads it, and the places of its values.
//!
//! `json5` decides what is valid, as the npm package of that name does for
//! OpenClaw; `jsonc-parser` knows where each value stands. The few texts that
//! only the first accepts have values without a place.

use std::cell::RefCell;
use std::collections::HashMap;

use json5::ErrorCode;
use jsonc_parser::ast::{Object, Value as Node};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::Value;

/// Deeper nesting than any config has; a parser that recurses would overflow its stack.
const DEEPEST: usize = 256;

/// Values that a text may hold. Each takes some 400 bytes while it is read, the smallest that can be written too; a
/// config of 200 agents and 500 models has 10,000.
pub const MOST_VALUES: usize = 50_000;

/// What is wrong with a text, and where.
#[derive(Debug)]
pub struct SyntaxError {
    /// In words.
    pub message: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column, from 1, in characters.
    pub column: Option<usize>,
}

/// Reads JSON5.
///
/// # Errors
/// What is wrong and where; never a part of the text, which may hold secrets.
pub fn parse(text: &str) -> Result<Value, SyntaxError> {
    if Size::of(text).depth > DEEPEST {
        return Err(SyntaxError {
            message: format!("nested deeper than {DEEPEST} levels"),
            line: None,
            column: None,
        });
    }
    json5::from_str(text).map_err(|error| {
        let code = error.code();
        // A text that ends too early is wrong at its end, not where its last token began.
        let place = if code.is_some_and(|code| code.to_string().starts_with("EOF")) {
            Some(end(text))
        } else {
            error.position().map(|position| (position.line + 1, position.column + 1))
        };
        let here = place.and_then(|(line, column)| text.lines().nth(line - 1)?.chars().nth(column - 1));
        let message = code.map_or("it is not JSON5".to_string(), |code| in_words(code, here, text));
        SyntaxError { message, line: place.map(|(line, _)| line), column: place.map(|(_, column)| column) }
    })
}

/// What is wrong, for a person who wrote it; `here` is the character at the place, which decides and is not repeated.
fn in_words(code: ErrorCode, here: Option<char>, text: &str) -> String {
    use ErrorCode::{
        EofParsingArray, EofParsingComment, EofParsingObject, EofParsingString, ExpectedClosingBrace,
        ExpectedClosingBracket, ExpectedColon, ExpectedComma, ExpectedIdentifier, ExpectedString,
        ExpectedValue, InvalidKey, LineTerminatorInString, TrailingCharacters,
    };
    let words = match code {
        _ if text.trim().is_empty() => "the file is empty",
        EofParsingObject => "a closing } is missing at its end",
        EofParsingArray => "a closing ] is missing at its end",
        EofParsingComment => "a comment is not closed by */",
        EofParsingString | LineTerminatorInString => "a text is not closed by its quote",
        ExpectedValue | ExpectedIdentifier | ExpectedString | InvalidKey if here == Some(',') => {
            "there is one comma too many"
        }
        ExpectedIdentifier | ExpectedString | InvalidKey => "a key is expected here",
        ExpectedValue => "a value is expected here; a text stands in quotes",
        ExpectedComma | ExpectedClosingBrace | ExpectedClosingBracket => {
            "a comma or a closing bracket is missing before this"
        }
        ExpectedColon => "a colon is missing after the key",
        TrailingCharacters => "there is more behind the last }",
        other => return format!("{other} (JSON5)"),
    };
    words.to_string()
}

/// Line and column, from 1, of the last character that is not blank.
fn end(text: &str) -> (usize, usize) {
    let text = text.trim_end();
    let column = text.rsplit('\n').next().unwrap_or_default().chars().count();
    (text.matches('\n').count() + 1, column.max(1))
}

/// How much there is in a text, leaving out strings and comments.
#[derive(Default)]
pub struct Size {
    /// How deep brackets nest.
    depth: usize,
    /// How many values there are at most.
    pub values: usize,
}

impl Size {
    /// Goes through a text once.
    pub fn of(text: &str) -> Size {
        let mut size = Size::default();
        let mut depth = 0_usize;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' | '\'' => skip_string(&mut chars, c),
                '/' if chars.peek() == Some(&'/') => {
                    chars.by_ref().take_while(|c| *c != '\n').for_each(drop);
                }
                '/' if chars.peek() == Some(&'*') => skip_comment(&mut chars),
                '{' | '[' => {
                    depth += 1;
                    size.depth = size.depth.max(depth);
                    size.values += 1;
                }
                ',' => size.values += 1,
                '}' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        size
    }
}

fn skip_string(chars: &mut impl Iterator<Item = char>, quote: char) {
    while let Some(c) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            return;
        }
    }
}

fn skip_comment(chars: &mut impl Iterator<Item = char>) {
    let mut star = false;
    chars.next();
    for c in chars {
        if star && c == '/' {
            return;
        }
        star = c == '*';
    }
}

/// Where the values of a text stand.
pub struct Places<'a> {
    text: &'a str,
    root: Option<Node<'a>>,
    /// Byte offset of each line.
    lines: Vec<usize>,
    /// How many characters stand before every [`STEP`]th byte.
    characters: Vec<usize>,
    /// Of objects with many keys, which node each key has.
    keys: RefCell<HashMap<usize, HashMap<String, usize>>>,
}

/// So many bytes are gone through to tell a column.
const STEP: usize = 1024;
/// An object with fewer keys is gone through.
const MANY: usize = 32;

impl<'a> Places<'a> {
    /// Reads a text once for all its places.
    pub fn new(text: &'a str) -> Places<'a> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let ast = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()).ok();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let counts = text.as_bytes().chunks(STEP).scan(0, |before, chunk| {
            let here = *before;
            *before += starts_of_characters(chunk);
            Some(here)
        });
        let characters = counts.collect();
        Places { text, root: ast.and_then(|ast| ast.value), lines, characters, keys: RefCell::default() }
    }

    fn node(&self, path: &[&str]) -> Option<&Node<'a>> {
        path.iter().try_fold(self.root.as_ref()?, |node, step| match node {
            Node::Object(object) => self.last(object, step),
            Node::Array(array) => array.elements.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// How many items the list at `path` has in the text.
    pub fn length(&self, path: &[&str]) -> Option<usize> {
        match self.node(path)? {
            Node::Array(array) => Some(array.elements.len()),
            _ => None,
        }
    }

    /// Line and column, from 1, of the value at `path`; the column counts characters.
    pub fn of(&self, path: &[&str]) -> Option<(usize, usize)> {
        let node = self.node(path)?;
        let line = self.lines.partition_point(|start| *start <= node.start());
        let start = *self.lines.get(line - 1)?;
        Some((line, self.characters_before(node.start())? - self.characters_before(start)? + 1))
    }

    fn characters_before(&self, at: usize) -> Option<usize> {
        let Some(counted) = self.characters.get(at / STEP) else { return self.characters.last().copied() };
        Some(counted + starts_of_characters(self.text.as_bytes().get(at / STEP * STEP..at)?))
    }

    /// The value of a key; of duplicate keys the last one counts.
    fn last<'b>(&self, object: &'b Object<'a>, key: &str) -> Option<&'b Node<'a>> {
        let all = &object.properties;
        if all.len() < MANY {
            return all.iter().rev().find(|one| one.name.as_str() == key).map(|one| &one.value);
        }
        let mut keys = self.keys.borrow_mut();
        let places = keys.entry(object.start()).or_insert_with(|| {
            all.iter().enumerate().map(|(place, one)| (one.name.as_str().to_string(), place)).collect()
        });
        places.get(key).map(|place| &all[*place].value)
    }
}

fn starts_of_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte as i8) >= -0x40).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json5_is_read_as_openclaw_reads_it() {
        for text in ["{a: 1, // c\n}", "{'a': 'b',}", "\u{feff}{}", "{a: 0x1F, b: +3}", "{a: 'x\\\ny'}"] {
            assert!(parse(text).is_ok(), "{text:?}");
        }
        for text in ["", "# c\n{}", "{} x", "{a: 8192 * 10}", "{a 1}"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_error_has_a_place_and_holds_nothing_of_the_text() {
        let error = parse("{\n  apiKey: 'canary',\n  x y\n}").err();
        let error = error.unwrap_or_else(|| panic!("no error"));
        assert_eq!((error.line, error.message.contains("canary")), (Some(3), false));
        let error = parse("{\n  a: 1,\n").err().unwrap_or_else(|| panic!("no error"));
        assert_eq!((error.line, error.column), (Some(2), Some(7)), "{}", error.message);
    }

    #[test]
    fn an_error_is_told_in_words() {
        for (text, words) in [
            (" \n", "empty"),
            ("{a: 1,\n", "closing }"),
            ("{a: [1", "closing ]"),
            ("{a: 'x\n}", "quote"),
            ("{a: 1,, b: 2}", "one comma too many"),
            ("{a: [1,,2]}", "one comma too many"),
            ("{,}", "one comma too many"),
            ("{a: 1 b: 2}", "a comma or"),
            ("{a: [1 2]}", "a comma or"),
            ("{a 1}", "colon"),
            ("{a: ollama}", "in quotes"),
            ("{a: }", "a value"),
            ("{a: 1}}", "behind the last }"),
            ("{ /* a: 1 }", "*/"),
        ] {
            let message = parse(text).err().map(|error| error.message).unwrap_or_default();
            assert!(message.contains(words), "{text:?}: {message}");
        }
    }

    #[test]
    fn endless_nesting_is_an_error_and_no_overflow() {
        assert!(parse(&"[".repeat(200_000)).is_err());
        assert!(parse(&format!("{{a: '{}'}}", "[".repeat(1000))).is_ok());
    }

    #[test]
    fn values_have_places_and_the_last_duplicate_counts() {
        let text = "{\n  a: { b: 1 },\n  a: { 'b': [0, 'é'] }\n}";
        let places = Places::new(text);
        assert_eq!(places.of(&["a", "b", "1"]), Some((3, 17)));
        assert_eq!(places.of(&["a", "c"]), None);
    }

    #[test]
    fn the_places_of_a_long_line_are_told_in_linear_time() {
        let members: Vec<String> = (0..20_000).map(|number| format!("'é{number}': 1")).collect();
        let text = format!("{{ a: {{ {} }} }}", members.join(", "));
        let started = std::time::Instant::now();
        let places = Places::new(&text);
        for number in 0..20_000 {
            let place = places.of(&["a", &format!("é{number}")]);
            assert!(place.is_some_and(|(line, _)| line == 1));
        }
        let before: usize = members[..777].iter().map(|member| member.chars().count() + 2).sum();
        let at = 1 + "{ a: { ".len() + before + members[777].chars().count() - 1;
        assert_eq!(places.of(&["a", "é777"]), Some((1, at)));
        assert!(started.elapsed() < std::time::Duration::from_secs(30), "{:?}", started.elapsed());
    }

    #[test]
    fn values_are_counted_without_strings_and_comments() {
        assert_eq!(Size::of("{a: [1, 2, '3, 4'], b: {}} // , ,\n/* , [ */").values, 6);
    }
}
