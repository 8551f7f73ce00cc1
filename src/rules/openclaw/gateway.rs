//! What OpenClaw's gateway does where nothing says otherwise.

/// The port of a gateway that nobody gave another one (`paths` of the npm package, 2026.9.6).
pub const DEFAULT_PORT: u16 = 18789;
