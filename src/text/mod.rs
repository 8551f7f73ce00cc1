//! What may be shown, and how.

pub mod json;
pub mod printable;
pub mod scrub;
pub mod secret;
pub mod time;
