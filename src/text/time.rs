//! Times for a person.

use jiff::{SignedDuration, Timestamp};

/// A time to the second, in UTC.
pub fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A length of time in its largest whole unit: "3 days", "1 hour", "40 seconds".
pub fn span(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    let (count, unit) = match seconds {
        86_400.. => (seconds / 86_400, "day"),
        3_600.. => (seconds / 3_600, "hour"),
        60.. => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_told_in_its_largest_unit() {
        let told = |seconds| span(SignedDuration::from_secs(seconds));
        assert_eq!(
            [told(259_300), told(3_600), told(119), told(-5)],
            ["3 days", "1 hour", "1 minute", "0 seconds"]
        );
    }
}
