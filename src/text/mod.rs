//! What may be shown, and how.

pub mod json;
pub mod known;
pub mod printable;
pub mod scrub;
pub mod secret;
mod token_shapes;
