//! The real program against real sockets: one test for each way a machine can
//! be wrong, in an environment of its own.
//!
//! Tests that depend on which programs listen run in a network namespace of
//! their own. Where the machine cannot make one, they say so on stderr and
//! return.

// A test ends where something cannot be had, and says what.
#![allow(clippy::unwrap_used, clippy::expect_used)]

/// Whether the test goes on here: only in a network namespace in which it is alone.
macro_rules! alone {
    () => {{
        fn here() {}
        crate::namespace::alone(std::any::type_name_of_val(&here))
    }};
}

mod action;
mod api_tags;
mod bind;
mod bounds;
mod bundle;
mod cli;
mod compare;
mod config;
mod config_places;
mod container;
mod deep;
mod disk_space;
mod doctor;
mod echo;
mod enabled;
mod exposure;
mod fleet;
mod gate;
mod gateway;
mod hostile;
mod inference;
mod inherits;
mod inside;
mod instances;
mod machines;
mod misbehaving;
mod model_needs;
mod model_settings;
mod models;
mod namespace;
mod offers;
mod ollama_setup;
mod outputs;
mod overwriting;
mod port;
mod primary;
mod recipes;
mod references;
mod requests;
mod resolver;
mod review;
mod selecting;
mod servers;
mod settings;
mod setup;
mod standin;
mod state;
mod stopping;
mod text;
