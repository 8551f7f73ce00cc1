//! How systemd reads words and environment files. The one reader of both.

/// Splits a value into words as systemd does: apart at blanks, quotes and backslashes taken out
/// (`systemd.syntax(7)`, Quoting). `None` where a quote does not end: systemd ignores such a line.
pub fn split_words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', _) => word.get_or_insert_default().push(unescaped(chars.next()?)),
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, Some(open)) if c == open => quote = None,
            (c, None) if c.is_ascii_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// The characters that stand for another one behind a backslash, those with digits left out.
fn unescaped(c: char) -> char {
    match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        's' => ' ',
        other => other,
    }
}

/// Where the reader of an environment file is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    LineStart,
    Name,
    /// Before the value, and behind a part of it in quotes.
    BeforeValue,
    Value,
    Single,
    Double,
    Comment,
}

/// What an environment file sets, in its order (`systemd.exec(5)`, `EnvironmentFile=`; `env-file.c` of
/// systemd 257). A `#` is a comment at the start of a line only: within a value it belongs to the value.
pub fn environment_file(text: &str) -> Vec<(String, String)> {
    let mut reader =
        Reader { at: At::LineStart, name: String::new(), value: String::new(), kept: 0, set: Vec::new() };
    let mut chars = text.chars().chain(['\n']);
    while let Some(c) = chars.next() {
        reader.at = match reader.at {
            At::LineStart | At::Name => reader.name(c),
            At::Comment => comment(c, &mut chars),
            At::BeforeValue | At::Value => reader.value(c, &mut chars),
            At::Single | At::Double => reader.quoted(c, &mut chars),
        };
    }
    reader.set.retain(|(name, _)| is_variable_name(name));
    reader.set
}

/// Reads an environment file character by character. What takes a character answers where the next one is.
struct Reader {
    at: At,
    name: String,
    value: String,
    /// The length of the value without the blanks at its end.
    kept: usize,
    set: Vec<(String, String)>,
}

impl Reader {
    fn name(&mut self, c: char) -> At {
        match (self.at, c) {
            (At::LineStart, '#' | ';') => At::Comment,
            (At::LineStart, c) if c.is_ascii_whitespace() => At::LineStart,
            (At::Name, '\n') => {
                self.name.clear();
                At::LineStart
            }
            (At::Name, '=') => {
                self.value.clear();
                self.kept = 0;
                At::BeforeValue
            }
            (_, c) => {
                self.name.push(c);
                At::Name
            }
        }
    }

    fn value(&mut self, c: char, rest: &mut impl Iterator<Item = char>) -> At {
        match (self.at, c) {
            (_, '\n') => {
                self.value.truncate(self.kept);
                let name = std::mem::take(&mut self.name).trim_end().to_string();
                self.set.push((name, std::mem::take(&mut self.value)));
                At::LineStart
            }
            (At::BeforeValue, '\'') => At::Single,
            (At::BeforeValue, '"') => At::Double,
            (At::BeforeValue, c) if c.is_ascii_whitespace() => At::BeforeValue,
            (_, '\\') => {
                self.value.extend(rest.next().filter(|next| *next != '\n'));
                self.kept = self.value.len();
                At::Value
            }
            (_, c) => {
                self.value.push(c);
                if !c.is_ascii_whitespace() {
                    self.kept = self.value.len();
                }
                At::Value
            }
        }
    }

    fn quoted(&mut self, c: char, rest: &mut impl Iterator<Item = char>) -> At {
        match (self.at, c) {
            (At::Single, '\'') | (At::Double, '"') => {
                self.kept = self.value.len();
                return At::BeforeValue;
            }
            (At::Double, '\\') => match rest.next() {
                Some(next @ ('"' | '\\' | '`' | '$')) => self.value.push(next),
                Some('\n') | None => {}
                Some(next) => self.value.extend(['\\', next]),
            },
            (_, c) => self.value.push(c),
        }
        self.at
    }
}

/// A backslash takes the end of the line with it.
fn comment(c: char, rest: &mut impl Iterator<Item = char>) -> At {
    match c {
        '\n' => return At::LineStart,
        '\\' => drop(rest.next()),
        _ => {}
    }
    At::Comment
}

/// Whether systemd takes it for the name of a variable. A line within a value of several lines is no
/// name, and may be part of a secret.
pub fn is_variable_name(name: &str) -> bool {
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_word && name.len() <= 100 && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// The names that `Environment=` lines of a unit file or drop-in set.
pub fn unit_names(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("Environment="));
    lines
        .filter_map(split_words)
        .flatten()
        .filter_map(|word| Some(word.split_once('=')?.0.to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_systemd_quotes_them() {
        assert_eq!(
            split_words(r#"PATH=/usr/bin:/bin "A=b c" D=\"e  'F=g "h"' I="#).unwrap_or_default(),
            ["PATH=/usr/bin:/bin", "A=b c", "D=\"e", "F=g \"h\"", "I="]
        );
        assert_eq!(split_words(""), Some(vec![]));
        assert_eq!(split_words("A=\"b"), None);
    }

    #[test]
    fn an_environment_file_is_read_as_systemd_reads_it() {
        let text = "# c\n; c\nA=1\n B = two words \nC=\"q # r\" \nD=0.0.0.0 # all\nexport E=1\n=x\nbad\n\
                    F='a\nb'\nG=a\\\nb\nH=\"$x \\$y \\z\"\nI=it's\nJ=\n#K=1\\\nL=2\nM=\"a\"b\n";
        let read: Vec<String> =
            environment_file(text).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            read,
            [
                "A=1",
                "B=two words",
                "C=q # r",
                "D=0.0.0.0 # all",
                "F=a\nb",
                "G=ab",
                "H=$x $y \\z",
                "I=it's",
                "J=",
                "M=ab"
            ]
        );
    }
}
