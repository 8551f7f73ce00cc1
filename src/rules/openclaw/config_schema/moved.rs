//! Keys and words of older versions, and who takes them away or moves them.

use super::places::fits;
use super::problem::Mends;
use super::schema::Schema;
use crate::facts::ShapeNode;

/// Keys that OpenClaw 2026.9.6 takes away or moves while it reads a config (`migrateLegacyContextBudgetConfig`,
/// `migratePersistedImplicitMainRoster` of the npm package).
const BY_READING: [&str; 6] = [
    "agents.list",
    "agents.defaults.contextTokens",
    "agents.entries.*.contextTokens",
    "agents.list.*.contextTokens",
    "models.providers.*.contextTokens",
    "models.providers.*.contextWindow",
];

/// Demands that a text of an older version does not meet, which a start mends (see `relations::WATCHED`).
const BY_STARTING: [&str; 2] = ["is=no-host-alias", "is=no-older-reload"];

/// Who mends an unknown key in the object at a place: `tests/lab/moved.mjs` has asked OpenClaw for each of the older
/// versions, in the version of the line.
pub fn mends_key(schema: &Schema, place: &[String], key: &str) -> Option<Mends> {
    let path: Vec<&str> = place.iter().map(String::as_str).chain([key]).collect();
    let is_one = |known: &str| fits(known, &path);
    let mut moved = schema.moved()?;
    if BY_READING.iter().any(|known| is_one(known)) {
        return Some(Mends::Reading);
    }
    let is_seen = place == ["env"] || is_one("browser.profiles.*.color");
    (is_seen || moved.any(is_one)).then_some(Mends::Starting)
}

/// Who mends a value that the schema does not have.
pub fn mends_value(schema: &Schema, seen: &ShapeNode) -> Option<Mends> {
    const REFUSED_SINCE: &str = "2026.6.35";
    const MOVES_API_SINCE: &str = "2026.9.6";
    if seen.at == "gateway.port" && seen.number.is_some_and(|port| port.fract() == 0.0) {
        return Some(Mends::Starting);
    }
    // Measured on 2026.9.6: `doctor --fix` makes `openai-completions` of `openai`, and a start refuses it.
    if seen.fails.iter().any(|fail| fail == "is=no-older-api") && schema.is_since(MOVES_API_SINCE) {
        return Some(Mends::Doctor);
    }
    let is_older = BY_STARTING.iter().any(|demand| seen.fails.iter().any(|fail| fail == demand));
    let mends = if schema.is_since(REFUSED_SINCE) { Mends::Starting } else { Mends::Reading };
    is_older.then_some(mends)
}
