//! Texts that come from the Go runtime and its standard library and not from Ollama: panics, durations, error names,
//! `os.MkdirAll`, `net.SplitHostPort`, quoting.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use nix::errno::Errno;

/// Ends as a Go program does after an unrecovered panic: exit code 2 and a stack on stderr.
pub(crate) fn panic(message: &str, frame: &str) -> ExitCode {
    err!("panic: {message}\n\ngoroutine 1 [running]:\n{frame}\nmain.main()");
    ExitCode::from(2)
}

/// `time.Duration.String`.
pub(crate) fn duration_text(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let n = nanoseconds.unsigned_abs();
    match n {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{n}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", fraction(n, 1_000)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", fraction(n, 1_000_000)),
        _ => {
            let minutes = n / 60_000_000_000;
            let seconds = fraction(n % 60_000_000_000, 1_000_000_000);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

fn fraction(n: u64, unit: u64) -> String {
    let width = unit.ilog10() as usize;
    let digits = format!("{:0width$}", n % unit);
    match digits.trim_end_matches('0') {
        "" => (n / unit).to_string(),
        rest => format!("{}.{rest}", n / unit),
    }
}

/// `time.ParseDuration`, in nanoseconds: `5m`, `1h30m`, `1.5s`, `0`. A number needs a unit.
pub(crate) fn parse_duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(end);
        let end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        total += number.parse::<f64>().ok()? * unit_nanoseconds(unit)?;
        rest = tail;
    }
    (total < i64::MAX as f64).then_some((sign * total) as i64)
}

fn unit_nanoseconds(unit: &str) -> Option<f64> {
    match unit {
        "ns" => Some(1.0),
        "us" | "µs" | "μs" => Some(1e3),
        "ms" => Some(1e6),
        "s" => Some(1e9),
        "m" => Some(60e9),
        "h" => Some(3600e9),
        _ => None,
    }
}

/// `strconv.ParseBool`.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// `net.SplitHostPort`; nothing where Go returns an error.
pub(crate) fn split_host_port(text: &str) -> Option<(&str, &str)> {
    let (host, port) = text.rsplit_once(':')?;
    match host.strip_prefix('[') {
        Some(inner) => {
            let inner = inner.strip_suffix(']')?;
            (!inner.contains(['[', ']'])).then_some((inner, port))
        }
        None => (!host.contains([':', '[', ']']) && !port.contains(['[', ']'])).then_some((host, port)),
    }
}

/// `net.JoinHostPort`.
pub(crate) fn join_host_port(host: &str, port: &str) -> String {
    if host.contains([':', '%']) { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// The name that Go gives a system error.
pub(crate) fn error_text(error: &io::Error) -> String {
    let Some(number) = error.raw_os_error() else {
        return error.to_string();
    };
    let known = match Errno::from_raw(number) {
        Errno::EACCES => "permission denied",
        Errno::EPERM => "operation not permitted",
        Errno::ENOENT => "no such file or directory",
        Errno::ENOTDIR => "not a directory",
        Errno::EISDIR => "is a directory",
        Errno::EROFS => "read-only file system",
        Errno::ENOSPC => "no space left on device",
        Errno::EDQUOT => "disk quota exceeded",
        Errno::ELOOP => "too many levels of symbolic links",
        Errno::EADDRINUSE => "address already in use",
        Errno::EADDRNOTAVAIL => "cannot assign requested address",
        Errno::EAFNOSUPPORT => "address family not supported by protocol",
        Errno::ECONNREFUSED => "connection refused",
        Errno::ENETUNREACH => "network is unreachable",
        Errno::EHOSTUNREACH => "no route to host",
        other => return other.desc().to_lowercase(),
    };
    known.to_owned()
}

/// `os.MkdirAll`: the error names the first directory that could not be made.
pub(crate) fn mkdir_all(path: &Path) -> Result<(), String> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => return Err(format!("mkdir {}: not a directory", path.display())),
        Err(_) => {}
    }
    let parent: Option<PathBuf> = path.parent().map(Path::to_path_buf);
    if let Some(parent) = parent.filter(|parent| !parent.as_os_str().is_empty()) {
        mkdir_all(&parent)?;
    }
    match std::fs::create_dir(path) {
        Ok(()) => Ok(()),
        Err(_) if path.is_dir() => Ok(()),
        Err(error) => Err(format!("mkdir {}: {}", path.display(), error_text(&error))),
    }
}

/// `%#v` of a number that came from JSON (a float64): from 1e6 on it has an exponent.
pub(crate) fn float_text(value: f64) -> String {
    if value == 0.0 || (1e-4..1e6).contains(&value.abs()) {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => match exponent.strip_prefix('-') {
            Some(digits) => format!("{mantissa}e-{digits:0>2}"),
            None => format!("{mantissa}e+{exponent:0>2}"),
        },
        None => text,
    }
}

/// `%q` for the values that occur here.
pub(crate) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
