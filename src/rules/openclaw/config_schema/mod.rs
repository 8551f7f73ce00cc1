//! Which configs OpenClaw accepts: the schema of each measured version, as `tests/lab/schema.mjs` makes it from the
//! npm package, and what its own functions judge beside that.

mod agents;
mod asks;
mod describe;
mod judge;
mod moved;
mod node;
mod places;
mod problem;
mod relations;
mod roster;
mod schema;
mod text;

pub use asks::Asked;
pub use judge::{Judged, judge};
pub use problem::{Mends, Problem, Reason};
pub use schema::Schema;

#[cfg(test)]
mod tests;
