//! Times for a person.

use jiff::Timestamp;

/// A time to the second, in UTC.
pub fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
