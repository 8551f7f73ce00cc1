//! Log lines. Ollama source: logutil/logutil.go (slog text on stderr, milliseconds, file and line) and gin's logger
//! (access lines on stdout).

use std::net::IpAddr;
use std::time::Duration;

use jiff::Zoned;

use crate::env::Warning;
use crate::golang::{duration_text, quote};

pub(crate) fn info(source: &str, message: &str, values: &[(&str, String)]) {
    line("INFO", source, message, values);
}

pub(crate) fn warn(source: &str, message: &str, values: &[(&str, String)]) {
    line("WARN", source, message, values);
}

fn line(level: &str, source: &str, message: &str, values: &[(&str, String)]) {
    let now = now_text("%Y-%m-%dT%H:%M:%S%.3f");
    let message = value_text(message);
    let values = pairs(values.iter().map(|(key, value)| (*key, value.as_str())));
    err!("time={now} level={level} source={source} msg={message}{values}");
}

/// What is logged while the command line is set up: slog still has Go's own handler then.
pub(crate) fn early(warnings: &[Warning]) {
    for warning in warnings {
        let now = Zoned::now().strftime("%Y/%m/%d %H:%M:%S").to_string();
        let values = pairs(warning.values.iter().map(|(key, value)| (*key, value.as_str())));
        err!("{now} WARN {}{values}", warning.message);
    }
}

/// The same values are read again for the `server config` line, and complained about again.
pub(crate) fn again(warnings: &[Warning]) {
    for warning in warnings {
        warn("config.go:267", warning.message, &warning.values);
    }
}

/// What `llama-server` itself says stands between Ollama's own lines.
pub(crate) fn llama_server(text: &str) {
    err!("{text}");
}

/// One request, as `gin.Logger` writes it when stdout is no terminal.
pub(crate) fn access(status: u16, took: Duration, client: IpAddr, method: &str, path: &str) {
    let now = Zoned::now().strftime("%Y/%m/%d - %H:%M:%S").to_string();
    let took = duration_text(i64::try_from(took.as_nanos()).unwrap_or(i64::MAX));
    let client = client.to_canonical().to_string();
    out!("[GIN] {now} | {status:3} | {took:>13} | {client:>15} | {method:<7}  {}", quote(path));
}

/// The present time with Go's zone: `Z` for UTC, otherwise an offset.
pub(crate) fn now_text(format: &str) -> String {
    let now = Zoned::now();
    let zone = if now.offset().seconds() == 0 { "Z".to_owned() } else { now.strftime("%:z").to_string() };
    format!("{}{zone}", now.strftime(format))
}

fn pairs<'a>(values: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    values.map(|(key, value)| format!(" {key}={}", value_text(value))).collect()
}

/// slog quotes what is empty or would not read back as one word.
fn value_text(value: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '=' && c != '"';
    if !value.is_empty() && value.chars().all(plain) { value.to_owned() } else { quote(value) }
}
