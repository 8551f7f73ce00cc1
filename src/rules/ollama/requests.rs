//! The requests that Ollama's log tells of: a line of gin for each that has ended
//! (`server/routes.go`, gin's default logger; seen in 0.32.15).

use jiff::Timestamp;

use crate::facts::{Log, LogLine};

/// Paths that ask a model something.
const ASKING: [&str; 6] = [
    "/api/chat",
    "/api/generate",
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/messages",
    "/v1/responses",
];

/// Requests that ended alike, of which the log keeps the last.
pub struct Requests<'a> {
    /// The place of the line in the log.
    pub index: usize,
    /// The line.
    pub line: &'a LogLine,
    /// The status of HTTP; 499 where the client closed the connection before the answer.
    pub status: u16,
    /// Seconds that the last one took.
    pub seconds: f64,
    /// Who asked last.
    pub client: &'a str,
    /// The path that was asked.
    pub path: &'a str,
}

/// All requests to a model that a log tells of, those that ended alike as one.
pub fn asked(log: &Log) -> Vec<Requests<'_>> {
    log.lines.iter().enumerate().filter_map(|(index, line)| read(index, line)).collect()
}

/// When the last of those that were answered was.
pub fn last_answer(all: &[Requests]) -> Option<Timestamp> {
    all.iter().filter(|one| one.is_answered()).map(|one| one.line.time).max()
}

/// `[GIN] 2026/11/22 - 11:59:00 | 499 |  1m0s |  127.0.0.1 | POST  "/api/chat"`
fn read(index: usize, line: &LogLine) -> Option<Requests<'_>> {
    let parts: Vec<&str> = line.text.strip_prefix("[GIN] ")?.split('|').map(str::trim).collect();
    let [_, status, took, client, request] = parts.as_slice() else { return None };
    let (method, path) = request.split_once(' ')?;
    let path = path.trim().trim_matches('"');
    let is_asking = method == "POST" && ASKING.contains(&path);
    let requests =
        Requests { index, line, status: status.parse().ok()?, seconds: seconds(took)?, client, path };
    is_asking.then_some(requests)
}

/// Seconds of a duration as Go writes it: `1m0s`, `31.4µs`, `2h3m4.5s`.
fn seconds(text: &str) -> Option<f64> {
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (digits, after) = rest.split_at(number);
        let unit = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        total += digits.parse::<f64>().ok()? * factor(unit)?;
        rest = after;
    }
    Some(total)
}

fn factor(unit: &str) -> Option<f64> {
    Some(match unit {
        "h" => 3600.0,
        "m" => 60.0,
        "s" => 1.0,
        "ms" => 1e-3,
        "µs" | "μs" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    })
}

impl Requests<'_> {
    /// Whether they were answered.
    pub fn is_answered(&self) -> bool {
        self.status < 300
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        for (text, expected) in [("1m0s", 60.0), ("31.4µs", 31.4e-6), ("2h3m4.5s", 7384.5), ("4.2s", 4.2)] {
            assert!(seconds(text).is_some_and(|seconds| (seconds - expected).abs() < 1e-9), "{text}");
        }
        assert!(seconds("soon").is_none() && seconds("12").is_none());
    }

    #[test]
    fn only_requests_to_a_model_count() {
        let line = |text: &str| LogLine {
            time: Timestamp::UNIX_EPOCH,
            first: Timestamp::UNIX_EPOCH,
            count: 1,
            run: 0,
            text: text.into(),
        };
        let chat = line(
            "[GIN] 2026/11/22 - 11:59:00 | 499 |          1m0s |       127.0.0.1 | POST     \"/api/chat\"",
        );
        let read_chat = read(3, &chat).map(|one| (one.index, one.status, one.client, one.path));
        assert_eq!(read_chat, Some((3, 499, "127.0.0.1", "/api/chat")));
        for text in [
            "[GIN] 2026/11/22 - 11:59:00 | 200 |          1m0s |       127.0.0.1 | GET      \"/api/tags\"",
            "[GIN] 2026/11/22 - 11:59:00 | 200 |          1m0s |       127.0.0.1 | POST     \"/api/show\"",
            "[GIN] truncated",
            "POST \"/api/chat\"",
        ] {
            assert!(read(0, &line(text)).is_none(), "{text}");
        }
    }
}
