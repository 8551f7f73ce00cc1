//! Figures and tables as the command line prints them. Ollama source: format/bytes.go, format/time.go, and the table
//! style of cmd/cmd.go.

use jiff::Timestamp;

/// `2.0 GB`, as `ollama list` shows it.
pub(crate) fn decimal_size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => (1, "B"),
        1_000..1_000_000 => (1_000, "KB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        1_000_000_000..1_000_000_000_000 => (1_000_000_000, "GB"),
        _ => (1_000_000_000_000, "TB"),
    };
    let value = bytes as f64 / unit as f64;
    if bytes / unit >= 10 || bytes.is_multiple_of(unit) {
        format!("{} {name}", bytes / unit)
    } else {
        format!("{value:.1} {name}")
    }
}

/// `31.1 GiB`, as the log shows it.
pub(crate) fn binary_size(bytes: u64) -> String {
    match bytes {
        0..0x400 => format!("{bytes} B"),
        0x400..0x10_0000 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        0x10_0000..0x4000_0000 => format!("{:.1} MiB", bytes as f64 / 1024.0 / 1024.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1024.0 / 1024.0 / 1024.0),
    }
}

/// `2 weeks ago`, `4 minutes from now`, `Forever`.
pub(crate) fn relative(time: Timestamp) -> String {
    let seconds = Timestamp::now().as_second() - time.as_second();
    // Twenty years ahead is what a negative keep_alive becomes.
    match seconds {
        _ if seconds < -630_720_000 => "Forever".to_owned(),
        ..0 => format!("{} from now", span(-seconds)),
        _ => format!("{} ago", span(seconds)),
    }
}

fn span(seconds: i64) -> String {
    let (minutes, hours) = (seconds / 60, (seconds + 1800) / 3600);
    match seconds {
        0 => "Less than a second".to_owned(),
        1 => "1 second".to_owned(),
        2..60 => format!("{seconds} seconds"),
        _ if minutes == 1 => "About a minute".to_owned(),
        _ if minutes < 60 => format!("{minutes} minutes"),
        _ if hours == 1 => "About an hour".to_owned(),
        _ if hours < 48 => format!("{hours} hours"),
        _ if hours < 24 * 14 => format!("{} days", hours / 24),
        _ if hours < 24 * 60 => format!("{} weeks", hours / 24 / 7),
        _ if hours < 24 * 365 * 2 => format!("{} months", hours / 24 / 30),
        _ => format!("{} years", hours / 24 / 365),
    }
}

/// Columns with four blanks after each, and no lines.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or_default()).collect();
    let line = |row: &Vec<String>| -> String {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}    "));
        cells.chain(["\n".to_owned()]).collect()
    };
    rows.iter().map(line).collect()
}
