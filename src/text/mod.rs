//! What may be shown, and how.

pub mod bounded_json;
pub mod json;
pub mod known;
pub mod printable;
pub mod scrub;
pub mod secret;
mod secret_shape;
pub mod time;
mod token_shapes;
pub mod words;
