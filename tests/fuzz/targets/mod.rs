//! The readers of foreign text, by name. A new target is its file, its `mod` and its line here.

mod answers;
mod bundle;
mod config;
mod environment;
mod facts;
mod journal;
mod judging;
mod names;
mod nginx;
mod unit_files;

/// What a target takes: any bytes, or only such as are text.
#[derive(Clone, Copy)]
pub enum Target {
    Bytes(fn(&[u8])),
    Text(fn(&str)),
}

pub const ALL: [(&str, Target); 9] = [
    ("answers", Target::Bytes(answers::run)),
    ("bundle", Target::Bytes(bundle::run)),
    ("config", Target::Bytes(config::run)),
    ("environment", Target::Text(environment::run)),
    ("facts", Target::Bytes(facts::run)),
    ("journal", Target::Bytes(journal::run)),
    ("names", Target::Text(names::run)),
    ("nginx", Target::Bytes(nginx::run)),
    ("unit_files", Target::Bytes(unit_files::run)),
];
